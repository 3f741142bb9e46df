"""Taking back what was made: the state is as before, in every index and order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.engine.state import LIVE_OPERATION, BrokenRule, State, Undo
from vmms_tui.model.records import (
    AnyRecord,
    Event,
    Lease,
    LeaseState,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.model.tables import Change, Drop, Put, Tables

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NUMBERS = st.integers(1, 4)


def server(number: int, state: ServerState, cloud: int) -> Server:
    cloud_id = f"c{number}-{cloud}" if cloud else ""
    return Server(
        id=f"vm-{number}",
        pool=f"p{number % 2}",
        state=state,
        since=AT,
        created=AT,
        cloud_id=cloud_id,
        ready_at=AT,
        vcpus=number + 4 * cloud,
    )


def lease(number: int, on: int, state: LeaseState) -> Lease:
    return Lease(
        id=f"lease-{number}", server_id=f"vm-{on}", pool="p", owner="a", purpose="x", start=AT, end=AT, state=state
    )


def operation(number: int, state: OperationState) -> Operation:
    """Two for each server: the second may overtake the first."""
    return Operation(
        id=f"op-{number}",
        kind=OperationKind.STOP,
        server_id=f"vm-{(number + 1) // 2}",
        started=AT,
        updated=AT,
        step="s",
        actor="a",
        state=state,
    )


def request(number: int, pool: int, state: RequestState) -> Request:
    return Request(
        id=f"req-{number}", owner="a", purpose="x", term=timedelta(1), asked=AT, pool=f"p{pool}", state=state
    )


RECORDS: st.SearchStrategy[AnyRecord] = st.one_of(
    st.builds(server, NUMBERS, st.sampled_from(ServerState), st.integers(0, 2)),
    st.builds(lease, NUMBERS, NUMBERS, st.sampled_from(LeaseState)),
    st.builds(operation, NUMBERS, st.sampled_from(OperationState)),
    st.builds(request, NUMBERS, st.integers(0, 1), st.sampled_from(RequestState)),
    st.builds(
        lambda number, size: Pool(id=f"p{number}", purposes=(), flavor="f", image="i", vcpus=size), NUMBERS, NUMBERS
    ),
    st.builds(lambda number: Event(id=f"{number}", at=AT, kind="k", text="t"), NUMBERS),
)
DROPS = st.builds(
    lambda kind, number: Drop(kind[0], kind[1].format(number)),
    st.sampled_from(
        [
            ("server", "vm-{}"),
            ("pool", "p{}"),
            ("lease", "lease-{}"),
            ("operation", "op-{}"),
            ("request", "req-{}"),
            ("event", "{}"),
        ]
    ),
    NUMBERS,
)
BATCHES = st.lists(st.lists(st.one_of(st.builds(Put, RECORDS), DROPS), max_size=5), max_size=8)


def indexes(state: State) -> dict[str, object]:
    """Everything that the state tells, whatever way one asks."""
    servers, pools = [f"vm-{n}" for n in range(1, 5)], ["p0", "p1"]
    assert state.pools() == tuple(state.all(Pool))
    return {
        "records": state.records(),
        "sequence": state.sequence,
        "of pools": [{one.id for one in state.servers_of(pool)} for pool in pools],
        "ready": [[one.id for one in state.ready_of(pool)] for pool in pools],
        "waiting": [state.waits_for(pool) for pool in pools],
        "unfinished": {one.id for one in state.unfinished()},
        "leases": {one.id for one in state.live_leases()},
        "operations": {one.id for one in state.live_operations()},
        "queued": {one.id for one in state.queued()},
        "lease of": [state.live_lease_of(one) for one in servers],
        "operation on": [state.operation_on(one) for one in servers],
        "asked": [list(state.past.asked(pool)) for pool in pools],
        "operations of": [list(state.past.operations_of(one)) for one in servers],
        "held": state.holdings.held(("person", "a")),
        "waited for": {one.id for one in state.holdings.waiting(("person", "a"))},
        "by cloud id": [state.server_by_cloud_id(f"c{n}-{c}") for n in range(1, 5) for c in range(3)],
    }


def two_at_work(state: State, batch: list[Change]) -> bool:
    """Whether two operations would be at work on one server, which the runner never lets be."""
    tables = Tables(state.records())
    for change in batch:
        tables.apply(change)
        busy = [one.server_id for one in tables.all(Operation) if one.state in LIVE_OPERATION]
        if len(busy) != len(set(busy)):
            return True
    return False


def apply(state: State, batches: list[list[Change]]) -> list[tuple[dict[str, object], Undo]]:
    """Make what may be made; what it was before each, and what takes it back."""
    made: list[tuple[dict[str, object], Undo]] = []
    for batch in batches:
        if two_at_work(state, batch):
            continue
        before = indexes(state)
        try:
            undo = state.apply(batch)
        except BrokenRule:
            assert indexes(state) == before
            continue
        made.append((before, undo))
    return made


@given(first=BATCHES, then=BATCHES, last=st.lists(st.one_of(st.builds(Put, RECORDS), DROPS), max_size=3))
def test_what_is_taken_back_was_never_made(
    first: list[list[Change]], then: list[list[Change]], last: list[Change]
) -> None:
    state, other = State(), State()
    for each in (state, other):
        apply(each, first)
    for before, undo in reversed(apply(state, then)):
        state.undo([undo])
        assert indexes(state) == before
    assert [bool(apply(each, [last])) for each in (state, other)] in ([True, True], [False, False])
    assert indexes(state) == indexes(other)
