"""What can be done on Ops."""

from typing import ClassVar

from vmms_tui.keys.act import Place, Target
from vmms_tui.keys.rows import ForRow
from vmms_tui.model.people import Role
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import Operation, OperationState
from vmms_tui.model.steering import no_force


class WhyOperation(ForRow):
    """why: explain why it stands where it stands."""

    id, keys, places = "why", ("enter",), (Place.OPS,)


class ForOperation(ForRow):
    """Something done to an operation."""

    places: ClassVar[tuple[Place, ...]] = (Place.OPS,)
    changes = True

    @classmethod
    def refusal(cls, target: Target) -> str:
        """An operation that has not ended is needed."""
        if not isinstance(target.record, Operation):
            return "There is no operation under the cursor."
        return "" if is_live(target.record) else f"{target.record.id} has ended."


class Pause(ForOperation):
    """pause: let it stand still before its next step, or go on; or all marked ones."""

    id, keys, row = "pause", ("P",), 2
    needs = Role.OPERATOR


class Abort(ForOperation):
    """abort: end it before it is done, where nothing is left half done; on Ops all marked ones."""

    id, keys, places, row = "abort", ("X",), (Place.OPS, Place.MOVES), 2


class Force(ForOperation):
    """force: let a live move end now, its server standing still until the rest is copied; on Ops all marked ones."""

    id, keys, places, row = "force", ("F",), (Place.OPS, Place.MOVES), 2
    needs = Role.OPERATOR

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A live move that copies is needed."""
        if said := super().refusal(target):
            return said
        record = target.record
        objection = no_force(record) if isinstance(record, Operation) else None
        return objection.message if objection is not None else ""


class Retry(ForOperation):
    """retry: begin anew what failed; or all marked ones."""

    id, keys, row = "retry", ("R",), 2

    @classmethod
    def refusal(cls, target: Target) -> str:
        """One that failed is needed."""
        record = target.record
        if not isinstance(record, Operation):
            return "There is no operation under the cursor."
        return "" if record.state is OperationState.FAILED else f"{record.id} has not failed."
