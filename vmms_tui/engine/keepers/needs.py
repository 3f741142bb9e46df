"""Knows what waits for a person, and forgets acknowledgements of what does so no more."""

from collections.abc import Callable

from vmms_tui.engine.context import Context
from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.needs import Need, NeedKind, found, holds
from vmms_tui.model.status import EngineStatus
from vmms_tui.model.surroundings import Kind, Survey
from vmms_tui.model.tables import Drop


class NeedKeeper:
    """One look at each tick, as long as anything is acknowledged."""

    def __init__(self, context: Context, status: Callable[[], EngineStatus]) -> None:
        self._context = context
        self._status = status

    def found(self) -> dict[str, Need]:
        """Everything that waits for a person now, by its id."""
        return {need.id: need for need in found(self._context.state, self._status(), self._context.clock.now())}

    async def tick(self) -> None:
        """Forget what is acknowledged and over, so that it waits again when it comes anew."""
        state, ledger = self._context.state, self._context.ledger
        said = state.all(Acknowledgement)
        if not said or self._status().cloud.since is None:
            return  # right after a start nobody knows yet how the cloud is
        hosts = state.get(Survey, Kind.HOSTS.value)
        there = self.found()
        for one in said:
            need = there.get(one.id)
            if one.id.startswith(f"{NeedKind.HOST.value}:") and (hosts is None or hosts.read_at is None):
                continue  # nor how its hosts are
            if need is None or not holds(one, need):
                text = f"{one.id} is over; {one.by} had acknowledged it"
                why = "it is so no more" if need is None else "it has come anew"
                await ledger.commit(Drop("acknowledgement", one.id), ledger.event("need.over", text, reason=why))
