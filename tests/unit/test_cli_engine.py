"""`vmms engine`, `--start`, and the screen's own engine: real processes, real sockets, the simulated cloud."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from vmms_tui.cli.background import answers, ensure_engine
from vmms_tui.cli.options import Options
from vmms_tui.cli.root import vmms
from vmms_tui.cli.screen import OwnEngine
from vmms_tui.client.local import LocalClient
from vmms_tui.client.remote import RemoteClient
from vmms_tui.engine.host import EngineHost
from vmms_tui.engine.lock import NAME, Sign
from vmms_tui.model.errors import Failed

NOBODY = {"VMMS_CONFIG", "VMMS_CLOUD", "VMMS_RUNTIME_DIR", "VMMS_DEBUG", "VMMS_SIMULATED", "XDG_RUNTIME_DIR"}


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    """An installation of its own on the simulated cloud."""
    for name in NOBODY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VMMS_STATE_DIR", str(tmp_path))
    return Options(simulated=True)


@pytest.fixture
def own_log() -> Iterator[None]:
    """Give the log back to pytest afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


class Engine:
    """`vmms engine` in a process of its own, up to the line that says that it runs."""

    def __init__(self, *words: str) -> None:
        command = [sys.executable, "-m", "vmms_tui.cli", *words, "engine"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        assert self.process.stderr is not None
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            if " runs: " in line:
                break

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """The exit code, when it has ended."""
        _, rest = self.process.communicate(timeout=30)
        self.said += rest
        return self.process.returncode


@pytest.fixture
def engine(options: Options) -> Iterator[Engine]:
    """An engine in another process."""
    running = Engine("--simulated")
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_an_engine_runs_until_a_signal(number: signal.Signals, engine: Engine, options: Options) -> None:
    assert answers(options.paths.socket), engine.said
    assert engine.end(number) == 0
    assert not options.paths.socket.exists()
    assert "the engine has stopped" in engine.said
    assert "Traceback" not in engine.said


def test_a_second_engine_is_refused(engine: Engine, options: Options) -> None:
    second = Engine("--simulated")
    assert second.ended() == 1
    assert second.said == f"vmms: An engine runs already; its door is {options.paths.socket}.\n"
    assert answers(options.paths.socket)


def elsewhere(folder: Path) -> None:
    """Let an engine on another machine, which shares the state folder, give a sign of life."""
    sign = Sign(host="hades", boot="another", pid=77, version="0.1.0", since="2026-03-02T12:00:00+00:00")
    (folder / NAME).write_bytes(msgspec.json.encode(sign))


def test_while_the_engine_runs_on_another_machine_nobody_starts_one_here(options: Options) -> None:
    options.paths.state.mkdir()
    elsewhere(options.paths.state)
    refused = Engine("--simulated")
    assert refused.ended() == 1
    assert refused.said.startswith("vmms: The engine runs on hades (process 77). Log in there;")
    with pytest.raises(Failed, match="runs on hades"):
        ensure_engine(options)
    asked = CliRunner().invoke(vmms, ["--simulated", "leases"])
    assert asked.exit_code == 3
    assert asked.stderr.startswith("vmms: The engine runs on hades (process 77). Log in there;")


def test_an_engine_whose_place_another_machine_took_ends_and_writes_nothing_more(
    engine: Engine, options: Options
) -> None:
    journals = sorted((options.paths.state / "store").glob("*"))
    elsewhere(options.paths.state)
    assert engine.ended() == 1
    assert "Another engine has taken" in engine.said.splitlines()[-1]
    assert "Traceback" not in engine.said
    assert sorted((options.paths.state / "store").glob("*")) == journals, (
        "a checkpoint would remove the other's journal"
    )
    assert b"hades" in (options.paths.state / NAME).read_bytes()


def test_an_engine_with_wrong_settings_tells_them_all(options: Options, tmp_path: Path) -> None:
    (tmp_path / "vmms.toml").write_text('cloud = ""\n[pools.a]\nflavour = "f"\n')
    running = Engine("--config", str(tmp_path / "vmms.toml"))
    assert running.ended() == 1
    assert len(running.said.splitlines()) > 2
    assert all(line.startswith(f"vmms: {tmp_path}/vmms.toml: ") for line in running.said.splitlines())


@pytest.mark.usefixtures("own_log")
def test_an_engine_that_ends_by_itself_is_told(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    def start_and_die(host: EngineHost) -> None:
        monkeypatch.undo()
        monkeypatch.setenv("VMMS_STATE_DIR", str(options.paths.state.parent))
        host.start()
        host.stop()

    monkeypatch.setattr(EngineHost, "start", start_and_die)
    outcome = CliRunner().invoke(vmms, ["--simulated", "engine"])
    assert outcome.exit_code == 1
    assert "vmms: The engine has ended by itself. Its log has the details; start it again." in outcome.stderr


def test_start_leaves_an_engine_in_the_background(options: Options) -> None:
    process = ensure_engine(options)
    assert process is not None
    try:
        assert answers(options.paths.socket)
        assert os.getsid(process.pid) == process.pid, "it must outlive the terminal"
        assert ensure_engine(options) is None
    finally:
        process.terminate()
        assert process.wait(30) == 0
    assert " runs: cloud simulated" in options.paths.log.read_text()
    assert options.paths.log.stat().st_mode & 0o777 == 0o600


def test_start_says_why_the_engine_does_not(options: Options, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("cloud = 7\n")
    with pytest.raises(Failed) as caught:
        ensure_engine(Options(config=tmp_path / "wrong.toml"))
    assert str(caught.value).startswith(f"The engine did not start: {tmp_path}/wrong.toml: cloud = 7: ")


def end(own: OwnEngine) -> None:
    """End the engine that took over, if one did: there may have been something to do."""
    if own.background is not None:
        own.background.terminate()
        assert own.background.wait(30) == 0


async def test_the_screen_runs_an_engine_of_its_own(options: Options) -> None:
    own = OwnEngine(options, None)
    try:
        client = await own.client()
        assert isinstance(client, LocalClient)
        assert (await client.snapshot()).status.cloud.name == "simulated"
        assert isinstance(await own.client(), LocalClient)
        other = RemoteClient(options.paths.socket)
        assert (await other.snapshot()).status.installation == "demo"
        await other.close()
    finally:
        own.leave()
    assert "engine" not in {thread.name for thread in threading.enumerate()}
    end(own)
    assert not options.paths.socket.exists()


async def test_the_screen_attaches_to_the_engine_that_runs(engine: Engine, options: Options) -> None:
    own = OwnEngine(options, None)
    client = await own.client()
    assert isinstance(client, RemoteClient)
    assert (await client.snapshot()).status.cloud.name == "simulated"
    await client.close()
    own.leave()
    assert answers(options.paths.socket)


async def test_two_screens_share_the_first_ones_engine(options: Options) -> None:
    first, second = OwnEngine(options, None), OwnEngine(options, None)
    try:
        clients = await asyncio.gather(first.client(), second.client())
        assert {type(client) for client in clients} == {LocalClient, RemoteClient}
        for client in clients:
            await client.close()
    finally:
        for own in (second, first):
            own.leave()
            end(own)


def test_commands_load_nothing_heavy(engine: Engine) -> None:
    program = (
        "import sys; from vmms_tui.cli.root import vmms; vmms(['--simulated', 'leases'], standalone_mode=False);"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "There are no leases.\n"
    loaded = done.stderr
    assert "'httpx'" in loaded
    heavy = ("textual", "openstack", "pydantic", "starlette", "uvicorn", "apscheduler", "tinydb", "asyncssh")
    assert [name for name in heavy if f"'{name}'" in loaded] == []
