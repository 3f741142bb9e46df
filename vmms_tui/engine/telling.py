"""Writes notices, and takes their proofs: the records for it, which still have to be committed."""

from datetime import datetime

from vmms_tui.engine.context import Context
from vmms_tui.engine.notices.port import OPERATORS
from vmms_tui.engine.policy import letters
from vmms_tui.engine.policy.calendar import next_working
from vmms_tui.engine.policy.telling import ABOUT_THE_END, outdated, proven
from vmms_tui.model.records import AnyRecord, Lease, Level, Notice, NoticeKind, Pool, changed


def word(context: Context, kind: NoticeKind, lease: Lease, text: str) -> Notice:
    """Something that the owner of a lease should know, beside its end."""
    now = context.clock.now()
    return Notice(
        id=context.ledger.number("notice"), at=now, owner=lease.owner, lease_id=lease.id, text=text, kind=kind
    )


def about_end(context: Context, kind: NoticeKind, lease: Lease) -> tuple[Notice, ...]:
    """A notice of the lease's end (`warning`, `stopped`), and the open ones before it, which it replaces."""
    bare = changed(word(context, kind, lease, ""), about_end=lease.end)
    before = [changed(old, void="a later notice says it") for old in _open_about_end(context, lease.id)]
    return (_written(context, bare, lease), *before)


def stopped(context: Context, lease: Lease) -> tuple[AnyRecord, ...]:
    """An overdue lease whose server is seen stopped now, and the notice of it. The grace counts from its delivery."""
    now = context.clock.now()
    until = next_working(now + context.policy.grace, context.policy.calendar)
    kept = changed(lease, stopped_at=now, told_at=None, grace_until=until)
    return (kept, *about_end(context, NoticeKind.STOPPED, kept))


def refreshed(context: Context, notice: Notice) -> Notice:
    """The notice as it reads now: when things happen may hang on when its owner is told."""
    lease = context.state.get(Lease, notice.lease_id)
    if lease is None or notice.kind not in ABOUT_THE_END or outdated(notice, lease):
        return notice
    return _written(context, notice, lease)


def _written(context: Context, notice: Notice, lease: Lease) -> Notice:
    pool = context.state.get(Pool, lease.pool)
    return letters.written(notice, lease, pool, context.policy, context.clock.now())


def being_told(context: Context, lease: Lease, kind: NoticeKind) -> Notice | None:
    """Such a notice about the lease's end as it is now that is on its way, if one is."""
    on_their_way = _open_about_end(context, lease.id)
    return next((one for one in on_their_way if one.kind is kind and one.about_end == lease.end), None)


def _open_about_end(context: Context, lease_id: str) -> list[Notice]:
    return [one for one in context.state.notices_of(lease_id) if one.open and one.kind in ABOUT_THE_END]


def to_operators(context: Context, lease: Lease, problem: str, not_before: datetime | None) -> tuple[AnyRecord, ...]:
    """That the owner of a lease could not be told of its end, and the event; nothing if they know that already."""
    for told in context.state.notices_of(lease.id):
        if told.kind is NoticeKind.OPERATOR and told.about_end == lease.end:
            return ()
    text = letters.not_told(lease, problem, context.policy)
    notice = changed(
        word(context, NoticeKind.OPERATOR, lease, text),
        owner=OPERATORS,
        about_end=lease.end,
        command=letters.told_command(lease),
        next_try=not_before,
    )
    said = context.ledger.event(
        "notice.undelivered", text, about=lease, level=Level.WARNING, reason=problem or letters.UNPROVED
    )
    return (notice, said)


def proof(
    context: Context,
    notice: Notice,
    by: str,
    *,
    how: str = "",
    actor: str = "engine",
    origin: str = "",
    reason: str = "",
) -> tuple[AnyRecord, ...]:
    """That a notice has reached whom it is for: notice, lease and event. `how` is what carried it."""
    lease, now = context.state.get(Lease, notice.lease_id), context.clock.now()
    delivered, told = proven(refreshed(context, notice), lease, by, now, context.policy)
    whom = notice.owner or "the operators"
    text = f"{whom} got {notice.id} ({notice.kind.value.replace('_', ' ')}) by {how or by}"
    why = reason or f"{how or by} proves it"
    said = context.ledger.event(
        "notice.delivered", text, about=notice, actor=actor, origin=origin, reason=why, result="ok"
    )
    return (delivered, said) if told is None else (delivered, told, said)


def voided(context: Context, lease: Lease, why: str) -> tuple[Notice, ...]:
    """What need not be delivered any more because the lease is not as it was."""
    return tuple(
        changed(notice, void=why)
        for notice in context.state.notices_of(lease.id)
        if notice.open and notice.about_end is not None
    )
