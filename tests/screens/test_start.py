"""What the first frame costs, and how the program ends."""

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

LAZY = (
    *("openstack", "keystoneauth1", "tinydb", "apscheduler", "asyncssh", "starlette", "uvicorn", "vmms_tui.engine"),
    *("pydantic", "apprise", "holidays", "httpx", "cryptography", "trio", "selenium"),
)
LATER = ("plotext", "textual_plotext")
"""Drawn with only when a plot is on the screen."""
ROOT = Path(__file__).parents[2]


def test_the_first_frame_needs_no_cloud_no_store_and_no_scheduler() -> None:
    ours = "vmms_tui.cli.root, vmms_tui.cli.screen, vmms_tui.app"
    code = f"import sys, {ours}; print([name for name in {LAZY + LATER!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_the_terminal_is_asked_before_the_screens_are_loaded() -> None:
    code = (
        "import sys; from vmms_tui.widgets import background; from vmms_tui import running;"
        "print([name for name in ('textual', 'rich', 'vmms_tui.app') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_settings_without_notices_load_no_apprise_and_without_a_country_no_holidays() -> None:
    code = "import sys; from vmms_tui.settings import load; load(None, {}, simulated=True); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "'vmms_tui.settings.addresses'" in done.stdout
    assert "'apprise'" not in done.stdout
    assert "'holidays'" not in done.stdout


def test_textual_is_told_to_be_calm_before_it_is_imported() -> None:
    code = "import vmms_tui.app, textual.constants as c; print(c.TEXTUAL_ANIMATIONS, c.SMOOTH_SCROLL, c.MAX_FPS)"
    environment = {"PATH": "/usr/bin", "SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    assert done.stdout.split() == ["none", "False", "100"]


def test_the_look_reaches_an_installed_wheel(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(tmp_path / "there")], check=True)
    code = "import vmms_tui.app as app; print(app.look(), app.look().is_file())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "there"), "PATH": "/usr/bin"},
    )
    assert done.stdout.split() == [str(tmp_path / "there" / "vmms_tui" / "vmms.tcss"), "True"]


PROGRAM = """
import asyncio, os, pathlib, sys
from tests.screens.cloudland import POOLS, STATUS
from tests.screens.scripted import ScriptedClient
from vmms_tui import running

class Client(ScriptedClient):
    async def close(self):
        pathlib.Path(sys.argv[2]).write_text("goodbye")

async def factory():
    asyncio.get_running_loop().call_later(0.3, os.kill, os.getpid(), int(sys.argv[1]))
    return Client(POOLS, STATUS)

sys.exit(running.run_app(factory))
"""


def drain(leader: int, seen: bytearray) -> None:
    """Read a terminal until its other end is closed (Linux says EIO then)."""
    try:
        while data := os.read(leader, 65536):
            seen.extend(data)
    except OSError:
        return


@pytest.mark.parametrize(("number", "code"), [(15, 143), (1, 129)])
def test_a_signal_ends_it_in_good_order(number: int, code: int, tmp_path: Path) -> None:
    """SIGTERM, and SIGHUP of a line that dropped: the terminal is given back and the engine is told."""
    leader, follower = pty.openpty()
    seen = bytearray()
    environment = {"TERM": "xterm-256color", "PATH": "/usr/bin", "COLUMNS": "80", "LINES": "24"}
    command = [sys.executable, "-c", PROGRAM, str(number), str(tmp_path / "said")]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, cwd=ROOT, env=environment) as done:
        os.close(follower)
        reader = threading.Thread(target=drain, args=(leader, seen))
        reader.start()
        assert done.wait(60) == code
    reader.join(10)
    os.close(leader)
    assert (tmp_path / "said").read_text() == "goodbye"
    assert b"\x1b[?1049l" in seen, "the screen before is given back"
    assert b"\x1b[?1003h" not in seen, "no mouse tracking"
