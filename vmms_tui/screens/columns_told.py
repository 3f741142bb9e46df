"""Columns of lists that no screen has: what is left over in the cloud, and notices to people. Pure."""

from datetime import datetime

from vmms_tui.model.leaks import LedgerLine
from vmms_tui.model.notices import Notice
from vmms_tui.screens.wording import ago, span
from vmms_tui.widgets.column import Column, still
from vmms_tui.widgets.filtering import Kind

LEAKS: tuple[Column[LedgerLine], ...] = (
    still("kind", "k", "KIND", lambda line: line.kind.value),
    still("name", "n", "NAME", lambda line: line.name),
    still("server", "s", "SERVER", lambda line: line.server_id, find=lambda line: f"{line.server_id} {line.pool}"),
    Column(
        key="since",
        letter="a",
        title="SINCE",
        text=lambda line, now: span(now - line.since) if line.since else "",
        order=lambda line: line.since.timestamp() if line.since else 0.0,
        find=lambda _line: "",
        kind=Kind.SPAN,
        value=lambda line, now: now - line.since if line.since else None,
    ),
    still("verdict", "v", "VERDICT", lambda line: line.verdict.value),
    still("id", "i", "ID", lambda line: line.id),
    still("then", "t", "WHAT BECOMES OF IT", lambda line: line.then),
    still("why", "w", "WHY", lambda line: line.why, find=lambda line: f"{line.why} {line.project}"),
)


def arrived(notice: Notice) -> str:
    """When it arrived, or why not."""
    if notice.delivered_at:
        return f"{notice.delivered_at:%Y-%m-%d %H:%M:%S}Z"
    return "not needed" if notice.void else "not yet"


def note(notice: Notice, now: datetime) -> str:
    """Why it is not needed or did not arrive, and when it is tried again."""
    said = notice.void or notice.problem
    if notice.open and notice.next_try and notice.next_try > now:
        return f"{said} (tries again {ago(notice.next_try, now)})".strip()
    return said


NOTICES: tuple[Column[Notice], ...] = (
    still("notice", "i", "NOTICE", lambda one: one.id),
    Column(
        key="written",
        letter="w",
        title="WRITTEN",
        text=lambda one, _now: f"{one.at:%Y-%m-%d %H:%M:%S}Z",
        order=lambda one: one.at.timestamp(),
        find=lambda _one: "",
        kind=Kind.INSTANT,
        value=lambda one, _now: one.at,
    ),
    still("to", "t", "TO", lambda one: one.owner or "operators"),
    still("lease", "l", "LEASE", lambda one: one.lease_id),
    still("kind", "k", "KIND", lambda one: one.kind.value),
    still("arrived", "a", "ARRIVED", arrived, find=lambda one: "arrived" if one.delivered_at else arrived(one)),
    still("by", "b", "BY", lambda one: one.delivered_by),
    still("tries", "r", "TRIES", lambda one: str(one.attempts), count=lambda one: one.attempts),
    Column(
        key="note",
        letter="n",
        title="NOTE",
        text=note,
        order=lambda one: one.void or one.problem,
        find=lambda one: f"{one.void} {one.problem} {one.text}",
    ),
)
