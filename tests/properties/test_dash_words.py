"""The pure parts of Dash: sentences and next steps of needs, bars, trends as rows of numbers, panels."""

import shlex
from dataclasses import replace
from datetime import timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.properties.policy_records import NOW as NOON
from tests.properties.test_needs import STATUS as QUIET
from tests.properties.test_needs import WORLDS
from tests.screens.cloudland import NOW, POOLS, STATUS, WORLD
from tests.screens.dashland import HANDED_OVER, TRENDS, WRONG, WRONG_STATUS, seen_to, trends
from vmms_tui.cli.root import vmms
from vmms_tui.keys import Place
from vmms_tui.model.needs import NeedKind
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, Lease, LeaseState, Pool, changed
from vmms_tui.model.tables import Tables
from vmms_tui.model.trends import Sample
from vmms_tui.screens import panels
from vmms_tui.screens.needs import NEEDS, need_rows, seen_words, sentence, step, subject, waiting
from vmms_tui.screens.overview import HostRoom, overview
from vmms_tui.screens.rows import chosen
from vmms_tui.screens.trendlines import (
    LATELY,
    MINUTE,
    TEN,
    added,
    asked_in_steps,
    in_steps,
    lately,
    pool_plot,
    ready_lately,
    samples_of,
)
from vmms_tui.widgets.bars import ASCII, BLOCKS, Glyphs, bar, columns, glyphs_for, spark

OLGA = Caller(name="olga", roles=(Role.OPERATOR,))
BOTH = pytest.mark.parametrize("glyphs", [BLOCKS, ASCII], ids=["blocks", "ascii"])
ROWS = {row.id: row for row in need_rows(Tables(WRONG), WRONG_STATUS, OLGA, NOW)}


# Needs


@pytest.mark.parametrize(
    ("need_id", "words"),
    [
        ("engine", "engine takes no changes: no space left on /var/lib/vmms"),
        ("frozen", "engine frozen for 5m, nothing is deleted: the clock jumped 2 h forward"),
        ("cloud", "eu-west unreachable for 4m: no answer within 30 s"),
        ("loop:pools", "pools is late: it has been running for 3m"),
        (
            "settings",
            "settings the last good ones stay in force: pools.el9-ci: limit 2 is below available 4 (and 1 more)",
        ),
        ("broken:win22", "win22 broken: There is no image windows-2022; 0 of 2 ready"),
        (
            "held:gpu-a",
            (
                "gpu-a builds nothing: Quota of cores is used up (2 of 2 asked), tries again in 4m; "
                "2 requests wait, the first for 6m; 0 of 1 ready"
            ),
        ),
        (
            "reserve",
            (
                "reserve the servers of a host do not all find room on the others: those of the fullest host need "
                "96 GiB of RAM, 72 GiB are free there; pools build nothing"
            ),
        ),
        ("host:h03", "h03 down for 4m, with 5 servers of ours, 3 of them on leases"),
        ("failed:vm-00061", "vm-00061 failed 14m ago on lease-00061 of lin"),
        ("missing:vm-00081", "vm-00081 not in the cloud's list for 6m"),
        (
            "operation:op-000060",
            (
                "op-000060 reboot of vm-00018 on lease-00018 of ada failed 9m ago at step off: "
                "the cloud refused: 409 Cannot 'reboot' instance while it is in vm_state error"
            ),
        ),
        (
            "ends:lease-00077",
            "lease-00077 ends in 42m (12:42:00 UTC), vm-00077 of grace, importance 9, its owner was not told",
        ),
        (
            "overdue:lease-00046",
            "lease-00046 over for 1h00m, vm-00046 of grace stopped, deleted in 2d23h (2026-03-05 11:00 UTC)",
        ),
        (
            "untold:lease-00031",
            (
                "lease-00031 [red]bob[/red] could not be told that it ends in 4h06m (3 tries): "
                "550 no such mailbox \x1b[31m"
            ),
        ),
    ],
)
def test_sentences(need_id: str, words: str) -> None:
    assert f"{subject(ROWS[need_id])} {sentence(ROWS[need_id], NOW)}" == words


def test_every_kind_but_waiting_requests_is_in_the_world_where_all_is_wrong() -> None:
    assert {row.need.kind for row in ROWS.values()} == set(NeedKind) - {NeedKind.SHORT}


def understood(line: str) -> click.Command:
    """The command that a line calls, with arguments that it takes."""
    name, *words = shlex.split(line)[1:]
    command = vmms.get_command(click.Context(vmms), name)
    assert command is not None, line
    command.make_context(name, words)
    return command


@given(WORLDS)
def test_each_need_has_a_sentence_a_next_step_and_a_command_that_exists(records: list[AnyRecord]) -> None:
    for row in need_rows(Tables(records), QUIET, OLGA, NOON):
        words = sentence(row, NOON)
        assert words
        assert "  " not in words
        assert not words.endswith((".", " ", ":"))
        assert all(column.text(row, NOON) is not None for column in NEEDS)
        todo = step(row)
        assert todo.place in {Place.POOLS, Place.LEASES, Place.EVENTS, Place.OPS}
        assert todo.words
        assert todo.narrow or todo.row_id or row.need.kind is NeedKind.SHORT
        understood(todo.command)


def test_commands_of_the_engines_own_needs_exist() -> None:
    for row in ROWS.values():
        understood(step(row).command)


@given(WORLDS, st.sampled_from(("ada", "bob")))
def test_people_are_shown_their_own_leases_only(records: list[AnyRecord], name: str) -> None:
    you = Caller(name=name, roles=(Role.DEVELOPER,))
    rows = need_rows(Tables(records), QUIET, you, NOON)
    assert all(row.need.owner == name for row in rows)
    whole = {row.id for row in need_rows(Tables(records), QUIET, OLGA, NOON)}
    assert {row.id for row in rows if row.need.on_call} <= whole


def test_what_is_seen_to_stands_last_and_says_by_whom() -> None:
    rows = need_rows(Tables((*WRONG, seen_to("cloud"))), WRONG_STATUS, OLGA, NOW)
    assert rows[-1].id == "cloud"
    assert waiting(rows) == len(rows) - 1
    assert rows[-1].said is not None
    assert seen_words(rows[-1].said, NOW) == "olga sees to it, said 3m ago: on it, back at nine"


def test_needs_are_filtered_as_other_lists() -> None:
    def ids(words: str) -> set[str]:
        found, problem = chosen(NEEDS, ROWS.values(), words, NOW)
        assert not problem
        return found

    assert ids("severity:soon") == {"ends:lease-00012", "ends:lease-00077"}
    assert ids("broken") == {"broken:win22"}
    assert ids("since>30m") == {"overdue:lease-00046", "untold:lease-00031"}
    assert ids("!lease subject:gpu") == {"held:gpu-a"}


# Bars


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(3, 60))
def test_a_bar_is_as_wide_as_asked_and_tells_nothing_from_all(used: float, of: float, width: int) -> None:
    for glyphs in (BLOCKS, ASCII):
        drawn = bar(used, of, width, glyphs)
        assert cell_len(drawn) == width
        if of > 0 and width > 3:
            assert (glyphs.empty in drawn) is (used < of)
            assert (glyphs.full in drawn) is (used / of > 0)


@given(st.lists(st.none() | st.floats(0, 1000), max_size=40))
def test_a_sparkline_has_a_cell_for_each_value_and_a_gap_where_nobody_knows(values: list[float | None]) -> None:
    for glyphs in (BLOCKS, ASCII):
        drawn = spark(values, glyphs)
        assert len(drawn) == len(values)
        assert [cell == " " for cell in drawn] == [value is None for value in values]
        known = [
            (value, glyphs.levels.index(cell)) for value, cell in zip(values, drawn, strict=True) if value is not None
        ]
        assert all(low[1] <= high[1] for low in known for high in known if low[0] <= high[0])
        assert all((level > 0) is (value > 0) for value, level in known)
        assert not known or max(level for _, level in known) in {0, len(glyphs.levels) - 1}


@given(st.lists(st.none() | st.integers(0, 1000), min_size=1, max_size=9), st.integers(1, 8), st.integers(1, 6))
def test_upright_bars_fill_their_lines(values: list[float | None], height: int, width: int) -> None:
    lines = columns(values, height, width, BLOCKS)
    assert len(lines) == height
    assert {len(line) for line in lines} == {len(values) * (width + 1) - 1}
    for place, value in enumerate(values):
        seen = any(line[place * (width + 1)] != " " for line in lines)
        assert seen is bool(value)


@pytest.mark.parametrize(
    ("environment", "ascii_only"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "tmux-256color", "SSH_CONNECTION": "1 2 3 4"}, True),
        ({"TERM": "linux"}, True),
        ({"TERM": "vt220"}, True),
        ({}, False),
    ],
)
def test_which_glyphs(environment: dict[str, str], ascii_only: bool) -> None:
    assert glyphs_for(environment).ascii is ascii_only
    assert (f"{ASCII.levels}{ASCII.full}{ASCII.empty}{ASCII.rule}").isascii()


# Trends

SAMPLES = st.lists(
    st.builds(
        lambda minute, ready, asked: Sample(NOW - minute * MINUTE, ready, 4, 6, 8, 1.0, asked, 0),
        st.integers(0, 200),
        st.integers(0, 9),
        st.integers(0, 5),
    ),
    max_size=60,
    unique_by=lambda one: one.at,
).map(lambda samples: sorted(samples, key=lambda one: one.at))


@given(SAMPLES, st.integers(1, 30))
def test_no_request_is_lost_or_counted_twice(samples: list[Sample], number: int) -> None:
    steps = asked_in_steps(samples, NOW, TEN, number)
    within = [one for one in samples if (NOW - one.at) // TEN < number]
    assert len(steps) == number
    assert sum(value or 0 for value in steps) == sum(one.asked for one in within)
    looked = {number - 1 - (NOW - one.at) // TEN for one in samples}
    assert all((value is not None) is (place in looked) for place, value in enumerate(steps))


@given(SAMPLES)
def test_steps_are_means_and_gaps_stay_gaps(samples: list[Sample]) -> None:
    steps = in_steps(samples, NOW, TEN, 12, lambda one: one.ready)
    for place, value in enumerate(steps):
        there = [one.ready for one in samples if (NOW - one.at) // TEN == 11 - place]
        assert value == (pytest.approx(sum(there) / len(there)) if there else None)
    assert added([steps, [None] * 12]) == pytest.approx(steps)


@given(SAMPLES, st.integers(1, 130), st.integers(1, 24))
def test_a_plot_fits_and_needs_no_colours(samples: list[Sample], width: int, height: int) -> None:
    for glyphs in (BLOCKS, ASCII):
        lines = pool_plot(samples, NOW, width, height, glyphs)
        assert len(lines) <= height
        if len(lines) > 1:
            assert max(cell_len(line) for line in lines) <= width
            assert "\x1b" not in "".join(lines)
            assert not glyphs.ascii or "".join(lines).isascii()
        line = lately(samples, NOW, glyphs)
        assert bool(line) is any(NOW - one.at < LATELY for one in samples)
        assert not glyphs.ascii or line.isascii()


@BOTH
def test_a_plot_names_what_it_shows(glyphs: Glyphs) -> None:
    samples = samples_of(Tables(trends(POOLS[0])))["el9-ci"]
    text = "\n".join(pool_plot(samples, NOW, 70, 12, glyphs))
    assert all(word in text for word in ("ready", "wanted", "requests a minute", "-2h", "now", "0", "6"))
    assert len(ready_lately(samples, NOW, glyphs)) == 12
    assert "0 to 5 ready, too few for" in lately(samples, NOW, glyphs)


def test_samples_come_in_their_order_whatever_the_order_of_their_pieces() -> None:
    made = trends(POOLS[0])
    assert samples_of(Tables(made[::-1])) == samples_of(Tables(made))


# Panels

WHOLE = overview(Tables((*WORLD, *HANDED_OVER, *TRENDS)), NOW)
FULL_HOST = HostRoom("漢字-host-with-a-long-name", "down", (60, 64), (500_000, 512_000))
HOSTS = [FULL_HOST, HostRoom("h02", "up", None, (1, 2048)), HostRoom("h03", "up", None, None)]


@given(st.integers(20, 120), st.integers(1, 12), st.booleans())
def test_panels_have_no_more_lines_than_there_is_room(width: int, lines: int, ascii_only: bool) -> None:
    glyphs = ASCII if ascii_only else BLOCKS
    facts = replace(WHOLE, hosts=HOSTS)
    drawn = {
        "capacity": panels.capacity(facts, width, lines, glyphs),
        "leases": panels.leases(facts, width, lines),
        "running": panels.running(facts, width, lines),
        "requests": panels.requests(facts, width, lines, glyphs),
        "plot": panels.plot(facts, width, lines, glyphs),
        "hosts": panels.hosts(facts, width, lines, glyphs),
    }
    for name, (title, said) in drawn.items():
        assert title
        assert 1 <= len(said) <= lines, name
        text = ["".join(part for part, _ in line) for line in said]
        if name in {"capacity", "leases", "requests", "hosts"} and width >= 28:
            assert max(cell_len(line) for line in text) <= width, name


@given(st.integers(0, 99_999), st.integers(3, 9))
def test_a_number_is_made_short_and_never_cut(number: int, cells: int) -> None:
    said = panels.brief(number, cells)
    assert len(said) <= cells
    assert said.replace(",", "") == str(number) or said.endswith("k")


def test_the_week_and_the_hosts_are_not_cut_in_a_narrow_column() -> None:
    busy = HostRoom("cmp17", "up", (239, 2048), None)
    facts = replace(WHOLE, hosts=[busy], leases=replace(WHOLE.leases, week=(692, 1109, 12_345, 0, 0, 0, 0)))
    week = "".join(part for part, _ in panels.week(facts, 30, 6, BLOCKS)[1][0])
    assert week.split() == ["692", "1k", "12k", "0", "0", "0", "0"]
    (host,) = panels.hosts(facts, 29, 5, BLOCKS)[1]
    assert "".join(part for part, _ in host).rstrip().endswith("12%")
    assert panels.capacity(facts, 29, 2, BLOCKS)[0] == f"Capacity ({len(facts.pools)} pools)"


def test_capacity_by_host_when_hosts_are_known() -> None:
    facts = overview(Tables(WORLD), NOW)
    assert facts.hosts == []
    assert "No host is known." in str(panels.hosts(facts, 40, 5, BLOCKS))
    facts = replace(facts, hosts=HOSTS)
    text = ["".join(part for part, _ in line) for line in panels.hosts(facts, 60, 5, ASCII)[1]]
    assert "488/500G  98%!" in text[0]
    assert "h02" in text[1]
    assert "0/2G" in text[1]
    assert text[2].rstrip().endswith("?")
    down = HostRoom("h04", "down", (1, 2), None)
    (line,) = panels.hosts(replace(facts, hosts=[down]), 60, 5, ASCII)[1]
    assert "h04 DOWN!" in "".join(part for part, _ in line)
    in_all = "\n".join("".join(part for part, _ in line) for line in panels.capacity(facts, 60, 9, ASCII)[1])
    assert "60/64  94%!" in in_all
    assert "488/502G" in in_all
    assert "RAM" not in str(panels.capacity(facts, 60, 3, ASCII)), "pools come first where there is little room"
    lonely = replace(facts, pools=facts.pools[:1])
    assert "RAM" in str(panels.capacity(lonely, 60, 4, ASCII)), "a pool takes no room that it does not need"


def test_leases_are_counted_by_day_and_by_what_they_are() -> None:
    n = WHOLE.leases
    live = [one for one in WORLD if isinstance(one, Lease) and one.state is not LeaseState.ENDED]
    assert (n.active, n.overdue, n.soon, n.queued) == (len(live), 1, 1, 2)
    assert sum(n.week) == sum(1 for one in live if one.end < NOW.replace(hour=0) + timedelta(days=7))
    assert n.week[0] == sum(1 for one in live if one.end.date() <= NOW.date())
    ended = changed(live[0], state=LeaseState.ENDED, ended_at=NOW - timedelta(hours=13))
    assert overview(Tables((ended,)), NOW).leases.ended_today == 0
    assert overview(Tables((changed(ended, ended_at=NOW),)), NOW).leases.ended_today == 1


def test_waits_are_from_the_request_to_the_first_hand_over() -> None:
    assert (WHOLE.waits.number, WHOLE.waits.half, WHOLE.waits.most) == (
        5,
        timedelta(seconds=9),
        timedelta(seconds=31),
    )


def test_the_pool_that_lacks_most() -> None:
    assert WHOLE.worst is not None
    assert WHOLE.worst.id == "win22"
    none = overview(Tables(tuple(changed(one, retired=True) for one in WORLD if isinstance(one, Pool))), NOW)
    assert none.worst is None
    assert "No pools yet." in str(panels.plot(none, 40, 5, BLOCKS))
    assert overview(Tables(()), STATUS.now).worst is None
