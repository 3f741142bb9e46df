"""What any terminal sees of the program: help, sizes, two at once, and how little is written at rest."""

import re
import time
from collections.abc import Callable

import pytest

from tests.terminal.conftest import Installation, at_pools, full

pytestmark = pytest.mark.timeout(300)
MOUSE = re.compile(rb"\x1b\[\?(?:9|100[0-3]|100[56]|1015|1016)h")
"""Any way of asking a terminal for its mouse (xterm, Mouse Tracking)."""


def test_help_and_a_terminal_that_is_too_small(furnished: Installation) -> None:
    screen = furnished.screen()
    at_pools(screen)
    screen.see("?:help", "n:request")
    screen.press("?")
    screen.see("Keys", "n           request", "q:close")
    screen.press("escape")
    screen.see_no("q:close")

    screen.resize((40, 10))
    screen.see("too small: 40x10", "60x16")
    screen.resize((80, 24))
    screen.see_no("too small")
    screen.see("2*Pools", "debian-dev")
    screen.resize((120, 40))
    screen.wait(lambda shown: any(len(line) > 90 for line in shown.splitlines()), "more columns")
    screen.resize((80, 24))

    screen.press("\x03")
    screen.see("ctrl-c does not quit")
    full(screen)
    screen.see(" 0 ops ")
    screen.press("q")
    assert screen.ended() == 0
    assert not MOUSE.search(screen.raw)


def test_at_rest_little_is_written(furnished: Installation, record_property: Callable[[str, object], None]) -> None:
    """Bytes, not times: what each tick of the clock in the header costs over a slow line."""
    screen = furnished.screen()
    full(screen)
    screen.see(" 0 ops ", "data 1s")
    before, began = len(screen.raw), time.monotonic()
    screen.see("data 9s")
    written = screen.raw[before:]
    ticks = int(time.monotonic() - began) + 1  # one a second; only the cells that it changes are written
    record_property("bytes_for_a_tick_at_rest", len(written) // ticks)
    assert 0 < len(written) < ticks * 300
    assert not MOUSE.search(screen.raw)


def test_a_second_program_attaches_and_comes_back_after_the_first(furnished: Installation) -> None:
    first = furnished.screen()
    at_pools(first)
    second = furnished.screen()
    for screen in (first, second):
        screen.press("3")
        screen.see("lease-00001", " RUN ")
    second.press("+")
    second.see("Renew lease-00001", "would end")
    second.press("ctrl+u")
    second.see("Say how long")
    second.press("1", "d")
    second.see("in 1d")
    second.press("enter")
    second.see("PREFLIGHT", "lease-00001", "would end", "Nothing has been changed yet")
    second.tab_to(r"Cancel +R")
    second.press("enter")
    for screen in (first, second):
        screen.see("renewed 1x")

    assert first.signal(15) == 143
    third = furnished.screen()
    third.press("3")
    for screen in (second, third):
        screen.see("cloud ok", "lease-00001", "renewed 1x")
    assert furnished.leases()["lease-00001"]["renewals"] == 1
