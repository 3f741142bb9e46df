"""Servers that people move between hosts."""

from vmms_tui.engine.desk.part import Handler, Part, asked
from vmms_tui.model.commands import Command, MigrateServer, Reply
from vmms_tui.model.errors import Refused, TryAgain
from vmms_tui.model.moving import stop_of
from vmms_tui.model.people import Caller
from vmms_tui.model.plans import move_asked
from vmms_tui.model.records import OperationKind


class Moves(Part):
    """MigrateServer. The operation looks again just before it asks the cloud."""

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {MigrateServer: self._migrate}

    async def _migrate(self, command: MigrateServer, caller: Caller) -> Reply:
        context = self._context
        question = move_asked(command, context.state)
        if question is None:
            missing = f"There is no server {command.server_id}."
            raise Refused("unknown", missing, "`vmms servers` shows those that there are.")
        if question.work is not None:
            raise TryAgain(f"{question.work.kind} is at work on {question.server.id}.", "Try again when it is done.")
        if stop := stop_of(question):
            raise Refused(f"move_{stop.name}", stop.text, stop.remedy)
        server = question.server
        begun = self._runner.begin(
            OperationKind.MOVE,
            server,
            actor=caller.name,
            reason=asked(caller),
            lease_id=server.lease_id,
            host=command.host,
            cold="yes" if command.cold else "no",
        )
        where = command.host or "the host that the scheduler chooses"
        text = f"{server.id} moves {'cold' if command.cold else 'live'} from {server.host or 'its host'} to {where}"
        said = self.say(caller, "server.migrate", text, about=server, begun=begun)
        await context.ledger.commit(*begun, said)
        context.wake()
        return Reply(text=f"{text}.", server_id=server.id, lease_id=server.lease_id, operation_id=begun[-1].id)
