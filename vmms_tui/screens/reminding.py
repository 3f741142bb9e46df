"""What a person has to answer before something is taken from them. Pure; screens and commands show it."""

from datetime import datetime, timedelta

from vmms_tui.keys import Place, press
from vmms_tui.keys.leases import Renew
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Lease, LeaseState, Notice, NoticeKind
from vmms_tui.model.tables import Tables
from vmms_tui.screens.wording import ago
from vmms_tui.widgets.text import plain

_ABOUT_THE_END = {NoticeKind.WARNING, NoticeKind.STOPPED}
_LIVE = {LeaseState.ACTIVE, LeaseState.OVERDUE}


def to_answer(tables: Tables, owner: str) -> list[tuple[Notice, Lease]]:
    """The last notice about the end of each of their leases, as long as that is the end; the most urgent first."""
    last: dict[str, tuple[Notice, Lease]] = {}
    for notice in tables.all(Notice):
        if notice.owner != owner or notice.kind not in _ABOUT_THE_END or notice.void:
            continue
        lease = tables.get(Lease, notice.lease_id)
        if lease is not None and lease.state in _LIVE and lease.end == notice.about_end:
            last[lease.id] = (notice, lease)
    return sorted(last.values(), key=lambda one: _when(*one))


def _when(notice: Notice, lease: Lease) -> datetime:
    return lease.grace_until or notice.happens_at or lease.end


def for_operators(tables: Tables) -> list[tuple[Notice, Lease]]:
    """Whose owners could not be told of their end, as long as that is so; the last first."""
    waiting = []
    for notice in tables.all(Notice):
        if notice.owner or notice.kind is not NoticeKind.OPERATOR or notice.void:
            continue
        lease = tables.get(Lease, notice.lease_id)
        if lease is not None and lease.state in _LIVE and lease.end == notice.about_end and not _knows(lease):
            waiting.append((notice, lease))
    return waiting[::-1]


def _knows(lease: Lease) -> bool:
    return lease.told_at is not None if lease.stopped_at is not None else lease.notified_of == lease.end


def reminders(tables: Tables, you: Caller, now: datetime) -> list[tuple[str, str]]:
    """Ids of notices, and a line for each: first what this person has to answer, then what operators have to know."""
    said = [(notice.id, _line(notice, lease, now)) for notice, lease in to_answer(tables, you.name)]
    if you.operator:
        said += [(notice.id, _of_another(notice, lease)) for notice, lease in for_operators(tables)]
    return said


def _line(notice: Notice, lease: Lease, now: datetime) -> str:
    """Short: it has to be read at 60 columns."""
    ends = "ended" if lease.end <= now else "ends"
    answer = f"{press(Renew, Place.LEASES)} renews" if notice.command else "it cannot be renewed"
    if notice.kind is NoticeKind.STOPPED:
        until = lease.grace_until or notice.happens_at
        then = f"deleted {_at(until, now)}" if until and until > now else "deleted soon"
        return f"{lease.id} is over and {lease.server_id} stopped, {then}: {answer}"
    at = notice.happens_at
    later = f", taken {_at(at, now)}" if at and at - lease.end > timedelta(minutes=1) and at > now else ""
    return f"{lease.id} ({lease.server_id}) {ends} {_at(lease.end, now)}{later}: {answer}"


def _of_another(notice: Notice, lease: Lease) -> str:
    return f"{plain(lease.owner)} could not be told that {lease.id} ends; once they were: {notice.command}"


def _at(at: datetime, now: datetime) -> str:
    day = "" if at.date() == now.date() else f"{at:%m-%d} "
    return f"{day}{at:%H:%M} UTC ({ago(at, now)})"
