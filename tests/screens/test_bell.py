"""Messages are kept until they are read."""

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.screens.bell import LONGEST, MOST, Bell

from .cloudland import NOW, minutes


def test_what_is_heard_is_unread_until_it_is_read() -> None:
    bell = Bell()
    bell.hear("Done.", "good", NOW)
    bell.hear("No.", "bad", NOW + minutes(1))
    bell.hear("D release: This lease is ending.", "warn", NOW + minutes(2), unread=False)
    bell.hear("", "bad", NOW)
    assert (bell.unread, bell.urgent) == (2, True)
    assert [one.text for one in bell.messages()] == ["D release: This lease is ending.", "No.", "Done."]
    bell.read()
    assert (bell.unread, bell.urgent) == (0, False)
    assert len(bell.messages()) == 3


def test_the_same_in_a_row_is_one_message_with_the_last_time() -> None:
    bell = Bell()
    for number in range(3):
        bell.hear("Try again.", "warn", NOW + minutes(number))
    (message,) = bell.messages()
    assert (message.times, message.at) == (3, NOW + minutes(2))
    bell.read()
    bell.hear("Try again.", "warn", NOW + minutes(3))
    assert (bell.unread, len(bell.messages())) == (1, 1)


def test_alarms_come_and_go_once_whatever_their_minutes() -> None:
    bell = Bell()
    for number in range(5):
        bell.stand({"cloud": f"Cloud unreachable (for {number}m)"}, NOW + minutes(number))
    bell.stand({"cloud": "Cloud unreachable (for 5m)", "loop a": "Loop a is late"}, NOW + minutes(5))
    bell.stand({"loop a": "Loop a is late"}, NOW + minutes(6))
    texts = [one.text for one in bell.messages()]
    assert texts == ["Over: Cloud unreachable (for 5m)", "Loop a is late", "Cloud unreachable (for 0m)"]


def test_a_notice_rings_once() -> None:
    bell = Bell()
    for _ in range(3):
        bell.notice("notice-1", "Your lease ends.", NOW)
    assert [one.text for one in bell.messages()] == ["Your lease ends."]


@given(st.lists(st.tuples(st.text(max_size=5), st.sampled_from(["", "good", "bad"]), st.booleans()), max_size=60))
def test_unread_never_exceeds_what_is_kept(said: list[tuple[str, str, bool]]) -> None:
    bell = Bell()
    for text, tone, unread in said:
        bell.hear(text, tone, NOW, unread=unread)
    assert 0 <= bell.unread <= len(bell.messages()) <= MOST
    bell.read()
    assert bell.unread == 0


def test_it_is_bounded() -> None:
    bell = Bell()
    for number in range(MOST + 50):
        bell.hear(f"{number}" + "x" * 5000, "bad", NOW)
    assert len(bell.messages()) == MOST
    assert all(len(one.text) == LONGEST for one in bell.messages())
    assert bell.messages()[0].text.startswith(str(MOST + 49))
