"""Incidents: when many are ill at once, whom that is about, and whose ladders wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import NOW
from vmms_tui.engine.policy import incidents
from vmms_tui.model.healing import HealingRules, Illness, Incident, Many, Sickness
from vmms_tui.model.records import changed

RULES = HealingRules()
ERRORS, MUTE = Many("dev", Sickness.ERROR), Many("dev", Sickness.MUTE)
ILL = Illness(id="s1", kind=Sickness.ERROR, why="it is ill", since=NOW, lease_id="l1")
STORM = Incident(id="incident", since=NOW, ill=500, of=900)

groups = st.builds(Many, st.sampled_from(["dev", "ci", "lab"]), st.sampled_from(Sickness))
counts = st.dictionaries(groups, st.integers(0, 120), max_size=6)
uses = st.fixed_dictionaries({name: st.integers(0, 20_000) for name in ("dev", "ci", "lab")})


@pytest.mark.parametrize(
    ("ill", "of", "incident"),
    [
        (9, 10, False),
        (10, 50, False),
        (10, 49, True),
        (49, 20_000, False),
        (50, 20_000, True),
        (500, 20_000, True),
        (0, 0, False),
    ],
)
def test_many_at_once(ill: int, of: int, incident: bool) -> None:
    assert incidents.many(ill, of, RULES) is incident


def test_five_hundred_of_twenty_thousand_are_one_of_all() -> None:
    ill = {Many(f"p{number}", Sickness.ERROR): 50 for number in range(10)}
    in_use = {f"p{number}": 2_000 for number in range(10)}
    assert incidents.incident(ill, in_use, RULES) == (500, 20_000, ())


def test_many_alike_in_one_pool_are_one_of_that_pool() -> None:
    in_use = {"dev": 40, "ci": 20_000}
    assert incidents.incident({ERRORS: 9}, in_use, RULES) is None
    assert incidents.incident({ERRORS: 8, Many("dev", Sickness.OFF): 8}, in_use, RULES) is None, "in two ways"
    assert incidents.incident({ERRORS: 10, Many("ci", Sickness.ERROR): 20}, in_use, RULES) == (10, 40, (ERRORS,))


@pytest.mark.parametrize(("mute", "of", "incident"), [(2, 4, False), (3, 15, False), (3, 14, True), (9, 20, True)])
def test_of_those_that_do_not_answer_few_are_enough(mute: int, of: int, incident: bool) -> None:
    found = incidents.incident({MUTE: mute}, {"dev": of, "ci": 1_000}, RULES)
    assert found == ((mute, of, (MUTE,)) if incident else None)


@given(ill=counts, in_use=uses)
def test_who_is_covered_is_counted(ill: dict[Many, int], in_use: dict[str, int]) -> None:
    found = incidents.incident(ill, in_use, RULES)
    if found is None:
        assert sum(ill.values()) < RULES.many
        return
    count, _, about = found
    one = changed(STORM, groups=about)
    assert count == sum(many for group, many in ill.items() if one.covers(group.pool, group.kind))
    assert all(ill[group] for group in about)


@given(ill=counts, in_use=uses, more=groups)
def test_more_that_are_ill_never_end_an_incident(ill: dict[Many, int], in_use: dict[str, int], more: Many) -> None:
    before = incidents.incident(ill, in_use, RULES)
    after = incidents.incident(ill | {more: ill.get(more, 0) + 1}, in_use, RULES)
    assert before is None or after is not None


def test_whose_ladder_waits() -> None:
    assert STORM.holds(ILL, "dev")
    assert not STORM.holds(changed(ILL, exempt=True), "dev")
    assert not changed(STORM, passed_by="olga").holds(ILL, "dev")
    alike = changed(STORM, groups=(ERRORS,))
    assert alike.holds(ILL, "dev")
    assert not alike.holds(ILL, "ci")
    assert not alike.holds(changed(ILL, kind=Sickness.OFF), "dev")


def test_one_that_is_about_others_too_is_another_one() -> None:
    alike = changed(STORM, groups=(ERRORS,))
    assert incidents.wider(alike, ())
    assert incidents.wider(alike, (ERRORS, MUTE))
    assert not incidents.wider(changed(alike, groups=(ERRORS, MUTE)), (MUTE,))
    assert not incidents.wider(STORM, (MUTE,)), "it was about all of them"


def test_the_words_say_whose() -> None:
    assert STORM.words == "500 of 900 servers in use are ill at once"
    assert changed(STORM, groups=(ERRORS, MUTE)).words == "500 of 900 servers of pool dev are ill at once"
    four = tuple(Many(name, Sickness.OFF) for name in ("a", "b", "c", "d"))
    assert changed(STORM, groups=four).words == "500 of 900 servers of 4 pools (a, b, c …) are ill at once"
