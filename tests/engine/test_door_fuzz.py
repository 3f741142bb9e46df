"""Whatever comes to the engine's socket: a sentence for what was not understood, and the others are served."""

import asyncio
import json
import logging
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.world import POOL, World
from vmms_tui.engine.server import LONGEST_COMMAND, Server
from vmms_tui.model.audit import EventPage, EventQuery
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.records import Lease

TAGS = [kind.__struct_config__.tag for kind in get_args(AnyCommand)]
FIELDS = sorted({name for kind in get_args(AnyCommand) for name in kind.__struct_encode_fields__})
ANSWERS = {200, 400, 403, 404, 405, 413}
PATIENCE = 20.0
SOME = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

odd_text = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "\x00", "\x1b[31m", "dev", "lease-00001", "vm-00001", "req-00001", "../../etc/passwd", "名" * 300]
    ),
    st.sampled_from(["8h", "P1D", "PT1S", "P999999999D", "-P999999999D", "P99999999999999D", "PT0S", "PT1e400S"]),
)
odd_number = st.one_of(st.integers(), st.floats(), st.sampled_from([10**30, -(10**30), 2**63, -1, 0, 1, 1e308]))
odd_value = st.recursive(
    st.one_of(st.none(), st.booleans(), odd_text, odd_number),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(odd_text, inner, max_size=3)),
    max_leaves=5,
)
near_commands = st.builds(
    lambda tag, fields: {"command": tag, **fields},
    st.one_of(st.sampled_from(TAGS), odd_text),
    st.dictionaries(st.sampled_from(FIELDS), odd_value, max_size=6),
)
likely_commands = st.builds(
    lambda tag, term, number: {
        "command": tag,
        "lease_id": "vm-00001",
        "request_id": "req-00001",
        "purpose": "dev",
        "term": term,
        **({"importance": number, "vcpus": number, "ram_mib": number} if number is not None else {}),
    },
    st.sampled_from(TAGS),
    st.sampled_from(["PT60S", "P1D", "P999999999D", "-P999999999D", "PT0S"]),
    st.sampled_from([None, 0, 1, 11, 2**63 - 1, -(2**63)]),
)
headers = st.dictionaries(
    st.sampled_from(["vmms-says", "vmms-read-only", "host", "x-forwarded-for", "accept-encoding"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200).map(str.strip),
    max_size=3,
)


class Doorway:
    """A full pool behind a real socket."""

    def __init__(self, world: World, path: Path) -> None:
        self.world = world
        self.path = path
        self.http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://vmms", timeout=PATIENCE
        )

    async def still_serves(self) -> None:
        """Somebody else gets an answer."""
        health = await asyncio.wait_for(self.http.get("/health"), PATIENCE)
        assert health.status_code == 200

    async def throw(self, data: bytes) -> bytes:
        """Bytes into the socket; what comes back until the other side has had enough."""
        reader, writer = await asyncio.open_unix_connection(str(self.path))
        writer.write(data)
        writer.write_eof()
        try:
            return await asyncio.wait_for(reader.read(), PATIENCE)
        except ConnectionError:
            return b""
        finally:
            writer.close()


@asynccontextmanager
async def doorway() -> AsyncIterator[Doorway]:
    """The engine is restarted at the end, and must know what it acknowledged."""
    with tempfile.TemporaryDirectory() as folder:
        world = await World(Path(folder), POOL).start()
        await world.pass_time(30)
        server = Server(world.engine, Path(folder) / "e.sock", patience=0.2)
        await server.start()
        door = Doorway(world, Path(folder) / "e.sock")
        try:
            yield door
            await door.still_serves()
        finally:
            await door.http.aclose()
            await asyncio.wait_for(server.stop(), PATIENCE)
        known = {lease.id: lease.end for lease in world.state.all(Lease)}
        await world.restart()
        assert {lease.id: lease.end for lease in world.state.all(Lease)} == known
        await world.stop()


@contextmanager
def door_for_all() -> Iterator[Callable[[Callable[[Doorway], Awaitable[None]]], None]]:
    """One door for all examples; whoever plays gets it."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        door = runner.run(stack.enter_async_context(doorway()))

        async def play(game: Callable[[Doorway], Awaitable[None]]) -> None:
            await game(door)

        yield lambda game: runner.run(play(game))
        runner.run(stack.aclose())


def said(response: httpx.Response) -> Reply:
    """The sentence in an answer."""
    assert response.status_code in ANSWERS, response.text
    reply = msgspec.json.decode(response.content, type=Reply)
    assert reply.text
    assert "Traceback" not in reply.text
    assert "mistake in VMMS" not in reply.text
    return reply


def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """No mistake was logged."""
    bad = [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]
    assert not bad, caplog.text


def test_commands_of_every_kind_with_fields_of_any(caplog: pytest.LogCaptureFixture) -> None:
    async def play(door: Doorway, bodies: list[tuple[Any, dict[str, str]]]) -> None:
        for body, extra in bodies:
            content = json.dumps(body).encode(errors="surrogatepass")
            said(await asyncio.wait_for(door.http.post("/command", content=content, headers=extra), PATIENCE))

    @SOME
    @given(st.lists(st.tuples(st.one_of(near_commands, likely_commands, odd_value), headers), min_size=1, max_size=6))
    def games(bodies: list[tuple[Any, dict[str, str]]]) -> None:
        open_door(lambda door: play(door, bodies))

    with door_for_all() as open_door:
        games()
    quiet(caplog)


questions = st.dictionaries(
    st.one_of(st.sampled_from(EventQuery.__struct_fields__), odd_text),
    st.one_of(
        odd_text, odd_number.map(str), st.sampled_from(["true", "info", "warning", "2026-03-02T12:00Z", "9999-12-31"])
    ),
    max_size=5,
)


def test_questions_about_the_past_of_every_kind(caplog: pytest.LogCaptureFixture) -> None:
    async def play(door: Doorway, asked: list[dict[str, str]]) -> None:
        for params in asked:
            response = await asyncio.wait_for(door.http.get("/events", params=params), PATIENCE)
            if response.status_code == 200:
                last = response.content.splitlines()[-1]
                assert msgspec.json.decode(last, type=EventPage).end
            else:
                assert said(response).code == "refused"

    @SOME
    @given(st.lists(questions, min_size=1, max_size=6))
    def games(asked: list[dict[str, str]]) -> None:
        open_door(lambda door: play(door, asked))

    with door_for_all() as open_door:
        games()
    quiet(caplog)


def test_bodies_that_are_no_json(caplog: pytest.LogCaptureFixture) -> None:
    async def play(bodies: list[bytes]) -> None:
        async with doorway() as door:
            for body in bodies:
                response = await asyncio.wait_for(door.http.post("/command", content=body), PATIENCE)
                assert said(response).code == "refused"
        quiet(caplog)

    deep = b"[" * 20_000
    many = [
        b"",
        b"\x00",
        b"\xff\xfe",
        deep,
        b'{"command":' * 5_000,
        b" " * (LONGEST_COMMAND + 1),
        b"1e400",
        b'"\\ud800"',
    ]
    asyncio.run(play(many))


def test_ways_and_methods_that_there_are_not() -> None:
    async def play() -> None:
        async with doorway() as door:
            for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
                for path in ("/", "/command/", "/snapshot/../command", "/%00", "/" + "x" * 5000, "/snapshot?kinds=%ff"):
                    response = await asyncio.wait_for(door.http.request(method, path), PATIENCE)
                    assert response.status_code in ANSWERS

    asyncio.run(play())


def test_bytes_that_are_no_http(caplog: pytest.LogCaptureFixture) -> None:
    async def play(door: Doorway, thrown: list[bytes]) -> None:
        for data in thrown:
            answer = await door.throw(data)
            assert not answer or answer.startswith(b"HTTP/1.1 "), answer[:80]
            assert b" 500 " not in answer.split(b"\r\n", 1)[0]

    line = b"POST /command HTTP/1.1\r\nhost: x\r\n"
    known = [
        *(
            line + b"content-length: 5\r\n\r\n",
            line + b"content-length: -1\r\n\r\n",
            line + b"content-length: 99\r\n\r\n{",
        ),
        *(
            line + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
            line * 2,
            line[:20],
            b"\x16\x03\x01\x02\x00",
            b"\r\n" * 500,
        ),
        *(
            line + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
            b"GET /snapshot HTTP/9.9\r\n\r\n",
            b"GET /health HTTP/1.0\r\n\r\n",
        ),
    ]

    @settings(SOME, max_examples=60)
    @given(st.lists(st.binary(max_size=200), min_size=1, max_size=10))
    def games(thrown: list[bytes]) -> None:
        open_door(lambda door: play(door, thrown))

    with door_for_all() as open_door:
        open_door(lambda door: play(door, known))
        games()
    quiet(caplog)


def test_half_requests_that_never_end_keep_nobody_waiting() -> None:
    async def play() -> None:
        async with doorway() as door:
            lines = []
            for number in range(100):
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(str(door.path))
                connection.sendall(b"POST /command HTTP/1.1\r\ncontent-length: 9\r\n\r\n{"[: 10 + number % 40])
                lines.append(connection)
            await door.still_serves()
            reply = await door.http.post("/command", content=b'{"command": "request", "purpose": "dev"}')
            assert said(reply).code == "ok"
            for connection in lines:
                connection.close()

    asyncio.run(play())
