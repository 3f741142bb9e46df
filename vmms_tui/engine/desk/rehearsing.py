"""Rehearses the death of a compute host beside the engine: it only looks."""

import asyncio
from collections.abc import Callable

from vmms_tui.engine import rehearsal
from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.letters import safe
from vmms_tui.engine.policy.words import counted
from vmms_tui.engine.workers import executor
from vmms_tui.model.commands import Command, RehearseHostDown, Reply
from vmms_tui.model.errors import Refused
from vmms_tui.model.people import Caller
from vmms_tui.model.plans import host_named
from vmms_tui.model.reserve import Reserve


class Rehearsing(Part):
    """One at a time, in a thread: whoever comes meanwhile waits for their turn."""

    def __init__(self, context: Context, runner: Runner, reserve: Callable[[], Reserve | None]) -> None:
        super().__init__(context, runner)
        self._reserve = reserve
        self._turn = asyncio.Lock()
        self._beside = executor(1, "rehearsal", beside=True)

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {RehearseHostDown: self._rehearse}

    async def _rehearse(self, command: RehearseHostDown, _caller: Caller) -> Reply:
        async with self._turn:
            host = host_named(command.host, self._context.state)
            if host is None:
                said = f"There is no compute host {safe(command.host)[:80]}."
                raise Refused("unknown", said, "`vmms hosts` shows those that there are.")
            taken = rehearsal.inventory(self._context, host, self._reserve())
            told = await asyncio.get_running_loop().run_in_executor(self._beside, rehearsal.rehearse, taken)
        left = f", {len(told.left_over)} of them without success" if told.left_over else ""
        text = f"If {host.name} died now, {counted(len(told.servers), 'server')} would be evacuated{left}"
        return Reply(text=f"{text}. Nothing was done.", rehearsal=told, read_at=told.at)
