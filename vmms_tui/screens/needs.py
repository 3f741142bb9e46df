"""What waits for a person, in words, and the next step for each. Pure; `model.needs` finds it."""

import shlex
from dataclasses import dataclass
from datetime import datetime

import msgspec

from vmms_tui.keys import Act, Place, key_name, menus, press
from vmms_tui.keys import dash as keys
from vmms_tui.keys.cloud import Evacuate
from vmms_tui.keys.leases import Release, Renew
from vmms_tui.keys.rows import Explain
from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.commands import AnyCommand, HealAll, HealServer, TellOwner, Thaw
from vmms_tui.model.draining import MoveQueue
from vmms_tui.model.needs import Need, NeedKind, Severity, Shelf, concerns, found, holds, order
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Pool
from vmms_tui.model.status import CloudStatus, EngineStatus
from vmms_tui.model.tables import Tables
from vmms_tui.screens import healing, queues, reserving, suspects
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.operation_rows import ending_of
from vmms_tui.screens.wording import ago, clock_time, count, instant, loop_words, span
from vmms_tui.widgets.column import Column
from vmms_tui.widgets.filtering import Kind


@dataclass(frozen=True)
class Step:
    """What to do next: where `enter` leads, the advice, and the command that does or shows it."""

    place: Place
    words: str
    command: str
    verb: str
    """One word for a narrow column."""
    narrow: str = ""
    row_id: str = ""
    act: type[Act] = keys.Jump
    """What does it."""


class NeedRow(msgspec.Struct, frozen=True, gc=False):
    """A need, and who sees to it."""

    need: Need
    status: EngineStatus
    said: Acknowledgement | None = None

    @property
    def id(self) -> str:
        """The need's."""
        return self.need.id

    @property
    def rank(self) -> tuple[bool, tuple[int, bool, float, str]]:
        """What nobody sees to comes first; then the worst, then the oldest."""
        return self.said is not None, order(self.need)


def need_rows(tables: Tables, status: EngineStatus, you: Caller, now: datetime) -> list[NeedRow]:
    """What waits for this person, in its order."""
    rows = []
    for need in found(tables, status, now):
        if concerns(need, you):
            said = tables.get(Acknowledgement, need.id)
            rows.append(NeedRow(need, status, said if holds(said, need) else None))
    return sorted(rows, key=lambda row: row.rank)


def waiting(rows: list[NeedRow]) -> int:
    """How many nobody sees to."""
    return sum(1 for row in rows if row.said is None)


# Words

SEE_HOST = "see the host, and what of ours is on it"
NAMES = {
    NeedKind.ENGINE: "engine",
    NeedKind.FROZEN: "engine",
    NeedKind.CLOUD: "cloud",
    NeedKind.SETTINGS: "settings",
    NeedKind.RESERVE: "reserve",
    NeedKind.SHORT: "requests",
    NeedKind.INCIDENT: "servers",
}
"""What a need is about, where it has no subject of its own."""


def subject(row: NeedRow) -> str:
    """What it is about."""
    need = row.need
    if need.kind is NeedKind.CLOUD:
        return row.status.cloud.name
    if need.queue is not None:
        return need.queue.host or need.queue.errand.value
    return need.subject or NAMES[need.kind]


def sentence(row: NeedRow, now: datetime) -> str:
    """What is so, with numbers and ages. It goes on from the subject, and has no stop."""
    need = row.need
    match need.kind:
        case NeedKind.BROKEN | NeedKind.HELD | NeedKind.SHORT:
            return _pool(need, now)
        case NeedKind.FAILED | NeedKind.MISSING | NeedKind.OPERATION:
            return _server(need, now)
        case NeedKind.ENDS | NeedKind.OVERDUE | NeedKind.UNTOLD:
            return _lease(need, now)
        case NeedKind.HOST:
            return _host(need, now)
        case NeedKind.ILL | NeedKind.INCIDENT:
            return healing.need_words(need, now)
        case NeedKind.MOVES if need.queue is not None:
            return queues.need_words(need.queue, now)
    return _engine(need, row.status, now)


def _engine(need: Need, status: EngineStatus, now: datetime) -> str:
    lasts = f" for {span(now - need.since)}" if need.since else ""
    if need.kind is NeedKind.ENGINE:
        return f"takes no changes: {status.problem}"
    if need.kind is NeedKind.FROZEN:
        who = f"{status.frozen.by}: " if status.frozen and status.frozen.by != "engine" else ""
        return f"frozen{lasts}, nothing is deleted: {who}{status.frozen.reason if status.frozen else ''}"
    if need.kind is NeedKind.CLOUD:
        return f"unreachable{lasts}: {status.cloud.problem}"
    if need.kind is NeedKind.LOOP:
        return next((loop_words(one, now) for one in status.loops if one.name == need.subject), "")
    if need.kind is NeedKind.RESERVE:
        return reserving.sentence(status.reserve) if status.reserve is not None else ""
    problems = status.settings_problems
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"the last good ones stay in force: {problems[0] if problems else ''}{more}"


def _pool(need: Need, now: datetime) -> str:
    pool, lasts = need.pool, f" for {span(now - need.since)}" if need.since else ""
    if pool is not None and need.kind is NeedKind.BROKEN:
        return f"broken{lasts}: {pool.broken.rstrip('.')}; {_shelf(need.shelf, pool, now)}"
    if pool is not None and need.kind is NeedKind.HELD:
        again = f", tries again {ago(pool.paused_until, now)}" if pool.paused and pool.paused_until else ""
        failed = count(pool.failures or pool.refusals, "build") + (" failed" if pool.failures else " refused")
        why = pool.paused.rstrip(".") or f"{failed} in a row"
        return f"builds nothing{lasts}: {why}{again}; {_shelf(need.shelf, pool, now)}"
    return _shelf(need.shelf, pool, now)


def _shelf(shelf: Shelf, pool: Pool | None, now: datetime) -> str:
    first = f", the first for {span(now - shelf.oldest)}" if shelf.oldest else ""
    waits = "waits" if shelf.waiting == 1 else "wait"
    wait = f"{count(shelf.waiting, 'request')} {waits}{first}; " if shelf.waiting else ""
    wanted = f" of {pool.available_now}" if pool is not None else ""
    building = f", {shelf.building} being built" if shelf.building else ""
    return f"{wait}{shelf.ready}{wanted} ready{building}"


def _host(need: Need, now: datetime) -> str:
    lasts = f" for {span(now - need.since)}" if need.since else ""
    lent = f", {need.lent} of them on leases" if need.lent else ""
    ours = f"with {count(need.servers, 'server')} of ours{lent}"
    return suspects.need_words(need.suspect, lasts, ours) if need.suspect is not None else f"down{lasts}, {ours}"


def _server(need: Need, now: datetime) -> str:
    lease = need.lease
    lent = f" on {lease.id} of {lease.owner}" if lease is not None else ""
    when = f" {ago(need.since, now)}" if need.since else ""
    if need.kind is NeedKind.OPERATION and need.operation is not None:
        work = need.operation
        kind = work.kind.value.replace("_", " ")
        why = ending_of(work) or work.waiting_for
        return f"{kind} of {work.server_id}{lent} failed{when} at step {work.step}" + (f": {why}" if why else "")
    if need.kind is NeedKind.FAILED:
        why = need.server.failure if need.server is not None else ""
        return f"failed{when}{lent}" + (f": {why}" if why else "")
    lasts = f" for {span(now - need.since)}" if need.since else ""
    return f"not in the cloud's list{lasts}{',' if lent else ''}{lent}"


def _lease(need: Need, now: datetime) -> str:
    lease = need.lease
    if lease is None:
        return ""
    ends = f"{'ends' if lease.end > now else 'ended'} {ago(lease.end, now)}"
    whose = f"{lease.server_id} of {lease.owner}"
    if need.kind is NeedKind.UNTOLD and need.notice is not None:
        tries = count(need.notice.attempts, "try", "tries")
        return f"{lease.owner} could not be told that it {ends} ({tries}): {need.notice.problem}"
    if need.kind is NeedKind.OVERDUE:
        deleted = f", deleted {ago(need.due, now)} ({instant(need.due)})" if need.due else ""
        stays = f"; not taken back: {lease.postponed}" if lease.postponed else ""
        stopped = "stopped" if lease.stopped_at else "not stopped yet"
        return f"over for {span(now - lease.end)}, {whose} {stopped}{deleted}{stays}"
    told = "" if lease.notified_of == lease.end else ", its owner was not told"
    matters = f", importance {lease.importance}" if lease.importance else ""
    return f"{ends} ({clock_time(lease.end, now)} UTC), {whose}{matters}{told}"


# The next step


def step(row: NeedRow) -> Step:
    """What to do next."""
    need = row.need
    match need.kind:
        case NeedKind.BROKEN | NeedKind.HELD | NeedKind.SHORT:
            show = f"vmms show {need.subject}" if need.pool else "vmms leases"
            words = f"see the pool; {press(Explain, Place.POOLS)} there says why"
            return Step(Place.POOLS, words, show, "pool", row_id=need.subject)
        case NeedKind.FAILED | NeedKind.MISSING | NeedKind.OPERATION:
            return _server_step(need)
        case NeedKind.ENDS | NeedKind.OVERDUE | NeedKind.UNTOLD:
            return _lease_step(need)
        case NeedKind.INCIDENT:
            words = "look in Events what they have in common, then let their ladders go on"
            return Step(Place.EVENTS, words, _line(HealAll()), "heal", narrow="what:incident", act=keys.HealAllIll)
        case NeedKind.ILL if need.lease is not None:
            heal, why = press(menus.HealServer, Place.LEASES), press(Explain, Place.LEASES)
            words = f"see the lease; {heal} there lets the next step be done, {why} says how far it has come"
            command = _line(HealServer(lease_id=need.subject))
            return Step(Place.LEASES, words, command, "lease", row_id=need.lease.id)
        case NeedKind.HOST:
            return _host_step(need)
        case NeedKind.MOVES if need.queue is not None:
            return _moves_step(need, need.queue)
        case NeedKind.RESERVE:
            return Step(Place.HOSTS, "see the hosts; open one, bring one back, or add one", "vmms hosts", "hosts")
    return _engine_step(need, row.status.cloud)


def _host_step(need: Need) -> Step:
    """Where a person must decide, the way to swear that it is dead."""
    row_id = need.host.id if need.host is not None else ""
    suspect = need.suspect
    first = suspects.first_remedy(suspect) if suspect is not None else ""
    if suspect is None or not suspects.must_decide(suspect):
        return Step(Place.HOSTS, _advice(first) or SEE_HOST, "vmms hosts", "host", row_id=row_id)
    words = f"see that nothing runs on it, its power off; then {press(Evacuate, Place.HOSTS)} there, and swear to it"
    words += f". {first.rstrip('.')}" if first else ""
    # the oath is put into nobody's mouth: this only looks, and says what to swear
    command = shlex.join(["vmms", "evacuate", need.subject, "--plan-only"])
    return Step(Place.HOSTS, words, command, "host", row_id=row_id)


def _advice(remedy: str) -> str:
    """A remedy as an advice: in lower case, without its stop."""
    begin = remedy[:1].lower() if remedy[1:2].islower() else remedy[:1]
    return f"{begin}{remedy[1:]}".rstrip(".")


def _moves_step(need: Need, queue: MoveQueue) -> Step:
    words = "make way for each, as its details say, then have them tried again"
    row_id = need.host.id if need.host is not None else ""
    return Step(
        Place.HOSTS, words, _line(queues.say_again(queue, need.host)), "retry", row_id=row_id, act=keys.RetryMoves
    )


def _engine_step(need: Need, cloud: CloudStatus) -> Step:
    if need.kind is NeedKind.FROZEN:
        words = "look whether the clock and the leases are right, then thaw"
        return Step(Place.EVENTS, words, _line(Thaw()), "thaw", narrow="what:guard", act=keys.Thaw)
    about, words, command = {
        NeedKind.ENGINE: ("what:store", "read why in Events; a disk that has room again heals it", "vmms info"),
        NeedKind.CLOUD: ("what:cloud", _advice(cloud.remedy) or "read when it began in Events", "vmms doctor"),
        NeedKind.SETTINGS: ("what:settings", "mend the file; it is read again by itself", "vmms settings check"),
    }.get(need.kind, (need.subject, "read what happened in Events", "vmms doctor"))
    return Step(Place.EVENTS, words, command, "events", narrow=about)


def _server_step(need: Need) -> Step:
    command = f"vmms show {need.subject}"
    if need.kind is NeedKind.OPERATION:
        return Step(Place.OPS, "see the operation", command, "op", row_id=need.subject)
    if need.lease is not None:
        words = f"see the lease; {press(Release, Place.LEASES)} there gives it back, once {need.lease.owner} knows"
        return Step(Place.LEASES, words, command, "lease", row_id=need.lease.id)
    pool = need.server.pool if need.server is not None else ""
    return Step(Place.POOLS, "see its pool", command, "pool", row_id=pool)


def _lease_step(need: Need) -> Step:
    if need.kind is NeedKind.UNTOLD and need.lease is not None:
        words = f"tell {need.lease.owner} yourself, then say so with the command"
        return Step(Place.LEASES, words, _line(TellOwner(lease_id=need.subject)), "lease", row_id=need.subject)
    renew, release = press(Renew, Place.LEASES), press(Release, Place.LEASES)
    words = f"see the lease; {renew} there renews it, {release} gives it back"
    return Step(Place.LEASES, words, f"vmms show {need.subject}", "lease", row_id=need.subject)


def _line(command: AnyCommand) -> str:
    return command_line(command)


def seen_words(said: Acknowledgement, now: datetime) -> str:
    """Who sees to it, since when, and their note."""
    return f"{said.by} sees to it, said {ago(said.at, now)}" + (f": {said.note}" if said.note else "")


# Columns

TONES = {Severity.CRIT: "bad", Severity.WARN: "warn", Severity.SOON: ""}


def _tone(row: NeedRow, _now: datetime) -> str:
    return "muted" if row.said else TONES[row.need.severity]


def _calm(row: NeedRow, _now: datetime) -> str:
    return "muted" if row.said else ""


def _what(row: NeedRow, now: datetime) -> str:
    return f"{row.said.by}: {row.said.note or 'sees to it'}; {sentence(row, now)}" if row.said else sentence(row, now)


def _key(row: NeedRow) -> str:
    todo = step(row)
    key = key_name(todo.act, Place.DASH)
    return f"{key}:{todo.verb}" if key else press(todo.act, Place.DASH)


NEEDS: tuple[Column[NeedRow], ...] = (
    Column(
        key="severity",
        letter="s",
        title="NEED",
        text=lambda row, _now: row.need.severity.name,
        order=lambda row: row.rank,
        find=lambda row: f"{row.need.severity.name} {row.id}",
        tone=_tone,
        least=4,
        firm=True,
    ),
    Column(
        key="subject",
        letter="u",
        title="ABOUT",
        text=lambda row, _now: subject(row),
        order=subject,
        find=lambda row: f"{subject(row)} {row.need.owner}",
        tone=lambda row, _: "muted" if row.said else "strong",
        least=8,
        most=14,
        firm=True,
    ),
    Column(
        key="what",
        letter="w",
        title="WHAT",
        text=_what,
        order=lambda row: row.need.kind.value,
        find=lambda row: sentence(row, row.status.now),
        tone=_calm,
        least=20,
        grows=True,
    ),
    Column(
        key="since",
        letter="a",
        title="SINCE",
        text=lambda row, now: span(now - row.need.since) if row.need.since else "",
        order=lambda row: -row.need.since.timestamp() if row.need.since else 0.0,
        find=lambda _row: "",
        tone=_calm,
        kind=Kind.SPAN,
        value=lambda row, now: now - row.need.since if row.need.since else None,
        least=6,
        right=True,
        rank=2,
    ),
    Column(
        key="next",
        letter="n",
        title="NEXT",
        text=lambda row, _now: _key(row),
        order=_key,
        find=lambda row: f"{step(row).words} {step(row).command}",
        tone=lambda row, _: "muted",
        least=6,
        most=12,
        firm=True,
        rank=1,
    ),
)
