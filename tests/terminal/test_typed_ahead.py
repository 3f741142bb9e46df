"""Keys that come in one packet, as over a slow line: each goes where the one before has led."""

import pytest

from tests.terminal.conftest import Installation, at_pools

pytestmark = pytest.mark.timeout(300)


def test_a_filter_and_its_words_in_one_packet(furnished: Installation) -> None:
    screen = furnished.screen()
    at_pools(screen)
    screen.press("/win\r")
    screen.see("/win", "windows-qa")
    screen.see_no("debian-dev")
    screen.press("\x1b")
    screen.see("debian-dev", "windows-qa")


def test_a_screen_and_what_is_done_there_in_one_packet(furnished: Installation) -> None:
    screen = furnished.screen()
    at_pools(screen)
    screen.press("3jjD")
    screen.see("PREFLIGHT", "lease-00001", "Cancel")
    screen.press("\x1b")
    screen.see_no("Cancel")
    assert "lease-00001" in furnished.leases(), "cancelled, and there still"
