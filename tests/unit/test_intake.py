"""The keyboard's intake: pastes are no keys, people are not held up, late answers of the terminal are nothing."""

from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from vmms_tui.widgets.background import without_answers
from vmms_tui.widgets.intake import MOST, WINDOW, Intake


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def keys(text: str) -> list[Message]:
    return [events.Key(one, one) for one in text]


def told(messages: list[Message]) -> list[str]:
    return [f"paste {one.text}" if isinstance(one, events.Paste) else one.key for one in messages]  # type: ignore[attr-defined]


def test_a_paste_without_brackets_is_one_paste() -> None:
    intake = Intake(Clock())
    text = "quit now and delete the rest of this mess, D"
    assert told(intake.sift(keys(text), takes_text=False)) == [f"paste {text}"]


def test_where_text_is_typed_a_paste_is_text() -> None:
    assert told(Intake(Clock()).sift(keys("abcdefghijk"), takes_text=True)) == list("abcdefghijk")


def test_a_key_held_down_passes() -> None:
    """Over a line that stalls, many of them come at once."""
    assert told(Intake(Clock()).sift(keys("j" * 60), takes_text=False)) == ["j"] * 60
    assert told(Intake(Clock()).sift(keys("jjjjjjjjjjkkk+"), takes_text=False)) == list("jjjjjjjjjjkkk+")


def test_a_paste_that_comes_in_pieces_is_dropped_from_the_ninth_key_on() -> None:
    clock = Clock()
    intake = Intake(clock)
    assert told(intake.sift(keys("abcd"), takes_text=False)) == list("abcd")
    clock.now += 0.01
    assert told(intake.sift(keys("efgh"), takes_text=False)) == list("efgh")
    clock.now += 0.01
    assert told(intake.sift(keys("ijk"), takes_text=False)) == ["paste ijk"]
    clock.now += 10 * WINDOW
    assert told(intake.sift(keys("l"), takes_text=False)) == ["l"]


@given(st.lists(st.tuples(st.floats(0.005, 0.5), st.sampled_from("jkx/D3 ")), max_size=60))
def test_the_fastest_typist_is_never_held_up(pressed: list[tuple[float, str]]) -> None:
    """200 keys a second are more than anybody presses."""
    clock = Clock()
    intake = Intake(clock)
    for wait, key in pressed:
        clock.now += wait
        assert told(intake.sift(keys(key), takes_text=False)) == [key]


@given(st.text("abcdefgh", min_size=3 * MOST))
def test_what_is_no_key_always_passes(text: str) -> None:
    resize = events.AppFocus()
    assert resize in Intake(Clock()).sift([*keys(text), resize], takes_text=False)


def test_a_late_answer_in_pieces_is_no_key() -> None:
    intake = Intake(Clock())
    assert intake.take(b"3\x1b]11;rg") == b"3"
    assert intake.take(b"b:ffff/ffff/") == b""
    assert intake.take(b"ffff\x1b") == b""
    assert intake.take(b"\\j") == b"j"
    assert intake.give_up() == b""


def test_what_only_looks_like_an_answer_is_given_back() -> None:
    """Alt and ] are sent as the first two bytes of one."""
    intake = Intake(Clock())
    assert intake.take(b"\x1b]") == b""
    assert intake.give_up() == b"\x1b]"
    assert intake.take(b"\x1b") == b"\x1b", "the esc key waits for nobody"


@given(st.lists(st.binary(max_size=12)))
def test_all_bytes_but_answers_come_out_in_their_order(pieces: list[bytes]) -> None:
    intake = Intake(Clock())
    out = b"".join(intake.take(piece) for piece in pieces) + intake.give_up()
    whole, held = without_answers(b"".join(pieces))
    assert out == whole + held
