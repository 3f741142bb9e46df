"""The id of a plan: the same for the same world, another one as soon as anything that it was made from is another."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import HOUR, NOW, lease, request, server
from vmms_tui.model import plans
from vmms_tui.model.commands import (
    AbortOperation,
    CancelRequest,
    ForceOperation,
    PauseOperation,
    Planned,
    RebootServer,
    Release,
    Renew,
    RetryOperation,
    StopServer,
)
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Operation,
    OperationKind,
    OperationState,
    Request,
    RequestState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.tables import Tables

words = st.text(max_size=12)
leases = st.builds(
    lambda owner, state, hours, importance, note: lease(
        owner=owner, state=state, end=NOW + hours * HOUR, importance=importance, note=note
    ),
    words,
    st.sampled_from(LeaseState),
    st.integers(-9, 99),
    st.integers(0, 10),
    words,
)
servers = st.builds(
    lambda state, address, floating: server(
        "s1", state, lease_id="l1", address=address, floating_ip=floating, host="h1"
    ),
    st.sampled_from(ServerState),
    words,
    words,
)
operations = st.builds(
    Operation,
    id=st.just("op-1"),
    kind=st.sampled_from(OperationKind),
    server_id=st.just("s1"),
    lease_id=st.just("l1"),
    started=st.just(NOW),
    updated=st.just(NOW),
    step=st.sampled_from(["ask", "wait", "check"]),
    actor=words,
    state=st.sampled_from(OperationState),
    paused_by=words,
)
commands = st.sampled_from(
    [
        Release(lease_id="l1"),
        StopServer(lease_id="l1"),
        RebootServer(lease_id="l1", hard=True),
        Renew(lease_id="l1", term=HOUR),
        CancelRequest(request_id="r1"),
        PauseOperation(operation_id="op-1"),
        AbortOperation(operation_id="op-1"),
        ForceOperation(operation_id="op-1"),
        RetryOperation(operation_id="op-1"),
    ]
)


@given(commands, leases, servers, operations)
def test_the_same_world_gives_the_same_id(command: Planned, held: Lease, of: Server, work: Operation) -> None:
    one = plans.plan_id(command, Tables([held, of, work, request()]))
    two = plans.plan_id(command, Tables([request(), work, of, held]))
    assert one == two
    assert plans.plan_id(changed(command, plan=one), Tables([held, of, work, request()])) == one
    assert plans.differences(one, command, Tables([held, of, work, request()])) == []
    assert one.startswith("p-")
    assert one.isascii()


@given(leases, servers, words, st.integers(1, 90), st.data())
def test_another_fact_gives_another_id(held: Lease, of: Server, word: str, more: int, data: st.DataObject) -> None:
    others: list[tuple[str, Callable[[], Lease | Server]]] = [
        ("its end", lambda: changed(held, end=held.end + timedelta(seconds=more))),
        ("its owner", lambda: changed(held, owner=held.owner + "x" + word)),
        ("its importance", lambda: changed(held, importance=held.importance + more)),
        ("the state of the lease", lambda: changed(held, state=_other(data, LeaseState, held.state))),
        ("the state of the server", lambda: changed(of, state=_other(data, ServerState, of.state))),
        ("its address", lambda: changed(of, floating_ip=f"{of.floating_ip or of.address}x")),
        ("whether the cloud has it", lambda: changed(of, missing_since=NOW)),
    ]
    name, other = data.draw(st.sampled_from(others))
    command = Release(lease_id="l1")
    before, after = Tables([held, of]), Tables([held, of, other()])
    old = plans.plan_id(command, before)
    assert plans.plan_id(command, after) != old
    assert set(plans.differences(old, command, after)) <= {name}, "nothing is blamed that has not changed"


def _other(data: st.DataObject, kind: type[StrEnum], old: object) -> object:
    return data.draw(st.sampled_from([one for one in kind if one is not old]))


@given(leases, servers)
def test_another_wish_gives_another_id(held: Lease, of: Server) -> None:
    world = Tables([held, of])
    wishes: list[Planned] = [Release(lease_id="l1"), StopServer(lease_id="l1"), RebootServer(lease_id="l1")]
    wishes += [RebootServer(lease_id="l1", hard=True), *(Renew(lease_id="l1", term=n * HOUR) for n in (1, 2))]
    assert len({plans.plan_id(wish, world) for wish in wishes}) == len(wishes)


@given(operations, st.sampled_from([PauseOperation, AbortOperation, ForceOperation, RetryOperation]))
def test_an_operation_that_ends_or_stands_still_is_another(work: Operation, kind: type[PauseOperation]) -> None:
    command = kind(operation_id="op-1")
    live = changed(work, state=OperationState.RUNNING, paused_by="")
    ended, held = changed(live, state=OperationState.DONE), changed(live, paused_by="ada")
    assert len({plans.plan_id(command, Tables([one])) for one in (live, ended, held)}) == 3


def test_a_request_that_is_decided_is_another() -> None:
    waiting = request()
    granted: Request = changed(waiting, state=RequestState.GRANTED)
    command = CancelRequest(request_id="r1")
    assert plans.plan_id(command, Tables([waiting])) != plans.plan_id(command, Tables([granted]))
    assert plans.plan_id(command, Tables([waiting])) != plans.plan_id(command, Tables([]))


@given(st.lists(words, min_size=2, max_size=5, unique=True), st.randoms())
def test_the_order_of_a_bulk_does_not_matter_and_its_members_do(ids: list[str], chance: object) -> None:
    turned = ids[::-1]
    assert plans.bulk_id(ids) == plans.bulk_id(turned)
    assert plans.bulk_id(ids) != plans.bulk_id([*ids, "another one"])
    assert plans.bulk_id(ids[:1]) == ids[0]


@pytest.mark.parametrize(
    "command", [Release(lease_id="?"), CancelRequest(request_id="?"), PauseOperation(operation_id="?")]
)
def test_of_what_is_not_there_a_plan_can_be_made_and_does_not_hold(command: Planned) -> None:
    assert plans.plan_id(command, Tables([])).startswith("p-")
