"""People have a list of the cloud read again."""

from collections.abc import Awaitable, Callable

from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.keepers.surroundings import SOONEST, Surroundings
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.rights import check_sees_list
from vmms_tui.engine.policy.words import counted, span
from vmms_tui.model.commands import PACED, Command, Refresh, Reply
from vmms_tui.model.errors import Refused, TryAgain
from vmms_tui.model.people import Caller
from vmms_tui.model.surroundings import HOLDS, Kind


class Looks(Part):
    """Refresh. It changes nothing, so it has no line of its own."""

    def __init__(
        self,
        context: Context,
        runner: Runner,
        surroundings: Surroundings,
        paced: Callable[[str], Awaitable[Reply]],
    ) -> None:
        """`paced` reads what the engine reads at its own pace: one of PACED."""
        super().__init__(context, runner)
        self._surroundings = surroundings
        self._paced = paced

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {Refresh: self._refresh}

    async def _refresh(self, command: Refresh, caller: Caller) -> Reply:
        if command.kind in PACED:
            return await self._paced(command.kind)
        kind = _kind(command.kind)
        check_sees_list(caller, kind)
        survey = await self._surroundings.refresh(kind)
        if survey.problem or survey.read_at is None:
            raise TryAgain(survey.problem or f"The list of {kind} was not read yet.")
        number = self._context.state.count(HOLDS[kind])
        age = self._context.clock.now() - survey.read_at
        if age.total_seconds() < 1:
            return Reply(text=f"Read now: {counted(number, kind.removesuffix('s'))}.")
        soonest = f"it is read every {SOONEST:g} seconds at most"
        return Reply(text=f"Read {span(age)} ago: {counted(number, kind.removesuffix('s'))}; {soonest}.")


def _kind(word: str) -> Kind:
    try:
        return Kind(word)
    except ValueError:
        raise Refused("kind", f"{word!r} cannot be read again.", f"What can: {', '.join((*Kind, *PACED))}.") from None
