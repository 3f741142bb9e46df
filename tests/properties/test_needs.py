"""What waits for a person: when it does, how urgent it is, whom it concerns, and that it keeps its name."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import DAY, HOUR, MINUTE, NOW, lease, pool, pools, request, server
from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.needs import Need as One
from vmms_tui.model.needs import NeedKind, Severity, concerns, found, holds, order
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import (
    AnyRecord,
    Guard,
    LeaseState,
    Notice,
    Operation,
    OperationKind,
    OperationState,
    RequestState,
    ServerState,
    changed,
)
from vmms_tui.model.reserve import NOT_READ, Reserve
from vmms_tui.model.status import CloudStatus, EngineStatus, LoopStatus
from vmms_tui.model.surroundings import Host
from vmms_tui.model.tables import Tables

CLOUD = CloudStatus(name="lab", ok=True, problem="", since=NOW - DAY, listed_at=NOW)
STATUS = EngineStatus(now=NOW, started=NOW - DAY, version="1", installation="x", cloud=CLOUD)
OPERATOR = Caller(name="olga", roles=(Role.OPERATOR,))
VIEWER = Caller(name="vera", roles=(Role.VIEWER,))
ADA = Caller(name="ada", roles=(Role.DEVELOPER,))
BOB = Caller(name="bob", roles=(Role.DEVELOPER,))


def needs(*records: AnyRecord, status: EngineStatus = STATUS) -> dict[str, One]:
    return {one.id: one for one in found(Tables(records), status, NOW)}


def only(*records: AnyRecord, status: EngineStatus = STATUS) -> One:
    (one,) = needs(*records, status=status).values()
    return one


def operation(name: str, state: OperationState, **fields: Any) -> Operation:
    made = Operation(
        id=name, kind=OperationKind.REBOOT, server_id="s1", started=NOW - HOUR, updated=NOW, step="x", actor="ada"
    )
    return changed(made, state=state, **fields)


def notice(name: str = "n1", **fields: Any) -> Notice:
    made = Notice(id=name, at=NOW - HOUR, owner="ada", lease_id="l1", text="It ends.", problem="no such address")
    return changed(made, **fields)


def test_all_is_well() -> None:
    assert (
        needs(pool(), server("s1", ServerState.LEASED, lease_id="l1"), lease(), request(state=RequestState.GRANTED))
        == {}
    )


@pytest.mark.parametrize(
    ("status", "name", "severity"),
    [
        (changed(STATUS, problem="the disk is full"), "engine", Severity.CRIT),
        (changed(STATUS, frozen=Guard(id="guard", since=NOW, reason="a jump")), "frozen", Severity.CRIT),
        (changed(STATUS, cloud=changed(CLOUD, ok=False)), "cloud", Severity.CRIT),
        (changed(STATUS, loops=(LoopStatus(name="pools", interval=2, late=True),)), "loop:pools", Severity.WARN),
        (changed(STATUS, loops=(LoopStatus(name="pools", interval=2, error="no"),)), "loop:pools", Severity.WARN),
        (changed(STATUS, settings_problems=("limit 2 is below 4",)), "settings", Severity.WARN),
        (changed(STATUS, reserve=Reserve(hosts=1, holds=False, why="too full")), "reserve", Severity.WARN),
        (changed(STATUS, reserve=Reserve(hosts=1, why="no numbers")), "reserve", Severity.WARN),
    ],
)
def test_the_engine(status: EngineStatus, name: str, severity: Severity) -> None:
    one = only(status=status)
    assert (one.id, one.severity) == (name, severity)
    assert concerns(one, OPERATOR)
    assert concerns(one, VIEWER)
    assert not concerns(one, ADA)


def test_a_reserve_that_holds_or_is_known_in_a_moment_needs_nobody() -> None:
    assert needs(status=changed(STATUS, reserve=Reserve(hosts=1, holds=True))) == {}
    assert needs(status=changed(STATUS, reserve=Reserve(hosts=1, why=NOT_READ))) == {}


def test_a_cloud_that_was_not_asked_yet_is_not_away() -> None:
    new = CloudStatus(name="lab")
    assert needs(status=changed(STATUS, cloud=new, started=NOW)) == {}
    assert only(status=changed(STATUS, cloud=new)).kind is NeedKind.CLOUD


def test_pools() -> None:
    broken = only(changed(pool(), broken="no image", broken_since=NOW - HOUR))
    assert (broken.id, broken.severity, broken.since) == ("broken:el9", Severity.CRIT, NOW - HOUR)
    held = only(changed(pool(), paused="quota", held_since=NOW - HOUR), server("s1"))
    assert (held.id, held.severity, held.since) == ("held:el9", Severity.WARN, NOW - HOUR)
    assert only(changed(pool(), failures=3)).id == only(changed(pool(), refusals=1)).id == "held:el9"
    assert needs(changed(pool(), failures=2)) == {}
    assert needs(changed(pool(), paused="quota", retired=True)) == {}


def test_a_pool_that_is_broken_and_paused_is_told_of_once_with_who_waits() -> None:
    both = changed(pool(), broken="no image", paused="quota")
    one = only(both, request(pool="el9", asked=NOW - HOUR), server("s1"), server("s2", ServerState.BUILDING))
    assert one.kind is NeedKind.BROKEN
    assert (one.shelf.waiting, one.shelf.ready, one.shelf.building) == (1, 1, 1)


@pytest.mark.parametrize(
    ("asked", "records", "severity"),
    [
        (timedelta(seconds=59), (), None),
        (MINUTE, (server("s1", ServerState.BUILDING),), Severity.WARN),
        (MINUTE, (), Severity.CRIT),
        (30 * MINUTE, (server("s1", ServerState.BUILDING),), Severity.CRIT),
    ],
)
def test_requests_that_wait(asked: timedelta, records: tuple[AnyRecord, ...], severity: Severity | None) -> None:
    told = needs(pool(), *records, request(pool="el9", asked=NOW - asked), request("r2", pool="el9"))
    assert [(one.id, one.severity, one.since, one.shelf.waiting) for one in told.values()] == (
        [("short:el9", severity, NOW - asked, 2)] if severity is not None else []
    )


def test_requests_that_wait_for_no_pool_are_not_forgotten() -> None:
    assert only(request(pool="", asked=NOW - HOUR)).id == "short"
    assert only(request(pool="gone", asked=NOW - HOUR)).id == "short:gone"


def test_hosts_that_are_down_with_what_is_ours_on_them() -> None:
    down = Host(id="1", name="h1", state="down", status="enabled", seen=NOW - HOUR)
    assert (only(down).id, only(down).severity, only(down).since) == ("host:h1", Severity.WARN, NOW - HOUR)
    ours = server("s1", ServerState.LEASED, host="h1", lease_id="l1"), server("s2", host="h1"), server("s3", host="h2")
    one = only(down, *ours, server("s4", ServerState.GONE, host="h1"))
    assert (one.severity, one.servers, one.lent) == (Severity.CRIT, 2, 1)
    for other in ("up", "", "fenced"):
        assert needs(changed(down, state=other), *ours) == {}
    assert needs(changed(down, status="disabled"), *ours) == {}, "somebody has closed it"


def test_failed_servers_only_on_leases() -> None:
    failed = server("s1", ServerState.FAILED, failure="dead")
    assert needs(failed) == {}
    one = only(changed(failed, lease_id="l1"), changed(lease(), state=LeaseState.ACTIVE))
    assert (one.id, one.severity, one.owner) == ("failed:s1", Severity.CRIT, "ada")
    assert concerns(one, ADA)
    assert not concerns(one, BOB)


def test_missing_servers() -> None:
    away = server("s1", missing_since=NOW - HOUR)
    assert (only(away).id, only(away).severity) == ("missing:s1", Severity.WARN)
    lent = changed(away, state=ServerState.LEASED, lease_id="l1")
    assert only(lent, lease()).severity is Severity.CRIT
    for state in (ServerState.GONE, ServerState.RECLAIMING):
        assert needs(changed(away, state=state)) == {}


def test_failed_operations_that_nothing_made_good() -> None:
    on = server("s1", ServerState.LEASED, lease_id="l1")
    bad = operation("op-1", OperationState.FAILED, lease_id="l1")
    one = only(on, lease(), bad)
    assert (one.id, one.owner) == ("operation:op-1", "ada")
    assert needs(on, lease(), bad, operation("op-2", OperationState.DONE)) == {}
    assert needs(on, lease(), bad, operation("op-2", OperationState.RUNNING)) == {}
    assert only(on, lease(), bad, operation("op-2", OperationState.FAILED)).id == "operation:op-2"
    assert needs(on, lease(), changed(bad, kind=OperationKind.PROVISION)) == {}
    assert needs(changed(on, state=ServerState.GONE), bad) == {}
    assert needs(bad) == {}


def test_leases_that_end() -> None:
    ends = lease(start=NOW - 8 * HOUR, end=NOW + HOUR)
    untold = only(ends)
    assert (untold.id, untold.severity, untold.due) == ("ends:l1", Severity.SOON, NOW + HOUR)
    assert untold.on_call
    told = only(changed(ends, notified_of=ends.end))
    assert not told.on_call
    assert concerns(told, ADA)
    assert not concerns(told, OPERATOR)
    assert not concerns(told, BOB)
    assert only(changed(ends, notified_of=ends.end, importance=7)).on_call
    assert not only(changed(ends, start=NOW - MINUTE)).on_call, "who got it just now knows"
    assert needs(changed(ends, end=NOW + HOUR + MINUTE)) == {}
    assert needs(changed(ends, state=LeaseState.ENDING)) == needs(changed(ends, state=LeaseState.ENDED)) == {}


def test_the_threshold_is_that_of_the_settings() -> None:
    ends = lease(start=NOW - 8 * HOUR, end=NOW + HOUR, notified_of=NOW + HOUR, importance=4)
    assert only(ends, status=changed(STATUS, importance_threshold=4)).on_call
    assert not only(ends, status=changed(STATUS, importance_threshold=5)).on_call


def test_overdue_leases() -> None:
    over = lease(end=NOW - HOUR, state=LeaseState.OVERDUE, grace_until=NOW + 2 * DAY)
    assert (only(over).id, only(over).severity) == ("overdue:l1", Severity.WARN)
    assert only(changed(over, grace_until=NOW + HOUR)).severity is Severity.CRIT
    assert only(changed(over, grace_until=None)).severity is Severity.WARN


def test_notices_that_reach_nobody() -> None:
    one = only(lease(), notice())
    assert (one.id, one.since, one.severity) == ("untold:l1", NOW - HOUR, Severity.WARN)
    assert not concerns(one, ADA), "whoever is not reached is told on their screen in other words"
    assert needs(lease(), notice(void="it was renewed")) == needs(lease(), notice(delivered_at=NOW)) == {}
    assert needs(lease(), notice(problem="")) == needs(lease(), notice(owner="")) == {}
    assert needs(notice()) == {}, "the lease is forgotten"
    ends = lease(start=NOW - 8 * HOUR, end=NOW + HOUR)
    both = needs(ends, notice())
    assert (both["ends:l1"].on_call, both["untold:l1"].on_call) == (False, True), "told of once"


@pytest.mark.parametrize(
    "again",
    [
        lambda: only(changed(pool(), broken="no image", broken_since=NOW)),
        lambda: only(lease(end=NOW - MINUTE, state=LeaseState.OVERDUE)),
        lambda: only(server("s1", missing_since=NOW)),
        lambda: only(lease(), notice("n2")),
        lambda: only(status=changed(STATUS, frozen=Guard(id="guard", since=NOW + MINUTE))),
    ],
)
def test_an_acknowledgement_holds_for_the_same_need_only(again: Callable[[], One]) -> None:
    before = {
        "broken:el9": only(changed(pool(), broken="no image", broken_since=NOW - HOUR)),
        "overdue:l1": only(lease(end=NOW - HOUR, state=LeaseState.OVERDUE)),
        "missing:s1": only(server("s1", missing_since=NOW - HOUR)),
        "untold:l1": only(lease(), notice()),
        "frozen": only(status=changed(STATUS, frozen=Guard(id="guard", since=NOW))),
    }
    new = again()
    old = before[new.id]
    said = Acknowledgement(id=old.id, basis=old.basis, by="olga", at=NOW)
    assert holds(said, old)
    assert not holds(said, new)
    assert not holds(None, old)


WORLDS = st.lists(
    st.one_of(
        pools(),
        st.builds(
            lambda name, state, missing, lent: server(
                f"s{name}", state, missing_since=NOW if missing else None, lease_id=f"l{name}" if lent else ""
            ),
            st.integers(0, 5),
            st.sampled_from(ServerState),
            st.booleans(),
            st.booleans(),
        ),
        st.builds(
            lambda name, state, minutes: lease(
                f"l{name}", server_id=f"s{name}", state=state, end=NOW + minutes * MINUTE
            ),
            st.integers(0, 5),
            st.sampled_from(LeaseState),
            st.integers(-200, 200),
        ),
        st.builds(
            lambda name, pool_, ago: request(f"r{name}", pool=pool_, asked=NOW - ago * MINUTE),
            st.integers(0, 3),
            st.sampled_from(("el9", "", "x")),
            st.integers(0, 90),
        ),
        st.builds(lambda name, on: notice(f"n{name}", lease_id=f"l{on}"), st.integers(0, 3), st.integers(0, 5)),
        st.builds(
            lambda name, on, state, kind: operation(f"op{name}", state, server_id=f"s{on}", kind=kind),
            st.integers(0, 5),
            st.integers(0, 5),
            st.sampled_from(OperationState),
            st.sampled_from(OperationKind),
        ),
    ),
    max_size=25,
)


@given(WORLDS)
def test_ids_are_unique_and_stable_and_the_order_is_one(records: list[AnyRecord]) -> None:
    tables = Tables(records)
    once = found(tables, STATUS, NOW)
    assert len({one.id for one in once}) == len(once)
    later = {one.id: one.basis for one in found(tables, STATUS, NOW + timedelta(seconds=1))}
    assert all(later.get(one.id, one.basis) == one.basis for one in once)
    ranked = sorted(once, key=order)
    once.reverse()
    assert ranked == sorted(once, key=order)
    assert [one.severity for one in ranked] == sorted(one.severity for one in ranked)
    for one in once:
        assert one.on_call or one.owner, "somebody has to see it"
        assert concerns(one, OPERATOR) is one.on_call
