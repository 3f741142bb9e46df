"""Names from outside are only ever text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from vmms_tui.widgets.text import REPLACEMENT, fit, plain, plain_lines, wrapped

ANY_TEXT = st.text(st.characters(), max_size=80)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("vm-00012", "vm-00012"),
        ("山田太郎", "山田太郎"),
        ("[red]bob[/red]", "[red]bob[/red]"),
        ("\x1b[31mred", f"{REPLACEMENT}[31mred"),
        ("\x9b31m", f"{REPLACEMENT}31m"),
        ("a\u202etxt.exe", f"a{REPLACEMENT}txt.exe"),
        ("zero\u200bwidth", f"zero{REPLACEMENT}width"),
        ("tab\there", "tab here"),
        ("bell\a", f"bell{REPLACEMENT}"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_what_cannot_be_shown_is_replaced_and_seen_to_be(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(ANY_TEXT)
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    assert all(unicodedata.category(one)[0] != "C" for one in plain(text))
    assert "\n" not in plain(text)


@given(ANY_TEXT, st.integers(0, 40), st.booleans())
def test_fit_takes_exactly_its_cells(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(plain(text), width, right=right)) == width


def test_what_is_cut_says_so() -> None:
    assert fit("very-long-name", 8) == "very-lo…"
    assert fit("短い名前です", 7) == "短い名…"
    assert fit("ab", 5, right=True) == "   ab"


@given(ANY_TEXT, st.integers(2, 40))
def test_wrapping_keeps_every_word_and_the_width(text: str, width: int) -> None:
    lines = wrapped(plain(text), width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == plain(text).replace(" ", "")


def test_lines_of_a_console_log_stay_lines() -> None:
    assert plain_lines("one\n\x1btwo") == ["one", f"{REPLACEMENT}two"]
