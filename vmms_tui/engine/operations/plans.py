"""All kinds of operations."""

from vmms_tui.engine.operations.evacuate import Evacuate
from vmms_tui.engine.operations.hand_over import HandOver
from vmms_tui.engine.operations.heal import Heal
from vmms_tui.engine.operations.inside import Rebuild, ResetPassword
from vmms_tui.engine.operations.move import Move
from vmms_tui.engine.operations.power import Reboot, Start, Stop
from vmms_tui.engine.operations.provision import Provision
from vmms_tui.engine.operations.reclaim import Reclaim
from vmms_tui.engine.operations.replace import Replace
from vmms_tui.engine.operations.steps import Plan


def all_plans() -> tuple[Plan, ...]:
    """One plan for each kind."""
    power, inside = (Stop(), Start(), Reboot()), (ResetPassword(), Rebuild())
    return (Provision(), HandOver(), Reclaim(), *power, *inside, Move(), Evacuate(), Heal(), Replace())
