"""Queues of moves, and what evens the load, for all the worlds that come to mind."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from vmms_tui.engine.policy.draining import TRIES, Candidate, decide, heard
from vmms_tui.model.draining import PAUSE, Errand, Leg, LegState, MoveQueue, Phase, replaced
from vmms_tui.model.moving import Grade, MoveCheck
from vmms_tui.model.operations import Operation, OperationKind, OperationState
from vmms_tui.model.rebalancing import Wish, balance
from vmms_tui.model.records import Lease, Server, ServerState
from vmms_tui.model.surroundings import Host

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BLOCKED = MoveCheck("room", Grade.BLOCK, "No room.", "Make some.")
ENDED = frozenset({LegState.DONE, LegState.BLOCKED, LegState.FAILED, LegState.LEFT})
_candidates = st.builds(
    Candidate,
    here=st.booleans(),
    blocker=st.sampled_from([None, None, BLOCKED]),
    importance=st.integers(0, 10),
    ram_mib=st.sampled_from([512, 1024, 4096]),
)


def _move(leg: Leg, state: OperationState) -> Operation:
    return Operation(
        id=leg.operation_id,
        kind=OperationKind.MOVE,
        server_id=leg.server_id,
        started=NOW,
        updated=NOW,
        step="check",
        actor="o",
        state=state,
        outcome="it did not go",
    )


@given(st.lists(_candidates, max_size=12), st.integers(1, 5), st.data())
def test_never_more_than_the_limit_and_all_end_moved_or_named(
    seen: list[Candidate], limit: int, data: st.DataObject
) -> None:
    known = {f"s{number}": one for number, one in enumerate(seen)}
    legs = tuple(Leg(server_id=name, source="h1") for name in known)
    queue = MoveQueue(
        id="drain:h1", errand=Errand.DRAIN, by="o", reason="r", since=NOW, host="h1", limit=limit, legs=legs
    )
    now, begun = NOW, dict.fromkeys(known, 0)
    for _ in range(4 * len(seen) + 4):
        now += timedelta(minutes=2)
        legs = ()
        for leg in queue.legs:
            went = leg.state is LegState.MOVING and data.draw(st.booleans())
            state = OperationState.DONE if went else OperationState.FAILED
            legs += (heard(leg, _move(leg, state), "h2" if went else "h1", now),)
        found = decide(structs.replace(queue, legs=legs), known, now)
        queue = structs.replace(queue, legs=found.legs, phase=found.phase)
        ripe = [one for one in found.legs if one.state is LegState.WAITING and (one.after is None or one.after <= now)]
        free = limit - sum(1 for one in found.legs if one.state is LegState.MOVING)
        if found.go:
            least = min((one.tries, known[one.server_id].importance) for one in ripe)
            assert (found.go[0].tries, known[found.go[0].server_id].importance) == least
        for leg in found.go:
            begun[leg.server_id] += 1
            moving = structs.replace(leg, state=LegState.MOVING, operation_id=f"op-{leg.server_id}")
            queue = structs.replace(queue, legs=replaced(queue.legs, moving))
        assert sum(1 for one in queue.legs if one.state is LegState.MOVING) <= limit
        assert len(found.go) == min(len(ripe), free), "nobody stands in the way of others"
    assert all(one.state in ENDED for one in queue.legs)
    assert all(one.why for one in queue.legs if one.state in ENDED - {LegState.DONE})
    assert max(begun.values(), default=0) <= TRIES
    named = any(one.state in {LegState.BLOCKED, LegState.FAILED} for one in queue.legs)
    assert queue.phase is (Phase.WAITING if named else Phase.DONE)


@given(st.sampled_from([Phase.PAUSED, Phase.STOPPED]), st.lists(_candidates, max_size=6))
def test_one_that_stands_still_begins_nothing(phase: Phase, seen: list[Candidate]) -> None:
    known = {f"s{number}": one for number, one in enumerate(seen)}
    legs = tuple(Leg(server_id=name, source="h1") for name in known)
    queue = MoveQueue(id="q", errand=Errand.DRAIN, by="o", reason="r", since=NOW, host="h1", phase=phase, legs=legs)
    found = decide(queue, known, NOW)
    assert not found.go
    assert found.phase is phase


@given(st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_a_move_that_failed_is_tried_again_soon_whatever_the_clock_does(jump: timedelta) -> None:
    leg = Leg(server_id="s1", source="h1", tries=1, after=NOW + PAUSE)
    queue = MoveQueue(id="q", errand=Errand.DRAIN, by="o", reason="r", since=NOW, host="h1", legs=(leg,))
    known = {"s1": Candidate(here=True, hosts=("h2",))}
    assert not decide(queue, known, NOW).go
    assert any(decide(queue, known, NOW + jump + passed).go for passed in (timedelta(0), PAUSE))


def _lease(name: str, importance: int) -> Lease:
    lease_id, pool = f"l-{name}", "p"
    return Lease(
        id=lease_id, server_id=name, pool=pool, owner="a", purpose="dev", start=NOW, end=NOW, importance=importance
    )


@st.composite
def _clouds(draw: st.DrawFn) -> tuple[list[Host], list[Server], dict[str, Lease]]:
    servers, hosts, leases = list[Server](), list[Host](), dict[str, Lease]()
    for number in range(draw(st.integers(1, 5))):
        sizes = draw(st.lists(st.sampled_from([1024, 2048, 8192]), max_size=6))
        more = draw(st.integers(0, 8)) * 1024
        hosts.append(
            Host(
                id=f"h{number}",
                name=f"h{number}",
                state=draw(st.sampled_from(["up", "up", "up", "down"])),
                status=draw(st.sampled_from(["enabled", "enabled", "disabled"])),
                ram_mib=65536,
                ram_used_mib=sum(sizes) + more,
            )
        )
        for size in sizes:
            name = f"s{len(servers)}"
            one = Server(
                id=name,
                pool="p",
                state=ServerState.LEASED,
                since=NOW,
                created=NOW,
                cloud_id=name,
                cloud_status=draw(st.sampled_from(["ACTIVE", "ACTIVE", "SHUTOFF"])),
                host=f"h{number}",
                ram_mib=size,
                lease_id=f"l-{name}",
            )
            servers.append(one)
            if draw(st.integers(0, 4)):
                leases[name] = _lease(name, draw(st.integers(0, 10)))
    return hosts, servers, leases


_wishes = st.builds(
    Wish, threshold=st.integers(1, 50), margin=st.integers(1, 10), most=st.integers(1, 20), important_from=st.just(7)
)


@given(_clouds(), _wishes, st.sets(st.sampled_from([f"s{number}" for number in range(10)])))
def test_moves_even_the_load_and_never_more_than_wanted(
    cloud: tuple[list[Host], list[Server], dict[str, Lease]], wish: Wish, held: set[str]
) -> None:
    hosts, servers, leases = cloud
    found = balance(hosts, servers, leases, {}, held, wish)
    assert len(found.shifts) <= wish.most
    assert found.spread[1] <= found.spread[0]
    used = {one.name: one.ram_used_mib or 0 for one in hosts}
    is_open = {one.name for one in hosts if (one.state, one.status) == ("up", "enabled")}
    by_id = {one.id: one for one in servers}
    widest = max((used[name] for name in is_open), default=0)
    for shift in found.shifts:
        server = by_id[shift.server_id]
        assert server.cloud_status == "ACTIVE"
        assert leases[server.id].importance < 7
        assert server.id not in held
        assert {shift.source, shift.to} <= is_open
        gap = used[shift.source] - used[shift.to]
        used[shift.source] -= server.ram_mib
        used[shift.to] += server.ram_mib
        assert abs(used[shift.source] - used[shift.to]) < gap, "closer than before"
        assert used[shift.to] <= min(65536, widest)
    assert len({one.server_id for one in found.shifts}) == len(found.shifts)
    if found.spread[0] < wish.threshold:
        assert not found.shifts, "even already"
    moved = {one.server_id: one.to for one in found.shifts}
    again = balance(
        [structs.replace(one, ram_used_mib=used[one.name]) for one in hosts],
        [structs.replace(one, host=moved.get(one.id, one.host)) for one in servers],
        leases,
        {},
        held | set(moved),
        wish,
    )
    if len(found.shifts) < wish.most:
        assert not again.shifts, "a plan that is carried out leaves none"
