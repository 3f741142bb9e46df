"""The engine's door for other processes: HTTP on a Unix socket.

`GET /snapshot` (`?kinds=lease,server` for a part), `GET /follow` (one News a line, as long as it lasts),
`POST /command` (a command, answered by a Reply) and `GET /health`. The kernel says who calls (SO_PEERCRED, unix(7)),
and only the socket's owner, and root, may call at all.
"""

import asyncio
import logging
import os
import socket
import stat
import struct
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

import vmms_tui
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.errors import Failed, TryAgain, VmmsError
from vmms_tui.model.status import Snapshot, Update
from vmms_tui.model.tables import type_of
from vmms_tui.model.wire import encode_news
from vmms_tui.settings.people import unix_user

log = logging.getLogger(__name__)

LONGEST_COMMAND = 64 * 1024
"""Bytes of a command's body."""
PATIENCE = 2.0

_PEER = struct.Struct("iII")
_command = msgspec.json.Decoder(AnyCommand)


class Door(Protocol):
    """What the server needs of an engine."""

    async def snapshot(self) -> Snapshot:
        """Everything now."""
        ...

    async def submit(self, command: AnyCommand, actor: str) -> Reply:
        """Do what a person asks for, or say why not."""
        ...

    def subscribe(self) -> AsyncIterator[Snapshot | Update]:
        """A snapshot first, then updates."""
        ...


class Server:
    """A door's server, in the event loop that calls `start`."""

    def __init__(self, door: Door, path: Path, *, patience: float = PATIENCE) -> None:
        """`patience` is the seconds that answers under way get when the server stops."""
        self._door = door
        self._path = path
        self._patience = patience
        self._ending = asyncio.Event()
        self._uvicorn: uvicorn.Server | None = None
        self._socket: socket.socket | None = None
        self._inode = 0
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the socket. A socket that a dead engine left is removed.

        Raises:
            Failed: the socket cannot be made, or somebody answers there already.
        """
        self._socket = _listener(self._path)
        self._inode = self._path.lstat().st_ino
        config = uvicorn.Config(
            self._app(),
            http=_Connection,
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

    async def stop(self) -> None:
        """End the change streams, give answers under way a little time, and remove the socket. Twice is as once."""
        if self._uvicorn is None or self._socket is None:
            return
        server, listener = self._uvicorn, self._socket
        self._uvicorn = self._socket = None
        _remove(self._path, self._inode)
        self._ending.set()
        late = asyncio.get_running_loop().call_later(self._patience, _hang_up, server)
        await server.shutdown(sockets=[listener])
        late.cancel()
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
        await asyncio.gather(*self._closing)

    def _app(self) -> Starlette:
        routes = [
            Route("/snapshot", self._snapshot),
            Route("/follow", self._follow),
            Route("/command", self._submit, methods=["POST"]),
            Route("/health", self._health),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: _refuse, Exception: _mistake})

    async def _snapshot(self, request: Request) -> Response:
        snapshot = await self._door.snapshot()
        kinds = {kind for kind in request.query_params.get("kinds", "").split(",") if kind}
        if kinds:
            records = tuple(record for record in snapshot.records if type_of(record) in kinds)
            snapshot = msgspec.structs.replace(snapshot, records=records)
        return _json(snapshot)

    async def _follow(self, _request: Request) -> Response:
        return StreamingResponse(self._lines(), media_type="application/x-ndjson")

    async def _lines(self) -> AsyncIterator[bytes]:
        viewing = _Viewing(self._door.subscribe(), self._ending)
        try:
            while (news := await viewing.next()) is not None:
                yield encode_news(news)
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
        actor = request.client.host if request.client else ""
        try:
            reply = await self._door.submit(command, actor)
        except VmmsError as error:
            code = "try_again" if isinstance(error, TryAgain) else "failed"
            reply = Reply(code=code, text=error.message, remedy=error.remedy)
        return _json(reply)

    async def _health(self, _request: Request) -> Response:
        return _json({"version": vmms_tui.__version__, "pid": os.getpid()})


def _hang_up(server: uvicorn.Server) -> None:
    """End the connections of whoever does not read what is sent."""
    for connection in list(server.server_state.connections):
        connection.transport.abort()


class _Connection(H11Protocol):
    """A connection that knows its peer: the caller's name stands as the client's host."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        raw = transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        _, uid, _ = _PEER.unpack(raw)
        self.client = (unix_user(uid), uid)


class _Viewing:
    """One stream of news, which ends with the server."""

    def __init__(self, stream: AsyncIterator[Snapshot | Update], ending: asyncio.Event) -> None:
        self._stream = stream
        self._ending: asyncio.Task[Any] = asyncio.create_task(ending.wait())
        self._coming: asyncio.Task[Snapshot | Update | None] | None = None

    async def next(self) -> Snapshot | Update | None:
        """The next news; None when there is none any more, or when the end comes first."""
        self._coming = asyncio.create_task(_next(self._stream))
        await asyncio.wait({self._coming, self._ending}, return_when=asyncio.FIRST_COMPLETED)
        return self._coming.result() if self._coming.done() else None

    async def close(self) -> None:
        """Leave the stream, also in the middle of waiting for it."""
        self._ending.cancel()
        if self._coming is not None:
            self._coming.cancel()
            await asyncio.wait({self._coming})
        if isinstance(self._stream, AsyncGenerator):
            await self._stream.aclose()


async def _next(stream: AsyncIterator[Snapshot | Update]) -> Snapshot | Update | None:
    return await anext(stream, None)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_COMMAND:
            raise HTTPException(413, f"A command may have {LONGEST_COMMAND} bytes.")
    return bytes(body)


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


async def _refuse(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    texts = {404: "There is nothing here.", 405: "This is not done that way."}
    text = texts.get(error.status_code, error.detail)
    return _json(Reply(code="refused", rule="bad_command", text=text), error.status_code)


async def _mistake(_request: Request, _error: Exception) -> Response:
    text = "A mistake in VMMS stopped this command."
    return _json(Reply(code="failed", text=text, remedy="The engine's log has the details."), 500)


def _listener(path: Path) -> socket.socket:
    """A socket that only its owner may open: nobody can connect before its mode is set, for it listens later."""
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        listener.close()
        why = error.strerror or str(error)
        raise Failed(f"The engine's socket {path} cannot be made ({why}).", "Set VMMS_RUNTIME_DIR.") from error
    return listener


def _clear(path: Path) -> None:
    """Remove what a dead engine left."""
    try:
        kind = path.lstat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(kind):
        raise Failed(f"{path} is in the way: it is no socket.", "Move it away, or set VMMS_RUNTIME_DIR.")
    if _answers(path):
        raise Failed(f"Somebody answers at {path}: an engine runs there.", "Attach to it: start `vmms`.")
    path.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except BlockingIOError:
            return True
        return True


def _remove(path: Path, inode: int) -> None:
    """Remove our socket, unless somebody has put another there since."""
    try:
        if path.lstat().st_ino == inode:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("the socket %s cannot be removed: %s", path, error)
