"""Bytes, not times: what a terminal gets over a line, against the budgets of each thing that one does."""

import os
import re
import signal
import time
from collections.abc import Callable

import pytest

from tests.terminal.conftest import Installation, full
from tests.terminal.driver import Terminal

pytestmark = pytest.mark.timeout(300)
STEP, SCREEN, REST = 250, 6_000, 60
"""Bytes of a cursor step, of the whole screen at 80x24, and in a second at rest."""

WHOLE = ("VMMS", "2*Pools", "READY/WANT", "debian-dev", "el9-big", "el9-ci", "windows-qa", "?:help")
"""Something of every part of the screen."""


def over_a_line(installation: Installation) -> Terminal:
    """The screen as SSH shows it."""
    installation.environ["SSH_CONNECTION"] = "192.0.2.1 50000 192.0.2.2 22"
    screen = installation.screen()
    full(screen)
    screen.see(" 0 ops ", "cloud ok")
    return screen


def cost(screen: Terminal, key: str, sign: Callable[[str], object]) -> int:
    """Bytes from a key until this holds of the screen. A tick of the clock may be among them."""
    before = len(screen.raw)
    screen.press(key)
    screen.wait(sign, key)
    return len(screen.raw) - before


def test_budgets(furnished: Installation, record_property: Callable[[str, object], None]) -> None:
    screen = over_a_line(furnished)
    names = ["el9-big", "el9-ci", "windows-qa"]
    steps = [cost(screen, "down", re.compile(rf"^>  {name}", re.M).search) for name in names]
    facts = [cost(screen, "up", re.compile(rf"^>  {name}(?:.|\n)*^── {name} ", re.M).search) for name in names[1::-1]]
    record_property("bytes_of_steps", steps)
    record_property("bytes_of_steps_with_facts", facts)
    assert min(steps) <= STEP, f"what the cursor itself costs: {steps}"
    assert min(facts) <= 2 * STEP, f"with the facts of another pool, once it rests: {facts}"

    assert screen.raw.count(b"\x1b[2J") == 1, "drawn whole at the start only"
    before = len(screen.raw)
    screen.press("\x0c")
    screen.press("?")
    screen.see("q:close")
    assert len(screen.raw) - before <= SCREEN + SCREEN / 2, "all anew, and the keys over it"
    screen.press("\x1b")
    screen.see_no("q:close")

    screen.see("data 2s")
    before, began = len(screen.raw), time.monotonic()
    screen.see("data 8s")
    assert 0 < len(screen.raw) - before <= (time.monotonic() - began + 1) * REST, "a second at rest"


def test_what_the_terminal_lost_is_drawn_again(furnished: Installation) -> None:
    screen = over_a_line(furnished)
    screen.wipe()
    screen.press("\x0c")
    screen.see(*WHOLE)

    screen.press("\x1a")
    os.waitid(os.P_PID, screen.process.pid, os.WSTOPPED)
    screen.wipe()
    screen.process.send_signal(signal.SIGCONT)
    screen.see(*WHOLE)

    screen.resize((100, 30))
    screen.wait(lambda shown: "?:help" in shown.split("\n")[-1], "the footer below")
    screen.wipe()
    screen.resize((80, 24))
    screen.see(*WHOLE)


def test_full_colours_without_a_line(furnished: Installation) -> None:
    furnished.environ["COLORTERM"] = "truecolor"
    screen = furnished.screen()
    screen.see("?:help")
    assert b"48;2;" in screen.raw, "the very colours of the theme"


def test_not_more_colours_than_the_terminal_has(furnished: Installation) -> None:
    screen = over_a_line(furnished)
    assert b";2;" not in screen.raw, "of 256 colours at most"
    assert b"48;5;" in screen.raw
