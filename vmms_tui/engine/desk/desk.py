"""Takes every command, asks whether the caller may give it, lets a part do it, and keeps a line of what was refused."""

import contextlib
from collections.abc import Awaitable, Callable

import vmms_tui
from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.guard import Standstill
from vmms_tui.engine.desk.leases import Leases
from vmms_tui.engine.desk.moves import Moves
from vmms_tui.engine.desk.needs import Acknowledgements
from vmms_tui.engine.desk.notices import Notices
from vmms_tui.engine.desk.operations import Operations
from vmms_tui.engine.desk.part import Handler, Part, asked
from vmms_tui.engine.desk.passwords import Passwords
from vmms_tui.engine.desk.planned import check_plan
from vmms_tui.engine.desk.reading import Reading
from vmms_tui.engine.desk.requests import Requests
from vmms_tui.engine.keepers.guard import GuardKeeper
from vmms_tui.engine.keepers.needs import NeedKeeper
from vmms_tui.engine.keepers.observe import Observer
from vmms_tui.engine.keepers.queue import QueueKeeper
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.rights import check
from vmms_tui.engine.quotas import Quotas
from vmms_tui.engine.successor import Successor
from vmms_tui.model.commands import AnyCommand, Command, ReloadSettings, ReplaceEngine, Reply
from vmms_tui.model.errors import Refused, TryAgain, VmmsError
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Level

LONGEST_ABOUT = 60
"""Characters of a name from a command that was refused, in its line."""

MISTAKE = Reply(code="failed", rule="mistake", text="a mistake in VMMS stopped it; its log has the details")


class Desk:
    """One handler for each command. Rules raise Refused; `submit` turns that into the reply."""

    def __init__(
        self,
        context: Context,
        runner: Runner,
        queue: QueueKeeper,
        guard: GuardKeeper,
        quotas: Quotas,
        observer: Observer,
        needs: NeedKeeper,
        reload_settings: Callable[[], Awaitable[Reply]],
        successor: Callable[[], Successor | None],
    ) -> None:
        self._context = context
        self._reload_settings = reload_settings
        self._successor = successor
        self._handlers: dict[type[Command], Handler] = {ReloadSettings: self._reload, ReplaceEngine: self._replace}
        parts = (
            Requests(context, runner, queue, quotas),
            Leases(context, runner, quotas),
            *(part(context, runner) for part in (Passwords, Notices, Moves)),
            Standstill(context, runner, guard),
            Operations(context, runner, quotas),
            Reading(context, runner, observer),
            Acknowledgements(context, runner, needs),
        )
        for part in parts:
            self._handlers.update(part.handlers())

    def add(self, part: Part) -> None:
        """Let this part do its commands, too."""
        self._handlers.update(part.handlers())

    async def submit(self, command: AnyCommand, caller: Caller) -> Reply:
        """Do it, or say why not. Never raises a VmmsError."""
        try:
            check(caller, command)
            check_plan(command, caller, self._context.state)
            return await self._handlers[type(command)](command, caller)
        except Refused as refused:
            reply = Reply(code="refused", rule=refused.rule, text=refused.message, remedy=refused.remedy)
        except TryAgain as busy:
            reply = Reply(code="try_again", text=busy.message, remedy=busy.remedy)
        except VmmsError as error:
            reply = Reply(code="failed", text=error.message, remedy=error.remedy)
        except Exception:  # a mistake of ours has its line, too, and goes on to whoever tells it
            await self._note(command, caller, MISTAKE)
            raise
        await self._note(command, caller, reply)
        return reply

    async def _note(self, command: AnyCommand, caller: Caller, reply: Reply) -> None:
        """The audit line of what was not done."""
        name, about = command_words(command)
        ledger = self._context.ledger
        said = ledger.event(
            f"command.{reply.code}",
            f"{name} {about}".strip() + f": {reply.text}",
            level=Level.WARNING if reply.rule in {"role", "not_owner"} else Level.INFO,
            actor=caller.name,
            origin=caller.origin,
            reason=asked(caller),
            owner=caller.name,
            result=f"{reply.code}: {reply.rule}" if reply.rule else reply.code,
        )
        with contextlib.suppress(TryAgain):  # what cannot be written just now was refused all the same
            await ledger.commit(said)

    async def _reload(self, _command: ReloadSettings, caller: Caller) -> Reply:
        reply = await self._reload_settings()
        ledger = self._context.ledger
        result = f"{reply.code}: {reply.rule}" if reply.rule else reply.code
        said = ledger.event(
            "settings.read", reply.text, actor=caller.name, origin=caller.origin, reason=asked(caller), result=result
        )
        await ledger.commit(said)
        return reply

    async def _replace(self, _command: ReplaceEngine, caller: Caller) -> Reply:
        successor = self._successor()
        if successor is None:
            raise Refused(
                "no_successor", "This engine cannot be replaced while it runs.", "Stop it, and start another."
            )
        await successor.prove()
        ledger = self._context.ledger
        text = f"engine {vmms_tui.__version__} makes room for the program that is installed now"
        said = ledger.event(
            "engine.replaced", text, actor=caller.name, origin=caller.origin, reason=asked(caller), result="ok"
        )
        await ledger.commit(said)
        successor.make_room()
        return Reply(text=f"The engine{text.removeprefix('engine')}.")


def command_words(command: AnyCommand) -> tuple[str, str]:
    """A command's name, and what it is about, both short."""
    tag = str(command.__struct_config__.tag)
    fields = ("lease_id", "request_id", "operation_id", "need_id", "server", "server_id", "host", "purpose")
    named = (getattr(command, field, "") for field in fields)
    about = next((text for text in named if text), "")
    return tag, about if len(about) <= LONGEST_ABOUT else f"{about[:LONGEST_ABOUT]}…"
