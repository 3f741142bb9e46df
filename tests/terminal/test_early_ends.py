"""A line that is cut while the program has only begun: it ends in good order all the same."""

import signal

import pytest

from tests.terminal.conftest import Installation

BEGUN = "\N{ESCAPE}[?1049h".encode()
"""The program has taken the terminal for itself."""


@pytest.mark.parametrize("how", ["line", "signal"])
def test_a_start_that_is_cut_off_ends_in_good_order(installation: Installation, how: str) -> None:
    screen = installation.screen()
    screen.wait(lambda _: BEGUN in screen.raw, "the program's own screen")
    code = screen.hang_up() if how == "line" else screen.signal(signal.SIGTERM)
    assert code == 128 + (signal.SIGHUP if how == "line" else signal.SIGTERM)
    log = installation.state / "vmms.log"
    assert "mistake" not in (log.read_text() if log.exists() else "")
