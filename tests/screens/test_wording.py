"""Times, sizes and states as words."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.records import LeaseState, ServerState, changed
from vmms_tui.screens import wording

from .cloudland import NOW, POOLS, lent, minutes, server
from .scripted import day, hours


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=59), "59s"),
        (minutes(41), "41m"),
        (hours(2) + minutes(5), "2h05m"),
        (hours(24 * 3 + 4), "3d04h"),
        (-minutes(5), "-5m"),
        (hours(24 * 400), "400d00h"),
    ],
)
def test_lengths_of_time(length: timedelta, words: str) -> None:
    assert wording.span(length) == words


def test_instants_are_said_with_zone_and_from_now() -> None:
    assert wording.both(NOW + hours(2.5), NOW) == "2026-03-02 14:30 UTC (in 2h30m)"
    assert wording.both(NOW - minutes(4), NOW) == "2026-03-02 11:56 UTC (4m ago)"
    assert wording.both(NOW, NOW) == "2026-03-02 12:00 UTC (now)"
    assert wording.clock_time(day("2026-03-01T07:05:00"), NOW) == "03-01 07:05"
    assert wording.clock_time(NOW - minutes(1), NOW) == "11:59:00"


@pytest.mark.parametrize(
    ("text", "length"),
    [("8h", hours(8)), (" 2d ", hours(48)), ("1d12h", hours(36)), ("90m", hours(1.5)), ("1.5h", hours(1.5))],
)
def test_terms_that_are_understood(text: str, length: timedelta) -> None:
    assert wording.parse_term(text) == length


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Say how long"),
        ("-3h", "no time to come"),
        ("0", "no time to come"),
        ("0h", "no time to come"),
        ("-5", "no time to come"),
        ("8", "Say the unit: 8h or 8d."),
        ("soon", "no length of time"),
        ("٣h", "no length of time"),
        ("8h; rm -rf", "no length of time"),
        ("99999d", "longer than ten years"),
        ("0.2s", "no time to come"),
        ("²", "no length of time"),
    ],
)
def test_terms_that_are_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        wording.parse_term(text)


@given(st.integers(1, 10**7))
def test_a_term_reads_back_as_it_was_written(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert wording.parse_term(wording.short_term(length)) == length


@given(st.text(max_size=20))
def test_any_text_is_a_term_or_a_sentence(text: str) -> None:
    try:
        said = f"{wording.parse_term(text) >= timedelta(seconds=1)}."
    except ValueError as error:
        said = str(error)
    assert said.endswith(".")


def test_every_state_of_a_server_has_a_word_of_its_own() -> None:
    words = [wording.SERVER_WORDS[state][0] for state in ServerState]
    assert len(set(words)) == len(ServerState)
    assert wording.server_state(server(1, "el9-ci", ServerState.FAILED)) == ("ERROR!", "bad")


def test_a_server_that_the_cloud_does_not_list_is_questioned() -> None:
    lost = server(1, "el9-ci", ServerState.LEASED, missing_since=NOW)
    assert wording.server_state(lost)[0] == "RUN ?"


def test_a_lease_says_its_own_state_before_its_servers() -> None:
    on, lease = lent(1, "el9-ci", "ada", hours(1))
    assert wording.lease_state(lease, on)[0] == "RUN"
    assert wording.lease_state(changed(lease, state=LeaseState.OVERDUE), on)[0] == "OVERDUE!"
    assert wording.lease_state(lease, None)[0] == "GONE ?"


@pytest.mark.parametrize(
    ("fields", "ready", "used", "building", "word"),
    [
        ({}, 3, 5, 0, "READY"),
        ({}, 1, 5, 0, "FILLING"),
        ({}, 0, 5, 2, "FILLING"),
        ({}, 0, 5, 0, "EMPTY!"),
        ({}, 0, 8, 0, "FULL!"),
        ({"broken": "no image"}, 3, 5, 0, "BROKEN!"),
        ({"paused": "quota"}, 3, 5, 0, "PAUSED!"),
        ({"retired": True}, 3, 5, 0, "RETIRED"),
    ],
)
def test_what_a_pool_says_first(fields: dict[str, object], ready: int, used: int, building: int, word: str) -> None:
    assert wording.pool_state(changed(POOLS[1], **fields), ready, used, building)[0] == word


def test_a_pools_note_tells_reason_surge_and_next_attempt() -> None:
    assert wording.pool_note(POOLS[0], NOW) == "surge x1.5"
    assert "(tries again in 4m)" in wording.pool_note(POOLS[2], NOW)
    assert "windows-2022" in wording.pool_note(POOLS[3], NOW)


@pytest.mark.parametrize(("left", "mark"), [(minutes(5), "!"), (-minutes(5), "!"), (minutes(90), "~"), (hours(9), "")])
def test_little_time_left_is_marked_not_only_coloured(left: timedelta, mark: str) -> None:
    _, lease = lent(1, "el9-ci", "ada", left)
    assert wording.time_left(lease, NOW)[0].strip().endswith(mark)


INSTANTS = st.integers(-(10**7), 10**7).map(lambda seconds: NOW + timedelta(seconds=seconds))


@given(INSTANTS, INSTANTS)
def test_ago_never_has_a_minus(at: datetime, now: datetime) -> None:
    assert "-" not in wording.ago(at, now)
