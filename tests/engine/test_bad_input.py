"""Everything that people and clouds get wrong: one clear sentence, and the program stays up. Real processes."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing, closing, contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from tests.unit.cli_runner import Terminal
from tests.unit.openstack_adapter import stub as keystone
from tests.unit.openstack_adapter.stub import Reply, clouds_yaml, hosted
from vmms_tui.cli.background import answers
from vmms_tui.client.remote import RemoteClient
from vmms_tui.model.status import EngineStatus, Reading

pytestmark = pytest.mark.timeout(300)
PATIENCE = 60.0
HOSTILE = "[red]\x1b]0;pwned\x07\x1b[31m漢字カナ\u202e\x9b1m[/red]\nsecond"
"""Markup, a title, a colour, wide letters, a turn of direction, an 8-bit escape, and a second line."""
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
POOL = """
[pools.small]
purposes = ["ci"]
flavor = "small"
image = "debian"
networks = ["private"]
floating_network = ""
available = 0
limit = 1
"""


def safe(text: str) -> str:
    """The text, in which nothing moves a terminal, and no programmer speaks."""
    assert "Traceback" not in text
    assert not CONTROLS.search(text), repr(text)
    return text


def told(result: Result, code: int, *words: str) -> str:
    """It ended with this code and one sentence, on stderr alone, that has these words; the sentence."""
    safe(result.output)
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    assert re.fullmatch(r"vmms: .*[^.][.?]( \(`.*` shows how\.\))?", line), line
    assert all(word in line for word in words), line
    assert result.stdout == ""
    return line


class Running:
    """`vmms engine` in a process of its own."""

    def __init__(self, terminal: Terminal, *words: str) -> None:
        self.socket = terminal.folder / ("simulated" if "--simulated" in words else "") / "engine.sock"
        self.log = terminal.folder / "engine.log"
        command = [sys.executable, "-m", "vmms_tui.cli", *words, "engine"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stderr=log, env=os.environ | terminal.environ)

    def when(self, holds: Callable[[EngineStatus], object]) -> EngineStatus:
        """The engine's status, as soon as something holds of it."""
        return asyncio.run(self._when(holds))

    async def _when(self, holds: Callable[[EngineStatus], object]) -> EngineStatus:
        status = None
        try:
            async with asyncio.timeout(PATIENCE):
                while not answers(self.socket):
                    assert self.process.poll() is None, self.log.read_text()
                    await asyncio.sleep(0.05)
                client = RemoteClient(self.socket)
                async with aclosing(client.follow()) as stream:
                    async for news in stream:
                        if isinstance(news, Reading):
                            continue
                        status = news.status
                        if holds(status):
                            break
                await client.close()
        except TimeoutError:
            pytest.fail(f"{status}\n{self.log.read_text()}")
        assert status is not None
        return status

    def end(self) -> None:
        """Stop it, and see that it ends well and has said nothing ugly."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0
        safe(self.log.read_text())


@contextmanager
def running(terminal: Terminal, *words: str) -> Iterator[Running]:
    """An engine until the end of the block."""
    engine = Running(terminal, *words)
    try:
        yield engine
        engine.end()
    finally:
        engine.process.kill()
        engine.process.wait()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """Somebody's command line, with an engine on the simulated cloud whose pool el9-ci has servers."""
    terminal = Terminal(tmp_path_factory.mktemp("b"))
    del terminal.environ["VMMS_CONFIG"]
    terminal.environ["VMMS_SIMULATED"] = "1"
    with running(terminal, "--simulated") as engine:
        engine.when(lambda status: status.cloud.listed_at)
        yield terminal


# What people ask for


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["request", "--purpose", "nonsense"], 1, "No pool serves the purpose nonsense. Known purposes: ci,"),
        (["request", "--purpose", ""], 1, "A request needs a purpose."),
        (["request", "--purpose", HOSTILE], 1, "No pool serves the purpose [red]"),
        (["request", "--purpose", "ci", "--flavor", HOSTILE], 1, "漢字"),
        (["request", "--purpose", "ci", "--vcpus", "0"], 2, "--vcpus: 0 does not do: write 1 to 4096."),
        (["request", "--purpose", "ci", "--ram-mib", "0"], 2, "--ram-mib: 0 does not do"),
        (["request", "--purpose", "ci", "--vcpus", "-1"], 2, "--vcpus: -1 does not do"),
        (["request", "--purpose", "ci", "--vcpus", HOSTILE], 2, "is no whole number."),
        (["request", "--purpose", "ci", "--vcpus", "4096"], 1, "4096 vCPUs"),
        (["request", "--purpose", "ci", "--importance", "11"], 2, "--importance: 11 does not do: write 0 to 10."),
        (["request", "--purpose", "ci", "--for", "-3h"], 2, "--for: -3h lies in the past"),
        (["request", "--purpose", "ci", "--for=-3h"], 2, "--for: -3h lies in the past"),
        (["request", "--purpose", "ci", "--for", "0h"], 2, "--for: 0h is no time to work with"),
        (["request", "--purpose", "ci", "--for", "3"], 2, "--for: '3' is no length of time."),
        (["request", "--purpose", "ci", "--for", HOSTILE], 2, "is no length of time."),
        (["request", "--purpose", "ci", "--for", "99999d"], 2, "99999d is no time to work with"),
        (
            ["request", "--purpose", "ci", "--for", "400d"],
            1,
            "400 d is too long: no lease of pool el9-ci may end later than 1 d from now",
        ),
        (["request", "--purpose", "ci", "--ssh-key", HOSTILE], 2, "cannot be read"),
        (["request", "--purpose", "ci", "--note", "x" * 501], 1, "The note has 501 characters."),
        (["renew", "lease-00001", "-3h"], 2, "-3h lies in the past"),
        (["renew", HOSTILE, "3h"], 1, "There is no lease [red]"),
        (["release", HOSTILE], 1, "There is no lease [red]"),
        (["show", HOSTILE], 1, "There is nothing with the id [red]"),
        (["events", "--since", "-3h"], 2, "'-3h' is neither a length of time"),
        (["request", "--purpose", "ci", "--note", "\udcff"], 2, "A word of this command is not UTF-8 text."),
        ([HOSTILE], 2, "There is no command"),
        (["pools", HOSTILE], 2, "unexpected extra argument"),
    ],
    ids=lambda value: " ".join(value).encode("unicode_escape").decode()[:40] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_sentence(words: list[str], code: int, said: str, shared: Terminal) -> None:
    told(shared.run(*words), code, said)
    assert answers(shared.folder / "simulated" / "engine.sock")


def test_names_with_anything_in_them_are_data_everywhere(shared: Terminal) -> None:
    shown = "[red]\ufffd]0;pwned\ufffd\ufffd[31m漢字カナ\ufffd\ufffd1m[/red]\ufffdsecond"
    wish = ["--purpose", "ci", "--note", HOSTILE, "--owner", HOSTILE, "--project", HOSTILE]
    answer = shared.json("request", *wish, "--wait")
    lease = next(one for one in shared.json("leases")["leases"] if one["id"] == answer["lease_id"])
    assert (lease["owner"], lease["note"], lease["project"]) == (HOSTILE, HOSTILE, HOSTILE)
    for command in ("leases", "servers", "events", "pools"):
        result = shared.run(command)
        assert (result.exit_code, result.stderr) == (0, "")
        assert command in {"servers", "pools"} or shown in safe(result.stdout)
        assert not CONTROLS.search(shared.run(command, "--json").stdout)
    assert shown in safe(shared.run("show", lease["id"]).stdout)
    in_latin = os.environ | shared.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(
        [sys.executable, "-m", "vmms_tui.cli", "leases"], check=False, env=in_latin, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"[31m????" in done.stdout
    released = shared.run("release", lease["id"])
    assert released.exit_code == 0
    safe(released.output)


# What settings say


WRONG = f"""
cloud = 7
instalation = "x"
[pools.{json.dumps(HOSTILE)}]
purposes = []
flavor = ""
networks = ["private"]
available = -1
limit = 0
lease = {{ default = "-3h", longest = "soon" }}
"""


def test_wrong_settings_are_told_all_at_once(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    file = tmp_path / "vmms.toml"
    file.write_text(WRONG)
    keys = ["cloud = 7", "instalation = 'x'", ".purposes", ".flavor", ".image", ".available = -1", ".limit = 0"]
    keys += [".lease.default = '-3h': -3h lies in the past", ".lease.longest = 'soon'"]
    for command in (["engine"], ["settings", "check"]):
        result = terminal.run(*command)
        assert (result.exit_code, result.stdout) == (1, "")
        lines = safe(result.stderr).splitlines()
        assert all(re.fullmatch(rf"vmms: {re.escape(str(file))}: .*[^.][.?]", line) for line in lines), lines
        assert [key for key in keys if not any(key in line for line in lines)] == []
    checked = json.loads(terminal.run("settings", "check", "--json").stdout)
    assert (checked["ok"], len(checked["problems"])) == (False, len(lines))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b"cloud = [unclosed", "it is not TOML"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (b'cloud = "simulated"\n[pools.a]\npurposes = ["ci"]\nlimit = 0\n', "limit = 0: write 1 or more."),
    ],
    ids=["no file", "no TOML", "no UTF-8", "limit 0"],
)
def test_a_settings_file_that_cannot_be_read(content: bytes | None, said: str, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    if content is not None:
        (tmp_path / "vmms.toml").write_bytes(content)
    result = terminal.run("engine")
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in safe(result.stderr)
    assert all(line.endswith(".") for line in result.stderr.splitlines())


def test_settings_that_go_wrong_while_it_runs_leave_the_good_ones_in_force(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    file = tmp_path / "vmms.toml"
    good = 'cloud = "simulated"\n' + POOL.replace('"small"', '"m1.small"').replace('"debian"', '"debian-13"')
    file.write_text(good)
    with running(terminal) as engine:
        engine.when(lambda status: status.cloud.listed_at)
        file.write_text(good.replace("limit = 1", "limit = 0"))
        told(terminal.run("reload"), 1, "pools.small.limit = 0: write 1 or more.")
        assert "pools.small.limit = 0: write 1 or more." in safe(terminal.run("info").stdout)
        assert [pool["limit"] for pool in terminal.json("pools")] == [1]
        file.write_text(good.replace("limit = 1", "limit = 3"))
        assert terminal.run("reload").exit_code == 0
        assert [pool["limit"] for pool in terminal.json("pools")] == [3]


# What clouds say


def closed_port() -> int:
    """A port of loopback at which nobody answers."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def on_a_cloud(folder: Path, name: str) -> Terminal:
    """Settings that name a cloud, which a clouds.yaml in this folder may have."""
    terminal = Terminal(folder)
    (folder / "vmms.toml").write_text(f'cloud = "{name}"\ninstallation = "test"\n{POOL}')
    terminal.environ |= {"OS_CLIENT_CONFIG_FILE": str(folder / "clouds.yaml"), "HOME": str(folder)}
    return terminal


@pytest.mark.parametrize(
    ("name", "there", "said"),
    [
        ("here", False, "There is no cloud 'here': no clouds.yaml could be read"),
        ("elsewhere", True, "There is no cloud 'elsewhere' in "),
        ("here", True, "no connection to 127.0.0.1:"),
    ],
    ids=["no clouds.yaml", "unknown cloud", "nobody answers"],
)
def test_without_a_cloud_the_engine_says_so_and_stays_up(name: str, there: bool, said: str, tmp_path: Path) -> None:
    terminal = on_a_cloud(tmp_path, name)
    if there:
        clouds_yaml(tmp_path, f"http://127.0.0.1:{closed_port()}")
    with running(terminal) as engine:
        problem = engine.when(lambda status: said in status.cloud.problem).cloud.problem
        assert problem.endswith((".", ")."))
        assert f"{name} does not answer: {problem.rstrip('.')}" in safe(terminal.run("info").stdout)
        asked = terminal.run("request", "--purpose", "ci", "--for", "1h")
        assert (asked.exit_code, asked.stderr) == (0, "")
        assert asked.stdout.startswith("req-00001 waits ")
        assert terminal.run("cancel", "req-00001").exit_code == 0
    assert engine.log.read_text().count(said) == 1, "told once, not every ten seconds"


LIMITS = {"maxTotalInstances": 10, "maxTotalCores": 10, "maxTotalRAMSize": 10000}
USED = {"totalInstancesUsed": 0, "totalCoresUsed": 0, "totalRAMUsed": 0}
TOKENS = ("POST", "/identity/v3/auth/tokens")


def test_a_wrong_password_and_an_expired_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_cloud(tmp_path, "here")
    with hosted() as host:
        clouds_yaml(tmp_path, host.stub.url)
        host.stub.then("GET", "/compute/v2.1/limits", *[Reply(200, {"limits": {"absolute": LIMITS | USED}})] * 50)
        host.stub.then("GET", "/network/v2.0/security-groups", *[Reply(200, {"security_groups": []})] * 50)
        with monkeypatch.context() as patch, running(terminal) as engine:
            patch.setattr(keystone, "PASSWORD", "it was changed")
            refused = "the cloud refused the log-in as 'ada' in project 'lab'"
            said = engine.when(lambda status: refused in status.cloud.problem).cloud.problem
            assert said.rstrip(".") in safe(terminal.run("info").stdout)

            patch.undo()
            listed = engine.when(lambda status: status.cloud.ok and status.cloud.listed_at).cloud.listed_at
            assert listed is not None

            logins = len(host.stub.calls(*TOKENS))
            host.stub.valid_tokens.clear()
            engine.when(lambda status: status.cloud.listed_at and status.cloud.listed_at > listed)
            assert len(host.stub.calls(*TOKENS)) == logins + 1, "an expired token is a matter of one log-in"
            assert engine.when(lambda status: True).cloud.ok

            patch.setattr(keystone, "PASSWORD", "it was changed again")
            host.stub.valid_tokens.clear()
            engine.when(lambda status: refused in status.cloud.problem)
            assert terminal.run("pools").exit_code == 0
        assert "sesame" not in engine.log.read_text()
