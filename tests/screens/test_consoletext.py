"""A console's log is shown without what it would do to a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.screens.consoletext import console_lines, has_times, without_times
from vmms_tui.widgets.text import plain


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("one\ntwo\n", ["one", "two"]),
        ("one\r\ntwo\r\n", ["one", "two"]),
        ("\x1b[1;31mred\x1b[0m and \x1b[38;5;208morange\x1b[m", ["red and orange"]),
        ("\x1b]0;title\x07after\x1b]52;c;aGk=\x1b\\end", ["afterend"]),
        ("\x1bPq#0\x1b\\picture\x1b(B\x1b=ok\x9b2Jdone", ["pictureokdone"]),
        ("10%\r50%\r100%\n", ["100%"]),
        ("a\tb", ["a       b"]),
        ("typpo\b\b\bo", ["tyo"]),
        ("\b\bx", ["x"]),
        ("cut \x1b[31", ["cut 31"]),
    ],
)
def test_what_was_printed(text: str, lines: list[str]) -> None:
    assert console_lines(text) == lines


@pytest.mark.parametrize(
    "line",
    [
        "[    0.412803] Memory: 2048 MiB",
        "2026-03-02T12:00:00Z Memory: 2048 MiB",
        "2026-03-02 12:00:00,123 Memory: 2048 MiB",
        "Mar  2 12:00:00 Memory: 2048 MiB",
    ],
)
def test_times_can_be_left_out(line: str) -> None:
    assert has_times(["boot", line])
    assert without_times(["boot", line]) == ["boot", "Memory: 2048 MiB"]
    assert not has_times(["cloud-init[412]: running", "12 packages"])


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_whatever_comes_is_safe_to_draw(text: str) -> None:
    for line in console_lines(text):
        assert "\n" not in line
        assert plain(line).isprintable()


def test_a_log_made_to_be_slow_is_not() -> None:
    console_lines("\x1b[" * 50_000)
    console_lines("\x1b]" + "x" * 200_000)
    console_lines("a\b" * 20_000)
