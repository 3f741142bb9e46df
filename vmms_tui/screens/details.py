"""The facts of one row, for the strip under the list. Pure."""

from dataclasses import dataclass
from datetime import datetime

from vmms_tui.keys import address_of
from vmms_tui.model.records import Event, Lease, LeaseState, Operation, Request, Server
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.moveplans import way_of
from vmms_tui.screens.rows import EventRow, LeaseRow, PoolRow, ServerRow
from vmms_tui.screens.wording import (
    LEVEL_WORDS,
    ago,
    both,
    clock_time,
    count,
    lease_state,
    pool_state,
    server_state,
    short_term,
    size,
    span,
)

AnyRow = PoolRow | ServerRow | LeaseRow | EventRow
Fact = tuple[str, str]
"""A label and what it says. The words may come from outside."""


@dataclass(frozen=True)
class Details:
    """A title, facts, the most telling first, and the last events."""

    title: str
    facts: tuple[Fact, ...]


def details(row: AnyRow | None, mirror: Mirror) -> Details:
    """What there is to know of a row."""
    if row is None:
        return Details("", ())
    if isinstance(row, PoolRow):
        return Details(row.id, (*_pool(row, mirror.now), *_last(mirror, row.id)))
    if isinstance(row, EventRow):
        return Details(row.subject or row.event.kind, tuple(_event(row.event, mirror.now)))
    if isinstance(row, ServerRow):
        return Details(row.id, (*_of_server(row.server, row.lease, mirror), *_last(mirror, row.id)))
    if isinstance(row.about, Request):
        return Details(row.id, (*_request(row.about, mirror.now), *_last(mirror, row.id)))
    return Details(row.id, (*_lease(row.about, row.server, mirror), *_last(mirror, row.id, row.about.server_id)))


def _facts(*facts: Fact) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact[1])


def _pool(row: PoolRow, now: datetime) -> tuple[Fact, ...]:
    pool = row.pool
    surge = f"x{pool.surge:g}" if pool.surge != 1 else ""
    since = f" since {both(pool.surge_since, now)}" if surge and pool.surge_since else ""
    until = f" (tries again {both(pool.paused_until, now)})" if pool.paused_until else ""
    ready = f"{row.ready} ready of {pool.available_now} wanted, {row.used} of at most {pool.limit_now} in use"
    return _facts(
        ("state", f"{pool_state(pool, row.ready, row.used, row.building)[0]}  {ready}"),
        ("broken", pool.broken),
        ("paused", pool.paused + until if pool.paused else ""),
        ("failed", f"{count(pool.failures, 'build')} in a row" if pool.failures else ""),
        ("each", f"{pool.flavor}  {size(pool.vcpus, pool.ram_mib, pool.disk_gib)}  image {pool.image}"),
        ("surge", surge + since),
        ("leases", _terms(row)),
        ("for", " ".join(pool.purposes)),
    )


def _terms(row: PoolRow) -> str:
    default, longest, total = map(short_term, (row.pool.default_term, row.pool.longest_term, row.pool.total_term))
    return f"{default} unless asked, at most {longest} ahead, {total} in all"


def _of_server(server: Server, lease: Lease | None, mirror: Mirror) -> tuple[Fact, ...]:
    now = mirror.now
    missing = f"not in the cloud's list since {both(server.missing_since, now)}" if server.missing_since else ""
    return _facts(
        ("state", f"{server_state(server)[0]} since {both(server.since, now)}"),
        ("failed", server.failure),
        ("missing", missing),
        ("now", operation_text(mirror.operation_on(server.id), now)),
        ("moves", way_of(mirror.operation_on(server.id))),
        ("lease", f"{lease.id} of {lease.owner}, ends {both(lease.end, now)}" if lease else ""),
        ("is", _made_of(server)),
        ("cloud", " ".join(word for word in (server.cloud_status, server.task_state, server.cloud_id) if word)),
        ("made", both(server.created, now)),
    )


def _made_of(server: Server) -> str:
    address = address_of(server)
    inner = f" (inside {server.address})" if server.floating_ip and server.address else ""
    parts = (
        f"address {address}{inner}" if address else "",
        f"host {server.host}" if server.host else "",
        f"{server.flavor} {size(server.vcpus, server.ram_mib, server.disk_gib)}".strip(),
    )
    return "  ".join(part for part in parts if part)


def _lease(lease: Lease, server: Server | None, mirror: Mirror) -> tuple[Fact, ...]:
    now = mirror.now
    word = lease_state(lease, server)[0]
    renewed = f", renewed {lease.renewals}x" if lease.renewals else ""
    ends = "ended" if lease.end <= now else "ends"
    return _facts(
        ("lease", f"{word}  {lease.owner}  {ends} {both(lease.end, now)}{renewed}"),
        ("kept", f"until {both(lease.grace_until, now)} unless it is renewed" if lease.grace_until else ""),
        ("waits", f"not taken back: {lease.postponed}" if lease.postponed else ""),
        ("now", operation_text(mirror.operation_on(lease.server_id), now)),
        ("moves", way_of(mirror.operation_on(lease.server_id))),
        ("server", f"{lease.server_id}  {_made_of(server)}" if server else f"{lease.server_id} is not known any more"),
        ("failed", server.failure if server else ""),
        ("for", f"{lease.purpose}  importance {lease.importance}" + (f"  “{lease.note}”" if lease.note else "")),
        ("told", both(lease.notified_at, now) if lease.notified_at and lease.notified_of == lease.end else ""),
        ("began", both(lease.start, now)),
        ("chosen", lease.matched),
        ("ending", lease.end_reason if lease.state is not LeaseState.ACTIVE else ""),
    )


def _request(request: Request, now: datetime) -> tuple[Fact, ...]:
    place = f"place {request.position} in the queue of {request.pool}" if request.position else "waits"
    expected = f"a server probably {ago(now + request.estimate, now)}" if request.estimate is not None else ""
    wanted = request.flavor or size(request.vcpus, request.ram_mib) or "any size"
    return _facts(
        ("state", f"QUEUED  {place}"),
        ("expect", expected or "nobody can tell how long it takes"),
        ("why", request.reason),
        ("asked", f"by {request.owner} {both(request.asked, now)}"),
        ("for", f"{request.purpose}  {wanted}  {short_term(request.term)}  importance {request.importance}"),
        ("note", request.note),
    )


def _event(event: Event, now: datetime) -> list[Fact]:
    said = [("text", event.text), ("at", both(event.at, now)), ("by", f"{event.actor}  {LEVEL_WORDS[event.level][0]}")]
    about = [("pool", event.pool), ("server", event.server_id), ("lease", event.lease_id), ("owner", event.owner)]
    said.append(("about", "  ".join(f"{label} {name}" for label, name in about if name)))
    said += [("", line) for line in event.detail.split("\n")] if event.detail else []
    return [fact for fact in said if fact[1]]


def operation_text(operation: Operation | None, now: datetime) -> str:
    """An operation in a sentence: what, which step, for how long, why it waits."""
    if operation is None:
        return ""
    waits = f", waits: {operation.waiting_for}" if operation.waiting_for else ""
    tries = f", {count(operation.attempts, 'attempt')}" if operation.attempts else ""
    name = operation.kind.value.replace("_", " ")
    return f"{name}, step {operation.step}, {span(now - operation.started)} so far{tries}{waits}, by {operation.actor}"


def _last(mirror: Mirror, *ids: str) -> list[Fact]:
    now = mirror.now
    events = mirror.events_of(*ids)
    return [("last" if not row else "", f"{clock_time(one.at, now)}  {one.text}") for row, one in enumerate(events)]
