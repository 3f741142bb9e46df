"""Why something is as it is: every state, each sentence with its age or source, the next step last."""

import re
from typing import Any

import msgspec
import pytest

from vmms_tui.model.records import (
    AnyRecord,
    Event,
    Lease,
    LeaseState,
    Level,
    Operation,
    OperationKind,
    OperationState,
    Pool,
    Record,
    Request,
    RequestState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.screens.describing import describe
from vmms_tui.screens.explain import MEANINGS, because
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.paragraphs import text_of

from .cloudland import EVENTS, NOW, OPERATIONS, POOLS, READY, REQUESTS, STATUS, WORLD, lent, minutes
from .scripted import hours, mirror_of

SOURCED = re.compile(r"\([^()]*(\([^()]*\)[^()]*)*\)\.$")


def why(record: Record, *more: AnyRecord, status: Any = STATUS, records: tuple[AnyRecord, ...] = WORLD) -> list[str]:
    own = tuple(one for one in records if (type(one), one.id) not in {(type(new), new.id) for new in more})
    return because(record, mirror_of((*own, *more), status))


def facts(lines: list[str]) -> list[str]:
    return lines[: lines.index("")]


def check(lines: list[str]) -> list[str]:
    """Each fact ends with where it comes from, and the last line is the next step."""
    told = facts(lines)
    assert told
    for sentence in told:
        assert SOURCED.search(sentence), sentence
        assert ".." not in sentence
    assert lines[-1].startswith("Next: ")
    assert lines[-1].endswith(".")
    assert lines[-2] == ""
    return told


@pytest.mark.parametrize("state", ServerState)
def test_a_server_in_every_state(state: ServerState) -> None:
    told = check(why(changed(READY[0], state=state)))
    assert any(MEANINGS[state] in one for one in told)


@pytest.mark.parametrize("state", LeaseState)
def test_a_lease_in_every_state(state: LeaseState) -> None:
    server, lease = lent(12, "el9-ci", "ada", minutes(18))
    for extra in (
        {},
        {"postponed": "nobody could be told", "warned": (minutes(30),), "end_reason": "its time is over"},
    ):
        check(why(changed(lease, state=state, **extra), server))


@pytest.mark.parametrize("state", RequestState)
def test_a_request_in_every_state(state: RequestState) -> None:
    check(why(changed(REQUESTS[1], state=state, decided=NOW, reason="none is ready")))


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize("state", OperationState)
def test_an_operation_of_every_kind_in_every_state(kind: OperationKind, state: OperationState) -> None:
    busy = changed(OPERATIONS[0], kind=kind, state=state, attempts=2, deadline=NOW + minutes(3), outcome="no route")
    told = check(why(busy))
    assert any(busy.id in one for one in told)


@pytest.mark.parametrize("event", EVENTS, ids=lambda one: one.kind)
def test_every_event(event: Event) -> None:
    lines = because(event, mirror_of(WORLD, STATUS))
    assert "ago" in lines[0] or "now" in lines[0]
    assert lines[-1].startswith("Next: ")


@pytest.mark.parametrize("pool", POOLS, ids=lambda one: one.id)
def test_every_pool(pool: Pool) -> None:
    for fields in ({}, {"retired": True}, {"failures": 3}, {"broken": "there is no image."}, {"paused": "quota"}):
        check(why(changed(pool, **fields), changed(pool, **fields)))


def test_a_request_names_its_place_who_is_before_what_the_pool_lacks_and_when() -> None:
    told = "\n".join(check(why(REQUESTS[1])))
    for words in (
        "req-00008 of ada waits (engine, 2m ago).",
        "number 2 in the queue of gpu-a",
        "Before it: req-00007 of lin (engine).",
        "0 servers ready of 1 wanted now",
        "Nothing is built just now: Quota of cores is used up (2 of 2 asked); it is tried again",
        "(event 8, 6m ago).",
        "When a server comes, nobody can tell (engine).",
    ):
        assert words in told, told
    assert "A server is expected in 41m (engine's estimate)." in facts(why(REQUESTS[0]))


def test_who_is_before_and_not_shown_is_counted() -> None:
    alone = (*POOLS, changed(REQUESTS[1], position=4))
    assert "3 requests of others are before it (engine)." in facts(why(alone[-1], records=alone))


def test_many_before_are_named_in_part() -> None:
    queue = tuple(changed(REQUESTS[1], id=f"req-{number}", position=number) for number in range(1, 8))
    told = "\n".join(facts(why(queue[-1], records=(*POOLS, *queue))))
    assert "Before it: req-1 of ada, req-2 of ada, req-3 of ada and 3 more (engine)." in told


def test_a_pool_that_fills_names_its_refills_with_their_steps() -> None:
    told = "\n".join(check(why(POOLS[0])))
    assert "Refill op-000072 builds vm-00073: step boot (engine, began 14s ago)." in told
    assert "Refill op-000071 builds vm-00072: step prove, waits for TCP port 22 (engine, began 1m ago)." in told


def test_what_the_cloud_says_has_the_age_of_its_list() -> None:
    assert any("The cloud says: ACTIVE, on host h01 (cloud's list, 4s ago)." in one for one in why(READY[0]))
    unread = changed(STATUS, cloud=changed(STATUS.cloud, listed_at=None))
    assert any("(cloud's list, not read yet)." in one for one in why(READY[0], status=unread))


def test_what_makes_all_of_it_old_comes_first() -> None:
    down = changed(STATUS, cloud=changed(STATUS.cloud, ok=False, problem="no answer.", since=NOW - minutes(4)))
    assert why(READY[0], status=down)[0] == "The cloud does not answer: no answer (engine, since 4m)."
    mirror = mirror_of(WORLD, STATUS)
    mirror.lose("no engine answers")
    lines = because(READY[0], mirror)
    assert lines[0] == "The engine is away, so this may be old: no engine answers (last heard of just now)."
    assert lines[-1] == "Next: wait until the engine is back; the screen comes back by itself."


@pytest.mark.parametrize(
    ("lease_id", "words"),
    [
        ("lease-00012", "vmms renew lease-00012 8h"),
        ("lease-00046", "+ renews it and starts its server"),
        ("lease-00052", "S t starts its server: `vmms start lease-00052`"),
        ("lease-00060", "s logs in: `vmms ssh lease-00060`"),
        ("lease-00061", "l shows its console; D releases it"),
    ],
)
def test_the_next_step_of_a_lease_has_its_key_and_command(lease_id: str, words: str) -> None:
    mirror = mirror_of(WORLD, STATUS)
    lease = mirror.tables.get(Lease, lease_id)
    assert lease is not None
    assert words in because(lease, mirror)[-1]


def test_a_loud_event_leads_to_what_it_is_about() -> None:
    broken = next(one for one in EVENTS if one.level is Level.ERROR and one.pool == "win22")
    assert "vm-00090" in because(broken, mirror_of(WORLD, STATUS))[-1]


def test_a_server_that_the_list_does_not_show() -> None:
    told = check(why(changed(READY[0], missing_since=NOW - minutes(2))))
    assert "The cloud's list does not show it (cloud's list, 4s ago; engine, 2m ago)." in told


# Details


def page(record: Record, mirror: Mirror | None = None) -> str:
    return "\n".join(text_of(one) for one in describe(record, mirror or mirror_of(WORLD, STATUS)))


@pytest.mark.parametrize("record", WORLD, ids=lambda one: f"{type(one).__name__}-{one.id}")
def test_everything_has_a_page_of_its_own(record: Record) -> None:
    said = page(record)
    assert record.id in said
    assert said.isprintable() or "\n" in said
    assert "\x1b" not in said


def test_details_hold_what_a_table_has_no_room_for() -> None:
    server, lease = lent(12, "el9-ci", "ada", minutes(18), note="soak", project="web")
    full = changed(
        server, volume_ids=("vol-1", "vol-2"), port_ids=("port-1",), host_key="ssh-ed25519 AAAA", task_state="rebooting"
    )
    busy = changed(
        OPERATIONS[0], server_id=server.id, kind=OperationKind.RESET_PASSWORD, args={"hash": "$6$x", "a": "b"}
    )
    said = page(lease, mirror_of((*POOLS, full, lease, busy, *EVENTS), STATUS))
    for words in ("soak", "web", "vol-1 vol-2", "port-1", "ssh-ed25519", "rebooting", full.cloud_id, "10.20.4.12"):
        assert words in said
    assert "reset password" in said
    assert "a=b" in said
    assert "$6$x" not in said


def test_a_record_that_nobody_foresaw_is_shown_field_by_field() -> None:
    class Strange(Record, frozen=True, kw_only=True, tag="strange"):
        size: int = 3
        since: Any = NOW - hours(1)
        parts: tuple[str, ...] = ("a", "b")
        hidden: tuple[tuple[str, str], ...] = ()
        args: dict[str, str] = msgspec.field(default_factory=lambda: {"hash": "secret", "colour": "red"})

    said = page(Strange(id="x-1"))
    for words in ("Strange", "x-1", "3", "1h00m ago", "a, b", "colour=red"):
        assert words in said
    assert "secret" not in said


def test_unused_types_are_not_forgotten() -> None:
    assert {type(one) for one in WORLD} >= {Pool, Server, Lease, Request, Operation, Event}
