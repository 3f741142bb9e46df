"""Whether a server in use works, and what is done about one that does not. Pure.

The ladder for a server: recover, rebuild, move, replace; for important ones moving comes before rebuilding, nothing
that loses the disk is done without a person, and they are never replaced. It never goes down while the server is ill,
each rung is tried a few times at most, and the time between two acts grows.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from vmms_tui.engine.policy.words import span
from vmms_tui.model.healing import LOSES_DISK, HealingRules, HealthProof, Illness, Rung, Sickness
from vmms_tui.model.records import Lease, LeaseState, Server, ServerState, changed

FIRST_PAUSE = timedelta(minutes=1)
"""Between the first act on a server and the second; then twice as long each time."""
LONGEST_PAUSE = timedelta(minutes=30)
MORE_PROOFS = "more proofs that fail while others answer"
STILL = {"SHUTOFF": Sickness.OFF, "PAUSED": Sickness.PAUSED, "SUSPENDED": Sickness.PAUSED}
"""Statuses that are an illness only if nobody asked for them."""
_LENT = frozenset({ServerState.LEASED, ServerState.STOPPED})
IN_USE = _LENT | {ServerState.READY}
_COPIES = ("image_", "migrating", "resize_", "shelving", "spawning", "block_device", "rebuild")
"""How tasks begin that copy, and so may take long."""
_RECOVER: dict[Sickness, tuple[Rung, ...]] = {
    Sickness.ERROR: (Rung.HARD_REBOOT, Rung.RESET_STATE),
    Sickness.OFF: (Rung.START, Rung.HARD_REBOOT),
    Sickness.PAUSED: (Rung.HARD_REBOOT,),
    Sickness.STUCK: (Rung.RESET_STATE,),
    Sickness.MUTE: (Rung.REBOOT, Rung.HARD_REBOOT),
    Sickness.HOST: (),
}
_ORDINARY = (*list(Rung)[:4], Rung.REBUILD, Rung.MOVE, Rung.REPLACE)
_IMPORTANT = (*list(Rung)[:4], Rung.MOVE, Rung.REBUILD)


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What is seen of a server."""

    status: str
    task_state: str = ""
    task_since: datetime | None = None
    """When this task was seen first."""
    power: str = ""
    """What the hypervisor says: `running`, `paused` …; empty: it is not told."""
    host_down: bool = False
    mute: int = 0
    """Health proofs that failed in a row."""
    mute_why: str = ""
    """What the last of them said."""
    asked: str | None = ""
    """Who asked that it stands still; empty: nobody did; None: that is not known (yet), and it is let be."""


class Ill(msgspec.Struct, frozen=True):
    """It does not work. `why` is a sentence without its stop."""

    kind: Sickness
    why: str


class Act(msgspec.Struct, frozen=True):
    """Do this now. `number` counts the tries of this rung, from 1."""

    rung: Rung
    number: int


class Rest(msgspec.Struct, frozen=True):
    """Do nothing for now. `waits`: for what, beside the time."""

    until: datetime | None = None
    waits: str = ""


class Ask(msgspec.Struct, frozen=True):
    """A person must decide. `why` is a sentence without its stop."""

    why: str


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What can be done just now."""

    important: bool = False
    can_move: bool = False
    """Whether it can be moved to another host."""
    no_move: str = ""
    """Why not, without a stop."""
    ready: int = 0
    """Servers that wait in the pool."""
    volumes: int = 0
    """Volumes that hang on the server."""
    proof: HealthProof = HealthProof()
    unsure: str = ""
    """Why the silence of one that is mute proves nothing, without a stop; empty: it does."""
    unproved: bool = False
    """Whether too few of its silences count yet."""


def in_charge(server: Server, lease: Lease | None, now: datetime) -> bool:
    """Whether it is on us that this server works: it is ready, or on a lease that has not come to its end."""
    if server.missing_since is not None or not server.cloud_id:
        return False
    if server.state is ServerState.READY:
        return lease is None
    if server.state not in _LENT or lease is None or lease.server_id != server.id:
        return False
    return lease.state is LeaseState.ACTIVE and lease.end > now


def verdict(seen: Observed, proof: HealthProof, rules: HealingRules, host: str, now: datetime) -> Ill | None:
    """What is wrong with a server of ours; None: nothing is, as far as anybody can tell."""
    if seen.host_down:
        return Ill(Sickness.HOST, f"its host {host} is down")
    if seen.task_state:
        return _stuck(seen, rules, now)
    if seen.status == "ERROR":
        return Ill(Sickness.ERROR, "the cloud says ERROR")
    if seen.status in STILL:
        return None if seen.asked != "" else Ill(STILL[seen.status], _unasked(seen.status))
    if seen.status == "ACTIVE" and seen.power == "paused":
        return None if seen.asked else Ill(Sickness.PAUSED, "its hypervisor holds it paused, and nobody asked for that")
    if seen.status == "ACTIVE" and seen.mute >= proof.failures:
        return Ill(Sickness.MUTE, f"{seen.mute} proofs in a row failed: {seen.mute_why.rstrip('.')}")
    return None


def _stuck(seen: Observed, rules: HealingRules, now: datetime) -> Ill | None:
    limit = rules.stuck_long if seen.task_state.startswith(_COPIES) else rules.stuck
    if seen.task_since is None or now - seen.task_since < limit:
        return None
    return Ill(Sickness.STUCK, f"the cloud's task {seen.task_state} does not end: it takes longer than {span(limit)}")


def _unasked(status: str) -> str:
    return f"the cloud says {status}, and nobody asked for that"


def ladder(kind: Sickness, important: bool) -> tuple[Rung, ...]:
    """Everything that may be tried for such an illness, from the first to the last."""
    every = _IMPORTANT if important else _ORDINARY
    beyond = every[4:]
    if kind is Sickness.HOST:  # nobody can do anything to it there
        beyond = tuple(rung for rung in beyond if rung is not Rung.REBUILD)
    return (*_RECOVER[kind], *beyond)


def height(rung: Rung | None, important: bool) -> int:
    """How high a rung is; nothing done yet lies below all."""
    every = _IMPORTANT if important else _ORDINARY
    return every.index(rung) if rung in every else (-1 if rung is None else len(every))


def most_tries(rung: Rung, rules: HealingRules) -> int:
    """How often a rung is tried: what is heavy, once."""
    return 1 if rung in {Rung.REBUILD, Rung.MOVE} else rules.tries


def pause(acts: int) -> timedelta:
    """How long nothing more is done to a server after so many acts: a minute, then twice as long each, at most 30."""
    return timedelta(0) if acts < 1 else min(FIRST_PAUSE * (1 << min(acts - 1, 10)), LONGEST_PAUSE)


def decide(ill: Illness, means: Means, rules: HealingRules, now: datetime) -> Act | Rest | Ask:
    """What is to be done now about a server that is ill, whether or not there is an incident."""
    start = max(ill.since + rules.wait, ill.next_at or ill.since)
    if not ill.allowed_by and now < start:
        return Rest(start)
    rung, skipped = upcoming(ill, means, rules)
    if rung is None:
        done = f"after {ill.acts} acts, the last a {ill.rung.words}, " if ill.rung else ""
        return Ask("; ".join([*skipped, f"{done}there is nothing left that the engine may try"]))
    if ill.kind is Sickness.MUTE and means.unproved and not means.unsure and not ill.allowed_by:
        return Rest(waits=MORE_PROOFS)
    why = means.unsure if ill.kind is Sickness.MUTE else ""
    why = why or _person(ill, rung, means, rules)
    if why and not ill.allowed_by:
        return Ask("; ".join([*skipped, why]))
    if rung is Rung.REPLACE and not means.ready:
        return Rest(now + FIRST_PAUSE, "a ready server of its pool")
    return Act(rung, ill.tries + 1 if rung is ill.rung else 1)


def upcoming(ill: Illness, means: Means, rules: HealingRules) -> tuple[Rung | None, list[str]]:
    """The rung that comes next, whenever and by whomever it is allowed, and why those before it are left out."""
    skipped: list[str] = []
    for rung in ladder(ill.kind, means.important):
        if not _comes_next(ill, rung, means, rules):
            continue
        if rung is Rung.MOVE and not means.can_move:
            skipped.append(f"it cannot be moved: {means.no_move}" if means.no_move else "it cannot be moved")
        elif rung is Rung.REPLACE and means.volumes:
            skipped.append("it has volumes, which a replacement would not have")
        else:
            return rung, skipped
    return None, skipped


def resumed(ill: Illness, by: str, means: Means, rules: HealingRules) -> Illness:
    """The illness when an operator lets its ladder go on now; one that has come to its end begins anew."""
    ahead = changed(ill, allowed_by=by, exempt=True, asks="", waits="", next_at=None)
    rung, _ = upcoming(ahead, means, rules)
    return ahead if rung is not None else changed(ahead, rung=None, tries=0)


def _comes_next(ill: Illness, rung: Rung, means: Means, rules: HealingRules) -> bool:
    if rung is ill.rung:
        return ill.tries < most_tries(rung, rules)
    return height(rung, means.important) > height(ill.rung, means.important)


def _person(ill: Illness, rung: Rung, means: Means, rules: HealingRules) -> str:
    """Why a person must agree to this rung; empty: nobody need be asked."""
    if rung not in LOSES_DISK:
        return ""
    lost = f"a {rung.words} would lose its disk"
    if means.important:
        return f"{lost}, and it is important"
    if ill.kind is Sickness.OFF:
        return f"{lost}, and it is only shut off"
    if ill.kind is Sickness.MUTE and not means.proof.rebuild:
        return f"{lost}, and perhaps only its owner closed a port"
    if ill.kind is Sickness.HOST:
        return f"{lost}, and its host may come back"
    if not (rules.rebuild if rung is Rung.REBUILD else rules.replace):
        return f"{lost}, and the settings leave that to a person"
    return ""


def in_turn(ills: Iterable[tuple[Illness, int]]) -> list[Illness]:
    """Those that are ill, with their importance, in the order in which they are seen to."""
    return [ill for ill, _ in sorted(ills, key=lambda one: (-one[1], one[0].since, one[0].id))]


def cured(kind: Sickness, seen: Observed, task: str) -> bool:
    """Whether a server that fell ill so is well at the last look before an act. `task`: the one that was stuck."""
    if kind is Sickness.ERROR:
        return seen.status != "ERROR"
    if kind is Sickness.OFF:
        return seen.status != "SHUTOFF"
    if kind is Sickness.STUCK:
        return seen.task_state != task
    if kind is Sickness.PAUSED:
        return seen.status == "ACTIVE" and seen.power != "paused"
    return False
