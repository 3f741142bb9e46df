"""Just enough of Keystone, Nova, Neutron and Glance, over real HTTP on loopback, with faults on demand."""

import asyncio
import json
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vmms_tui.engine.cloud.facts import NewServer

PASSWORD = "sesame-öpen"
SERVERS = "/compute/v2.1/servers"
DETAIL = f"{SERVERS}/detail"
NEW = NewServer(name="web", flavor="small", image="debian", port_ids=("p1",), user_data=b"#cloud-config\n")


@dataclass(frozen=True)
class Reply:
    """One scripted answer. `hang` never answers until the stub ends;"""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class Stub:
    """`script[method, path]` is played first, one reply a call; then the built-in answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.hanging = threading.Event()
        """Set once an answer hangs."""
        self.seen: list[Seen] = []
        self.script: dict[tuple[str, str], deque[Reply]] = defaultdict(deque)
        self.highest: str | None = "2.96"
        self.catalog = {"compute": "/compute/v2.1", "network": "/network", "image": "/image"}
        self.valid_tokens: set[str] = set()
        self.servers: list[dict[str, Any]] = []
        self.page = 1000
        self._tokens = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    def then(self, method: str, path: str, *replies: Reply) -> None:
        """Play these next."""
        self.script[method, path].extend(replies)

    def calls(self, method: str, path: str) -> list[Seen]:
        """What came so far."""
        return [seen for seen in self.seen if (seen.method, seen.path) == (method, path)]

    def release(self) -> None:
        """Let hanging answers end."""
        if self._loop and self._end:
            self._loop.call_soon_threadsafe(self._end.set)

    async def answer(self, request: Request) -> Response:
        if self._end is None:
            self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        raw = await request.body()
        path = request.url.path.rstrip("/")
        body = json.loads(raw) if raw else None
        seen = Seen(request.method, path, dict(request.query_params), dict(request.headers), body)
        self.seen.append(seen)
        scripted = self.script[seen.method, path]
        if scripted:
            return await self._play(scripted.popleft())
        if path.startswith("/identity"):
            return self._keystone(seen)
        if path in {"/compute/v2.1", "/network", "/image", "/volume/v3", "/volume/v3/lab-id"}:
            return self._versions(path)
        if seen.headers.get("x-auth-token") not in self.valid_tokens:
            return JSONResponse({"error": {"message": "token", "code": 401}}, 401)
        return self._service(seen)

    async def _play(self, reply: Reply) -> Response:
        if reply.hang:
            assert self._end
            self.hanging.set()
            await self._end.wait()
        if isinstance(reply.body, str):
            return Response(reply.body, reply.status, reply.headers, media_type="text/html")
        return JSONResponse(reply.body, reply.status, reply.headers)

    def _keystone(self, seen: Seen) -> Response:
        if seen.path != "/identity/v3/auth/tokens":
            version = {
                "id": "v3.14",
                "status": "stable",
                "links": [{"rel": "self", "href": f"{self.url}/identity/v3/"}],
            }
            return JSONResponse({"version": version})
        identity = seen.body["auth"]["identity"]["password"]["user"]
        if identity["password"] != PASSWORD:
            message = "The request you have made requires authentication."
            return JSONResponse({"error": {"message": message, "code": 401, "title": "Unauthorized"}}, 401)
        self._tokens += 1
        token = f"token-{self._tokens}"
        self.valid_tokens.add(token)
        name = seen.body["auth"]["scope"]["project"]["name"]
        project = {"id": f"{name}-id", "name": name, "domain": {"id": "default", "name": "Default"}}
        catalog = [
            {"type": kind, "name": kind, "id": kind, "endpoints": [_endpoint(kind, self.url + path)]}
            for kind, path in self.catalog.items()
        ]
        content = {
            "methods": ["password"],
            "user": {"id": "u", "name": identity["name"], "domain": project["domain"]},
            "project": project,
            "catalog": catalog,
            "roles": [{"id": "r", "name": "member"}],
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "expires_at": "2999-01-01T00:00:00.000000Z",
        }
        return JSONResponse({"token": content}, 201, {"X-Subject-Token": token})

    def _versions(self, path: str) -> Response:
        self_link = {"rel": "self", "href": f"{self.url}{path}/"}
        if path == "/compute/v2.1":
            known = {"version": self.highest, "min_version": "2.1"} if self.highest else {}
            document = {"id": "v2.1", "status": "CURRENT", "links": [self_link], **known}
            return JSONResponse({"version": document})
        if path.startswith("/volume"):
            self_link["href"] = f"{self.url}/volume/v3/"
            return JSONResponse({"versions": [{"id": "v3.0", "status": "CURRENT", "links": [self_link]}]})
        name = {"/network": "v2.0", "/image": "v2"}[path]
        link = {"rel": "self", "href": f"{self.url}{path}/{name}/"}
        return JSONResponse({"versions": [{"id": name, "status": "CURRENT", "links": [link]}]})

    def _service(self, seen: Seen) -> Response:
        known: dict[tuple[str, str], Callable[[Seen], Response]] = {
            ("GET", "/compute/v2.1/servers"): lambda _: JSONResponse({"servers": []}),
            ("GET", "/compute/v2.1/servers/detail"): self._list,
            ("POST", "/compute/v2.1/servers"): lambda _: JSONResponse({"server": {"id": "new-id"}}, 202),
            ("GET", "/compute/v2.1/flavors/detail"): lambda _: JSONResponse({"flavors": FLAVORS}),
            ("GET", "/image/v2/images"): lambda _: JSONResponse({"images": IMAGES}),
            ("GET", "/network/v2.0/networks"): lambda _: JSONResponse({"networks": NETWORKS}),
        }
        handler = known.get((seen.method, seen.path))
        return handler(seen) if handler else JSONResponse({"itemNotFound": {"message": "none", "code": 404}}, 404)

    def _list(self, seen: Seen) -> Response:
        ids = [server["id"] for server in self.servers]
        marker = seen.query.get("marker")
        if marker and marker not in ids:
            return JSONResponse({"badRequest": {"message": f"marker [{marker}] not found", "code": 400}}, 400)
        start = ids.index(marker) + 1 if marker else 0
        rows = self.servers[start : start + self.page]
        more = start + self.page < len(ids)
        links = {"servers_links": [{"rel": "next", "href": "http://proxy.invalid/"}]} if more else {}
        return JSONResponse({"servers": rows, **links})


FLAVORS = [
    {"id": "f1", "name": "small", "vcpus": 1, "ram": 512, "disk": 1},
    {"id": "f2", "name": "large", "vcpus": 8, "ram": 8192, "disk": 10},
]
IMAGES = [
    {"id": "i1", "name": "debian", "status": "active", "min_disk": 1, "min_ram": 0},
    {"id": "i2", "name": "twin", "status": "active"},
    {"id": "i3", "name": "twin", "status": "active"},
]
NETWORKS = [{"id": "n1", "name": "private", "router:external": False}]


def _endpoint(kind: str, url: str) -> dict[str, str]:
    return {"id": kind, "interface": "public", "region": "one", "region_id": "one", "url": url}


class Host:
    """A web server on a port of its own; `stub` answers, and can be exchanged for a new one."""

    def __init__(self, url: str) -> None:
        self.stub = Stub(url)

    def renew(self) -> Stub:
        """A stub that has seen nothing yet."""
        self.stub = Stub(self.stub.url)
        return self.stub

    async def answer(self, request: Request) -> Response:
        return await self.stub.answer(request)


@contextmanager
def hosted() -> Iterator[Host]:
    """A web server, in a thread, until the end of the block."""
    # Named TCP, so that asyncio turns Nagle's algorithm off: each answer would wait 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    host = Host(f"http://127.0.0.1:{listener.getsockname()[1]}")
    app = Starlette(routes=[Route("/{path:path}", host.answer, methods=["GET", "POST", "PUT", "DELETE"])])
    config = uvicorn.Config(app, log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield host
    finally:
        host.stub.release()
        server.should_exit = True
        thread.join()
        listener.close()


def clouds_yaml(folder: Path, url: str, *, password: str = PASSWORD) -> Path:
    """A file with one cloud, called `here`."""
    auth = {
        "auth_url": f"{url}/identity/v3",
        "username": "ada",
        "project_name": "lab",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
        **({"password": password} if password else {}),
    }
    file = folder / "clouds.yaml"
    file.write_text(json.dumps({"clouds": {"here": {"auth": auth, "region_name": "one"}}}))
    return file
