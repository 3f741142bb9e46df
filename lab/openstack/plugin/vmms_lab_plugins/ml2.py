"""ML2 mechanism driver that binds every port on every host, without agents.

It stands for what the L2 and L3 agents (or OVN) do towards the API:
* a port bound to a host gets vif_type=ovs and goes ACTIVE, so Neutron sends
  the usual network-vif-plugged event to Nova;
* a port whose binding is removed goes DOWN;
* a floating IP goes ACTIVE when it is associated and DOWN when it is not.
"""
from neutron_lib.api.definitions import portbindings
from neutron_lib.callbacks import events
from neutron_lib.callbacks import registry
from neutron_lib.callbacks import resources
from neutron_lib import constants
from neutron_lib.plugins import constants as plugin_constants
from neutron_lib.plugins import directory
from neutron_lib.plugins.ml2 import api
from oslo_log import log as logging

LOG = logging.getLogger(__name__)


class LabMechanismDriver(api.MechanismDriver):

    def initialize(self):
        for event in (events.AFTER_CREATE, events.AFTER_UPDATE):
            registry.subscribe(self._fip_status, resources.FLOATING_IP, event)

    @property
    def connectivity(self):
        return portbindings.CONNECTIVITY_L2

    def bind_port(self, context):
        for segment in context.segments_to_bind:
            context.set_binding(
                segment[api.ID], portbindings.VIF_TYPE_OVS,
                {portbindings.CAP_PORT_FILTER: True,
                 portbindings.OVS_HYBRID_PLUG: False},
                status=constants.PORT_STATUS_ACTIVE)
            return

    def _fip_status(self, resource, event, trigger, payload):
        fip = payload.latest_state
        status = (constants.FLOATINGIP_STATUS_ACTIVE if fip.get('port_id')
                  else constants.FLOATINGIP_STATUS_DOWN)
        plugin = directory.get_plugin(plugin_constants.L3)
        plugin.update_floatingip_status(
            payload.context.elevated(), fip['id'], status)
