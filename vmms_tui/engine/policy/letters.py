"""What notices say. Times are exact and have their zone; ids stand first, as people search for them."""

from datetime import datetime, timedelta

from vmms_tui.engine.policy.calendar import local_and_utc
from vmms_tui.engine.policy.lease_terms import longest_renewal
from vmms_tui.engine.policy.telling import happens_at, important
from vmms_tui.engine.policy.words import counted, span
from vmms_tui.model.durations import format_duration
from vmms_tui.model.records import Lease, Notice, NoticeKind, Pool, changed
from vmms_tui.model.spec import Policy

MOST_LINES = 50
"""Of so many owners one letter to the operators tells."""
_HEADLINES = {
    NoticeKind.TAKEN_BACK: " is over, its server was taken back",
    NoticeKind.LOST: " has lost its server",
    NoticeKind.FAILED: ": something did not work",
}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

UNPROVED = "nothing proves that a notice reached them"
"""Why operators are told of a notice that nobody failed to deliver."""


def renew_command(lease: Lease, pool: Pool | None, now: datetime) -> str:
    """What keeps the lease, by as much as its pool gives by default; nothing where its terms are used up."""
    if pool is None:
        return ""
    longest = longest_renewal(lease, pool, now)
    term = min(pool.default_term, longest)
    return f"vmms renew {lease.id} {format_duration(term)}" if term > timedelta(0) else ""


def told_command(lease: Lease) -> str:
    """What an operator types who has told the owner."""
    return f"vmms told {lease.id}"


def written(notice: Notice, lease: Lease, pool: Pool | None, policy: Policy, now: datetime) -> Notice:
    """A notice about an end, saying what happens if it is read now."""
    at = happens_at(notice, lease, policy, now) or lease.end
    end, when = local_and_utc(lease.end, policy.calendar), local_and_utc(at, policy.calendar)
    happens = f"its server {lease.server_id} is deleted, with all that is on its disk"
    if notice.kind is NoticeKind.STOPPED:
        kept = f"its importance {lease.importance} keeps it for a while"
        text = f"Your lease {lease.id} ended {end} and {lease.server_id} is stopped: {kept}. At {when} {happens}."
    else:
        if important(lease, policy):
            rest = f"and deleted {span(policy.grace)} after you were told of that"
            happens = f"its server {lease.server_id} is stopped, {rest}"
        ends, then = "ended" if lease.end <= now else "ends", "Then" if at == lease.end else f"At {when}"
        text = f"Your lease {lease.id} {ends} {end} ({_why(lease)}). {then} {happens}."
    command = renew_command(lease, pool, now)
    return changed(notice, text=text, happens=happens, happens_at=at, command=command)


def _why(lease: Lease) -> str:
    """Why it ends just then."""
    renewed = f", renewed {counted(lease.renewals, 'time')}" if lease.renewals else ", never renewed"
    return f"it was lent for {span(lease.end - lease.start)}{renewed}"


def not_told(lease: Lease, problem: str, policy: Policy) -> str:
    """To the operators: somebody could not be told."""
    end = local_and_utc(lease.end, policy.calendar)
    why = problem.rstrip(".") or UNPROVED
    return (
        f"{lease.owner} could not be told that {lease.id} of {lease.server_id} ends {end}: {why}. "
        f"It is not taken back before they know."
    )


def letter(notice: Notice, now: datetime, installation: str) -> tuple[str, str]:
    """Subject and text of a letter to an owner, as it is sent now."""
    subject = safe(f"VMMS: {_headline(notice, now)}")
    lines = [notice.text]
    if notice.command:
        lines += ["", "Keep it with this command, or with + on the screen:", "", f"    {notice.command}"]
    elif notice.kind in {NoticeKind.WARNING, NoticeKind.STOPPED}:
        lines += ["", "It cannot be renewed any more. Save your work, and ask for a new server."]
    lines += ["", f"VMMS, installation {installation}, {notice.id}"]
    return subject, "\n".join(safe(line) for line in lines)


def _headline(notice: Notice, now: datetime) -> str:
    if notice.kind is NoticeKind.STOPPED and notice.happens_at:
        return f"{notice.lease_id} is over and stopped, deleted in {_roughly(notice.happens_at - now)}"
    if notice.kind is NoticeKind.WARNING and notice.about_end:
        left = notice.about_end - now
        return f"{notice.lease_id} " + (f"ends in {_roughly(left)}" if left > timedelta(0) else "has ended")
    return f"{notice.lease_id}{_HEADLINES.get(notice.kind, '')}"


def _roughly(time: timedelta) -> str:
    """A length of time with its two greatest units; never rounded up."""
    return " ".join(span(time).split(" ")[:4])


def operators_letter(notices: list[Notice], installation: str) -> tuple[str, str]:
    """Subject and text of one letter to the operators, about all of these."""
    subject = f"VMMS: {counted(len(notices), 'owner')} could not be told of the end of a lease"
    lines = []
    for notice in notices[:MOST_LINES]:
        lines += [notice.text, f"    When they were told: {notice.command}", ""]
    if len(notices) > MOST_LINES:
        lines += [f"And {len(notices) - MOST_LINES} more: `vmms notices` lists them.", ""]
    lines.append(f"VMMS, installation {installation}")
    return safe(subject), "\n".join(safe(line) for line in lines)


def safe(text: str) -> str:
    """One line without controls: names in it come from outside."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _REPLACEMENT for character in text)
