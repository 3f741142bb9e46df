"""People have a list of the cloud read again."""

from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.keepers.surroundings import SOONEST, Surroundings
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.rights import check_sees_list
from vmms_tui.engine.policy.words import counted, span
from vmms_tui.model.commands import Command, Refresh, Reply
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.people import Caller
from vmms_tui.model.surroundings import HOLDS


class Looks(Part):
    """Refresh. It changes nothing, so it has no line of its own."""

    def __init__(self, context: Context, runner: Runner, surroundings: Surroundings) -> None:
        super().__init__(context, runner)
        self._surroundings = surroundings

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {Refresh: self._refresh}

    async def _refresh(self, command: Refresh, caller: Caller) -> Reply:
        check_sees_list(caller, command.kind)
        survey = await self._surroundings.refresh(command.kind)
        if survey.problem or survey.read_at is None:
            raise TryAgain(survey.problem or f"The list of {command.kind} was not read yet.")
        number = self._context.state.count(HOLDS[command.kind])
        age = self._context.clock.now() - survey.read_at
        if age.total_seconds() < 1:
            return Reply(text=f"Read now: {counted(number, command.kind.removesuffix('s'))}.")
        soonest = f"it is read every {SOONEST:g} seconds at most"
        return Reply(text=f"Read {span(age)} ago: {counted(number, command.kind.removesuffix('s'))}; {soonest}.")
