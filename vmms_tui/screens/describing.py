"""Everything that is known of one thing, in sections. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from rich.cells import cell_len

from vmms_tui.model.records import (
    Event,
    Lease,
    LeaseState,
    Notice,
    Operation,
    Pool,
    Record,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.moveplans import way_of
from vmms_tui.screens.operation_rows import counted_text, rate_text
from vmms_tui.screens.paragraphs import LABEL, LONG_LABEL, Paragraph, heading, labelled, line
from vmms_tui.screens.rawtext import HIDDEN_ARGS, shown_args
from vmms_tui.screens.rows import pool_rows
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

LAST = 10
"""Events that are shown."""
Label = tuple[str, str]
"""A word, and what it says."""
Section = tuple[str, Sequence[Label]]
"""A title, and labels with what they say; what says nothing is left out."""


def describe(record: Record, mirror: Mirror) -> list[Paragraph]:
    """A page on one record, whatever it is."""
    told: list[Paragraph] = []
    for title, facts in _sections(record, mirror):
        cells = min(LONG_LABEL, max((cell_len(label) for label, words in facts if words), default=0))
        said = [labelled(label, words, cells=max(LABEL, cells)) for label, words in facts if words]
        if said:
            told += [*([line()] if told else []), heading(title), *said]
    return told


def _sections(record: Record, mirror: Mirror) -> list[Section]:
    if isinstance(record, Pool):
        return _pool(record, mirror)
    if isinstance(record, Server):
        lease = mirror.tables.get(Lease, record.lease_id) if record.lease_id else None
        return [*_server(record, mirror), *([_lease(lease, mirror)] if lease else []), *_around(record, lease, mirror)]
    if isinstance(record, Lease):
        server = mirror.tables.get(Server, record.server_id)
        gone = [("Server", [("server", f"{record.server_id} is not known any more")])]
        return [
            _lease(record, mirror),
            *(_server(server, mirror) if server else gone),
            *_around(server, record, mirror),
        ]
    if isinstance(record, Request):
        return [_request(record, mirror.now), _happened(mirror, record.id)]
    if isinstance(record, Operation):
        return _operation_page(record, mirror)
    if isinstance(record, Event):
        return _event(record, mirror.now)
    return [(type(record).__name__, [(_label(name), _words(value, mirror.now)) for name, value in _fields(record)])]


def _pool(pool: Pool, mirror: Mirror) -> list[Section]:
    now = mirror.now
    row = next((one for one in pool_rows(mirror.tables) if one.id == pool.id), None)
    ready, used, building = (row.ready, row.used, row.building) if row else (0, 0, 0)
    waiting = [
        (f"place {one.position}", f"{one.id} of {one.owner} for {one.purpose}, since {both(one.asked, now)}")
        for one in sorted(mirror.tables.all(Request), key=lambda one: one.position)
        if one.pool == pool.id and one.state is RequestState.QUEUED
    ]
    return [
        ("State", [("pool", pool.id), ("state", pool_state(pool, ready, used, building)[0]), *_trouble(pool, now)]),
        ("Servers", _servers_of(pool, ready, used, mirror)),
        ("What it lends", _lends(pool)),
        ("Requests that wait", waiting),
        _happened(mirror, pool.id),
    ]


def _trouble(pool: Pool, now: datetime) -> list[Label]:
    return [
        ("broken", pool.broken),
        ("paused", pool.paused),
        ("until", both(pool.paused_until, now) if pool.paused_until else ""),
        ("failed", f"{count(pool.failures, 'build')} in a row" if pool.failures else ""),
        ("refused", f"{count(pool.refusals, 'build')} by the cloud's quota" if pool.refusals else ""),
        ("retired", "no longer in the settings; it goes with its last server" if pool.retired else ""),
    ]


def _servers_of(pool: Pool, ready: int, used: int, mirror: Mirror) -> list[Label]:
    surge = f"x{pool.surge:g}" if pool.surge != 1 else "none"
    return [
        ("ready", f"{ready} of {pool.available_now} wanted now ({pool.available} in the settings)"),
        ("exist", f"{used} of at most {pool.limit_now} now ({pool.limit} in the settings)"),
        ("states", by_state(pool, mirror)),
        ("surge", surge + (f" since {both(pool.surge_since, mirror.now)}" if pool.surge_since else "")),
    ]


def _lends(pool: Pool) -> list[Label]:
    return [
        ("each", f"{pool.flavor}  {size(pool.vcpus, pool.ram_mib, pool.disk_gib)}"),
        ("image", pool.image),
        ("login", pool.login),
        ("for", " ".join(pool.purposes)),
        ("how long", f"{short_term(pool.default_term)} unless asked"),
        ("ahead", f"at most {short_term(pool.longest_term)}"),
        ("in all", f"at most {short_term(pool.total_term)}"),
    ]


def by_state(pool: Pool, mirror: Mirror) -> str:
    """How many of its servers are in which state: `3 ready, 1 building`."""
    counts: dict[str, int] = {}
    for server in mirror.tables.all(Server):
        if server.pool == pool.id and server.state is not ServerState.GONE:
            counts[server.state.value] = counts.get(server.state.value, 0) + 1
    return ", ".join(f"{number} {state}" for state, number in counts.items()) or "none"


def _server(server: Server, mirror: Mirror) -> list[Section]:
    addresses = [("floating", server.floating_ip), ("inside", server.address), ("host key", server.host_key)]
    return [
        ("Server", _how_it_is(server, mirror)),
        ("Addresses", addresses),
        ("Where and what", _where_and_what(server, mirror)),
        ("Ids", _ids(server)),
    ]


def _how_it_is(server: Server, mirror: Mirror) -> list[Label]:
    now = mirror.now
    listed = mirror.status.cloud.listed_at if mirror.status else None
    missing = f"not in the cloud since {both(server.missing_since, now)}" if server.missing_since else ""
    return [
        ("server", server.id),
        ("state", f"{server_state(server)[0]} since {both(server.since, now)}"),
        ("failed", server.failure),
        ("missing", missing),
        ("cloud says", " ".join(word for word in (server.cloud_status, server.task_state) if word)),
        ("read", both(listed, now) if listed and server.cloud_status else ""),
        ("asked for", both(server.created, now)),
        ("ready", both(server.ready_at, now) if server.ready_at else ""),
        ("refresh", f"when it is {span(server.refresh_age)} old" if server.refresh_age else ""),
    ]


def _where_and_what(server: Server, mirror: Mirror) -> list[Label]:
    return [
        ("pool", server.pool),
        ("flavor", f"{server.flavor} {size(server.vcpus, server.ram_mib, server.disk_gib)}".strip()),
        ("image", server.image),
        ("host", server.host),
        ("moves", way_of(mirror.operation_on(server.id))),
        ("volumes", " ".join(server.volume_ids)),
    ]


def _ids(server: Server) -> list[Label]:
    return [
        ("cloud", server.cloud_id),
        ("project", server.project),
        ("ports", " ".join(server.port_ids)),
        ("floating ip", server.floating_ip_id),
        ("lease", server.lease_id),
    ]


def _lease(lease: Lease, mirror: Mirror) -> Section:
    now = mirror.now
    server = mirror.tables.get(Server, lease.server_id)
    ended = "ended" if lease.end <= now else "ends"
    told = lease.notified_at if lease.notified_of == lease.end else None
    return (
        "Lease",
        [
            ("lease", lease.id),
            ("state", lease_state(lease, server)[0]),
            ("owner", lease.owner),
            ("project", lease.project),
            ("for", f"{lease.purpose}, importance {lease.importance}"),
            ("note", lease.note),
            ("began", both(lease.start, now)),
            (ended, both(lease.end, now)),
            ("renewed", count(lease.renewals, "time") if lease.renewals else ""),
            ("told of end", both(told, now) if told else "not yet" if lease.warned else ""),
            ("not taken", lease.postponed),
            ("stopped", both(lease.stopped_at, now) if lease.stopped_at else ""),
            ("kept", f"until {both(lease.grace_until, now)} unless it is renewed" if lease.grace_until else ""),
            ("ending", lease.end_reason if lease.state is not LeaseState.ACTIVE else ""),
            ("chosen", lease.matched),
            ("owner's key", lease.ssh_key),
        ],
    )


def _request(request: Request, now: datetime) -> Section:
    wait = f"a server {ago(now + request.estimate, now)}" if request.estimate is not None else "nobody can tell when"
    return (
        "Request",
        [
            ("request", request.id),
            ("state", request.state.value),
            ("owner", request.owner),
            ("project", request.project),
            ("for", f"{request.purpose}, importance {request.importance}"),
            ("note", request.note),
            ("wanted", request.flavor or size(request.vcpus, request.ram_mib) or "any size"),
            ("how long", short_term(request.term) if request.term else "as the pool gives"),
            ("asked", both(request.asked, now)),
            ("pool", request.pool),
            ("place", f"{request.position} in the queue" if request.position else ""),
            ("expected", wait if request.state is RequestState.QUEUED else ""),
            ("why", request.reason),
            ("decided", both(request.decided, now) if request.decided else ""),
            ("lease", request.lease_id),
        ],
    )


def _operation(operation: Operation, now: datetime) -> Section:
    return (
        "Operation",
        [
            ("operation", operation.id),
            ("what", operation.kind.value.replace("_", " ")),
            ("on", operation.server_id),
            ("state", operation.state.value),
            ("step", operation.step),
            ("counted", counted_text(operation, now)),
            ("rate", rate_text(operation, now)),
            ("waits for", operation.waiting_for),
            ("began", both(operation.started, now)),
            ("last step", both(operation.updated, now)),
            ("deadline", both(operation.deadline, now) if operation.deadline else ""),
            ("attempts", str(operation.attempts) if operation.attempts else ""),
            ("by", operation.actor),
            ("why", operation.reason),
            ("outcome", operation.outcome),
            ("remedy", operation.remedy),
            ("lease", operation.lease_id),
            ("with", ", ".join(f"{key}={said}" for key, said in shown_args(operation.args).items())),
        ],
    )


def _operation_page(operation: Operation, mirror: Mirror) -> list[Section]:
    server = mirror.tables.get(Server, operation.server_id)
    told = [event for event in mirror.tables.all(Event) if event.operation_id == operation.id][-LAST:]
    return [
        _operation(operation, mirror.now),
        ("Its lines", [(clock_time(one.at, mirror.now), one.text) for one in reversed(told)]),
        *(_server(server, mirror) if server else []),
    ]


def _event(event: Event, now: datetime) -> list[Section]:
    about = (
        ("pool", event.pool),
        ("server", event.server_id),
        ("lease", event.lease_id),
        ("request", event.request_id),
        ("operation", event.operation_id),
        ("owner", event.owner),
    )
    return [
        (
            "Event",
            [
                ("event", event.id),
                ("at", both(event.at, now)),
                ("what", event.text),
                ("kind", event.kind),
                ("how loud", LEVEL_WORDS[event.level][0]),
                ("by", event.actor),
                ("from", event.origin),
                ("why", event.reason),
                ("result", event.result),
            ],
        ),
        ("About", about),
        ("More", [("", row) for row in event.detail.split("\n")] if event.detail else []),
    ]


def _around(server: Server | None, lease: Lease | None, mirror: Mirror) -> list[Section]:
    """What is at work, what was told, and what happened."""
    now = mirror.now
    operation = mirror.operation_on(server.id) if server else None
    notices = [one for one in mirror.tables.all(Notice) if lease and one.lease_id == lease.id][-LAST:]
    return [
        *([_operation(operation, now)] if operation else []),
        ("Notices", [(clock_time(one.at, now), _notice(one, now)) for one in reversed(notices)]),
        _happened(mirror, server.id if server else "", lease.id if lease else ""),
    ]


def _notice(notice: Notice, now: datetime) -> str:
    who = notice.owner or "the operators"
    if notice.delivered_at:
        how = f"reached {who} {ago(notice.delivered_at, now)} by {notice.delivered_by}"
    elif notice.void:
        how = f"not delivered to {who} any more: {notice.void}"
    else:
        how = f"has not reached {who} yet" + (f": {notice.problem}" if notice.problem else "")
    return f"{notice.text} ({how})"


def _happened(mirror: Mirror, *ids: str) -> Section:
    events = mirror.events_of(*ids, limit=LAST)
    return "Last events", [(clock_time(one.at, mirror.now), f"{one.text}  (by {one.actor})") for one in events]


def _fields(record: Record) -> Iterable[tuple[str, Any]]:
    return ((name, getattr(record, name)) for name in record.__struct_fields__)


def _label(name: str) -> str:
    return name.replace("_", " ")


def _words(value: Any, now: datetime) -> str:
    """Any value of a record as words; empty for what says nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return both(value, now)
    if isinstance(value, timedelta):
        return short_term(value)
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(_words(part, now) for part in value)
    if isinstance(value, msgspec.Struct):
        said = ((name, _words(getattr(value, name), now)) for name in value.__struct_fields__)
        return " ".join(f"{name}={words}" for name, words in said if words)
    if isinstance(value, dict):
        return ", ".join(f"{name}={_words(said, now)}" for name, said in value.items() if name not in HIDDEN_ARGS)
    return str(value)
