"""However the program ends, the terminal is given back and nothing is lost."""

import os
import re
import signal

import pytest

from tests.background import sign
from tests.terminal.conftest import Installation, at_pools, full
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
    at_pools(screen)
    still_lent(screen, furnished)
    assert screen.signal(number) == 128 + number
    assert screen.raw.count(LEAVE) == 1
    assert screen.raw.rfind(SHOW_CURSOR) > screen.raw.rfind(HIDE_CURSOR)
    assert b"Traceback" not in screen.raw
    after = screen.raw[screen.raw.rfind(LEAVE) :].decode()
    told = re.search(
        r"An engine goes on in the background \(pid (\d+)\): [^.]*1 lease\. `vmms` comes back to it\.", after
    )
    assert told, after
    found = sign(furnished.state)
    assert found is not None
    assert found.pid == int(told[1])
    assert os.getsid(found.pid) == found.pid, "it must outlive the terminal"
    second = furnished.screen()
    still_lent(second, furnished)
    second.press("q")
    assert second.ended() == 0, "who is attached just leaves"
    assert sign(furnished.state) == found


def test_a_line_that_drops_loses_nothing(furnished: Installation) -> None:
    screen = furnished.screen()
    at_pools(screen)
    still_lent(screen, furnished)
    assert screen.hang_up() == 128 + signal.SIGHUP
    assert "Traceback" not in (furnished.state / "vmms.log").read_text()
    found = sign(furnished.state)
    assert found is not None
    assert found.pid != screen.process.pid
    assert furnished.leases()["lease-00001"]["state"] == "active", "the engine is there before anybody looks"
    still_lent(furnished.screen(), furnished)


def test_a_line_that_drops_while_servers_are_built_stops_nothing(installation: Installation) -> None:
    screen = installation.screen()
    screen.match(r"[1-9]\d* ops? ")
    screen.process.send_signal(signal.SIGHUP)  # a shell sends one of its own
    assert screen.hang_up() == 128 + signal.SIGHUP
    watching = installation.screen()
    full(watching)
    watching.see(" 0 ops ")
    watching.press("q")
    assert watching.ended() == 0
    in_the_cloud = installation.in_the_cloud()
    assert len(set(in_the_cloud)) == len(in_the_cloud) == 14


def test_quitting_tells_what_goes_on_and_does_not_make_wait(installation: Installation) -> None:
    screen = installation.screen()
    screen.match(r"[1-9]\d* ops? ")
    screen.press("q")
    screen.see("Quit?", "They go on: an engine in the background takes over.")
    screen.press("tab", "enter")
    assert screen.ended() == 0
    assert b"An engine goes on in the background (pid " in screen.raw[screen.raw.rfind(LEAVE) :]


def test_with_nothing_to_do_nothing_is_left_behind(installation: Installation) -> None:
    screen = installation.screen()
    full(screen)
    screen.see(" 0 ops ")
    screen.press("q")
    assert screen.ended() == 0
    assert screen.raw.endswith(LEAVE) or b"engine" not in screen.raw[screen.raw.rfind(LEAVE) :]
    assert sign(installation.state) is None
    assert not (installation.state / "engine.sock").exists()


def test_of_two_screens_one_takes_over_when_the_others_engine_is_killed(furnished: Installation) -> None:
    first = furnished.screen()
    at_pools(first)
    second, third = furnished.screen(), furnished.screen()
    for screen in (second, third):
        screen.press("3")
        screen.see("lease-00001", "cloud ok")
    assert first.signal(signal.SIGKILL) == -signal.SIGKILL
    for screen in (second, third):
        screen.see("engine away", "lease-00001")
    for screen in (second, third):
        screen.see_no("engine away")
        screen.see("lease-00001")
    found = sign(furnished.state)
    assert found is not None
    assert found.pid in {second.process.pid, third.process.pid}
    still_lent(second, furnished)


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
    screen.see("Engine away", "simulated/store:")
    screen.follow("quit")
    assert screen.ended() == 0
    assert b"Traceback" not in screen.raw
