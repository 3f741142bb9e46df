"""The clients: one contract for both, then what only a socket can do wrong."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.people import peer
from tests.unit.fake_door import NOW, POOL, STATUS, FakeDoor, in_a_thread, lease, server
from vmms_tui.client.local import LocalClient
from vmms_tui.client.protocol import EngineClient
from vmms_tui.client.remote import RemoteClient
from vmms_tui.engine.server import Server
from vmms_tui.model.commands import Release, Renew, Reply, RequestServer
from vmms_tui.model.errors import Failed, Refused, TryAgain
from vmms_tui.model.leaks import Kind, Leaks, LedgerLine, Verdict
from vmms_tui.model.people import Peer
from vmms_tui.model.records import AnyRecord, ServerState
from vmms_tui.model.status import Snapshot, Update
from vmms_tui.model.tables import Put
from vmms_tui.settings.people import this_process, unix_user

ODD = "名前 [bold]x[/bold] \x1b[31m \u2028 \x85 \r end"
RECORDS: tuple[AnyRecord, ...] = (POOL, server("s-1", ServerState.LEASED), lease("l-1", "s-1", "ann", note=ODD))


@pytest.fixture(params=["local", "remote"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def door(kind: str, tmp_path: Path) -> Iterator[FakeDoor]:
    with in_a_thread(FakeDoor(*RECORDS), tmp_path / "e.sock" if kind == "remote" else None) as door:
        yield door


@asynccontextmanager
async def viewing(kind: str, door: FakeDoor, folder: Path) -> AsyncIterator[EngineClient]:
    client: EngineClient = LocalClient(door, this_process()) if kind == "local" else RemoteClient(folder / "e.sock")
    try:
        yield client
    finally:
        await client.close()


async def until(door: FakeDoor, viewers: int) -> None:
    async with asyncio.timeout(10):
        while len(door.viewers) != viewers:  # noqa: ASYNC110 it lives in another loop
            await asyncio.sleep(0.005)


async def test_a_snapshot_comes_as_it_is(kind: str, door: FakeDoor, tmp_path: Path) -> None:
    async with viewing(kind, door, tmp_path) as client:
        assert await client.snapshot() == Snapshot(sequence=1, records=RECORDS, status=STATUS)


async def test_a_command_arrives_with_its_sender(kind: str, door: FakeDoor, tmp_path: Path) -> None:
    door.reply = Reply(code="refused", rule="longest_term", text=ODD, remedy="Less.", end=NOW)
    wish = RequestServer(purpose=ODD, term=timedelta(hours=36), importance=3)
    async with viewing(kind, door, tmp_path) as client:
        assert await client.send(wish) == door.reply
        assert await client.send(Renew(lease_id="l-1", term=timedelta(days=2))) == door.reply
    assert door.heard == [(wish, unix_user()), (Renew(lease_id="l-1", term=timedelta(days=2)), unix_user())]


async def test_following_gives_a_snapshot_then_what_changes(kind: str, door: FakeDoor, tmp_path: Path) -> None:
    async with viewing(kind, door, tmp_path) as client, aclosing(client.follow()) as news:  # type: ignore[type-var]
        assert isinstance(await anext(news), Snapshot)
        odd = server(ODD)
        door.loop.call_soon_threadsafe(door.put, odd)
        assert await anext(news) == Update(sequence=2, changes=(Put(odd),), status=STATUS)
        door.loop.call_soon_threadsafe(door.end_streams)
        assert await anext(news, None) is None


async def test_what_is_left_over_comes_as_it_is(kind: str, door: FakeDoor, tmp_path: Path) -> None:
    line = LedgerLine(kind=Kind.PORT, id="p", name=ODD, verdict=Verdict.PERSON, why=ODD, created=NOW)
    door.leaks = Leaks(now=NOW, looked_at=NOW, problem=ODD, lines=(line,), expected={Kind.FLOATING_IP: 2})
    async with viewing(kind, door, tmp_path) as client:
        assert await client.leaks() == door.leaks
        await client.leaks(fresh=True)
        await client.leaks(everything=True)
    me = unix_user()
    assert door.looks == [(me, False, False), (me, True, False), (me, False, True)]


async def test_who_may_not_see_what_is_left_over_is_told_why(kind: str, door: FakeDoor, tmp_path: Path) -> None:
    door.refusal = Refused("role", "What is in the cloud is shown to operators and viewers only.", "Ask one.")
    async with viewing(kind, door, tmp_path) as client:
        with pytest.raises(Refused, match="operators and viewers") as refused:
            await client.leaks()
    assert (refused.value.rule, refused.value.remedy) == ("role", "Ask one.")


async def test_who_leaves_a_stream_is_forgotten(kind: str, door: FakeDoor, tmp_path: Path) -> None:
    async with viewing(kind, door, tmp_path) as client:
        async with aclosing(client.follow()) as news:  # type: ignore[type-var]
            await anext(news)
            await until(door, 1)
        await until(door, 0)


async def test_a_cancelled_viewer_is_forgotten(kind: str, door: FakeDoor, tmp_path: Path) -> None:
    async def look() -> None:
        async with viewing(kind, door, tmp_path) as client:
            async for _ in client.follow():
                pass

    task = asyncio.create_task(look())
    await until(door, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(door, 0)


async def test_an_engine_that_stops_ends_streams_and_refuses_calls(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "e.sock" if kind == "remote" else None
    with in_a_thread(FakeDoor(), path) as door:
        client: EngineClient = LocalClient(door, peer("ann")) if path is None else RemoteClient(path)
        news = client.follow()
        await anext(news)
    try:
        if kind == "remote":
            assert await anext(news, None) is None
        else:
            with pytest.raises(TryAgain, match="has stopped"):
                await anext(news)
        with pytest.raises(TryAgain):
            await client.snapshot()
        with pytest.raises(TryAgain):
            await client.send(Release(lease_id="l-1"))
    finally:
        await client.close()


async def test_an_engine_that_stops_meanwhile_is_no_cancellation() -> None:
    class Slow(FakeDoor):
        async def snapshot(self, peer: Peer, kinds: Collection[str] = (), *, mine: bool = False) -> Snapshot:
            await asyncio.Event().wait()
            raise AssertionError

    with in_a_thread(Slow()) as door:
        asked = asyncio.create_task(LocalClient(door, peer("ann")).snapshot())
        await asyncio.sleep(0)
    with pytest.raises(TryAgain, match="has stopped"):
        await asked


async def test_a_viewer_that_leaves_waits_for_what_it_had_asked_for() -> None:
    """The engine's stream needs some turns of its loop to be cancelled; closing it meanwhile would be an error."""

    class Lingering(FakeDoor):
        async def subscribe(self, peer: Peer) -> AsyncGenerator[Snapshot | Update]:
            async with aclosing(super().subscribe(peer)) as stream:
                try:
                    async for news in stream:
                        yield news
                finally:
                    for _ in range(100):
                        await asyncio.sleep(0)

    with in_a_thread(Lingering()) as door:
        follower = LocalClient(door, peer("ann")).follow()
        await anext(follower)
        asked = asyncio.create_task(anext(follower, None))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await until(door, 0)


async def test_with_no_engine_it_says_how_to_start_one(tmp_path: Path) -> None:
    client = RemoteClient(tmp_path / "none.sock")
    with pytest.raises(TryAgain, match=r"No engine answers at .*none\.sock\. Start one with `vmms` or `vmms engine`"):
        await client.snapshot()
    with pytest.raises(TryAgain, match="No engine answers"):
        await anext(client.follow())
    await client.close()


async def test_a_dead_engines_socket_is_no_engine(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    client = RemoteClient(tmp_path / "dead.sock")
    with pytest.raises(TryAgain, match="No engine answers"):
        await client.snapshot()
    await client.close()


async def test_an_engine_that_hangs_is_given_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute.sock"))
        mute.listen()
        client = RemoteClient(tmp_path / "mute.sock", patience=0.05, silence=0.05)
        with pytest.raises(TryAgain, match=r"nothing for 0\.05 seconds\. It may have been done: look before"):
            await client.send(Release(lease_id="l-1"))
        with pytest.raises(TryAgain, match="Try again"):
            await anext(client.follow())
        await client.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", "speaks otherwise"),
        (b"HTTP/1.1 502 Bad\r\ncontent-length: 3\r\n\r\nno!", "HTTP status 502"),
    ],
)
async def test_an_answer_that_is_none_is_told(tmp_path: Path, answer: bytes, words: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(talk, tmp_path / "odd.sock"):
        client = RemoteClient(tmp_path / "odd.sock")
        with pytest.raises(Failed, match=words):
            await client.snapshot()
        await client.close()


async def test_a_line_that_breaks_is_told(tmp_path: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_unix_server(hang_up, tmp_path / "cut.sock"):
        client = RemoteClient(tmp_path / "cut.sock")
        with pytest.raises(TryAgain, match="broke the line off"):
            await client.snapshot()
        await client.close()


async def test_parts_of_a_snapshot_can_be_asked_for(tmp_path: Path) -> None:
    with in_a_thread(FakeDoor(*RECORDS), tmp_path / "e.sock"):
        client = RemoteClient(tmp_path / "e.sock")
        assert (await client.snapshot(["lease", "pool"])).records == (RECORDS[0], RECORDS[2])
        await client.close()


# The server


@asynccontextmanager
async def raw(path: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with httpx.AsyncClient(transport=transport, base_url="http://vmms", trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "words"),
    [
        ("POST", "/command", b"{", 400, "cannot be read"),
        ("POST", "/command", b'{"command":"explode"}', 400, "explode"),
        ("POST", "/command", b'{"command":"renew","lease_id":"l-1","term":"soon"}', 400, "term"),
        ("POST", "/command", b"[" * 70_000, 413, "65536 bytes"),
        ("GET", "/secrets", b"", 404, "nothing here"),
        ("GET", "/command", b"", 405, "not done that way"),
    ],
    ids=["no JSON", "no command", "no term", "too long", "no such place", "no such method"],
)
async def test_what_cannot_be_understood_is_refused_in_a_sentence(
    tmp_path: Path, method: str, address: str, body: bytes, status: int, words: str
) -> None:
    with in_a_thread(FakeDoor(), tmp_path / "e.sock") as door:
        async with raw(tmp_path / "e.sock") as client:
            answer = await client.request(method, address, content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, "refused")
    assert words in answer.json()["text"]
    assert door.heard == []


async def test_a_mistake_of_ours_is_told_without_its_insides(tmp_path: Path) -> None:
    class Broken(FakeDoor):
        async def snapshot(self, peer: Peer, kinds: Collection[str] = (), *, mine: bool = False) -> Snapshot:
            raise ZeroDivisionError("insides")

    with in_a_thread(Broken(), tmp_path / "e.sock"):
        client = RemoteClient(tmp_path / "e.sock")
        with pytest.raises(Failed, match=r"A mistake in VMMS .* log has the details\.") as caught:
            await client.snapshot()
        assert "insides" not in str(caught.value)
        await client.close()


async def test_the_socket_is_its_owners_and_goes_with_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "e.sock"
    with in_a_thread(FakeDoor(), path):
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(Failed, match="Somebody answers"):
            await Server(FakeDoor(), path).start()
        async with raw(path) as client:
            assert (await client.get("/health")).json()["version"]
    assert not path.exists()


async def test_nobody_can_say_to_be_somebody_else(tmp_path: Path) -> None:
    claim = {"x-forwarded-for": "boss", "forwarded": "for=boss", "from": "boss"}
    with in_a_thread(FakeDoor(), tmp_path / "e.sock") as door:
        async with raw(tmp_path / "e.sock") as client:
            await client.post("/command", content=b'{"command":"release","lease_id":"l-1"}', headers=claim)
    assert door.heard == [(Release(lease_id="l-1"), unix_user())]


async def test_a_stale_socket_is_replaced_and_a_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "e.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with in_a_thread(FakeDoor(), path):
        assert path.is_socket()
    path.write_text("mine")
    with pytest.raises(Failed, match="it is no socket"):
        await Server(FakeDoor(), path).start()
    assert path.read_text() == "mine"


async def test_a_path_too_long_for_a_socket_says_so(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"too long.*VMMS_RUNTIME_DIR"):
        await Server(FakeDoor(), tmp_path / ("x" * 120)).start()


async def test_stopping_does_not_wait_for_a_viewer_who_reads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "e.sock"
    big = tuple(server(f"s-{number}", failure="x" * 4000) for number in range(1000))
    with in_a_thread(FakeDoor(*big), path, patience=0.1) as door:
        reader, writer = await asyncio.open_unix_connection(path, limit=1024)
        writer.write(b"GET /follow HTTP/1.1\r\nhost: vmms\r\n\r\n")
        await reader.readline()
        await until(door, 1)
    writer.close()


async def test_stopping_twice_or_unstarted_is_nothing(tmp_path: Path) -> None:
    served = Server(FakeDoor(), tmp_path / "e.sock")
    await served.stop()
    await served.start()
    await served.stop()
    await served.stop()
