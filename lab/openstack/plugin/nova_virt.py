"""Nova virt driver of the lab: the in-tree fake driver with real-host manners.

The lab copies this file to nova/virt/vmmslab.py (Nova only loads drivers from
inside the nova.virt package): compute_driver = vmmslab.LabDriver.

What it adds to nova.virt.fake:
* a stable node uuid (FakeDriverWithoutFakeNodes) and an instance table kept
  on disk, so a restarted nova-compute is the same host with the same guests;
* capacity from the config, and timings and faults per host from a JSON file
  that is read at every operation (see FACTS.md);
* live migration that takes time, reports memory progress in the migration
  record, and can be aborted, forced or made to fail, per instance;
* pause and suspend show the right power state;
* a snapshot uploads a tiny image, so createImage really ends as 'active'.
"""
import io
import json
import os
import threading
import time

from oslo_config import cfg
from oslo_log import log as logging

from nova.compute import power_state
from nova.compute import task_states
from nova import exception
from nova.image import glance
from nova.virt import fake

LOG = logging.getLogger(__name__)
CONF = cfg.CONF
CONF.register_opts([
    cfg.IntOpt('vcpus', default=64),
    cfg.IntOpt('memory_mb', default=131072),
    cfg.IntOpt('local_gb', default=2000),
    cfg.StrOpt('faults_file', default=''),
    cfg.FloatOpt('spawn_seconds', default=0.0),
    cfg.FloatOpt('live_migration_seconds', default=2.0),
    cfg.BoolOpt('shared_storage', default=False),
], group='vmmslab')

PAGE = 4096


class LabDriver(fake.FakeDriverWithoutFakeNodes):

    def __init__(self, virtapi, read_only=False):
        self.vcpus = CONF.vmmslab.vcpus
        self.memory_mb = CONF.vmmslab.memory_mb
        self.local_gb = CONF.vmmslab.local_gb
        super().__init__(virtapi, read_only)
        self._lock = threading.RLock()
        self._file = os.path.join(CONF.state_path, 'vmmslab-instances.json')
        self._lm = {}     # instance uuid -> 'run' | 'abort' | 'force'
        self._load()

    # -- state on disk -----------------------------------------------------
    def _load(self):
        try:
            with open(self._file) as f:
                rows = json.load(f)
        except FileNotFoundError:
            return
        for uuid, row in rows.items():
            self.instances[uuid] = fake.FakeInstance(
                row['name'], row['state'], uuid)

    def _save(self):
        with self._lock:
            rows = {u: {'name': i.name, 'state': i.state}
                    for u, i in list(self.instances.items())}
            tmp = self._file + '.tmp'
            with open(tmp, 'w') as f:
                json.dump(rows, f)
            os.rename(tmp, self._file)

    def _set_state(self, instance, state):
        if instance.uuid not in self.instances:
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        self.instances[instance.uuid].state = state
        self._save()

    # -- faults ------------------------------------------------------------
    def _fault(self, key, default=None):
        try:
            with open(CONF.vmmslab.faults_file) as f:
                faults = json.load(f)
        except (OSError, ValueError):
            return default
        for scope in (CONF.host, '*'):
            if key in faults.get(scope, {}):
                return faults[scope][key]
        return default

    def _maybe_fail(self, key, instance):
        hit = self._fault(key)
        if hit is True or (isinstance(hit, list) and
                           (instance.uuid in hit or
                            instance.display_name in hit)):
            raise exception.NovaException('vmmslab fault: %s' % key)

    # -- lifecycle ---------------------------------------------------------
    def spawn(self, context, instance, image_meta, injected_files,
              admin_password, allocations, network_info=None,
              block_device_info=None, power_on=True, accel_info=None):
        time.sleep(self._fault('spawn_seconds', CONF.vmmslab.spawn_seconds))
        self._maybe_fail('spawn_fail', instance)
        super().spawn(context, instance, image_meta, injected_files,
                      admin_password, allocations, network_info=network_info,
                      block_device_info=block_device_info, power_on=power_on,
                      accel_info=accel_info)
        self._save()

    def destroy(self, context, instance, network_info, block_device_info=None,
                destroy_disks=True, destroy_secrets=True):
        self._maybe_fail('destroy_fail', instance)
        super().destroy(context, instance, network_info, block_device_info,
                        destroy_disks, destroy_secrets)
        self._save()

    def power_off(self, instance, timeout=0, retry_interval=0):
        time.sleep(self._fault('power_seconds', 0))
        self._maybe_fail('power_off_fail', instance)
        super().power_off(instance, timeout, retry_interval)
        self._save()

    def power_on(self, context, instance, network_info, *args, **kwargs):
        time.sleep(self._fault('power_seconds', 0))
        self._maybe_fail('power_on_fail', instance)
        super().power_on(context, instance, network_info, *args, **kwargs)
        self._save()

    def finish_revert_migration(self, *args, **kwargs):
        super().finish_revert_migration(*args, **kwargs)
        self._save()

    def migrate_disk_and_power_off(self, context, instance, dest, *args,
                                   **kwargs):
        time.sleep(self._fault('cold_migration_seconds', 0))
        self._maybe_fail('cold_migration_fail', instance)
        if instance.uuid in self.instances:
            self._set_state(instance, power_state.SHUTDOWN)

    def pause(self, instance):
        self._set_state(instance, power_state.PAUSED)

    def unpause(self, instance):
        self._set_state(instance, power_state.RUNNING)

    def suspend(self, context, instance):
        self._set_state(instance, power_state.SUSPENDED)

    def resume(self, context, instance, network_info, *args, **kwargs):
        self._set_state(instance, power_state.RUNNING)

    def snapshot(self, context, instance, image_id, update_task_state):
        if instance.uuid not in self.instances:
            raise exception.InstanceNotRunning(instance_id=instance.uuid)
        self._maybe_fail('snapshot_fail', instance)
        api = glance.API()
        image = api.get(context, image_id)
        update_task_state(task_state=task_states.IMAGE_UPLOADING)
        time.sleep(self._fault('snapshot_seconds', 0))
        api.update(context, image_id,
                   {'name': image['name'], 'disk_format': 'raw',
                    'container_format': 'bare', 'properties': {}},
                   io.BytesIO(b'vmmslab snapshot of %s\n' %
                              instance.uuid.encode()))

    def get_console_output(self, context, instance):
        default = ('[    0.000000] Linux version 6.1.0\n'
                   'Cloud-init v. 22.4.2 finished at the end of the boot\n'
                   'VMMS-READY %s\n' % instance.display_name)
        return str(self._fault('console_text', default)).replace(
            '{name}', instance.display_name)

    def set_admin_password(self, instance, new_pass):
        self._maybe_fail('set_admin_password_fail', instance)

    def instance_on_disk(self, instance):
        return self._fault('shared_storage', CONF.vmmslab.shared_storage)

    def _test_remove_vm(self, instance_uuid):
        super()._test_remove_vm(instance_uuid)
        self._save()

    # -- live migration ----------------------------------------------------
    def pre_live_migration(self, context, instance, block_device_info,
                           network_info, disk_info, migrate_data):
        self._maybe_fail('pre_live_migration_fail', instance)
        return migrate_data

    def live_migration(self, context, instance, dest, post_method,
                       recover_method, block_migration=False,
                       migrate_data=None):
        seconds = float(self._fault('live_migration_seconds',
                                    CONF.vmmslab.live_migration_seconds))
        self._lm[instance.uuid] = 'run'
        total = instance.flavor.memory_mb * 1024 * 1024
        migration = getattr(migrate_data, 'migration', None)
        start = time.monotonic()
        try:
            self._maybe_fail('live_migration_fail', instance)
            while True:
                word = self._lm.get(instance.uuid)
                done = min(1.0, (time.monotonic() - start) / seconds
                           if seconds else 1.0)
                if word == 'abort':
                    LOG.info('live migration aborted', instance=instance)
                    recover_method(context, instance, dest, migrate_data,
                                   migration_status='cancelled')
                    return
                if migration is not None:
                    migration.memory_total = total
                    migration.memory_processed = int(total * done)
                    migration.memory_remaining = total - int(total * done)
                    migration.disk_total = migration.disk_processed = 0
                    migration.disk_remaining = 0
                    migration.save()
                    instance.progress = int(100 * done)
                    instance.save()
                if done >= 1.0 or word == 'force':
                    break
                time.sleep(min(0.5, max(0.05, seconds / 10)))
        except Exception:
            LOG.exception('live migration failed', instance=instance)
            recover_method(context, instance, dest, migrate_data)
            return
        finally:
            self._lm.pop(instance.uuid, None)
        post_method(context, instance, dest, block_migration, migrate_data)

    def live_migration_force_complete(self, instance):
        self._lm[instance.uuid] = 'force'

    def live_migration_abort(self, instance):
        self._lm[instance.uuid] = 'abort'

    def post_live_migration(self, context, instance, block_device_info,
                            migrate_data=None):
        self.destroy(context, instance, network_info=None,
                     block_device_info=block_device_info)

    def post_live_migration_at_source(self, context, instance, network_info):
        pass
