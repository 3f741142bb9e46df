"""`vmms engine --replace`, `--check`, and engines that end by themselves: real processes on the simulated cloud."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.background import end_engine, sign, wait_until_free
from tests.unit.test_cli_engine import Engine
from tests.unit.test_cli_engine import options as options
from vmms_tui.cli.background import answers, start_engine
from vmms_tui.cli.options import Options
from vmms_tui.cli.replace import health
from vmms_tui.cli.screen import OwnEngine
from vmms_tui.client.remote import RemoteClient
from vmms_tui.engine.store.files import FileStore
from vmms_tui.model.commands import Reply, RequestServer
from vmms_tui.model.records import Lease, Operation, OperationState, Request, Server, ServerState
from vmms_tui.model.status import Reading, Snapshot
from vmms_tui.model.tables import Tables

QUIET = """
cloud = "simulated"
installation = "quiet"
[pools.ci]
purposes = ["ci"]
flavor = "m1.small"
image = "el9"
networks = ["private"]
available = 0
limit = 1
"""


def command(*words: str) -> "subprocess.CompletedProcess[str]":
    """A command in a process of its own."""
    line = [sys.executable, "-m", "vmms_tui.cli", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=90, check=False)


@pytest.fixture
def engine(options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """`vmms engine` in another process, with one small pool."""
    (tmp_path / "vmms.toml").write_text(
        QUIET.replace("available = 0", "available = 4").replace("limit = 1", "limit = 8")
    )
    monkeypatch.setenv("VMMS_CONFIG", str(tmp_path / "vmms.toml"))
    running = Engine("--simulated")
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


@pytest.fixture
def background(options: Options) -> Iterator[Options]:
    """Whatever engine a test leaves in the background is ended."""
    yield options
    end_engine(options.paths.state)


async def asking(client: RemoteClient, enough: asyncio.Event) -> list[Reply]:
    """Ask for servers, one after the other, until it is enough."""
    replies: list[Reply] = []
    while not enough.is_set():
        replies.append(await client.send(RequestServer(purpose="ci", note=str(len(replies)))))
        await asyncio.sleep(0)
    return replies


async def when(client: RemoteClient, holds: object) -> Tables:
    """All records, as soon as something holds of them."""
    assert callable(holds)
    async with contextlib.aclosing(client.follow()) as stream:
        async for news in stream:
            if isinstance(news, Reading):
                continue
            if isinstance(news, Snapshot):
                tables = Tables(news.records)
            else:
                for change in news.changes:
                    tables.apply(change)
            if holds(tables):
                return tables
    raise AssertionError("the engine has ended")


def at_work(tables: Tables) -> list[Operation]:
    live = {OperationState.RUNNING, OperationState.WAITING}
    return [operation for operation in tables.all(Operation) if operation.state in live]


async def test_an_engine_is_replaced_in_its_place_and_nothing_is_lost_or_doubled(
    engine: Engine, options: Options
) -> None:
    client = RemoteClient(options.paths.socket)
    await when(client, at_work)
    before = health(options.paths.socket)
    enough = asyncio.Event()
    askers = [asyncio.create_task(asking(client, enough)) for _ in range(4)]
    replacing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "vmms_tui.cli", "--simulated", "engine", "--replace", stdout=subprocess.PIPE
    )
    told, _ = await replacing.communicate()
    enough.set()
    replies = [reply for asker in askers for reply in await asker]
    assert replacing.returncode == 0

    after = health(options.paths.socket)
    assert after["pid"] == before["pid"] == engine.process.pid
    assert after["instance"] != before["instance"]
    one = f"0.1.0 (pid {engine.process.pid})"
    assert told.decode() == f"The engine was {one}; it is {one}.\n"

    assert len(replies) > 4
    assert {reply.code for reply in replies} <= {"ok", "queued"}, "each was answered, also those during the replacement"
    asked = [reply.request_id for reply in replies]
    assert len(set(asked)) == len(asked)
    tables = await when(client, lambda tables: not at_work(tables))
    known = {request.id for request in tables.all(Request)}
    assert known == set(asked), "nothing lost, nothing doubled"
    leases = tables.all(Lease)
    assert len({lease.server_id for lease in leases}) == len(leases)
    await client.close()
    here = {server.id for server in tables.all(Server) if server.state is not ServerState.GONE}
    assert engine.end(signal.SIGTERM) == 0
    contents = json.loads((options.paths.state / "cloud.json").read_bytes())
    there = [server["name"] for server in contents["servers"].values() if server.get("deleted") is None]
    assert sorted(there) == sorted(here)
    assert "Traceback" not in engine.said


async def test_a_viewer_comes_back_to_the_next_engine(engine: Engine, options: Options) -> None:
    client = RemoteClient(options.paths.socket)
    stream = client.follow()
    first = await anext(stream)
    replacing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "vmms_tui.cli", "--simulated", "engine", "--replace", stdout=subprocess.DEVNULL
    )
    async for _ in stream:
        pass
    async with contextlib.aclosing(client.follow()) as stream:
        again = await anext(stream)
    assert isinstance(first, Snapshot)
    assert await replacing.wait() == 0
    assert isinstance(again, Snapshot)
    assert again.status.started >= first.status.started
    await client.close()


def test_a_program_that_does_not_work_replaces_nothing(options: Options, tmp_path: Path) -> None:
    file = tmp_path / "vmms.toml"
    file.write_text(QUIET)
    engine = Engine("--simulated", "--config", str(file))
    before = health(options.paths.socket)
    file.write_text(QUIET.replace("limit = 1", "limit = 1\nlimmit = 2"))
    done = command("--simulated", "--config", str(file), "engine", "--replace")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "does not work, so this engine stays" in done.stderr
    assert "limmit" in done.stderr
    assert health(options.paths.socket) == before
    assert engine.end(signal.SIGTERM) == 0


def test_with_no_engine_there_is_none_to_replace(background: Options) -> None:
    done = command("--simulated", "engine", "--replace")
    assert done.returncode == 1
    assert done.stderr.startswith(f"vmms: No engine answers at {background.paths.socket}: there is none to replace.")
    done = command("--simulated", "engine", "--replace", "--start")
    assert (done.returncode, done.stderr) == (0, "")
    found = sign(background.paths.state)
    assert found is not None
    assert done.stdout == f"No engine was running; it is 0.1.0 (pid {found.pid}).\n"


async def test_an_engine_in_a_screen_makes_room_for_one_in_the_background(background: Options) -> None:
    own = OwnEngine(background, None)
    client = await own.client()
    assert client.embedded
    before = health(background.paths.socket)
    replacing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "vmms_tui.cli", "--simulated", "engine", "--replace", stdout=subprocess.PIPE
    )
    told, _ = await replacing.communicate()
    after = health(background.paths.socket)
    assert replacing.returncode == 0
    assert told.decode() == f"The engine was 0.1.0 (pid {before['pid']}); it is 0.1.0 (pid {after['pid']}).\n"
    assert after["pid"] != before["pid"]
    client = await own.client()
    assert not client.embedded
    assert (await client.snapshot()).records
    await client.close()
    own.leave()
    assert own.said == ""
    assert answers(background.paths.socket)
    assert own.background is not None
    own.background.terminate()
    assert own.background.wait(30) == 0


def test_the_check_says_what_it_found_and_changes_nothing(options: Options, engine: Engine) -> None:
    done = command("--simulated", "engine", "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("VMMS 0.1.0 would work here: cloud simulated, ")
    assert engine.end(signal.SIGKILL) == -signal.SIGKILL
    store = options.paths.state / "store"
    (newest,) = sorted(store.glob("journal-*.log"))[-1:]
    with newest.open("ab") as file:
        file.write(b"half a li")
    contents = {path.name: path.read_bytes() for path in store.iterdir()}
    assert command("--simulated", "engine", "--check").returncode == 0
    assert {path.name: path.read_bytes() for path in store.iterdir()} == contents
    (store / "checkpoint.json").write_bytes(b"{")
    done = command("--simulated", "engine", "--check")
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert FileStore(store / "none").look().records == ()


def quiet(options: Options, tmp_path: Path) -> Options:
    """An installation whose pools want nothing."""
    file = tmp_path / "vmms.toml"
    file.write_text(QUIET)
    return Options(simulated=True, config=file)


def test_an_engine_that_nobody_asked_for_ends_when_there_is_nothing_to_do(background: Options, tmp_path: Path) -> None:
    process = start_engine(quiet(background, tmp_path), until_idle=0.5)
    assert process.wait(60) == 0
    wait_until_free(background.paths.state)
    assert "the engine stops: there has been nothing to do for long" in background.paths.log.read_text()
    assert not background.paths.socket.exists()


async def test_a_viewer_keeps_it_and_one_that_was_asked_for_stays(background: Options, tmp_path: Path) -> None:
    process = start_engine(quiet(background, tmp_path), until_idle=0.2)
    client = RemoteClient(background.paths.socket)
    stream = client.follow()
    for _ in range(3):  # the second and third come after five seconds each, if nothing happens
        await anext(stream)
    assert process.poll() is None
    await stream.aclose()
    await client.close()
    assert process.wait(60) == 0
