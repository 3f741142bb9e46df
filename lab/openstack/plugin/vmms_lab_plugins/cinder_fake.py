"""Cinder volume driver without storage: every call succeeds, no bytes exist."""
from cinder import interface
from cinder.volume import driver


@interface.volumedriver
class LabVolumeDriver(driver.VolumeDriver):
    VERSION = '1.0'
    CI_WIKI_NAME = 'none'

    def check_for_setup_error(self):
        pass

    def do_setup(self, context):
        pass

    def _update_volume_stats(self):
        self._stats = {
            'volume_backend_name': self.configuration.safe_get(
                'volume_backend_name') or 'fake',
            'vendor_name': 'vmms', 'driver_version': self.VERSION,
            'storage_protocol': 'iSCSI',
            'pools': [{
                'pool_name': 'fake', 'total_capacity_gb': 100000,
                'free_capacity_gb': 100000, 'allocated_capacity_gb': 0,
                'provisioned_capacity_gb': 0, 'reserved_percentage': 0,
                'max_over_subscription_ratio': 20.0,
                'thin_provisioning_support': True,
                'thick_provisioning_support': False,
                'multiattach': True, 'QoS_support': False,
                'filter_function': None, 'goodness_function': None}]}

    def create_volume(self, volume):
        pass

    def delete_volume(self, volume):
        pass

    def create_snapshot(self, snapshot):
        pass

    def delete_snapshot(self, snapshot):
        pass

    def create_volume_from_snapshot(self, volume, snapshot):
        pass

    def create_cloned_volume(self, volume, src_vref):
        pass

    def clone_image(self, context, volume, image_location, image_meta,
                    image_service):
        # pretend the backend made the volume from the image by itself
        return {}, True

    def copy_volume_to_image(self, context, volume, image_service,
                             image_meta):
        raise NotImplementedError()

    def extend_volume(self, volume, new_size):
        pass

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector, **kwargs):
        return {'driver_volume_type': 'iscsi',
                'data': {'target_discovered': False, 'target_lun': 1,
                         'target_portal': '127.0.0.1:3260',
                         'target_iqn': 'iqn.2010-10.org.openstack:' +
                                       volume.name,
                         'volume_id': volume.id}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass

    def retype(self, context, volume, new_type, diff, host):
        return True, None
