"""Asking a terminal for its background: one that answers, never, late, in pieces; and what is typed meanwhile."""

import contextlib
import os
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.widgets.background import ANSWER, QUESTION, Heard, ask, asking, colour_of, hear, without_answers

WHITE = b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
BLACK = b"\x1b]11;rgb:0000/0000/0000\x07"


@contextlib.contextmanager
def terminal(act: Callable[[int], None]) -> Iterator[int]:
    """A pseudo-terminal on whose other end somebody acts."""
    leader, follower = os.openpty()
    acting = threading.Thread(target=act, args=(leader,))
    acting.start()
    try:
        yield follower
    finally:
        acting.join()
        os.close(follower)
        os.close(leader)


def asked(leader: int) -> None:
    """Wait for the question."""
    seen = b""
    while QUESTION not in seen:
        seen += os.read(leader, 100)


@pytest.fixture(autouse=True)
def in_the_foreground(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that is not the test's own has no foreground."""
    monkeypatch.setattr(os, "tcgetpgrp", lambda _file: os.getpgrp())


def answer_with(*pieces: bytes) -> Callable[[int], None]:
    def act(leader: int) -> None:
        asked(leader)
        for piece in pieces:
            os.write(leader, piece)

    return act


@pytest.mark.parametrize(
    ("pieces", "heard"),
    [
        ((WHITE,), Heard((1.0, 1.0, 1.0))),
        ((BLACK,), Heard((0.0, 0.0, 0.0))),
        ((WHITE[:1], WHITE[1:5], WHITE[5:12], WHITE[12:]), Heard((1.0, 1.0, 1.0))),
        ((b"3j" + WHITE + b"\x1b[B",), Heard((1.0, 1.0, 1.0), b"3j\x1b[B")),
        ((b"\x1b]11;rgba:ffff/0000/0000/ffff\x07",), Heard((1.0, 0.0, 0.0))),
        ((b"\x1b]11;what?\x07q",), Heard(None, b"q")),
    ],
    ids=["white", "black", "in pieces", "between keys", "with alpha", "nonsense"],
)
def test_an_answer_is_heard_and_keys_are_kept(pieces: tuple[bytes, ...], heard: Heard) -> None:
    with terminal(answer_with(*pieces)) as file:
        before = termios.tcgetattr(file)
        assert ask(file, file, patience=5) == heard
        assert termios.tcgetattr(file) == before


def test_a_terminal_that_never_answers_costs_a_tenth_of_a_second() -> None:
    with terminal(answer_with(b"3")) as file:
        before = termios.tcgetattr(file)
        started = time.monotonic()
        assert ask(file, file) == Heard(None, b"3")
        assert 0.09 < time.monotonic() - started < 20  # a loaded machine may let it wait
        assert termios.tcgetattr(file) == before


def test_what_comes_too_late_is_left_to_the_program() -> None:
    """It reads it as the first thing, and takes it for what it is."""
    late = threading.Event()

    def act(leader: int) -> None:
        asked(leader)
        os.write(leader, WHITE[:9])
        late.wait(10)
        os.write(leader, WHITE[9:] + b"j")

    with terminal(act) as file:
        heard = ask(file, file, patience=0.05)
        assert heard == Heard(None, WHITE[:9])
        tty.setcbreak(file)
        late.set()
        data = heard.typed
        while not data.endswith(b"j"):
            data += os.read(file, 100)
        assert without_answers(data) == (b"j", b"")


def test_what_has_come_while_something_else_was_done_is_heard_however_late() -> None:
    answered = threading.Event()

    def act(leader: int) -> None:
        asked(leader)
        os.write(leader, b"3" + WHITE + b"j")
        answered.set()

    with terminal(act) as file:
        before = termios.tcgetattr(file)
        with asking(file, file, patience=0) as heard:
            assert answered.wait(20)
            assert not termios.tcgetattr(file)[3] & termios.ECHO
            assert heard() == Heard((1.0, 1.0, 1.0), b"3j")
        assert termios.tcgetattr(file) == before


def test_whatever_breaks_meanwhile_the_terminal_is_left_as_it_was_found() -> None:
    with terminal(asked) as file:
        before = termios.tcgetattr(file)
        with pytest.raises(KeyboardInterrupt), asking(file, file):
            raise KeyboardInterrupt
        assert termios.tcgetattr(file) == before


def test_without_a_terminal_nothing_is_asked() -> None:
    reader, writer = os.pipe()
    try:
        assert ask(reader, writer) == Heard()
        os.set_blocking(reader, False)
        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
    finally:
        os.close(reader)
        os.close(writer)


def test_in_the_background_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "tcgetpgrp", lambda _file: os.getpgrp() + 1)
    with terminal(lambda _leader: None) as file:
        assert ask(file, file) == Heard()


keys = st.lists(st.sampled_from([b"3", b"j", b"q", b"\x1b[B", b"\r", "漢".encode(), b"rgb:", b"11;"]), max_size=6)


@given(keys, keys, st.sampled_from([WHITE, BLACK]), st.data())
def test_however_it_is_cut_nothing_typed_is_lost(
    before: list[bytes], after: list[bytes], answer: bytes, data: st.DataObject
) -> None:
    first, last = b"".join(before), b"".join(after)
    stream = first + answer + last
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) if a < b]
    clock = iter(range(1000))
    heard = hear(lambda _seconds: pieces.pop(0) if pieces else b"", 100, lambda: float(next(clock)))
    typed, held = without_answers(heard.typed + b"".join(pieces))
    assert typed + held == first + last
    assert heard.colour in {(1.0, 1.0, 1.0), (0.0, 0.0, 0.0)}


@given(st.binary(max_size=80))
def test_no_bytes_break_it_and_only_answers_are_taken_out(data: bytes) -> None:
    typed, held = without_answers(data)
    if not ANSWER.search(data):
        assert typed + held == data


@pytest.mark.parametrize(
    ("said", "colour"),
    [(b"f/0/8", (1.0, 0.0, 8 / 15)), (b"ff/00/80", (1.0, 0.0, 128 / 255)), (b"", None), (b"1/2", None), (b"//", None)],
)
def test_a_colour_has_parts_of_one_to_four_digits(said: bytes, colour: tuple[float, float, float] | None) -> None:
    assert colour_of(said) == colour
