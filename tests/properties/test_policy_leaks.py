"""Nothing is called left over that could be anybody's."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import DAY, HOUR, MINUTE, NOW, server
from vmms_tui.engine.numbers import MOST_RANGES, Numbers, number_in
from vmms_tui.engine.operations.tags import named_in
from vmms_tui.engine.policy.leaks import LATE, Judgement, Key, Thing, in_order, is_settled, judge, sighted
from vmms_tui.model.leaks import Kind, Verdict
from vmms_tui.model.records import Counters, Server, ServerState, changed

IDS = ("vm-00001", "vm-00002", "vm-00003")
CLOUD_IDS = {
    Kind.FLOATING_IP: ("f1", "f2", "f3"),
    Kind.SERVER: ("s1", "s2", "s3"),
    Kind.PORT: ("p1", "p2", "p3"),
    Kind.VOLUME: ("v1", "v2", "v3"),
}
"""No two things of the cloud have one id."""
SERVERS, HOLDERS = CLOUD_IDS[Kind.SERVER], (*CLOUD_IDS[Kind.SERVER], *CLOUD_IDS[Kind.PORT])
BEGUN = NOW - 10 * DAY
FORGETS = 2 * DAY


@dataclass
class Look:
    """Implements Seen."""

    things: dict[Key, Thing] = field(default_factory=dict)
    servers: set[str] = field(default_factory=set)
    strangers: dict[str, tuple[Key, ...]] = field(default_factory=dict)

    def is_server(self, cloud_id: str) -> bool:
        return cloud_id in self.servers or (Kind.SERVER, cloud_id) in self.things

    def attached_to(self, holder_id: str) -> tuple[Key, ...]:
        ours = tuple(key for key, thing in self.things.items() if holder_id in thing.holders)
        return (*ours, *self.strangers.get(holder_id, ()))


@dataclass
class Store:
    """Implements Known."""

    servers: dict[str, Server] = field(default_factory=dict)
    operations: frozenset[str] = frozenset()
    leases: frozenset[str] = frozenset()
    numbers: set[str] = field(default_factory=lambda: set(IDS))
    certain_since: datetime | None = BEGUN
    now: datetime = NOW
    forgets_after: timedelta = FORGETS

    def server(self, server_id: str) -> Server | None:
        return self.servers.get(server_id)

    def at_work(self, server_id: str) -> str:
        return "reclaim op-1" if server_id in self.operations else ""

    def lease_on(self, server_id: str) -> str:
        return "lease-1" if server_id in self.leases else ""

    def gave(self, server_id: str) -> bool:
        return server_id in self.numbers

    def has_pool(self, pool: str) -> bool:
        return pool == "el9"


def mostly(usual: object, *odd: object) -> st.SearchStrategy[Any]:
    """The usual five times of six: what is left over is so only when everything agrees."""
    return st.sampled_from((*[usual] * (5 * len(odd)), *odd))


MADE = NOW - 5 * DAY
created = mostly(MADE, None, NOW - HOUR, NOW - 9 * DAY, NOW - 11 * DAY, NOW)
ends = mostly(
    (NOW - HOUR).isoformat(), "", "tomorrow", "2026-03-02T11:00:00", NOW.isoformat(), (NOW + HOUR).isoformat()
)


@st.composite
def things(draw: st.DrawFn) -> Thing:
    """Anything with our tag, attached to anything."""
    kind = draw(st.sampled_from(Kind))
    server_id = draw(mostly(*IDS))
    possible = CLOUD_IDS[Kind.PORT] if kind is Kind.FLOATING_IP else SERVERS
    holders = draw(st.lists(st.sampled_from(possible), max_size=2 if kind is Kind.VOLUME else 1, unique=True))
    lease = draw(mostly("", "lease-1")) if kind is Kind.SERVER else ""
    return Thing(
        kind=kind,
        id=draw(st.sampled_from(CLOUD_IDS[kind])),
        name=draw(mostly(f"{server_id}-0", server_id, "keep", f"{server_id}0")),
        server_id=server_id,
        pool="el9",
        created=draw(created),
        going=draw(mostly(False, True)),
        holders=() if kind is Kind.SERVER else tuple(holders),
        holder_kind=draw(mostly("compute:nova", "", "network:dhcp")) if kind is Kind.PORT else "",
        lease_id=lease,
        lease_end=draw(ends) if lease else "",
    )


@st.composite
def looks(draw: st.DrawFn) -> Look:
    """Any look."""
    found = draw(st.lists(things(), min_size=1, max_size=8))
    strangers = st.tuples(st.sampled_from(Kind), st.just("stranger"))
    return Look(
        things={thing.key: thing for thing in found},
        servers=draw(st.one_of(st.just(set()), st.sets(st.sampled_from(SERVERS), max_size=2))),
        strangers=draw(
            st.one_of(st.just({}), st.dictionaries(st.sampled_from(HOLDERS), st.tuples(strangers), max_size=1))
        ),
    )


@st.composite
def stores(draw: st.DrawFn) -> Store:
    """Any store."""
    known: dict[str, Server] = {}
    for server_id in IDS:
        state = draw(mostly(ServerState.GONE, ServerState.READY, ServerState.READY, ServerState.LEASED, None))
        if state is None:
            continue
        made = draw(mostly(MADE, NOW - 2 * HOUR, NOW - 9 * DAY))
        since = draw(mostly(NOW - HOUR, made))
        cloud_id = draw(st.sampled_from(("", *SERVERS)))
        known[server_id] = server(server_id, state, since=since, created=made, cloud_id=cloud_id)
    return Store(
        servers=known,
        operations=draw(mostly(frozenset(), *({server_id} for server_id in IDS))),
        leases=draw(mostly(frozenset(), *({server_id} for server_id in IDS))),
        numbers=draw(mostly(set(IDS), set(), set(IDS[1:]))),
        certain_since=draw(mostly(BEGUN, None, NOW - HOUR)),
    )


def left_over(look: Look, store: Store) -> dict[Key, Judgement]:
    judged = {key: judge(thing, look, store) for key, thing in look.things.items()}
    return {key: judgement for key, judgement in judged.items() if judgement.verdict is Verdict.LEFT_OVER}


@given(looks(), stores())
def test_left_over_is_only_what_is_certainly_nobodys(look: Look, store: Store) -> None:
    for key in left_over(look, store):
        thing = look.things[key]
        known = store.servers.get(thing.server_id)
        assert thing.server_id in store.numbers
        assert thing.server_id not in store.operations
        assert not thing.going
        assert store.certain_since is not None
        assert thing.created is not None
        assert thing.created >= store.certain_since
        assert thing.kind is Kind.FLOATING_IP or thing.name in {thing.server_id, f"{thing.server_id}-0"}
        if known is None:
            assert thing.created <= NOW - FORGETS
        elif known.state is ServerState.GONE:
            assert known.created - LATE <= thing.created <= known.since + LATE
        else:
            assert thing.kind is Kind.SERVER
            assert known.cloud_id not in {"", thing.id}
            first = look.things[(Kind.SERVER, known.cloud_id)]
            assert (first.server_id, first.going) == (thing.server_id, False)
            assert not thing.lease_id
        if known is None or known.state is ServerState.GONE:
            assert thing.server_id not in store.leases
        if thing.lease_id:
            assert datetime.fromisoformat(thing.lease_end) <= NOW


@given(looks(), stores())
def test_left_over_is_only_what_nobody_else_uses(look: Look, store: Store) -> None:
    found = left_over(look, store)
    for key in found:
        thing = look.things[key]
        assert thing.kind is not Kind.PORT or thing.holder_kind in {"", "compute:nova"}
        for holder in thing.holders:
            held = look.things.get((Kind.PORT if thing.kind is Kind.FLOATING_IP else Kind.SERVER, holder))
            if held is not None:
                assert held.server_id == thing.server_id
                assert held.going or held.key in found
            else:
                assert thing.kind is not Kind.FLOATING_IP
                assert not look.is_server(holder)
                assert store.servers[thing.server_id].cloud_id == holder
        for guest in look.attached_to(thing.id):
            assert look.things[guest].server_id == thing.server_id
            assert not look.strangers.get(guest[1])


@given(looks(), stores())
def test_a_store_that_has_just_begun_calls_nothing_left_over(look: Look, store: Store) -> None:
    assert not left_over(look, replace(store, certain_since=None))
    assert not left_over(look, replace(store, certain_since=NOW + MINUTE))
    assert not left_over(look, replace(store, numbers=set()))


@given(looks(), stores(), st.data())
def test_one_reason_more_to_keep_a_thing_never_makes_another_left_over(
    look: Look, store: Store, data: st.DataObject
) -> None:
    before = set(left_over(look, store))
    server_id, cloud_id = data.draw(st.sampled_from(IDS)), data.draw(st.sampled_from(HOLDERS))
    stranger = {**look.strangers, cloud_id: ((Kind.VOLUME, "another"), *look.strangers.get(cloud_id, ()))}
    worse: list[tuple[Look, Store]] = [
        (look, replace(store, operations=store.operations | {server_id})),
        (look, replace(store, leases=store.leases | {server_id})),
        (look, replace(store, numbers=store.numbers - {server_id})),
        (replace(look, servers=look.servers | {data.draw(st.sampled_from(SERVERS))}), store),
        (replace(look, strangers=stranger), store),
    ]
    for other_look, other_store in worse:
        assert set(left_over(other_look, other_store)) <= before


@given(looks(), stores())
def test_every_verdict_says_why(look: Look, store: Store) -> None:
    for thing in look.things.values():
        judgement = judge(thing, look, store)
        assert judgement.why
        assert not judgement.why.endswith(".")
        if judgement.after:
            assert judgement.verdict is Verdict.LEFT_OVER


@given(looks(), stores())
def test_nothing_waits_for_itself(look: Look, store: Store) -> None:
    """What must go first goes without the other: floating IP, server, port, volume."""
    rank = [kind.value for kind in Kind].index
    for key, judgement in left_over(look, store).items():
        if judgement.after:
            assert rank(judgement.after.rpartition(" ")[0]) < rank(key[0])


verdicts = st.sampled_from((Verdict.LEFT_OVER, Verdict.LEFT_OVER, Verdict.LEFT_OVER, Verdict.PERSON))


@given(st.lists(st.tuples(verdicts, st.integers(0, 200)), min_size=1, max_size=8), st.integers(60, 300))
def test_a_thing_is_settled_after_looks_that_agree_over_the_whole_age(
    steps: list[tuple[Verdict, int]], age: int
) -> None:
    sighting, monotonic, run = None, 0.0, [0.0]
    last: Verdict | None = None
    for verdict, pause in steps:
        monotonic += pause
        sighting = sighted(sighting, verdict, NOW + timedelta(seconds=monotonic), monotonic)
        run = [*run, monotonic] if verdict is last else [monotonic]
        last = verdict
    assert sighting is not None
    assert is_settled(sighting, timedelta(seconds=age)) == (len(run) > 1 and run[-1] - run[0] >= age)
    assert sighting.first_at == NOW + timedelta(seconds=run[0])


def test_a_wall_clock_that_jumps_settles_nothing() -> None:
    sighting = sighted(None, Verdict.LEFT_OVER, NOW, 10.0)
    sighting = sighted(sighting, Verdict.LEFT_OVER, NOW + DAY, 11.0)
    assert not is_settled(sighting, MINUTE)


@given(st.lists(st.tuples(things(), verdicts, st.integers(0, 300)), max_size=12))
def test_only_what_is_settled_goes_and_kind_by_kind(found: list[tuple[Thing, Verdict, int]]) -> None:
    candidates = []
    for thing, verdict, seconds in found:
        first = sighted(None, verdict, NOW, 0.0)
        candidates.append((thing, sighted(first, verdict, NOW, float(seconds))))
    chosen = in_order(candidates, 2 * MINUTE)
    expected = [thing for thing, verdict, seconds in found if verdict is Verdict.LEFT_OVER and seconds >= 120]
    assert sorted(map(id, chosen)) == sorted(map(id, expected))
    ranks = [list(Kind).index(thing.kind) for thing in chosen]
    assert ranks == sorted(ranks)


words = st.one_of(st.sampled_from(("vmms", "test", "test2", "dev", "vm-00001", "vm-1", "", "\n")), st.text(max_size=8))


@given(st.one_of(st.text(max_size=40), st.lists(words, max_size=6).map(" ".join)))
def test_only_our_own_words_name_a_server(text: str) -> None:
    named = named_in("test", text)
    if named is None:
        return
    assert text == f"vmms test {named.pool} {named.server_id}"
    assert number_in("server", named.server_id)


@given(st.integers(1, 10**15))
def test_a_number_is_read_from_the_id_that_it_makes(number: int) -> None:
    numbers = Numbers(Counters(id="counters", server=number - 1))
    made = numbers.new("server")
    assert number_in("server", made) == number
    assert numbers.gave(made)
    assert named_in("test", f"vmms test dev {made}")


steps_of_numbers = st.lists(st.one_of(st.none(), st.integers(1, 60)), max_size=40)


@given(steps_of_numbers)
def test_a_store_knows_which_numbers_it_gave_out(steps: list[int | None]) -> None:
    """None: one more number; else a server with so high a number is met. The store is written and read each time."""
    numbers, own = Numbers(Counters(id="counters")), set()
    for step in steps:
        if step is None:
            own.add(numbers.new("server"))
        else:
            numbers.skip(NOW, {"server": step, "lease": 0})
        numbers = Numbers(numbers.record())
    every = {f"vm-{number:05d}" for number in range(1, 120)}
    assert {server_id for server_id in every if numbers.gave(server_id)} == own


def test_many_ranges_are_kept_few_and_never_make_a_number_ours() -> None:
    numbers, own = Numbers(Counters(id="counters")), set()
    for met in range(2, 4 * MOST_RANGES, 2):
        numbers.skip(NOW, {"server": met - 1})
        own.add(numbers.new("server"))
    assert len(numbers.record().skipped) <= MOST_RANGES
    given_out = {f"vm-{n:05d}" for n in range(1, 4 * MOST_RANGES) if numbers.gave(f"vm-{n:05d}")}
    assert given_out < own
    assert numbers.gave(max(own))


def test_what_must_not_be_called_left_over_still_can_be() -> None:
    """The properties above would hold of a policy that never says so."""
    gone = server("vm-00001", ServerState.GONE, created=NOW - DAY, since=NOW - HOUR, cloud_id="a")
    made = NOW - 2 * HOUR
    thing: Callable[..., Thing] = lambda kind, name, cloud_id, *holders: Thing(  # noqa: E731 short beside its uses
        kind=kind, id=cloud_id, name=name, server_id="vm-00001", created=made, holders=holders
    )
    chain = [
        thing(Kind.FLOATING_IP, "203.0.113.7", "f", "p"),
        thing(Kind.SERVER, "vm-00001", "a"),
        changed(thing(Kind.PORT, "vm-00001-0", "p", "a"), holder_kind="compute:nova"),
        thing(Kind.VOLUME, "vm-00001-data", "v", "a"),
    ]
    look, store = Look(things={one.key: one for one in chain}), Store(servers={"vm-00001": gone})
    waits = {key[1]: judgement.after for key, judgement in left_over(look, store).items()}
    assert waits == {"f": "", "a": "floating IP f", "p": "floating IP f", "v": "server a"}
    alone = Look(things={one.key: one for one in chain[2:]})
    assert {key[1]: judgement.after for key, judgement in left_over(alone, store).items()} == {"p": "", "v": ""}
