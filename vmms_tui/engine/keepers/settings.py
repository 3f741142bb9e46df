"""Sees the settings file change, and says what is wrong with it and what changed."""

from collections.abc import Awaitable, Callable

from vmms_tui.engine.context import Context
from vmms_tui.engine.policy.differences import differences
from vmms_tui.model.commands import Reply
from vmms_tui.model.records import Level, changed
from vmms_tui.model.spec import Policy
from vmms_tui.settings.free_days import with_holidays

WHY = "the settings file changed"
"""Why settings are read."""


class SettingsKeeper:
    """One look at the file at each tick. Who reads it lets the engine take what it says, or sets `problems`."""

    def __init__(self, context: Context, read: Callable[[], Awaitable[Reply | None]] | None) -> None:
        """`read` answers None when the file has not changed, or is wrong."""
        self._context = context
        self._read = read
        self._year = 0
        self.problems: tuple[str, ...] = ()
        """What is wrong with the settings file as it is on disk now."""

    def take(self, policy: Policy) -> None:
        """Let a policy be in force, with the holidays of this year."""
        self._year = self._context.clock.now().year
        self._context.policy = changed(policy, calendar=with_holidays(policy.calendar, self._year))

    async def tick(self) -> None:
        """Nobody asked for this: what comes of it has a line of its own."""
        self._know_the_holidays()
        before = self.problems
        reply = await self._read() if self._read is not None else None
        ledger = self._context.ledger
        if reply is not None:
            await ledger.commit(ledger.event("settings.read", reply.text, reason=WHY, result="ok"))
        elif self.problems and self.problems != before:
            text = f"the settings file is wrong: {' '.join(self.problems)}"
            said = ledger.event("settings.refused", text, level=Level.WARNING, reason=WHY, result="refused: settings")
            await ledger.commit(said)

    async def reload(self) -> Reply:
        """Read the file now, for somebody who asked."""
        reply = await self._read() if self._read is not None else None
        if self.problems:
            return Reply(code="refused", rule="settings", text=" ".join(self.problems))
        return reply or Reply(text="The settings have not changed.")

    async def say_what_changed(self, old: Policy, new: Policy) -> None:
        """One line in the log, if anything did; a warning when it is who may do what."""
        said = differences(old, new)
        if said:
            ledger, level = self._context.ledger, Level.INFO if old.access == new.access else Level.WARNING
            text = f"settings taken on: {'; '.join(said)}"
            await ledger.commit(ledger.event("settings.changed", text, level=level, reason=WHY))

    def _know_the_holidays(self) -> None:
        """Of each new year."""
        if self._context.clock.now().year != self._year:
            self.take(self._context.policy)
