"""The main job at 80x24 with keys alone, by somebody who reads the footer and `?` and nothing else."""

from datetime import datetime, timedelta

import pytest

from tests.terminal.conftest import Installation, full

pytestmark = pytest.mark.timeout(300)


def test_a_server_is_asked_for_seen_renewed_and_given_back(installation: Installation) -> None:
    screen = installation.screen()
    full(screen)

    screen.follow("help")
    screen.see("Keys", "request", "ask for a server")
    screen.follow("close")
    screen.see_no("Lower case looks")

    screen.follow("request")
    screen.see("New request", "until ")
    screen.follow("send")
    server, address = screen.match(r"(vm-\d+) \((203\.0\.113\.\d+)\) is yours until").groups()
    screen.see("it was sent")
    screen.follow("close")

    shown = screen.see("3*Leases", server, address, " RUN ")
    lease_id = screen.match(r">\s+(lease-\d+)")[1]
    assert lease_id in shown
    before = installation.leases()[lease_id]
    assert (before["server_id"], before["address"], before["state"]) == (server, address, "active")

    screen.follow("renew")
    screen.see(f"Renew {lease_id}", "would end")
    screen.press("ctrl+u")
    screen.see("Say how long")
    screen.press("2", "d")
    screen.see("in 2d0")
    screen.follow("go on")
    screen.see("PREFLIGHT", "would end", "tab:next")
    screen.tab_to(r"Cancel +R")
    screen.follow("press")
    screen.see("renewed 1x", "now ends at")
    after = installation.leases()[lease_id]
    assert ended(after) - ended(before) == timedelta(days=2)

    screen.follow("release")
    screen.see("PREFLIGHT", f"delete {server}", f"free the address {address}", "Nothing has been changed yet")
    screen.see("tab:next")
    screen.tab_to(r"Cancel +R")
    screen.follow("press")
    screen.see("Nobody has a server")
    screen.see(" 0 ops ")
    assert installation.leases() == {}
    assert server not in installation.servers()
    assert server not in installation.in_the_cloud()

    screen.press(screen.match(r"(\d).Pools")[1])
    full(screen)
    assert len(installation.in_the_cloud()) == 6 + 2 + 4 + 2
    screen.follow("quit")
    assert screen.ended() == 0


def ended(lease: dict[str, str]) -> datetime:
    """The end of a lease."""
    return datetime.fromisoformat(lease["end"])
