"""However the program ends, the terminal is given back and nothing is lost."""

import signal

import pytest

from tests.terminal.conftest import Installation, full
from tests.terminal.driver import Terminal

pytestmark = pytest.mark.timeout(300)
LEAVE = b"\x1b[?1049l"
"""The screen that stood there before comes back (xterm, DECSET 1049)."""
SHOW_CURSOR = b"\x1b[?25h"
HIDE_CURSOR = b"\x1b[?25l"


def still_lent(screen: Terminal, installation: Installation) -> None:
    """The lease is there, with its server, on the screen and in the cloud."""
    screen.press("3")
    screen.see("3*Leases", "lease-00001", " RUN ")
    lease = installation.leases()["lease-00001"]
    assert (lease["note"], lease["state"]) == ("kept", "active")
    assert lease["server_id"] in installation.in_the_cloud()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_gives_the_terminal_back_and_loses_nothing(number: signal.Signals, furnished: Installation) -> None:
    screen = furnished.screen()
    screen.see("2*Pools", "debian-dev")
    still_lent(screen, furnished)
    assert screen.signal(number) == 128 + number
    assert screen.raw.count(LEAVE) == 1
    assert screen.raw.rfind(SHOW_CURSOR) > screen.raw.rfind(HIDE_CURSOR)
    assert b"Traceback" not in screen.raw
    assert not (furnished.folder / "simulated" / "engine.sock").exists()
    still_lent(furnished.screen(), furnished)


def test_a_line_that_drops_loses_nothing(furnished: Installation) -> None:
    screen = furnished.screen()
    screen.see("2*Pools", "debian-dev")
    still_lent(screen, furnished)
    assert screen.hang_up() == 128 + signal.SIGHUP
    assert "Traceback" not in (furnished.folder / "simulated" / "vmms.log").read_text()
    still_lent(furnished.screen(), furnished)


def test_killed_while_it_builds_it_goes_on_and_doubles_nothing(furnished: Installation) -> None:
    first = furnished.screen()
    full(first)
    for _ in range(2):
        assert furnished.run("request", "--purpose", "qa", "--for", "1h").returncode == 0
    first.match(r"[1-9]\d* ops? ")
    assert first.signal(signal.SIGKILL) == -signal.SIGKILL

    second = furnished.screen()
    still_lent(second, furnished)
    lent = [lease["server_id"] for lease in furnished.leases().values()]
    second.press("2")
    second.match(r"debian-dev +READY (?:.|\n)*windows-qa +READY ")
    second.see(" 0 ops ")
    in_the_cloud = furnished.in_the_cloud()
    assert len(set(in_the_cloud)) == len(in_the_cloud)
    assert set(lent) <= set(in_the_cloud)
    alive = {name for name, server in furnished.servers().items() if server["state"] != "gone"}
    assert alive == set(in_the_cloud)


def test_an_engine_that_cannot_start_is_told_on_the_screen_which_stays(installation: Installation) -> None:
    blocked = installation.folder / "simulated" / "store"
    blocked.parent.mkdir()
    blocked.write_text("a file where the folder should be")
    screen = installation.screen()
    screen.see("Engine away", "simulated/store: ")
    screen.follow("quit")
    assert screen.ended() == 0
    assert b"Traceback" not in screen.raw
