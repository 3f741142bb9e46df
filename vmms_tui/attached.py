"""An app that follows an engine and sends it commands, and comes back to it whenever it was away."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence

from vmms_tui.client.protocol import EngineClient
from vmms_tui.keys.saying import typed
from vmms_tui.model.commands import AnyCommand, Reply, Seen
from vmms_tui.model.errors import TryAgain, VmmsError
from vmms_tui.model.people import Role
from vmms_tui.model.records import Notice
from vmms_tui.model.status import Reading
from vmms_tui.screens.changes import Changes
from vmms_tui.screens.desk import reply_text
from vmms_tui.screens.frame import MirrorChanged
from vmms_tui.screens.mirror import Delta, Mirror
from vmms_tui.screens.notices import PasswordDialog
from vmms_tui.widgets.inturn import KeysInTurn
from vmms_tui.widgets.thrift import ThriftyApp

ClientFactory = Callable[[], Awaitable[EngineClient]]
LONGEST_WAIT = 5.0
"""Seconds between two attempts to reach the engine, at most."""


class AttachedApp(KeysInTurn[None], ThriftyApp[None]):
    """The engine's side of the app: what it tells goes to the mirror and the screens, what is asked for goes to it."""

    mirror: Mirror
    changes: Changes
    _source: ClientFactory | EngineClient
    _retry_after: float
    _client: EngineClient | None = None
    _seen: set[str]
    """Notices of which the engine was told that they were drawn."""

    @abstractmethod
    def say(self, text: str, tone: str = "") -> None:
        """See Desk."""

    @abstractmethod
    def pass_time(self) -> None:
        """Bring what shows a time to the present."""

    def begin(self) -> None:
        """After the first frame: an engine of our own takes the interpreter for itself while it is loaded."""
        self.run_worker(self._follow(), group="follow", exit_on_error=True)

    async def _connect(self) -> EngineClient:
        if self._client is None:
            self._client = await self._source() if callable(self._source) else self._source
        return self._client

    async def _follow(self) -> None:
        """Follow the engine for as long as the program runs; come back to it whenever it was away."""
        wait = self._retry_after
        while True:
            try:
                client = await self._connect()
                async for news in client.follow():
                    wait = self._retry_after
                    if isinstance(news, Reading):
                        self.mirror.hear(news)
                        self.pass_time()
                    else:
                        self._post(self.mirror.take(news))
                self.mirror.lose("it has closed the line")
            except VmmsError as error:
                self.mirror.lose(str(error))
            if callable(self._source):
                self._client = None  # where the engine is then, or whether it is in here, is asked anew
            self.pass_time()
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)

    def _post(self, delta: Delta) -> None:
        for screen in self.screen_stack:
            screen.post_message(MirrorChanged(delta))
        self.changes.follow(delta)

    async def send(self, command: AnyCommand) -> Reply:
        """See Desk."""
        reply = await self._ask(command)
        self.changes.remember([(command, reply)])
        return reply

    async def _ask(self, command: AnyCommand) -> Reply:
        if self.mirror.locked and command.changes:
            return Reply(code="refused", rule="locked", text="This screen is locked.", remedy="Unlock it first.")
        if self.mirror.look_only and command.changes:
            return Reply(
                code="refused", text="This screen changes nothing now.", remedy=f"{typed('readonly off')} ends that."
            )
        try:
            client = await self._connect()
            return await client.send(command)
        except TryAgain as error:
            return Reply(code="try_again", text=error.message, remedy=error.remedy)
        except VmmsError as error:
            return Reply(code="failed", text=error.message, remedy=error.remedy)

    def carry_out(self, commands: Sequence[AnyCommand], *, remember: bool = True) -> None:
        """See Desk."""
        self.say("Asking the engine …" if len(commands) == 1 else f"Asking the engine for {len(commands)} things …")
        self.run_worker(self._carry_out(commands, remember), group="commands", exit_on_error=True)

    async def _carry_out(self, commands: Sequence[AnyCommand], remember: bool) -> None:
        replies = [await self._ask(command) for command in commands]
        remembered = remember and self.changes.remember(list(zip(commands, replies, strict=True)))
        hint = self.changes.hint() if remembered else ""
        bad = [reply for reply in replies if not reply.ok]
        if len(replies) > 1:
            done = f"{len(replies) - len(bad)} of {len(replies)} done."
            self.say(f"{done} {reply_text(bad[0])[0]}" if bad else f"{done}{hint}", "bad" if bad else "good")
        elif replies[0].password:
            self.say("")
            self.push_screen(PasswordDialog(replies[0].text or "Password", replies[0].password, self.copy_to_clipboard))
        else:
            text, tone = reply_text(replies[0])
            self.say(f"{text}{hint}", tone)

    def seen(self, notice_ids: Sequence[str]) -> None:
        """See Desk."""
        there = (self.mirror.tables.get(Notice, notice_id) for notice_id in notice_ids)
        fresh = tuple(notice.id for notice in there if notice and notice.open and notice.id not in self._seen)
        if fresh and self.mirror.you.has(Role.DEVELOPER):
            self._seen.update(fresh)
            self.run_worker(self._prove(fresh), group="seen", exit_on_error=True)

    async def _prove(self, notice_ids: tuple[str, ...]) -> None:
        reply = await self.send(Seen(notice_ids=notice_ids, by="screen"))
        if reply.code == "try_again":
            self._seen.difference_update(notice_ids)

    async def farewell(self) -> None:
        """Leave the engine; it goes on."""
        if self._client is not None:
            await self._client.close()
