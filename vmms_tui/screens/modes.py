"""The nine screens."""

from vmms_tui.keys import Place
from vmms_tui.screens.dash import DashScreen
from vmms_tui.screens.events import EventsScreen
from vmms_tui.screens.frame import Frame
from vmms_tui.screens.hosts import HostsScreen
from vmms_tui.screens.leases import LeasesScreen
from vmms_tui.screens.nets import NetsScreen
from vmms_tui.screens.ops import OpsScreen
from vmms_tui.screens.pools import PoolsScreen
from vmms_tui.screens.repos import ReposScreen
from vmms_tui.screens.store import StoreScreen

MODES: dict[Place, type[Frame]] = {
    Place.DASH: DashScreen,
    Place.POOLS: PoolsScreen,
    Place.LEASES: LeasesScreen,
    Place.HOSTS: HostsScreen,
    Place.STORE: StoreScreen,
    Place.NETS: NetsScreen,
    Place.REPOS: ReposScreen,
    Place.EVENTS: EventsScreen,
    Place.OPS: OpsScreen,
}
"""By place, in the order of their digits. The value of a place is the name of its mode, too."""
