"""Holds a change against the plan that a person has read."""

from collections.abc import Iterator

from vmms_tui.engine.policy.rights import shown
from vmms_tui.engine.state import State
from vmms_tui.model import plans
from vmms_tui.model.commands import Command, Planned
from vmms_tui.model.errors import Refused
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Lease
from vmms_tui.model.tables import RecordT


class Shown:
    """The state as somebody sees it: their plan was made from that."""

    def __init__(self, state: State, caller: Caller) -> None:
        self._state = state
        self._caller = caller

    def get(self, kind: type[RecordT], record_id: str, /) -> RecordT | None:
        """See World."""
        record = self._state.get(kind, record_id)
        return self._seen(kind, record) if record is not None else None

    def all(self, kind: type[RecordT], /) -> Iterator[RecordT]:
        """See World."""
        return (seen for record in self._state.all(kind) if (seen := self._seen(kind, record)) is not None)

    def _seen(self, kind: type[RecordT], record: RecordT) -> RecordT | None:
        seen = shown(record, self._caller, self._lease)  # type: ignore[arg-type]
        return seen if isinstance(seen, kind) else None

    def _lease(self, lease_id: str) -> Lease | None:
        return self._state.get(Lease, lease_id)


def check_plan(command: Command, caller: Caller, state: State) -> None:
    """Whether the world is as it was when the plan was made. Raises Refused by `plan_changed`."""
    if not isinstance(command, Planned) or not command.plan:
        return
    world = Shown(state, caller)
    if plans.plan_id(command, world) == command.plan:
        return
    found = " and ".join(plans.differences(command.plan, command, world))
    what = f"what changed is {found}" if found else "what it does, or something that it was made from, is another"
    remedy = "Look at it again before you go on."
    raise Refused("plan_changed", f"Plan {command.plan} does not hold any more: {what}.", remedy)
