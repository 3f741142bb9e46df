"""What a terminal needs: its background asked, pastes kept off, sizes, stops, mistakes, and its order afterwards."""

import os
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.background import sign
from tests.terminal.conftest import Installation, at_pools
from tests.terminal.driver import Terminal
from tests.terminal.test_endings import HIDE_CURSOR, LEAVE, SHOW_CURSOR
from vmms_tui.widgets.background import QUESTION

pytestmark = pytest.mark.timeout(300)
ENTER = b"\x1b[?1049h"
WHITE = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
LIGHT_GROUND = b"48;2;251;250;247"
"""The background of the light theme in 24 bits."""


def test_a_light_terminal_gets_the_light_theme_and_keys_typed_ahead_count(furnished: Installation) -> None:
    furnished.environ["COLORTERM"] = "truecolor"
    screen = furnished.screen()
    screen.written(QUESTION)
    screen.press("3" + WHITE)
    screen.see("3*Leases", "lease-00001")
    assert LIGHT_GROUND in screen.raw


def test_an_answer_that_comes_late_and_in_pieces_presses_no_key(furnished: Installation) -> None:
    screen = furnished.screen()
    screen.written(ENTER)
    at_pools(screen)
    for piece in (WHITE[:7], WHITE[7:]):
        screen.press(piece)
    screen.press("j")
    screen.match(r"^>  el9-big")
    screen.see("2*Pools")


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "vt100"), ("VMMS_THEME", "mono")])
def test_who_wants_no_colours_gets_none_and_is_not_asked(name: str, value: str, furnished: Installation) -> None:
    furnished.environ[name] = value
    screen = furnished.screen()
    screen.press("3")
    screen.see("3*Leases", "lease-00001", " RUN ")
    assert QUESTION not in screen.raw
    assert not [code for code in sgr(screen.raw) if code in COLOURS]


COLOURS = {b"%d" % code for code in (*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108))}


def sgr(raw: bytes | bytearray) -> list[bytes]:
    """The numbers in all sequences that set a style."""
    parts = bytes(raw).split(b"\x1b[")[1:]
    codes = [part.partition(b"m")[0] for part in parts]
    return [one for code in codes if set(code) <= set(b"0123456789;") for one in code.split(b";")]


def test_the_linux_console_gets_sixteen_colours_and_ascii(furnished: Installation) -> None:
    furnished.environ["TERM"] = "linux"
    screen = furnished.screen()
    at_pools(screen)
    screen.press("?")
    screen.match(r"\+- Keys -+\+")
    assert screen.text().isascii()
    assert {b"38", b"48"}.isdisjoint(sgr(screen.raw)), "no colours beyond the sixteen"


def test_a_paste_without_brackets_does_nothing_but_say_so(furnished: Installation) -> None:
    screen = furnished.screen()
    screen.press("3")
    screen.see("3*Leases", "lease-00001", " RUN ")
    screen.press("quit; D rm -rf / 8 n + q\r")
    screen.see("pasted characters ignored.", "3*Leases", "lease-00001")
    screen.press(f"\x1b[200~{'Dq' * 300}\x1b[201~")
    screen.see("600 pasted characters ignored.", "3*Leases")
    screen.quiet(0.1)  # the pause that tells keys from a paste
    screen.press("j" * 30)
    screen.press("/")
    screen.see("words  !word")
    screen.press("state:RUN owner:nobody")
    screen.see("None of ")
    screen.press("escape")
    screen.see("lease-00001")


def test_down_to_20x5_and_back_nothing_is_lost(furnished: Installation) -> None:
    screen = furnished.screen()
    screen.press("3")
    screen.see("3*Leases", "lease-00001", " RUN ")
    screen.press(" ")
    screen.see("1 marked")
    screen.press("/")
    screen.see("words  !word")
    screen.press("k", "e", "p", "t", "enter")
    screen.see("/kept")
    screen.press("+")
    screen.see("Renew lease-00001")
    screen.resize((20, 5))
    screen.see("small: 20x5.", "quits.")
    screen.press("D", "3", "2", "enter", "escape", "+")
    screen.resize((59, 15))
    screen.see("59x15")
    screen.resize((80, 24))
    screen.see("Renew lease-00001", "would end")
    screen.press("escape")
    screen.see("3*Leases", "1 marked", "/kept", "lease-00001")
    assert furnished.leases()["lease-00001"]["renewals"] == 0
    screen.resize((20, 5))
    screen.see("small: 20x5.")
    assert screen.signal(signal.SIGTERM) == 143
    assert screen.raw.rfind(SHOW_CURSOR) > screen.raw.rfind(HIDE_CURSOR)


def stopped(screen: Terminal) -> bool:
    """Wait until the program sleeps."""
    _, status = os.waitpid(screen.process.pid, os.WUNTRACED)
    return os.WIFSTOPPED(status)


@pytest.mark.parametrize("how", ["ctrl-z", "SIGTSTP"])
def test_asleep_the_terminal_is_the_shells_and_awake_it_is_ours(how: str, furnished: Installation) -> None:
    screen = furnished.screen()
    screen.press("3")
    screen.see("3*Leases", "lease-00001", " RUN ")
    if how == "ctrl-z":
        screen.press("\x1a")
    else:
        screen.process.send_signal(signal.SIGTSTP)
    assert stopped(screen)
    screen.written(LEAVE)
    assert screen.raw.rfind(SHOW_CURSOR) > screen.raw.rfind(HIDE_CURSOR)
    assert screen.echoes()
    before = screen.raw.count(ENTER)
    screen.process.send_signal(signal.SIGCONT)
    screen.wait(lambda _shown: screen.raw.count(ENTER) > before, "the screen again")
    screen.press("2")
    screen.see("2*Pools", "debian-dev")
    assert screen.signal(signal.SIGTERM) == 143
    assert screen.echoes()


MISTAKE = """
import vmms_tui.screens.listing
def do_order(self):
    raise RuntimeError("\\x1b[31ma mistake of ours")
vmms_tui.screens.listing.ListScreen.do_order = do_order
"""


def test_a_mistake_in_a_screen_is_one_sentence_and_the_engine_goes_on(furnished: Installation, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(MISTAKE)
    furnished.environ["PYTHONPATH"] = f"{tmp_path}:{Path.cwd()}"
    screen = furnished.screen(size=(200, 24))
    screen.press("3")
    screen.see("3*Leases", "lease-00001", " RUN ")
    screen.press("o")
    assert screen.ended() == 1
    after = screen.raw[screen.raw.rfind(LEAVE) :].decode()
    assert "vmms: A mistake in VMMS ended the screen (RuntimeError: �[31ma mistake of ours)." in after
    log = furnished.state / "vmms.log"
    assert f"What happened stands in {log}." in after
    assert "in the background (pid " in after
    assert "Traceback" not in screen.raw.decode()
    assert "a mistake of ours" in log.read_text()
    assert screen.raw.rfind(SHOW_CURSOR) > screen.raw.rfind(HIDE_CURSOR)
    assert screen.echoes()
    assert sign(furnished.state) is not None
    del furnished.environ["PYTHONPATH"]
    assert furnished.leases()["lease-00001"]["state"] == "active"


def test_reset_terminal_mends_what_a_kill_left(furnished: Installation) -> None:
    screen = furnished.screen()
    at_pools(screen)
    leader, follower = os.openpty()
    try:
        broken = termios.tcgetattr(follower)
        broken[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
        termios.tcsetattr(follower, termios.TCSANOW, broken)
        command = [sys.executable, "-m", "vmms_tui.cli", "reset-terminal"]
        done = subprocess.run(command, stdin=follower, stdout=follower, env=furnished.environ, check=False, timeout=60)
        assert done.returncode == 0
        now = termios.tcgetattr(follower)
        assert now[3] & termios.ECHO
        assert now[3] & termios.ICANON
        assert now[3] & termios.ISIG
        written = os.read(leader, 4096)
    finally:
        os.close(leader)
        os.close(follower)
    set_by_us = {part.split(b"h")[0] for part in bytes(screen.raw).split(b"\x1b[?")[1:] if part[:5].partition(b"h")[1]}
    for mode in set_by_us - {b"25", b"7"}:
        assert b"\x1b[?%sl" % mode in written, mode
    assert b"\x1b[?25h" in written
    assert b"\x1b[<u" in written
