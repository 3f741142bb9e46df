"""The engine's door for other processes: HTTP on a Unix socket.

`GET /snapshot` (`?kinds=lease,server` for a part, `?mine` for what is the caller's own), `GET /follow` (one News a
line, as long as it lasts), `GET /events` (`?actor=ann&kind=lease.` and so on as in EventQuery: one EventPage a line),
`GET /leaks` (`?look`: after a look taken now, `?all`: that, and with what is expected), `POST /command` (a command,
answered by a Reply) and `GET /health`. The kernel says who calls (SO_PEERCRED and SO_PEERGROUPS, unix(7)). Unless the
installation is shared, only the socket's owner, and root, may call at all.

What a caller says of itself comes in two headers: `vmms-says`, from where and with what, for the audit, and
`vmms-read-only`, with which it gives up its right to change anything.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

import vmms_tui
from vmms_tui.engine.connection import Connection, all_have_asked, anybody, hang_up, keeps_us_waiting
from vmms_tui.engine.lines import Lines
from vmms_tui.engine.listener import Listener
from vmms_tui.engine.viewing import Viewing
from vmms_tui.model.audit import EventPage, EventQuery
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.errors import Refused, TryAgain, VmmsError
from vmms_tui.model.leaks import Leaks
from vmms_tui.model.people import Peer
from vmms_tui.model.status import Snapshot, Update

log = logging.getLogger(__name__)

LONGEST_COMMAND = 64 * 1024
"""Bytes of a command's body."""
PATIENCE = 2.0
UNDER_WAY = 10.0
"""Seconds that a command gets to be answered when the server stops; as long as a step of an operation."""
LOOK_EVERY = 2.0
"""Seconds between two looks at whether the socket is still there."""
READING = 60.0
"""A viewer who has not read for so many seconds would be held in memory for nothing; it may come back."""

LONGEST_SAYS = 100
"""Characters of what a caller says of itself."""

T = TypeVar("T")
_command = msgspec.json.Decoder(AnyCommand)


class Door(Protocol):
    """What the server needs of an engine."""

    async def snapshot(self, peer: Peer, kinds: Collection[str] = (), *, mine: bool = False) -> Snapshot:
        """Everything that they may see. Raises Refused."""
        ...

    async def submit(self, command: AnyCommand, peer: Peer) -> Reply:
        """Do what a person asks for, or say why not."""
        ...

    async def look_for_leaks(self, peer: Peer, *, fresh: bool = False, everything: bool = False) -> Leaks:
        """What carries our tag in the cloud; see `EngineClient.leaks`. Raises Refused when they may not see it."""
        ...

    def subscribe(self, peer: Peer) -> AsyncIterator[Snapshot | Update]:
        """A snapshot first, then updates. Raises Refused."""
        ...

    def events(self, query: EventQuery, peer: Peer) -> AsyncIterator[EventPage]:
        """What happened, also long ago, as far as they may see it. Raises Refused."""
        ...


class Server:
    """A door's server, in the event loop that calls `start`."""

    def __init__(
        self,
        door: Door,
        path: Path,
        *,
        shared: bool = False,
        inherited: int | None = None,
        patience: float = PATIENCE,
        reading: float = READING,
    ) -> None:
        """`shared`: every user may knock, and the door decides. `inherited`: the socket of an engine before us.

        `patience`: the seconds that answers get at the end. `reading`: the seconds after which who does not read is
        hung up on.
        """
        self.instance = secrets.token_hex(8)
        """Another one for each engine."""
        self._door = door
        self._listener = Listener(path, shared=shared, inherited=inherited)
        self._patience = patience
        self._reading = reading
        self._lines = Lines()
        self._ending = asyncio.Event()
        self._uvicorn: uvicorn.Server | None = None
        self._socket: socket.socket | None = None
        self._watch: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the socket. A socket that a dead engine left is removed.

        Raises:
            Failed: the socket cannot be made, or somebody answers there already.
        """
        self._socket = self._listener.open()
        config = uvicorn.Config(
            self._app(),
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
        )
        config.load()
        self._uvicorn = uvicorn.Server(config)
        self._uvicorn.lifespan = config.lifespan_class(config)
        await self._uvicorn.startup(sockets=[self._socket])
        self._watch = asyncio.create_task(self._keep_the_door(self._uvicorn), name="door")

    async def _keep_the_door(self, server: uvicorn.Server) -> None:
        """Put the socket back when its name is gone: a session's folder goes when the session ends, we do not."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self._listener.gone() and (new := self._listener.put_back()) is not None:
                for old in server.servers:
                    old.close()
                self._socket = new
                await server.startup(sockets=[new])

    def share(self, shared: bool) -> None:
        """Let every user knock from now on, or only our own."""
        self._listener.share(shared)

    def forget(self) -> None:
        """Remove the name of a socket that was kept: no engine follows."""
        self._listener.remove()

    async def stop(self, *, keep: bool = False) -> int | None:
        """End the change streams, give answers under way a little time, and remove the socket. Twice is as once.

        With `keep` the socket stays: its descriptor, for the next engine. Who knocks meanwhile waits for that one.
        """
        if self._uvicorn is None or self._socket is None or self._watch is None:
            return None
        server, listener = self._uvicorn, self._socket
        self._uvicorn = self._socket = None
        self._watch.cancel()
        kept = os.dup(listener.fileno()) if keep else None
        if not keep:
            self._listener.remove()
        self._ending.set()
        for accepting in server.servers:
            accepting.close()
        await all_have_asked(server)
        loop = asyncio.get_running_loop()
        late = (
            loop.call_later(self._patience, hang_up, server, keeps_us_waiting),
            loop.call_later(UNDER_WAY, hang_up, server, anybody),
        )
        await server.shutdown(sockets=[listener])
        for one in late:
            one.cancel()
        await asyncio.gather(*server.server_state.tasks, self._watch, return_exceptions=True)
        await asyncio.gather(*self._closing)
        return kept

    def _app(self) -> Starlette:
        routes = [
            Route("/snapshot", self._snapshot),
            Route("/follow", self._follow),
            Route("/leaks", self._leaks),
            Route("/events", self._events),
            Route("/command", self._submit, methods=["POST"]),
            Route("/health", self._health),
        ]
        app = Starlette(
            routes=routes, exception_handlers={HTTPException: _refuse, Refused: _turn_away, Exception: _mistake}
        )
        app.router.redirect_slashes = False
        return app

    async def _snapshot(self, request: Request) -> Response:
        kinds = {kind for kind in request.query_params.get("kinds", "").split(",") if kind}
        snapshot = await self._door.snapshot(_peer(request), kinds, mine="mine" in request.query_params)
        return self._stream(request, self._lines.snapshot(snapshot), "application/json")

    async def _leaks(self, request: Request) -> Response:
        asked = request.query_params
        return _json(await self._door.look_for_leaks(_peer(request), fresh="look" in asked, everything="all" in asked))

    async def _follow(self, request: Request) -> Response:
        stream = self._door.subscribe(_peer(request))
        return self._stream(request, self._news(stream), "application/x-ndjson")

    def _stream(self, request: Request, parts: AsyncIterator[bytes], media_type: str) -> Response:
        return _Stream(parts, media_type, self._reading, request.state.hang_up)

    async def _news(self, stream: AsyncIterator[Snapshot | Update]) -> AsyncIterator[bytes]:
        with self._viewing(stream) as viewing:
            while (news := await viewing.next()) is not None:
                async for part in self._lines.of(news):
                    yield part

    async def _events(self, request: Request) -> Response:
        try:
            query = msgspec.convert(dict(request.query_params), EventQuery, strict=False)
        except msgspec.ValidationError as error:
            raise HTTPException(400, f"The question cannot be read: {str(error).rstrip('.')}.") from None
        stream = self._door.events(query, _peer(request))
        return self._stream(request, self._pages(stream), "application/x-ndjson")

    async def _pages(self, stream: AsyncIterator[EventPage]) -> AsyncIterator[bytes]:
        with self._viewing(stream) as viewing:
            while (page := await viewing.next()) is not None:
                yield msgspec.json.encode(page) + b"\n"

    @contextlib.contextmanager
    def _viewing(self, stream: AsyncIterator[T]) -> Iterator[Viewing[T]]:
        viewing = Viewing(stream, self._ending)
        try:
            yield viewing
        finally:
            # In a task of its own: whoever reads this may be cancelled again and again.
            closing = asyncio.create_task(viewing.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _submit(self, request: Request) -> Response:
        body = await _body(request)
        try:
            command = _command.decode(body)
        except msgspec.DecodeError as error:
            raise HTTPException(400, f"The command cannot be read: {str(error).rstrip('.')}.") from None
        except RecursionError:
            raise HTTPException(400, "The command cannot be read: it is nested too deeply.") from None
        try:
            reply = await self._door.submit(command, _peer(request))
        except VmmsError as error:
            code = "try_again" if isinstance(error, TryAgain) else "failed"
            reply = Reply(code=code, text=error.message, remedy=error.remedy)
        return _json(reply)

    async def _health(self, _request: Request) -> Response:
        return _json({"version": vmms_tui.__version__, "pid": os.getpid(), "instance": self.instance})


class _Stream(StreamingResponse):
    """An answer in parts, which hangs up on who does not read it."""

    def __init__(
        self, parts: AsyncIterator[bytes], media_type: str, reading: float, hang_up: Callable[[], None]
    ) -> None:
        super().__init__(parts, media_type=media_type)
        self._reading = reading
        self._hang_up = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Until all is sent, or the other end has gone. As in StreamingResponse, but without loading anyio for it."""
        sending = asyncio.create_task(self.stream_response(send))
        gone = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            gone.cancel()
            await asyncio.wait({sending, gone})
        if not sending.cancelled():
            sending.result()

    async def stream_response(self, send: Send) -> None:
        """See StreamingResponse."""
        loop = asyncio.get_running_loop()

        async def watched(message: Message) -> None:
            late = loop.call_later(self._reading, self._hang_up)
            try:
                await send(message)
            finally:
                late.cancel()

        await super().stream_response(watched)


def _peer(request: Request) -> Peer:
    """The caller: the kernel's word on the connection, and its own in the headers."""
    peer: Peer = request.state.peer
    says = "".join(letter for letter in request.headers.get("vmms-says", "") if letter.isprintable())[:LONGEST_SAYS]
    return msgspec.structs.replace(peer, says=says, read_only="vmms-read-only" in request.headers)


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_COMMAND:
                raise HTTPException(413, f"A command may have {LONGEST_COMMAND} bytes.")
    except ClientDisconnect:  # nobody is there any more to read this
        raise HTTPException(400, "The command was broken off.") from None
    return bytes(body)


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


async def _refuse(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    texts = {404: "There is nothing here.", 405: "This is not done that way."}
    text = texts.get(error.status_code, error.detail)
    return _json(Reply(code="refused", rule="bad_command", text=text), error.status_code)


async def _turn_away(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return _json(Reply(code="refused", rule=error.rule, text=error.message, remedy=error.remedy), 403)


async def _mistake(_request: Request, _error: Exception) -> Response:
    text = "A mistake in VMMS stopped this command."
    return _json(Reply(code="failed", text=text, remedy="The engine's log has the details."), 500)
