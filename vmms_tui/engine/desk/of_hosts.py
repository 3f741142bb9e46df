"""The parts of the desk that act on compute hosts."""

from vmms_tui.engine.desk.draining import Drains
from vmms_tui.engine.desk.hosts import Hosts
from vmms_tui.engine.desk.power_off import PowerOff

PARTS = (Hosts, Drains, PowerOff)
