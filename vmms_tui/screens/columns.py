"""What the columns of the lists show. Pure."""

from datetime import datetime
from typing import Any

from vmms_tui.keys import address_of
from vmms_tui.model.records import Lease
from vmms_tui.screens.rows import EventRow, LeaseRow, PoolRow, ServerRow
from vmms_tui.screens.wording import (
    LEVEL_WORDS,
    clock_time,
    lease_state,
    pool_note,
    pool_state,
    server_state,
    span,
    time_left,
)
from vmms_tui.widgets.column import Column, natural
from vmms_tui.widgets.column import still as _still
from vmms_tui.widgets.filtering import Kind


def _strong(_row: Any, _now: datetime) -> str:
    return "strong"


def _muted(_row: Any, _now: datetime) -> str:
    return "muted"


def _pool_state(row: PoolRow) -> tuple[str, str]:
    return pool_state(row.pool, row.ready, row.used, row.building)


POOLS: tuple[Column[PoolRow], ...] = (
    _still("name", "n", "NAME", lambda row: row.id, tone=_strong, least=6, most=18, firm=True),
    _still("state", "s", "STATE", lambda row: _pool_state(row)[0], tone=lambda row, _: _pool_state(row)[1], least=8),
    _still(
        "ready", "r", "READY/WANT", lambda row: f"{row.ready}/{row.pool.available_now}", count=lambda row: row.ready
    ),
    _still("used", "u", "USED/MAX", lambda row: f"{row.used}/{row.pool.limit_now}", count=lambda row: row.used),
    _still(
        "lately",
        "l",
        "READY, 2h",
        lambda row: row.lately,
        order=lambda row: row.ready,
        find=lambda _row: "",
        tone=_muted,
        least=12,
        rank=3,
    ),
    _still("flavor", "f", "FLAVOR", lambda row: row.pool.flavor, least=9, most=14),
    _still("image", "i", "IMAGE", lambda row: row.pool.image, least=10, most=18, rank=1),
    _still("purposes", "p", "PURPOSES", lambda row: " ".join(row.pool.purposes), least=10, most=22),
    Column(
        key="note",
        letter="o",
        title="NOTE",
        text=lambda row, now: pool_note(row.pool, now),
        order=lambda row: (row.pool.broken, row.pool.paused, row.pool.surge),
        find=lambda row: f"{row.pool.broken} {row.pool.paused}",
        tone=lambda row, now: "warn" if row.pool.broken or row.pool.paused else "muted",
        least=16,
        grows=True,
        rank=-1,
    ),
)


def _server_note(row: ServerRow) -> str:
    if row.server.failure:
        return row.server.failure
    return row.lease.owner if row.lease else row.server.task_state


SERVERS: tuple[Column[ServerRow], ...] = (
    _still("name", "n", "NAME", lambda row: row.id, tone=_strong, least=8, most=26, firm=True),
    _still(
        "state",
        "s",
        "STATE",
        lambda row: server_state(row.server)[0],
        find=lambda row: f"{server_state(row.server)[0]} {row.server.state.value}",
        tone=lambda row, _: server_state(row.server)[1],
        least=8,
        most=10,
    ),
    Column(
        key="age",
        letter="a",
        title="AGE",
        text=lambda row, now: span(now - row.server.created),
        order=lambda row: -row.server.created.timestamp(),
        find=lambda _row: "",
        kind=Kind.SPAN,
        value=lambda row, now: now - row.server.created,
        least=6,
        right=True,
    ),
    _still(
        "ip",
        "i",
        "IP",
        lambda row: address_of(row.server) or "-",
        find=lambda row: f"{row.server.floating_ip} {row.server.address}",
        least=11,
        most=39,
    ),
    _still(
        "host",
        "h",
        "HOST",
        lambda row: row.server.host or "-",
        order=lambda row: natural(row.server.host or "-"),
        most=16,
    ),
    _still("lease", "l", "LEASE", lambda row: row.server.lease_id or "-", least=6, most=16),
    _still(
        "note",
        "o",
        "NOTE",
        _server_note,
        tone=lambda row, _: "bad" if row.server.failure else "muted",
        least=8,
        grows=True,
    ),
)


def _lease_state(row: LeaseRow) -> tuple[str, str]:
    return lease_state(row.about, row.server) if isinstance(row.about, Lease) else ("QUEUED", "warn")


def _left(row: LeaseRow, now: datetime) -> tuple[str, str]:
    if isinstance(row.about, Lease):
        return time_left(row.about, now)
    return f"{span(row.about.term)}  ", "muted"


def lease_note(row: LeaseRow) -> str:
    """What a person should know: for a request its place in the queue comes first."""
    if isinstance(row.about, Lease):
        return row.about.note
    wait = f", about {span(row.about.estimate)}" if row.about.estimate is not None else ", nobody knows how long"
    place = f"place {row.about.position}{wait}" if row.about.position else "waits"
    return "; ".join(part for part in (place, row.about.reason, row.about.note) if part)


def _server_name(row: LeaseRow) -> str:
    """The server, or the place in the queue for one."""
    if isinstance(row.about, Lease):
        return row.about.server_id
    return f"place {row.about.position}" if row.about.position else "-"


def _lease_ip(row: LeaseRow) -> str:
    """The address, or when there will probably be one."""
    if isinstance(row.about, Lease):
        return (address_of(row.server) if row.server else "") or "-"
    return f"in ~{span(row.about.estimate)}" if row.about.estimate is not None else "-"


LEASES: tuple[Column[LeaseRow], ...] = (
    _still("lease", "l", "LEASE", lambda row: row.id, least=6, most=14, firm=True),
    _still("server", "v", "SERVER", _server_name, tone=_strong, least=8, most=18, firm=True),
    _still("pool", "p", "POOL", lambda row: row.about.pool or "-", least=6, most=12),
    _still(
        "state",
        "s",
        "STATE",
        lambda row: _lease_state(row)[0],
        tone=lambda row, _: _lease_state(row)[1],
        least=8,
        most=10,
    ),
    _still("owner", "o", "OWNER", lambda row: row.about.owner, least=8, most=14),
    Column(
        key="left",
        letter="t",
        title="LEFT  ",
        text=lambda row, now: _left(row, now)[0],
        order=lambda row: row.end,
        find=lambda _row: "",
        kind=Kind.SPAN,
        value=lambda row, now: row.about.end - now if isinstance(row.about, Lease) else None,
        tone=lambda row, now: _left(row, now)[1],
        least=8,
        most=10,
        right=True,
    ),
    _still(
        "ip",
        "i",
        "IP",
        _lease_ip,
        find=lambda row: f"{row.server.floating_ip} {row.server.address}" if row.server else "",
        least=7,
        most=39,
        firm=True,
    ),
    _still(
        "importance",
        "m",
        "IMP",
        lambda row: str(row.about.importance),
        count=lambda row: row.about.importance,
        least=3,
        right=True,
    ),
    _still("note", "n", "NOTE", lease_note, tone=lambda row, _: "" if row.request else "muted", least=12, grows=True),
)


def _about(row: EventRow) -> str:
    event = row.event
    return f"{event.server_id} {event.lease_id} {event.request_id} {event.pool} {event.owner}"


EVENTS: tuple[Column[EventRow], ...] = (
    Column(
        key="at",
        letter="a",
        title="AT",
        text=lambda row, now: clock_time(row.event.at, now),
        order=lambda row: row.id,
        find=lambda row: f"{row.event.at:%Y-%m-%d %H:%M:%S}",
        kind=Kind.INSTANT,
        value=lambda row, _now: row.event.at,
        tone=_muted,
        least=8,
    ),
    _still(
        "level",
        "l",
        "LEVEL",
        lambda row: LEVEL_WORDS[row.event.level][0],
        find=lambda row: row.event.level.value,
        tone=lambda row, _: LEVEL_WORDS[row.event.level][1],
        least=6,
    ),
    _still("what", "w", "WHAT", lambda row: row.event.kind, least=8, most=16, rank=1),
    _still("subject", "s", "SUBJECT", lambda row: row.subject or "-", find=_about, tone=_strong, least=7, most=18),
    _still(
        "text",
        "t",
        "TEXT",
        lambda row: row.event.text,
        find=lambda row: f"{row.event.text} {row.event.actor}",
        least=24,
        grows=True,
    ),
)
