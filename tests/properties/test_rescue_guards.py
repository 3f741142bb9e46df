"""The guards of a rescue: what counts as down, and that nothing but its own word passes each of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.commands import EvacuateHost
from vmms_tui.model.records import changed
from vmms_tui.model.rescue_guards import LONG_BEFORE, OTHERS, SHARE, Limits, Scenery, down, guards, passed, too_many
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import RESCUED, Phase, Suspect

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAYS = timedelta(days=2)


def host(name: str, state: str = "down", **fields: Any) -> Host:
    return changed(Host(id=name, name=name, state=state, status="enabled", seen=NOW - timedelta(minutes=2)), **fields)


def suspect(name: str, phase: Phase, ago: timedelta) -> Suspect:
    return Suspect(id=name, since=NOW - ago, phase=phase, phase_since=NOW - ago)


def scene(hosts: list[Host], suspects: list[Suspect] = [], lent: set[str] = set()) -> Scenery:  # noqa: B006 never changed
    return Scenery(hosts=tuple(hosts), suspects=tuple(suspects), lent=frozenset(lent), now=NOW)


UP = [host("u1", "up"), host("u2", "up")]
FALLEN = suspect("new", Phase.SUSPECTED, timedelta(seconds=30))
"""The one that is about to be judged."""


@given(st.integers(0, 40), st.integers(0, 40))
def test_many_hosts_at_once_are_our_own_fault(gone: int, alive: int) -> None:
    some = [host(f"d{number}") for number in range(gone)] + [host(f"u{number}", "up") for number in range(alive)]
    assert down(scene(some)) == (gone, gone + alive)
    assert too_many(*down(scene(some))) is (gone > 1 and gone > 0.3 * (gone + alive))


@given(
    st.sampled_from(Phase),
    st.sampled_from([timedelta(minutes=1), LONG_BEFORE - timedelta(minutes=1), DAYS]),
    st.booleans(),
)
def test_only_what_was_done_with_long_before_does_not_count(phase: Phase, ago: timedelta, lent: bool) -> None:
    hosts = [*UP, host("old"), host("new")]
    holds = {"new", "old"} if lent else {"new"}
    counted = down(scene(hosts, [suspect("old", phase, ago), FALLEN], holds))
    old = phase in {Phase.DEAD, Phase.EVACUATED} and ago == DAYS and not lent
    assert counted == ((1, 3) if old else (2, 4))


def test_two_that_fall_within_the_hour_stay_two_for_ever() -> None:
    """The second asks a person; that the first is forgotten later changes nothing about it."""
    hosts = [*UP, host("old"), host("new")]
    waits = suspect("new", Phase.OURS, DAYS - timedelta(minutes=10))
    assert down(scene(hosts, [suspect("old", Phase.EVACUATED, DAYS), waits], {"new"})) == (2, 4)


def test_what_somebody_closed_counts_until_it_is_long_silent() -> None:
    def counted(**fields: Any) -> tuple[int, int]:
        return down(scene([*UP, host("old", **fields), host("new")], [FALLEN], {"new"}))

    long_ago, just_now = NOW - DAYS, NOW - timedelta(seconds=10)
    assert counted(status="disabled", seen=long_ago) == (1, 3)
    assert counted(status="disabled", seen=NOW - timedelta(minutes=5)) == (2, 4)
    assert counted(status="disabled", seen=None) == (2, 4), "nobody knows since when"
    assert counted(status="enabled", seen=long_ago) == (2, 4)
    assert counted(status="disabled", seen=just_now) == (2, 4)
    assert counted(status="disabled", seen=just_now, forced_down=True) == (1, 3), "it is back, and not opened yet"


@st.composite
def scenes(draw: st.DrawFn) -> Scenery:
    hosts, suspects, lent = [], [], set()
    for number in range(draw(st.integers(1, 6))):
        name = f"h{number}"
        seen = draw(st.sampled_from([None, NOW, NOW - timedelta(minutes=5), NOW - DAYS]))
        state, status = (
            draw(st.sampled_from(["up", "down", "down", ""])),
            draw(st.sampled_from(["enabled", "disabled"])),
        )
        hosts.append(host(name, state, seen=seen, status=status, forced_down=draw(st.booleans())))
        if draw(st.booleans()):
            ago = draw(st.sampled_from([timedelta(0), timedelta(minutes=10), DAYS]))
            suspects.append(suspect(name, draw(st.sampled_from(Phase)), ago))
        if draw(st.booleans()):
            lent.add(name)
    return scene(hosts, suspects, lent)


LIMITS = st.builds(Limits, share=st.sampled_from([0.1, 0.3, 1.0]), at_once=st.integers(1, 3))


@given(scenes(), LIMITS)
def test_each_guard_needs_its_own_word(seen: Scenery, limits: Limits) -> None:
    stops = {stop.rule: stop for stop in guards("h0", seen, limits)}
    gone, of = down(seen)
    assert 0 <= gone <= of <= len(seen.hosts)
    assert (SHARE in stops) is too_many(gone, of, limits.share)
    rescued = {one.id for one in seen.suspects if one.phase in RESCUED}
    assert (OTHERS in stops) is ("h0" not in rescued and len(rescued) >= limits.at_once)
    for rule, stop in stops.items():
        assert stop.message.endswith(".")
        assert stop.remedy
        assert not passed(EvacuateHost(host="h0", sworn="x"), stop)
        assert passed(EvacuateHost(host="h0", sworn="x", despite_share=True), stop) is (rule == SHARE)
        assert passed(EvacuateHost(host="h0", sworn="x", despite_others=True), stop) is (rule == OTHERS)


@given(scenes())
def test_a_host_that_holds_something_of_somebodys_always_counts(seen: Scenery) -> None:
    everywhere = changed(seen, lent=frozenset(one.name for one in seen.hosts))
    assert down(everywhere) == (sum(one.state != "up" for one in seen.hosts), len(seen.hosts))
