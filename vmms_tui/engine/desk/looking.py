"""Looks at one server in the cloud now: its console, and what the cloud says of it. Bounded, and shared."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime

import msgspec

from vmms_tui.engine.cloud.errors import CloudError, NotFound
from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.operations.remedies import refused
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy import pace
from vmms_tui.engine.policy.rights import check_owner
from vmms_tui.model.commands import Command, Inspect, ReadConsole, ReadServer, Reply
from vmms_tui.model.errors import Refused, TryAgain
from vmms_tui.model.hiding import HIDDEN
from vmms_tui.model.inspection import Inspection
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Lease, Server

MOST_LINES = 2000
MOST_BYTES = 256 * 1024
"""Of a console's log in one answer: the last ones."""
SHARED = 4.0
"""Seconds for which an answer of the cloud is good for everybody who asks the same."""
MOST_A_MINUTE = 120
"""Such readings, of all people together: whoever holds a key down must not eat up the cloud's patience."""
SECRET_FIELDS = frozenset({"OS-EXT-SRV-ATTR:user_data", "user_data", "adminPass"})
"""Of a server in Nova: the setup script may hold anything."""


class _Answer:
    """What is being read, or was a moment ago."""

    def __init__(self, asked: float, task: asyncio.Task[tuple[str, datetime]]) -> None:
        self.asked = asked
        self.task = task


class Looking(Part):
    """One method for each command that only looks."""

    def __init__(self, context: Context, runner: Runner, inspection: Callable[[], Inspection]) -> None:
        super().__init__(context, runner)
        self._inspection = inspection
        self._answers: dict[Hashable, _Answer] = {}
        self._began: deque[float] = deque(maxlen=MOST_A_MINUTE)

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {ReadConsole: self._console, ReadServer: self._server, Inspect: self._inspect}

    async def _inspect(self, _command: Inspect, _caller: Caller) -> Reply:
        return Reply(text="This is how the engine is.", inspection=self._inspection())

    async def _console(self, command: ReadConsole, caller: Caller) -> Reply:
        server = self._in_the_cloud(command.server, caller)
        lines = min(max(1, command.lines), MOST_LINES)

        async def read() -> str:
            return await self._context.cloud_of(server).console_log(server.cloud_id, lines)

        text, at = await self._shared(("console", server.id, lines), server, read)
        body = last_lines(text, lines)
        said = f"The last lines of the console of {server.id}." if body else f"The console of {server.id} is empty."
        return Reply(text=said, body=body, read_at=at, server_id=server.id)

    async def _server(self, command: ReadServer, caller: Caller) -> Reply:
        server = self._in_the_cloud(command.server, caller)

        async def read() -> str:
            fields = await self._context.cloud_of(server).show_server(server.cloud_id)
            shown = {name: HIDDEN if name in SECRET_FIELDS and said else said for name, said in fields.items()}
            return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()

        text, at = await self._shared(("server", server.id), server, read)
        return Reply(text=f"What the cloud says of {server.id}.", body=text, read_at=at, server_id=server.id)

    def _in_the_cloud(self, name: str, caller: Caller) -> Server:
        """A server by its own id, or its lease's. Raises Refused: unknown, another's, or not in the cloud."""
        state = self._context.state
        lease = state.get(Lease, name) or state.live_lease_of(name)
        server = state.get(Server, lease.server_id if lease else name)
        if server is None:
            raise Refused("unknown", f"There is no server {name}.", "`vmms servers` shows those that there are.")
        on_it = lease is not None and server.lease_id == lease.id
        check_owner(caller, lease.owner if lease and on_it else "", f"server {server.id}")
        if not server.cloud_id:
            raise Refused("state", f"{server.id} is {server.state}; the cloud has not begun with it.", "Ask later.")
        return server

    async def _shared(self, key: Hashable, server: Server, read: Callable[[], Awaitable[str]]) -> tuple[str, datetime]:
        """What `read` says, and when it was read. Raises Refused, TryAgain."""
        now = self._context.clock.monotonic()
        kept = self._answers.items()
        self._answers = {one: answer for one, answer in kept if now - answer.asked < SHARED or not answer.task.done()}
        if key not in self._answers:
            if wait := pace.wait(self._began, now, MOST_A_MINUTE):
                text = f"The engine makes at most {MOST_A_MINUTE} such readings a minute."
                raise TryAgain(text, f"Ask again in {wait:.0f} seconds.")
            self._began.append(now)
            task = asyncio.create_task(self._read(server, read), name=f"look at {server.id}")
            task.add_done_callback(_heard)
            self._answers[key] = _Answer(now, task)
        task = self._answers[key].task
        await asyncio.wait({task})  # who is cancelled here leaves it to the others
        try:
            return task.result()
        except NotFound:
            gone = f"The cloud does not know {server.id} any more."
            raise Refused("gone", gone, f"`vmms show {server.id}` says what became of it.") from None
        except CloudError as error:
            raise TryAgain(error.message, refused(error).remedy or "Ask again later.") from None

    async def _read(self, server: Server, read: Callable[[], Awaitable[str]]) -> tuple[str, datetime]:
        text = self._context.without_secrets(server.id, await read())
        return text, self._context.clock.now()


def _heard(task: asyncio.Task[tuple[str, datetime]]) -> None:
    """An error that nobody waits for any more is no mistake."""
    if not task.cancelled():
        task.exception()


def last_lines(text: str, lines: int) -> str:
    """The last lines of a text, whole ones, in not more than MOST_BYTES of UTF-8."""
    kept: list[str] = []
    room = MOST_BYTES
    for line in reversed(text.split("\n")[-lines - 1 :]):
        room -= len(line.encode("utf-8", "replace")) + 1
        if room < 0:
            break
        kept.append(line)
    if not kept and text:  # one line without an end
        kept.append(text.encode("utf-8", "replace")[-MOST_BYTES:].decode("utf-8", "replace"))
    return "\n".join(reversed(kept))
