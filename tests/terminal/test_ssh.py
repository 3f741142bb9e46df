"""`s` gives the terminal to ssh, and takes it back whole."""

import json
import sys
from pathlib import Path

import pytest

from tests.terminal.conftest import Installation

pytestmark = pytest.mark.timeout(300)
SCRIPT = """
import json, os, sys, termios
option = next(word for word in sys.argv if word.startswith("UserKnownHostsFile="))
hosts = open(option.partition("=")[2].strip('"')).read()
cooked = bool(termios.tcgetattr(0)[3] & termios.ICANON)
json.dump({"words": sys.argv[1:], "hosts": hosts, "cooked": cooked, "tty": os.isatty(1)}, open(os.environ["SEEN"], "w"))
print("Welcome inside. Say something:", flush=True)
print("you said " + input(), flush=True)
input()
sys.exit(3)
"""


@pytest.fixture
def inside(furnished: Installation) -> Path:
    """Another ssh, first in the PATH, which writes down how it was called."""
    folder = furnished.folder / "bin"
    folder.mkdir()
    program = folder / "ssh"
    program.write_text(f"#!{sys.executable}\n{SCRIPT}")
    program.chmod(0o755)
    seen = furnished.folder / "seen.json"
    furnished.environ |= {"PATH": f"{folder}:{furnished.environ['PATH']}", "SEEN": str(seen)}
    return seen


def test_ssh_has_the_terminal_and_the_screen_comes_back_whole(furnished: Installation, inside: Path) -> None:
    screen = furnished.screen()
    screen.see("cloud ok")
    screen.press("3")
    before = screen.see("lease-00001", " RUN ", "cloud ok", "s:ssh")
    screen.press("s")
    screen.see("Welcome inside. Say something:")
    screen.press("hello", "enter")
    screen.see("you said hello")
    screen.press("\x03")  # for ssh, and not for us
    screen.see("Back from vm-", "ssh ended with code")
    screen.see_no("Welcome", "you said", "Traceback")  # this terminal has no second screen: all cells were drawn anew
    after = screen.see("3*Leases", "lease-00001", "cloud ok", "Back from vm-")
    rows = {line for line in before.splitlines() if "lease-00001" in line}
    assert {line.split()[1] for line in rows} <= set(after.split())

    called = json.loads(inside.read_text())
    lease = furnished.leases()["lease-00001"]
    server = furnished.servers()[lease["server_id"]]
    assert called["words"][-1] == lease["address"]
    assert called["words"][-4:-2] == ["-l", "vmms"]
    assert called["hosts"] == f"{server['id']} {server['host_key']}\n"
    assert called["cooked"]
    assert called["tty"]

    screen.press("?")
    screen.see("Keys")
    screen.press("escape")
    screen.see_no("Keys")
    screen.see(" 0 ops ")  # the pools were still filling: `q` would ask first
    screen.press("q")
    assert screen.ended() == 0


def test_without_ssh_the_screen_says_so(furnished: Installation) -> None:
    empty = furnished.folder / "empty"
    empty.mkdir()
    furnished.environ["PATH"] = str(empty)
    screen = furnished.screen()
    screen.see("cloud ok")
    screen.press("3")
    screen.see("lease-00001", "s:ssh")
    screen.press("s")
    screen.see("There is no ssh on this machine", "lease-00001")


def test_the_command_goes_the_same_way(furnished: Installation, inside: Path) -> None:
    with furnished.programs:
        furnished.screen().see("cloud ok")
        told = furnished.json("ssh", "lease-00001")
        assert told["address"] == furnished.leases()["lease-00001"]["address"]
        assert not inside.exists()
        assert "VMMS-READY" in "\n".join(furnished.json("log", "lease-00001")["lines"])
        assert furnished.json("raw", "lease-00001")["cloud"]["server"]["status"] == "ACTIVE"
        assert furnished.json("inspect")["records"]["lease"] == 1
