"""People on call tell each other that they see to something."""

from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.keepers.needs import NeedKeeper
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.letters import safe
from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.commands import Acknowledge, Command, Reply, Unacknowledge
from vmms_tui.model.errors import Refused
from vmms_tui.model.people import Caller
from vmms_tui.model.tables import Drop

LONGEST_NOTE = 200
"""Characters: it stands in a line of every screen."""
SHOWS_ALL = "`vmms needs` shows what there is."


class Acknowledgements(Part):
    """Acknowledge, and take that back."""

    def __init__(self, context: Context, runner: Runner, needs: NeedKeeper) -> None:
        super().__init__(context, runner)
        self._needs = needs

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {Acknowledge: self._acknowledge, Unacknowledge: self._take_back}

    async def _acknowledge(self, command: Acknowledge, caller: Caller) -> Reply:
        note = safe(" ".join(command.note.split()))
        if len(note) > LONGEST_NOTE:
            raise Refused("note", f"The note has {len(note)} characters.", f"{LONGEST_NOTE} are shown.")
        need = self._needs.found().get(command.need_id)
        if need is None or not need.on_call:
            raise Refused("unknown", f"Nothing of the name {safe(command.need_id)[:80]} needs anybody.", SHOWS_ALL)
        said = Acknowledgement(id=need.id, basis=need.basis, by=caller.name, at=self._context.clock.now(), note=note)
        text = f"{caller.name} sees to {need.id}" + (f": {note}" if note else "")
        event = self.say(caller, "need.acknowledged", text, about=need.lease or need.server or need.pool, reason=note)
        await self._context.ledger.commit(said, event)
        return Reply(text=f"All on call see now that {text}.")

    async def _take_back(self, command: Unacknowledge, caller: Caller) -> Reply:
        said = self._context.state.get(Acknowledgement, command.need_id)
        if said is None:
            raise Refused("unknown", f"{safe(command.need_id)[:80]} is not acknowledged.", SHOWS_ALL)
        text = f"{said.id} waits again; {said.by} had acknowledged it"
        await self._context.ledger.commit(Drop("acknowledgement", said.id), self.say(caller, "need.taken_back", text))
        return Reply(text=f"{text[0].upper()}{text[1:]}.")
