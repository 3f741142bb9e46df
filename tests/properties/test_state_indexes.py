"""The state's indexes say what a look at every record says, after any changes."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import NOW, request, server
from vmms_tui.engine.policy.matching import turn
from vmms_tui.engine.state import State
from vmms_tui.model.records import NEXT_STATES, Request, RequestState, Server, ServerState
from vmms_tui.model.tables import Change, Drop, Put

POOLS = ("a", "b")

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
    st.integers(0, 3).map(lambda hours: timedelta(hours=hours)),
    st.sampled_from([None, NOW]),
)
requests = st.builds(
    lambda name, pool, state: request(name, pool=pool, state=state),
    names,
    st.sampled_from(POOLS),
    st.sampled_from([RequestState.QUEUED, *RequestState]),
)
drops = st.builds(Drop, st.sampled_from(["server", "request"]), names)
changes = st.lists(st.one_of(servers.map(Put), servers.map(Put), requests.map(Put), drops), max_size=30)


def legal(state: State, change: Change) -> bool:
    """Whether the state may take it: a server only goes where it may go."""
    if isinstance(change, Drop) or not isinstance(change.record, Server):
        return True
    old = state.get(Server, change.record.id)
    return old is None or old.state == change.record.state or change.record.state in NEXT_STATES[old.state]


@given(changes)
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
        present = [each for each in state.all(Server) if each.pool == pool and each.state is not ServerState.GONE]
        assert sorted(state.servers_of(pool), key=turn) == sorted(present, key=turn)
