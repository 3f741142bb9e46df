"""The state's indexes say what a look at every record says, after any changes."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import NOW, request, server, spans
from vmms_tui.engine.policy.matching import turn
from vmms_tui.engine.policy.sizing import count
from vmms_tui.engine.state import State
from vmms_tui.model.records import (
    NEXT_STATES,
    Operation,
    OperationKind,
    OperationState,
    Request,
    RequestState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.tables import Change, Drop, Put

POOLS = ("a", "b")

COUNTED = {RequestState.GRANTED, RequestState.QUEUED}

names = st.integers(0, 5).map(lambda number: f"n{number}")
servers = st.builds(
    lambda name, state, age, seen: server(
        name,
        state,
        pool=POOLS[int(name[1:]) % 2],
        since=NOW - age,
        ready_at=seen and NOW - age / 2,
        cloud_id=f"cloud-{name}",
    ),
    names,
    st.sampled_from([ServerState.READY, ServerState.READY, *ServerState]),
    spans(0, 3),
    st.sampled_from([None, NOW]),
)
requests = st.builds(
    lambda name, pool, state, age: request(name, pool=pool, state=state, asked=NOW - age),
    names,
    st.sampled_from(POOLS),
    st.sampled_from([RequestState.QUEUED, *RequestState]),
    spans(0, 3),
)
operations = st.builds(
    lambda name, on, kind, state, took: Operation(
        id=name, kind=kind, server_id=on, started=NOW, updated=NOW + took, step="prove", actor="engine", state=state
    ),
    names,
    st.just("n1"),
    st.sampled_from([OperationKind.PROVISION, OperationKind.STOP]),
    st.sampled_from(OperationState),
    spans(1, 100),
)
drops = st.builds(Drop, st.sampled_from(["server", "request", "operation"]), names)
puts = st.one_of(servers, servers, requests, operations).map(Put)
many_changes = st.lists(st.one_of(puts, puts, puts, drops), max_size=30)


def legal(state: State, change: Change) -> bool:
    """Whether the state may take it: a server only goes where it may go."""
    if isinstance(change, Drop) or not isinstance(change.record, Server):
        return True
    old = state.get(Server, change.record.id)
    return old is None or old.state == change.record.state or change.record.state in NEXT_STATES[old.state]


def test_the_last_builds_of_a_pool_are_known() -> None:
    state = State([server("s1", pool="a")])
    for number in range(30):
        built = Operation(
            id=f"op{number}", kind=OperationKind.PROVISION, server_id="s1", started=NOW, updated=NOW, step="", actor=""
        )
        took = changed(built, state=OperationState.DONE, updated=NOW + timedelta(seconds=number))
        state.apply([Put(built)])
        state.apply([Put(took)])
        state.apply([Put(changed(took, outcome="ready"))])
    assert [time.total_seconds() for time in state.past.builds("a")] == list(range(10, 30))
    assert not state.past.builds("b")


@given(many_changes)
def test_indexes_are_what_the_records_say(many: list[Change]) -> None:
    state = State()
    for change in many:
        if legal(state, change):
            state.apply([change])
    for pool in POOLS:
        ready = [each for each in state.all(Server) if each.pool == pool and each.state is ServerState.READY]
        assert list(state.shelves().get(pool, ())) == sorted(ready, key=turn)
        waiting = [each for each in state.all(Request) if each.pool == pool and each.state is RequestState.QUEUED]
        assert state.waits_for(pool) == len(waiting)
        asked = [each for each in state.all(Request) if each.pool == pool and each.state in COUNTED]
        assert list(state.past.asked(pool)) == sorted(each.asked for each in asked)
        present = [each for each in state.all(Server) if each.pool == pool and each.state is not ServerState.GONE]
        assert sorted(state.servers_of(pool), key=turn) == sorted(present, key=turn)
        assert state.counts_of(pool) == count(present)
    on_it = [each for each in state.all(Operation) if each.server_id == "n1"]
    assert sorted(each.id for each in state.operations_of("n1")) == sorted(each.id for each in on_it)
