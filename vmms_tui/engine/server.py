"""The engine's door for other processes: HTTP on a Unix socket.

`GET /snapshot` (`?kinds=lease,server` for a part), `GET /follow` (one News a line, as long as it lasts),
`POST /command` (a command, answered by a Reply) and `GET /health`. The kernel says who calls (SO_PEERCRED and
SO_PEERGROUPS, unix(7)). Unless the installation is shared, only the socket's owner, and root, may call at all.

What a caller says of itself comes in two headers: `vmms-says`, from where and with what, for the audit, and
`vmms-read-only`, with which it gives up its right to change anything.
"""

import array
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
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

import vmms_tui
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.errors import Failed, Refused, TryAgain, VmmsError
from vmms_tui.model.people import Peer
from vmms_tui.model.status import Snapshot, Update
from vmms_tui.model.tables import type_of
from vmms_tui.model.wire import encode_news
from vmms_tui.settings.people import unix_user

log = logging.getLogger(__name__)

LONGEST_COMMAND = 64 * 1024
"""Bytes of a command's body."""
PATIENCE = 2.0

LONGEST_SAYS = 100
"""Characters of what a caller says of itself."""
SO_PEERGROUPS = 59
"""socket(7); Python does not name it."""
MOST_GROUPS = 256
"""As many as Python lets getsockopt answer."""

_PEER = struct.Struct("iII")
_command = msgspec.json.Decoder(AnyCommand)


class Door(Protocol):
    """What the server needs of an engine."""

    async def snapshot(self, peer: Peer) -> Snapshot:
        """Everything that they may see. Raises Refused."""
        ...

    async def submit(self, command: AnyCommand, peer: Peer) -> Reply:
        """Do what a person asks for, or say why not."""
        ...

    def subscribe(self, peer: Peer) -> AsyncIterator[Snapshot | Update]:
        """A snapshot first, then updates. Raises Refused."""
        ...


class Server:
    """A door's server, in the event loop that calls `start`."""

    def __init__(self, door: Door, path: Path, *, shared: bool = False, patience: float = PATIENCE) -> None:
        """`shared`: every user may knock, and the door decides. `patience`: the seconds that answers get at the end."""
        self._door = door
        self._path = path
        self._shared = shared
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
        self._socket = _listener(self._path, self._shared)
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

    def share(self, shared: bool) -> None:
        """Let every user knock from now on, or only our own."""
        if shared != self._shared:
            self._shared = shared
            self._path.chmod(_mode(shared))

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
        app = Starlette(
            routes=routes, exception_handlers={HTTPException: _refuse, Refused: _turn_away, Exception: _mistake}
        )
        app.router.redirect_slashes = False
        return app

    async def _snapshot(self, request: Request) -> Response:
        snapshot = await self._door.snapshot(_peer(request))
        kinds = {kind for kind in request.query_params.get("kinds", "").split(",") if kind}
        if kinds:
            records = tuple(record for record in snapshot.records if type_of(record) in kinds)
            snapshot = msgspec.structs.replace(snapshot, records=records)
        return _json(snapshot)

    async def _follow(self, request: Request) -> Response:
        stream = self._door.subscribe(_peer(request))
        return StreamingResponse(self._lines(stream), media_type="application/x-ndjson")

    async def _lines(self, stream: AsyncIterator[Snapshot | Update]) -> AsyncIterator[bytes]:
        viewing = _Viewing(stream, self._ending)
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
        except RecursionError:
            raise HTTPException(400, "The command cannot be read: it is nested too deeply.") from None
        try:
            reply = await self._door.submit(command, _peer(request))
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
    """A connection that knows its peer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "peer": _of_kernel(transport.get_extra_info("socket"))}


def _of_kernel(connection: socket.socket) -> Peer:
    """What the kernel says of the other end."""
    pid, uid, gid = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    name = unix_user(uid)
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, MOST_GROUPS * array.array("I").itemsize)
        groups = frozenset(array.array("I", raw))
    except OSError:  # more groups than fit, or a kernel before 4.13: then those of the user database
        groups = frozenset(os.getgrouplist(name, gid))
    return Peer(name=name, uid=uid, pid=pid, groups=groups | {gid})


def _peer(request: Request) -> Peer:
    """The caller: the kernel's word on the connection, and its own in the headers."""
    peer: Peer = request.state.peer
    says = "".join(letter for letter in request.headers.get("vmms-says", "") if letter.isprintable())[:LONGEST_SAYS]
    return msgspec.structs.replace(peer, says=says, read_only="vmms-read-only" in request.headers)


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


def _mode(shared: bool) -> int:
    return 0o666 if shared else 0o600


def _listener(path: Path, shared: bool) -> socket.socket:
    """A socket with its mode: nobody can connect before that is set, for it listens later."""
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(_mode(shared))
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
