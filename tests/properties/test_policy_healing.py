"""Healing: who is ill, and a ladder that goes up, ends, and loses nobody's disk without leave."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import HOUR, MINUTE, NOW, lease, server, spans
from vmms_tui.engine.policy import healing
from vmms_tui.engine.policy.healing import Act, Ask, Means, Observed, Rest
from vmms_tui.model.healing import LOSES_DISK, HealingRules, HealthProof, Illness, Rung, Sickness
from vmms_tui.model.records import LeaseState, ServerState, changed

RULES = HealingRules()
PROOF = HealthProof()
WELL = Observed(status="ACTIVE", power="running")


def verdict(seen: Observed, rules: HealingRules = RULES) -> Sickness | None:
    found = healing.verdict(seen, PROOF, rules, "h1", NOW)
    return found.kind if found else None


def illness(kind: Sickness = Sickness.ERROR, **fields: object) -> Illness:
    return changed(Illness(id="s1", kind=kind, why="it is ill", since=NOW, lease_id="l1"), **fields)


# Who is ill


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (WELL, None),
        (Observed(status="ACTIVE"), None),
        (Observed(status="ERROR"), Sickness.ERROR),
        (Observed(status="ERROR", asked="ada"), Sickness.ERROR),
        (Observed(status="SHUTOFF"), Sickness.OFF),
        (Observed(status="SHUTOFF", asked="ada"), None),
        (Observed(status="SHUTOFF", asked=None), None),
        (Observed(status="PAUSED"), Sickness.PAUSED),
        (Observed(status="SUSPENDED", asked="ada"), None),
        (Observed(status="ACTIVE", power="paused"), Sickness.PAUSED),
        (Observed(status="ACTIVE", power="paused", asked="ada"), None),
        (Observed(status="SHELVED_OFFLOADED"), None),
        (Observed(status="RESCUE"), None),
        (Observed(status="VERIFY_RESIZE"), None),
        (Observed(status="a word nobody knows"), None),
        (changed(WELL, mute=2), None),
        (changed(WELL, mute=3, mute_why="port 22 is silent."), Sickness.MUTE),
        (Observed(status="SHUTOFF", asked="ada", mute=3), None),
        (changed(WELL, host_down=True), Sickness.HOST),
        (Observed(status="SHUTOFF", asked="ada", host_down=True), Sickness.HOST),
    ],
)
def test_who_is_ill(seen: Observed, kind: Sickness | None) -> None:
    assert verdict(seen) is kind


@pytest.mark.parametrize(
    ("task", "minutes", "kind"),
    [
        ("powering-off", 14, None),
        ("powering-off", 15, Sickness.STUCK),
        ("image_uploading", 60, None),
        ("migrating", 239, None),
        ("resize_migrating", 240, Sickness.STUCK),
        ("deleting", 15, Sickness.STUCK),
    ],
)
def test_a_task_that_does_not_end(task: str, minutes: int, kind: Sickness | None) -> None:
    assert verdict(Observed(status="ACTIVE", task_state=task, task_since=NOW - minutes * MINUTE)) is kind
    assert verdict(Observed(status="ERROR", task_state=task)) is None, "nobody knows since when"


def test_why_is_one_sentence_with_its_numbers() -> None:
    said = healing.verdict(changed(WELL, mute=4, mute_why="port 22 is silent."), PROOF, RULES, "h1", NOW)
    assert said is not None
    assert said.why == "4 proofs in a row failed: port 22 is silent"
    stuck = Observed(status="ACTIVE", task_state="rebooting", task_since=NOW - HOUR)
    told = healing.verdict(stuck, PROOF, RULES, "h1", NOW)
    assert told is not None
    assert told.why == "the cloud's task rebooting does not end: it takes longer than 15 min"


ours = server("s1", ServerState.LEASED, lease_id="l1", cloud_id="c1")


@pytest.mark.parametrize("state", list(ServerState))
@pytest.mark.parametrize("of_lease", [None, *LeaseState])
def test_only_what_is_in_use_and_ours_is_mended(state: ServerState, of_lease: LeaseState | None) -> None:
    held = None if of_lease is None else lease("l1", state=of_lease)
    allowed = (state is ServerState.READY and held is None) or (
        state in {ServerState.LEASED, ServerState.STOPPED} and of_lease is LeaseState.ACTIVE
    )
    one = changed(ours, state=state)
    assert healing.in_charge(one, held, NOW) is allowed
    assert not healing.in_charge(changed(one, missing_since=NOW), held, NOW)
    assert not healing.in_charge(changed(one, cloud_id=""), held, NOW)


def test_none_whose_lease_has_come_to_its_end_or_has_another_server() -> None:
    assert not healing.in_charge(ours, lease("l1", end=NOW), NOW)
    assert not healing.in_charge(ours, lease("l1", server_id="s2"), NOW)


# The ladder


@pytest.mark.parametrize(
    ("kind", "important", "rungs"),
    [
        (Sickness.ERROR, False, "hard_reboot reset_state rebuild move replace"),
        (Sickness.ERROR, True, "hard_reboot reset_state move rebuild"),
        (Sickness.OFF, False, "start hard_reboot rebuild move replace"),
        (Sickness.MUTE, True, "reboot hard_reboot move rebuild"),
        (Sickness.HOST, False, "move replace"),
        (Sickness.HOST, True, "move"),
    ],
)
def test_the_ladders(kind: Sickness, important: bool, rungs: str) -> None:
    assert " ".join(healing.ladder(kind, important)) == rungs


@pytest.mark.parametrize("kind", list(Sickness))
@pytest.mark.parametrize("important", [True, False])
def test_every_ladder_goes_up(kind: Sickness, important: bool) -> None:
    heights = [healing.height(rung, important) for rung in healing.ladder(kind, important)]
    assert heights == sorted(set(heights))
    assert min(heights) > healing.height(None, important)


def test_it_waits_a_while_first_and_longer_each_time() -> None:
    assert healing.decide(illness(), Means(), RULES, NOW) == Rest(NOW + MINUTE)
    assert healing.decide(illness(), Means(), RULES, NOW + MINUTE) == Act(Rung.HARD_REBOOT, 1)
    later = illness(rung=Rung.HARD_REBOOT, tries=1, acts=1, next_at=NOW + HOUR)
    assert healing.decide(later, Means(), RULES, NOW + MINUTE) == Rest(NOW + HOUR)
    assert healing.decide(later, Means(), RULES, NOW + HOUR) == Act(Rung.HARD_REBOOT, 2)
    assert [healing.pause(acts) for acts in (0, 1, 2, 3, 99)] == [0 * MINUTE, MINUTE, 2 * MINUTE, 4 * MINUTE, HOUR / 2]


def test_an_operator_need_not_wait() -> None:
    assert healing.decide(illness(allowed_by="olga"), Means(), RULES, NOW) == Act(Rung.HARD_REBOOT, 1)


def test_a_move_that_nobody_can_do_is_said_and_left_out() -> None:
    high = illness(rung=Rung.REBUILD, tries=1, acts=5)
    assert healing.decide(high, Means(can_move=True), RULES, NOW + HOUR) == Act(Rung.MOVE, 1)
    assert healing.decide(high, Means(ready=1), RULES, NOW + HOUR) == Act(Rung.REPLACE, 1)
    end = healing.decide(changed(high, rung=Rung.RESET_STATE, tries=2), Means(important=True), RULES, NOW + HOUR)
    assert end == Ask("it cannot be moved; a rebuild would lose its disk, and it is important")


def test_a_replacement_waits_for_a_ready_server_and_takes_no_volumes() -> None:
    high = illness(rung=Rung.MOVE, tries=1, acts=6)
    assert healing.decide(high, Means(), RULES, NOW + HOUR) == Rest(NOW + HOUR + MINUTE, "a ready server of its pool")
    assert isinstance(healing.decide(high, Means(ready=3, volumes=1), RULES, NOW + HOUR), Ask)


def test_whose_silence_proves_nothing_is_a_persons() -> None:
    doubt = Means(unsure="nobody else answers either")
    at = NOW + HOUR
    assert healing.decide(illness(Sickness.MUTE), doubt, RULES, NOW) == Rest(NOW + MINUTE)
    assert healing.decide(illness(Sickness.MUTE), doubt, RULES, at) == Ask("nobody else answers either")
    assert healing.decide(illness(Sickness.MUTE), Means(unproved=True), RULES, at) == Rest(waits=healing.MORE_PROOFS)
    assert healing.decide(illness(Sickness.MUTE), Means(), RULES, at) == Act(Rung.REBOOT, 1)
    assert healing.decide(illness(Sickness.MUTE, allowed_by="olga"), doubt, RULES, at) == Act(Rung.REBOOT, 1)
    assert healing.decide(illness(Sickness.ERROR), doubt, RULES, at) == Act(Rung.HARD_REBOOT, 1), "the cloud says so"


@pytest.mark.parametrize(
    ("kind", "rules", "words"),
    [
        (Sickness.OFF, RULES, "only shut off"),
        (Sickness.MUTE, RULES, "closed a port"),
        (Sickness.HOST, RULES, "may come back"),
        (Sickness.ERROR, HealingRules(rebuild=False, replace=False), "settings"),
    ],
)
def test_when_a_person_is_asked(kind: Sickness, rules: HealingRules, words: str) -> None:
    tried = illness(kind, rung=Rung.RESET_STATE, tries=9, acts=9)
    asked = healing.decide(tried, Means(ready=1), rules, NOW + HOUR)
    assert isinstance(asked, Ask)
    assert words in asked.why
    allowed = healing.decide(changed(tried, allowed_by="olga"), Means(ready=1), rules, NOW + HOUR)
    assert isinstance(allowed, Act)
    assert allowed.rung in LOSES_DISK


@dataclass
class Game:
    """A server that stays ill, whatever is done, and whose illness changes its kind."""

    ill: Illness
    means: Means
    rules: HealingRules
    now: datetime = NOW
    done: list[tuple[datetime, Rung]] = field(default_factory=list)

    def play(self, kinds: list[Sickness], gaps: list[timedelta]) -> None:
        for kind, gap in zip(kinds, gaps, strict=True):
            self.now += gap
            self.ill = changed(self.ill, kind=kind)
            self._step()

    def _step(self) -> None:
        unheard = self.ill.kind is Sickness.MUTE and bool(self.means.unsure or self.means.unproved)
        chosen = healing.decide(self.ill, self.means, self.rules, self.now)
        assert chosen == healing.decide(self.ill, self.means, self.rules, self.now), "the same facts, the same choice"
        if isinstance(chosen, Act):
            assert not unheard, "perhaps it lives, and only we do not hear it"
            self.done.append((self.now, chosen.rung))
            acts = self.ill.acts + 1
            next_at = self.now + healing.pause(acts)
            self.ill = changed(
                self.ill, rung=chosen.rung, tries=chosen.number, acts=acts, next_at=next_at, allowed_by=""
            )
        else:
            assert not isinstance(chosen, Ask) or chosen.why


means = st.builds(
    Means,
    important=st.booleans(),
    can_move=st.booleans(),
    ready=st.integers(0, 2),
    volumes=st.integers(0, 1),
    proof=st.builds(HealthProof, rebuild=st.booleans()),
    unsure=st.sampled_from(["", "nobody else answers either"]),
    unproved=st.booleans(),
)
rules = st.builds(
    HealingRules, tries=st.integers(1, 4), wait=spans(0, 300), rebuild=st.booleans(), replace=st.booleans()
)


@given(
    means=means,
    rules=rules,
    moves=st.lists(st.tuples(st.sampled_from(Sickness), spans(1, 7200)), min_size=1, max_size=60),
)
def test_it_never_goes_down_and_comes_to_an_end(
    means: Means, rules: HealingRules, moves: list[tuple[Sickness, timedelta]]
) -> None:
    game = Game(illness(), means, rules)
    game.play([kind for kind, _ in moves], [gap for _, gap in moves])
    heights = [healing.height(rung, means.important) for _, rung in game.done]
    assert heights == sorted(heights), "it climbed down"
    tried = [rung for _, rung in game.done]
    assert all(tried.count(rung) <= healing.most_tries(rung, rules) for rung in tried), "it tried too often"
    times = [at for at, _ in game.done]
    assert all(at >= NOW + rules.wait for at in times)
    assert all(later - before >= MINUTE for before, later in pairwise(times))
    lost = set(tried) & LOSES_DISK
    assert not (means.important and lost)
    assert not (lost and not (rules.rebuild or rules.replace))
    assert Rung.REPLACE not in lost or (means.ready and not means.volumes)
    assert Rung.MOVE not in tried or means.can_move


@given(kind=st.sampled_from(Sickness), means=means, rules=rules)
def test_it_always_ends_with_a_word(kind: Sickness, means: Means, rules: HealingRules) -> None:
    game = Game(illness(), means, rules)
    game.play([kind] * 60, [HOUR] * 60)
    last = healing.decide(game.ill, means, rules, game.now + HOUR)
    assert isinstance(last, Ask) or (isinstance(last, Rest) and last.waits), "it hangs without a word"


def test_the_important_come_first_then_the_oldest() -> None:
    ills = [
        (illness(id="a"), 2),
        (illness(id="b", since=NOW - HOUR), 2),
        (illness(id="c"), 9),
    ]
    assert [one.id for one in healing.in_turn(ills)] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("kind", "seen", "well"),
    [
        (Sickness.ERROR, Observed(status="ERROR"), False),
        (Sickness.ERROR, WELL, True),
        (Sickness.OFF, Observed(status="SHUTOFF"), False),
        (Sickness.OFF, WELL, True),
        (Sickness.PAUSED, changed(WELL, power="paused"), False),
        (Sickness.PAUSED, WELL, True),
        (Sickness.STUCK, Observed(status="ACTIVE", task_state="rebooting"), False),
        (Sickness.STUCK, WELL, True),
        (Sickness.MUTE, WELL, False),
        (Sickness.HOST, WELL, False),
    ],
)
def test_the_last_look(kind: Sickness, seen: Observed, well: bool) -> None:
    assert healing.cured(kind, seen, "rebooting") is well
