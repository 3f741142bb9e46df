"""Whether what must always hold holds: of the records, of the engine, and of what the cloud has.

Each check is a function from what is known to its findings: one that all is well, or one for each thing that is not.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vmms_tui.engine.policy.expiry import RELEASED
from vmms_tui.engine.policy.quotas import NOTHING, Key, OverQuota, Usage, check_kept, holders
from vmms_tui.engine.policy.telling import told_at
from vmms_tui.engine.policy.words import counted, instant, span
from vmms_tui.model.leaks import Kind, Leaks, Verdict
from vmms_tui.model.records import Lease, LeaseState, Operation, OperationState, Pool, Server, ServerState, changed
from vmms_tui.model.spec import Policy
from vmms_tui.model.status import EngineStatus

STUCK = timedelta(hours=1)
"""An operation that said nothing for so long, and not for what it waits, is stuck."""
MOST_SHOWN = 10
"""Findings of one check; how many more there are is said."""
REPORT = "This is a mistake in VMMS: report it with `vmms events`."

_LIVE = frozenset({LeaseState.ACTIVE, LeaseState.OVERDUE, LeaseState.ENDING})
_HELD = frozenset({LeaseState.ACTIVE, LeaseState.OVERDUE})
_AT_WORK = frozenset({OperationState.RUNNING, OperationState.WAITING})
_IN_CLOUD = frozenset({ServerState.READY, ServerState.LEASED, ServerState.STOPPED})


class Outcome(StrEnum):
    """What a check has found."""

    OK = "OK"
    LOOK = "LOOK"
    """Nothing is broken, but somebody should know."""
    WRONG = "WRONG"
    UNKNOWN = "NOT CHECKED"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    check: str
    outcome: Outcome
    text: str
    remedy: str = ""
    """What to do; a sentence."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known."""

    now: datetime
    pools: Sequence[Pool]
    servers: Mapping[str, Server]
    leases: Sequence[Lease]
    operations: Sequence[Operation]
    policy: Policy
    status: EngineStatus | None = None
    """None: no engine runs."""
    cloud: Leaks | None = None
    """A look at everything that carries our tag, taken before the records were read; None: there is none."""


def diagnose(facts: Facts) -> list[Finding]:
    """All checks, in the order in which they are worth reading."""
    return [finding for name, check in CHECKS.items() for finding in _findings(name, check(facts))]


def exit_code(findings: Iterable[Finding]) -> int:
    """1 when something is wrong, 3 when something could not be checked, else 0."""
    outcomes = {finding.outcome for finding in findings}
    if Outcome.WRONG in outcomes:
        return 1
    return 3 if Outcome.UNKNOWN in outcomes else 0


_Line = tuple[Outcome, str, str]
"""Outcome, text, remedy."""


def _findings(check: str, lines: Sequence[_Line]) -> list[Finding]:
    shown = [Finding(check=check, outcome=outcome, text=text, remedy=remedy) for outcome, text, remedy in lines]
    if len(shown) > MOST_SHOWN:
        more = counted(len(shown) - MOST_SHOWN, "more like this", "more like these")
        return [*shown[:MOST_SHOWN], changed(shown[MOST_SHOWN], text=f"and {more}", remedy="")]
    return shown


def _or_well(lines: Sequence[_Line], well: str) -> Sequence[_Line]:
    return lines or [(Outcome.OK, well, "")]


def _engine(facts: Facts) -> Sequence[_Line]:
    status = facts.status
    if status is None:
        return [(Outcome.UNKNOWN, "no engine runs; the store was read as it lies on disk", "`vmms doctor --start`.")]
    lines: list[_Line] = []
    if status.problem:
        lines.append((Outcome.WRONG, f"it takes no changes: {status.problem}", "docs/operations.md says how it heals."))
    for loop in status.loops:
        if loop.late:
            lines.append((Outcome.WRONG, f"its loop {loop.name} gives no sign of life", "Restart it; see vmms.log."))
        elif loop.error:
            lines.append((Outcome.LOOK, f"its loop {loop.name} says: {loop.error}", ""))
    if status.frozen:
        lines.append((Outcome.LOOK, f"frozen: {status.frozen.reason}", "`vmms thaw`, when the clock is right."))
    lines += [(Outcome.LOOK, f"settings: {problem}", "`vmms settings check`.") for problem in status.settings_problems]
    lines += [(Outcome.LOOK, remark, "") for remark in status.remarks]
    return _or_well(lines, "it runs, and takes changes")


def _one_lease(facts: Facts) -> Sequence[_Line]:
    on: dict[str, list[str]] = defaultdict(list)
    for lease in facts.leases:
        if lease.state in _LIVE:
            on[lease.server_id].append(lease.id)
    lines = [
        (Outcome.WRONG, f"{server_id} is on {' and '.join(ids)}", f"Release all but one of them. {REPORT}")
        for server_id, ids in on.items()
        if len(ids) > 1
    ]
    return _or_well(lines, f"each of {counted(len(on), 'lent server')} is on one lease")


def _links(facts: Facts) -> Sequence[_Line]:
    lines: list[_Line] = []
    live = {lease.id: lease for lease in facts.leases if lease.state in _LIVE}
    for lease in live.values():
        server = facts.servers.get(lease.server_id)
        if server is None or server.state is ServerState.GONE:
            lines.append(
                (Outcome.WRONG, f"{lease.id} is on {lease.server_id}, which is not there", f"Release {lease.id}.")
            )
        elif server.lease_id != lease.id and server.state is not ServerState.RECLAIMING:
            other = server.lease_id or "no lease"
            lines.append((Outcome.WRONG, f"{lease.id} is on {server.id}, which says {other}", REPORT))
    lines += [
        (Outcome.WRONG, f"{server.id} is lent on {server.lease_id or 'nothing'}, which is over", REPORT)
        for server in facts.servers.values()
        if server.state in {ServerState.LEASED, ServerState.STOPPED} and server.lease_id not in live
    ]
    return _or_well(lines, "leases and servers know of each other")


def _limits(facts: Facts) -> Sequence[_Line]:
    total = Counter(server.pool for server in facts.servers.values() if server.state is not ServerState.GONE)
    lines = [
        (
            Outcome.LOOK,
            f"pool {pool.id} has {counted(total[pool.id], 'server')}, more than its limit of {pool.limit_now}",
            "It was lowered; the pool is within it when leases have ended.",
        )
        for pool in facts.pools
        if total[pool.id] > pool.limit_now and not pool.retired
    ]
    lines += [
        (Outcome.LOOK, f"pool {pool.id} is broken: {pool.broken}", "Mend its settings, or the cloud.")
        for pool in facts.pools
        if pool.broken
    ]
    return _or_well(lines, f"{counted(len(facts.pools), 'pool')} within the limits")


def _quotas(facts: Facts) -> Sequence[_Line]:
    held: dict[Key, Usage] = defaultdict(lambda: NOTHING)
    limited = {}
    for lease in facts.leases:
        if lease.state in _HELD:
            server = facts.servers.get(lease.server_id)
            for holder in holders(lease.owner, lease.project, facts.policy.quota):
                limited[holder.key] = holder
                held[holder.key] += Usage(1, server.vcpus, server.ram_mib) if server else Usage(1)
    lines: list[_Line] = []
    for key, holder in limited.items():
        try:
            check_kept(holder, held[key])
        except OverQuota as over:
            lines.append((Outcome.LOOK, over.message.rstrip("."), "It was lowered; nothing of theirs is renewed."))
    return _or_well(lines, f"{counted(len(limited), 'holder')} within the quotas" if limited else "nobody has one")


def _important(facts: Facts) -> Sequence[_Line]:
    lines = [
        (Outcome.WRONG, f"{lease.id} ended at {instant(lease.ended_at)}, {what}", REPORT)
        for lease in facts.leases
        if lease.ended_at and (what := _ended_badly(lease, facts.policy))
    ]
    kept = sum(lease.state is LeaseState.OVERDUE for lease in facts.leases)
    return _or_well(lines, f"none went too early; {counted(kept, 'lease')} past the end kept now")


def _ended_badly(lease: Lease, policy: Policy) -> str:
    if lease.importance < policy.importance_threshold or lease.end_reason.startswith(RELEASED):
        return ""
    if lease.stopped_at is None or lease.told_at is None:
        return "important by the settings now in force, and was not stopped and its owner told first"
    if lease.ended_at and lease.grace_until and lease.ended_at < lease.grace_until:
        return f"though it was kept until {instant(lease.grace_until)}"
    return ""


def _told(facts: Facts) -> Sequence[_Line]:
    lines: list[_Line] = [
        (Outcome.WRONG, f"{lease.id} of {lease.owner} ended at {instant(lease.ended_at)}, and {what}", REPORT)
        for lease in facts.leases
        if lease.ended_at and (what := _untold(lease))
    ]
    lines += [
        (Outcome.LOOK, f"{lease.id} of {lease.owner} is kept: {lease.postponed}", f"Tell them: `vmms told {lease.id}`.")
        for lease in facts.leases
        if lease.state in _HELD and lease.postponed
    ]
    return _or_well(lines, "no server was taken back whose owner was not told, and none is kept for that")


def _untold(lease: Lease) -> str:
    """What is wrong with how it ended; of leases that an older VMMS ended nothing is known."""
    if lease.end_reason.startswith(RELEASED) or lease.warned_at is None:
        return ""
    told = told_at(lease)
    if told is None:
        return "nothing proves that its owner was told"
    if lease.ended_at and lease.ended_at < told:
        return f"its owner was told only at {instant(told)}"
    return ""


def _operations(facts: Facts) -> Sequence[_Line]:
    at_work = [one for one in facts.operations if one.state in _AT_WORK]
    lines = [
        (
            Outcome.WRONG,
            f"{one.kind} of {one.server_id} ({one.id}) stands at {one.step} for {span(facts.now - one.updated)}",
            "Restart the engine: it takes it up again.",
        )
        for one in at_work
        if not one.waiting_for and facts.now - one.updated > STUCK
    ]
    return _or_well(lines, f"{counted(len(at_work), 'operation')} at work, none stuck")


def _cloud(facts: Facts) -> Sequence[_Line]:
    look = facts.cloud
    if look is None or look.looked_at is None or look.problem:
        why = look.problem if look and look.problem else "the engine has not looked at it yet"
        return [(Outcome.UNKNOWN, why if facts.status else "no engine runs", "Try again when the cloud answers.")]
    there = {line.id for line in look.lines}
    busy = {one.server_id for one in facts.operations if one.state in _AT_WORK}
    lines: list[_Line] = []
    settled = [
        server
        for server in facts.servers.values()
        if server.state in _IN_CLOUD and server.id not in busy and server.since < look.looked_at
    ]
    for server in settled:
        if server.cloud_id not in there:
            known = "its owner is told" if server.lease_id else "it goes by itself"
            lines.append(
                (Outcome.WRONG, f"{server.id} ({server.cloud_id}) is not in the cloud", f"Wait a minute: {known}.")
            )
        elif server.floating_ip_id and server.floating_ip_id not in there:
            lines.append(
                (
                    Outcome.WRONG,
                    f"{server.id} has lost its floating IP {server.floating_ip}",
                    "Give it back in the cloud, or release the server.",
                )
            )
    return _or_well(lines, f"{counted(len(settled), 'server')} there, with their floating IPs")


def _left_over(facts: Facts) -> Sequence[_Line]:
    look = facts.cloud
    if look is None or look.looked_at is None or look.problem:
        return [(Outcome.UNKNOWN, "nobody has looked", "`vmms leaks --look`.")]
    lines = [
        (Outcome.LOOK, f"{line.kind} {line.name} ({line.id}): {line.why}", line.then or "`vmms leaks`.")
        for line in look.lines
        if line.verdict in {Verdict.LEFT_OVER, Verdict.PERSON}
    ]
    return _or_well(lines, f"nothing; {look.expected.get(Kind.SERVER, 0)} servers are ours")


def _reserve(facts: Facts) -> Sequence[_Line]:
    """The room for hosts that die; the engine knows it, as it reads the hosts."""
    number = facts.policy.hosts.reserve
    if not number:
        return [(Outcome.OK, "no room is kept for hosts that die: hosts.reserve is 0", "")]
    kept = facts.status.reserve if facts.status else None
    if kept is None or kept.holds is None:
        why = kept.why if kept else "only an engine that runs reads the hosts"
        return [(Outcome.UNKNOWN, f"nobody knows whether the reserve holds: {why}", "`vmms hosts` shows what is read.")]
    numbers = f"{kept.reserved_mib:,} MiB of RAM are needed, {max(0, kept.free_mib):,} MiB are free for it"
    if kept.holds:
        return [(Outcome.OK, f"the servers of {counted(number, 'host')} find room on the others: {numbers}", "")]
    return [(Outcome.LOOK, f"{kept.why}: {numbers}", "Open a host, bring one back, or add one: `vmms hosts`.")]


CHECKS: dict[str, Callable[[Facts], Sequence[_Line]]] = {
    "engine": _engine,
    "one lease a server": _one_lease,
    "leases and servers": _links,
    "pools": _limits,
    "quotas": _quotas,
    "important leases": _important,
    "told owners": _told,
    "operations": _operations,
    "reserve": _reserve,
    "cloud": _cloud,
    "left over": _left_over,
}
"""Each check by its name."""
