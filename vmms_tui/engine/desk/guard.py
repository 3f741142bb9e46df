"""Operators let destructive work stand still, and go on again."""

from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part, words_of
from vmms_tui.engine.keepers.guard import GuardKeeper
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.words import counted, instant
from vmms_tui.model.commands import Command, Freeze, Reply, Thaw
from vmms_tui.model.errors import Refused
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Level


class Standstill(Part):
    """Freeze and thaw."""

    def __init__(self, context: Context, runner: Runner, guard: GuardKeeper) -> None:
        super().__init__(context, runner)
        self._guard = guard

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {Freeze: self._freeze, Thaw: self._thaw}

    async def _freeze(self, command: Freeze, caller: Caller) -> Reply:
        reason = words_of(command.reason)
        if not reason:
            raise Refused("reason", "A standstill needs a reason.", "Say why: everybody reads it on their screen.")
        now_so = self._context.guard
        if now_so.since is not None:
            return Reply(text=f"It is frozen since {instant(now_so.since)} already: {now_so.reason}.")
        text = f"nothing is stopped, deleted or taken back any more: {reason}"
        said = self.say(caller, "guard.frozen", text, level=Level.WARNING, reason=reason)
        await self._guard.freeze(reason, caller.name, said)
        return Reply(text="Nothing is stopped, deleted or taken back until `vmms thaw`; what people ask for goes on.")

    async def _thaw(self, _command: Thaw, caller: Caller) -> Reply:
        await self._guard.tick()
        guard = self._context.guard
        if guard.since is None:
            return Reply(text="Nothing is frozen.")
        changes, back, due = self._guard.thawed()
        text = f"it goes on; {counted(due, 'lease')} past the end, {counted(back, 'lease')} with time given back"
        said = self.say(
            caller,
            "guard.thawed",
            f"frozen since {instant(guard.since)} ({guard.reason}): {text}",
            reason="they let it go on",
        )
        await self._context.ledger.commit(*changes, said)
        self._context.wake()
        return Reply(text=f"Stopping, deleting and taking back go on: {text.removeprefix('it goes on; ')}.")
