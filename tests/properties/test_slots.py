"""However many queues there are, and whatever the scheduler chooses: no host gets more moves at a time than it may."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from vmms_tui.engine.policy.draining import Candidate, decide, heard
from vmms_tui.engine.policy.slots import ANY, Slots
from vmms_tui.model.draining import Errand, Leg, LegState, MoveQueue, MoveRules, replaced
from vmms_tui.model.operations import Operation, OperationKind, OperationState

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TARGETS = ("t1", "t2", "t3")
ENDED = frozenset({LegState.DONE, LegState.FAILED})
_rules = st.builds(MoveRules, per_host=st.integers(1, 3), at_once=st.integers(1, 6))


def _queue(number: int, wanted: list[str], limit: int) -> MoveQueue:
    legs = tuple(Leg(server_id=f"s{number}-{n}", source=f"h{number}", to=to) for n, to in enumerate(wanted))
    return MoveQueue(
        id=f"drain:h{number}", errand=Errand.DRAIN, by="o", reason="r", since=NOW, host=f"h{number}", limit=limit,
        legs=legs,
    )  # fmt: skip


def _ended(leg: Leg, state: OperationState) -> Operation:
    return Operation(
        id=leg.operation_id, kind=OperationKind.MOVE, server_id=leg.server_id, started=NOW, updated=NOW, step="check",
        actor="o", state=state, outcome="it did not go",
    )  # fmt: skip


class _World:
    """Moves under way: where each is asked to go, where it goes in truth, and whether anybody knows that by now."""

    def __init__(self, chance: Random, rules: MoveRules) -> None:
        self.chance, self.rules = chance, rules
        self.asked: dict[str, str] = {}
        self.truth: dict[str, str] = {}
        self.known: set[str] = set()

    def slots(self) -> Slots:
        return Slots(self.rules, [self.truth[one] if one in self.known else self.asked[one] for one in self.truth])

    def begin(self, server_id: str, to: str) -> None:
        self.asked[server_id] = to
        self.truth[server_id] = to or self.chance.choice(TARGETS)
        counts = [list(self.truth.values()).count(name) for name in TARGETS]
        assert max(counts) <= self.rules.per_host
        assert len(self.truth) <= self.rules.at_once

    def hear(self, leg: Leg, now: datetime) -> Leg:
        if leg.state is not LegState.MOVING:
            return leg
        if self.chance.random() < 0.5:
            self.known.add(leg.server_id)
        if self.chance.random() < 0.5:
            return leg
        went = self.chance.random() < 0.5
        host = self.truth.pop(leg.server_id)
        self.known.discard(leg.server_id)
        state = OperationState.DONE if went else OperationState.FAILED
        return heard(leg, _ended(leg, state), host if went else leg.source, now)


def _looked_at(queue: MoveQueue, world: _World, now: datetime) -> MoveQueue:
    """The queue after one look, with what goes on its way."""
    legs = tuple(world.hear(one, now) for one in queue.legs)
    seen = {one.server_id: Candidate(here=True, hosts=TARGETS) for one in legs}
    found = decide(structs.replace(queue, legs=legs), seen, now, world.slots())
    legs = found.legs
    for leg in found.go:
        world.begin(leg.server_id, leg.to)
        legs = replaced(legs, structs.replace(leg, state=LegState.MOVING, operation_id=f"op-{leg.server_id}"))
    assert sum(1 for one in legs if one.state is LegState.MOVING) <= queue.limit
    return structs.replace(queue, legs=legs)


@given(
    st.lists(st.tuples(st.lists(st.sampled_from([ANY, ANY, *TARGETS]), max_size=5), st.integers(1, 5)), max_size=3),
    _rules,
    st.integers(0, 1 << 30),
)
def test_no_host_gets_more_than_it_may_and_all_end(
    wanted: list[tuple[list[str], int]], rules: MoveRules, seed: int
) -> None:
    queues = [_queue(number, to, limit) for number, (to, limit) in enumerate(wanted)]
    world, now = _World(Random(seed), rules), NOW
    for _ in range(200):
        now += timedelta(minutes=2)
        queues = [_looked_at(queue, world, now) for queue in queues]
        if all(one.state in ENDED for queue in queues for one in queue.legs):
            break
    assert all(one.state in ENDED for queue in queues for one in queue.legs), "nobody waits for ever"


@given(_rules, st.lists(st.sampled_from([ANY, *TARGETS]), max_size=8), st.sampled_from([ANY, *TARGETS]))
def test_what_is_refused_is_said_and_what_is_given_is_free(rules: MoveRules, busy: list[str], wanted: str) -> None:
    slots = Slots(rules, busy)
    to = slots.take(wanted, TARGETS)
    unknown = busy.count(ANY)
    full = {name for name in TARGETS if busy.count(name) + unknown >= rules.per_host}
    if to is None:
        assert slots.why_not(wanted).startswith("waits: ")
        possible = full.issuperset(TARGETS) if wanted == ANY else wanted in full
        assert possible or len(busy) >= rules.at_once
    elif to == ANY:
        assert not full, "the scheduler might choose one that has enough"
    else:
        assert to not in full
        assert wanted in {ANY, to}


def test_one_that_waits_for_a_slot_says_so_and_is_tried_elsewhere_when_it_failed() -> None:
    rules = MoveRules(per_host=1, at_once=9)
    queue = _queue(1, [ANY, "t1"], 5)
    seen = {one.server_id: Candidate(here=True, hosts=TARGETS) for one in queue.legs}
    found = decide(queue, seen, NOW, Slots(rules, ["t1"]))
    assert [(one.server_id, one.to) for one in found.go] == [("s1-0", "t2")]
    assert [one.why for one in found.legs] == ["", "waits: t1 has 1 move at a time"]
    later = decide(structs.replace(queue, legs=found.legs), seen, NOW, Slots(MoveRules()))
    assert not any(one.why for one in later.legs if one.server_id == "s1-1")
    again = tuple(structs.replace(one, tries=1) for one in queue.legs)
    found = decide(structs.replace(queue, legs=again), seen, NOW, Slots(rules, ["t1"]))
    assert [one.to for one in found.go] == ["t3"]
