"""Serves the screen to browsers: each gets a process of its own that runs `vmms`, through textual-serve."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server

from vmms_tui.model.errors import Failed
from vmms_tui.web.gate import PARAMETER, Gate

MOST = 8
"""Browsers at the same time, at most: each is a process."""
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bound(host: str, port: int) -> socket.socket:
    """A listening socket; port 0: any that is free. Raises Failed, in one sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except (OSError, OverflowError) as error:
        listening.close()
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Failed(f"Nothing can listen on {host} port {port}: {why}.", "Choose another --port or --host.") from None
    return listening


class WebScreen(Server):
    """textual-serve with a key, without foreign fonts, and with a bound on how many look."""

    def __init__(self, command: str, gate: Gate, started: Callable[[], None]) -> None:
        """`command` runs the screen; `started` is called when browsers can come."""
        super().__init__(command, title="VMMS", templates_path=Path(__file__).parent)
        self.gate = gate
        self._looking: set[asyncio.Task[Any]] = set()
        """The browsers that look just now."""
        self._started = started
        self._cookie = "vmms_key"

    def run(self, listening: socket.socket) -> None:
        """Serve until SIGINT or SIGTERM. Cookies know no ports, so that each has one of its own."""
        self._cookie = f"vmms_key_{listening.getsockname()[1]}"
        web.run_app(self._make_app(), sock=listening, print=None, access_log=None, shutdown_timeout=5)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._at_the_gate)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """See Server."""
        self._started()

    @web.middleware
    async def _at_the_gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        offered = request.query.get(PARAMETER, "")
        if request.path == "/" and self.gate.fits(offered):
            entry = web.HTTPFound("/")
            entry.set_cookie(self._cookie, offered, httponly=True, samesite="Strict")
            raise entry
        cookie = request.cookies.get(self._cookie, "")
        if no := self.gate.refusal(cookie=cookie, host=request.host, headers=request.headers):
            raise web.HTTPForbidden(text=f"{no}\n", headers=HEADERS)
        answer = await handler(request)
        if not answer.prepared:
            answer.headers.update(HEADERS)
        return answer

    @aiohttp_jinja2.template("page.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        """See Server. The addresses in the page are those by which it was asked for."""
        return {"websocket": f"ws://{request.host}/ws"}

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """See Server."""
        if len(self._looking) >= MOST:
            raise web.HTTPServiceUnavailable(text=f"{MOST} browsers look already; close one of them.\n")
        look = asyncio.ensure_future(super().handle_websocket(request))
        self._looking.add(look)
        look.add_done_callback(self._looking.discard)
        return await look

    async def on_shutdown(self, app: web.Application) -> None:
        """Let the screens of the browsers end as if their tabs were closed, and wait for that."""
        looking = tuple(self._looking)
        for one in looking:
            one.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
