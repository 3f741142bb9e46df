"""States, times and amounts as words. Pure."""

import re
from datetime import datetime, timedelta

from pytimeparse2 import parse

from vmms_tui.model.progress import BYTES
from vmms_tui.model.records import (
    Guard,
    Lease,
    LeaseState,
    Level,
    Pool,
    Server,
    ServerState,
)
from vmms_tui.model.status import LoopStatus

BARE = re.compile(r"\+?\d{1,9}", re.ASCII)
"""A number without a unit."""
LONGEST_TERM = timedelta(days=3650)
"""Longer than this is a slip of the finger."""
NO_EVENTS = "Events tell of servers, leases, hosts and pools; none of them is named here."


def span(length: timedelta) -> str:
    """A length of time as words: `12s`, `41m`, `2h05m`, `3d04h`; with a minus when it is below zero."""
    seconds = int(length.total_seconds())
    if seconds < 0:
        return "-" + span(-length)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if not minutes:
        return f"{seconds}s"
    if not hours:
        return f"{minutes}m"
    if not days:
        return f"{hours}h{minutes % 60:02d}m"
    return f"{days}d{hours % 24:02d}h"


def instant(at: datetime) -> str:
    """An instant with its zone: `2026-03-02 14:41 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def both(at: datetime, now: datetime) -> str:
    """An instant, absolute and relative: `2026-03-02 14:41 UTC (in 2h05m)`."""
    return f"{instant(at)} ({ago(at, now)})"


def ago(at: datetime, now: datetime) -> str:
    """An instant as seen from now: `in 2h05m`, `4m ago`, `now`."""
    if at == now:
        return "now"
    return f"in {span(at - now)}" if at > now else f"{span(now - at)} ago"


def frozen_words(guard: Guard, now: datetime) -> str:
    """Why nothing is stopped, deleted or taken back, since when, and what ends it."""
    who = "" if guard.by == "engine" else f"{guard.by}: "
    since = f" (for {span(now - guard.since)})" if guard.since else ""
    return f"Frozen, nothing is deleted (`vmms thaw` ends it): {who}{guard.reason}{since}"


def loop_words(loop: LoopStatus, now: datetime) -> str:
    """What is wrong with a loop: the end of a sentence that begins with its name; empty when nothing is."""
    if loop.error:
        return f"failed: {loop.error}"
    if not loop.late:
        return ""
    if loop.last_start and (loop.last_end is None or loop.last_end < loop.last_start):
        return f"is late: it has been running for {span(now - loop.last_start)}"
    return "is late: " + (f"it last ran {span(now - loop.last_end)} ago" if loop.last_end else "it has never run")


def clock_time(at: datetime, now: datetime) -> str:
    """An instant in a narrow column: `14:41:07` today, `03-01 14:41` on another day."""
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%m-%d %H:%M}"


def short_term(length: timedelta) -> str:
    """A length of time as a person would type it: `8h`, `2d`, `1d12h`, `90s`."""
    seconds = int(length.total_seconds())
    parts = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s")]
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"


def parse_term(text: str) -> timedelta:
    """A length of time from words like `8h`, `2d`, `1d12h`; ValueError with a sentence for a person."""
    words = text.strip()
    if not words:
        raise ValueError("Say how long: 8h, 2d, 1d12h.")
    if BARE.fullmatch(words) and int(words) > 0:
        raise ValueError(f"Say the unit: {words[:16]}h or {words[:16]}d.")
    seconds = parse(words) if words.isascii() else None
    if not isinstance(seconds, int | float):
        raise ValueError(f"“{words[:16]}” is no length of time; write 8h, 2d or 1d12h.")
    if seconds < 1:
        raise ValueError(_above_zero(words))
    if seconds > LONGEST_TERM.total_seconds():
        raise ValueError(f"“{words[:16]}” is longer than ten years.")
    return timedelta(seconds=int(seconds))


def _above_zero(words: str) -> str:
    return f"{words[:16]} is no time to come; write 8h, 2d or 1d12h."


def size(vcpus: int, ram_mib: int, disk_gib: int = 0) -> str:
    """A size: `4 vCPU 8 GiB`, with the disk where it is known."""
    ram = f"{ram_mib / 1024:g} GiB" if ram_mib >= 1024 else f"{ram_mib} MiB"
    parts = [f"{vcpus} vCPU" if vcpus else "", ram if ram_mib else "", f"disk {disk_gib} GiB" if disk_gib else ""]
    return " ".join(part for part in parts if part)


_BYTES = (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))
_TIMES = (("s", 1), ("min", 60), ("h", 3600))


def _number(value: float) -> str:
    """Two figures or more: `0.4`, `7.5`, `12`, `1,204`."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}".removesuffix(".0")


def amount_words(amount: float, unit: str) -> str:
    """An amount: `13 GiB` where the unit is `B` for bytes, else `1,204 packages`."""
    if unit != BYTES:
        return f"{_number(amount)} {unit}"
    name, one = next(((name, one) for name, one in _BYTES if amount >= one), (BYTES, 1))
    return f"{_number(amount / one)} {name}"


def rate_words(per_second: float, unit: str) -> str:
    """How fast something is: `210 MiB/s`, `41 packages/s`, `7.5 steps/min`; slow things by the minute or the hour."""
    if unit == BYTES or not per_second:
        return f"{amount_words(per_second, unit)}/s"
    name, seconds = next(((name, one) for name, one in _TIMES if per_second * one >= 1), _TIMES[-1])
    return f"{amount_words(per_second * seconds, unit)}/{name}"


def capital(words: str) -> str:
    """With a capital letter."""
    return f"{words[:1].upper()}{words[1:]}"


def count(number: int, thing: str, things: str = "") -> str:
    """`1 server`, `2 servers`, `8,412 leases`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


SERVER_WORDS = {
    ServerState.REQUESTED: ("ASKED", "warn"),
    ServerState.BUILDING: ("BUILD", "warn"),
    ServerState.PREPARING: ("PREPARE", "warn"),
    ServerState.READY: ("READY", "good"),
    ServerState.LEASED: ("RUN", "good"),
    ServerState.STOPPED: ("STOP", "muted"),
    ServerState.HEALING: ("HEAL", "warn"),
    ServerState.MOVING: ("MOVE", "warn"),
    ServerState.RECLAIMING: ("RECLAIM", "muted"),
    ServerState.GONE: ("GONE", "muted"),
    ServerState.FAILED: ("ERROR!", "bad"),
}
"""Each state of a server as a word and a tone."""


def server_state(server: Server) -> tuple[str, str]:
    """A server's state as a word and a tone; `?` when the cloud's list does not show it."""
    word, tone = SERVER_WORDS[server.state]
    return (f"{word} ?", "warn") if server.missing_since else (word, tone)


def lease_state(lease: Lease, server: Server | None) -> tuple[str, str]:
    """A lease's state, which is its server's unless the lease itself has something to say."""
    if lease.state is LeaseState.OVERDUE:
        return "OVERDUE!", "bad"
    if lease.state is not LeaseState.ACTIVE:
        return lease.state.value.upper(), "muted"
    return server_state(server) if server else ("GONE ?", "bad")


def pool_state(pool: Pool, ready: int, used: int, building: int = 0) -> tuple[str, str]:
    """A pool's state: what holds it back first, then how full it is."""
    if pool.broken:
        return "BROKEN!", "bad"
    if pool.paused:
        return "PAUSED!", "warn"
    if pool.retired:
        return "RETIRED", "muted"
    if used >= pool.limit_now and ready + building == 0:
        return "FULL!", "bad"
    if ready < pool.available_now:
        return ("EMPTY!", "bad") if ready + building == 0 else ("FILLING", "warn")
    return "READY", "good"


def pool_note(pool: Pool, now: datetime) -> str:
    """What a person should know of a pool: the surge, and why nothing is built."""
    notes = [f"surge x{pool.surge:g}" if pool.surge != 1 else ""]
    until = f" (tries again {ago(pool.paused_until, now)})" if pool.paused and pool.paused_until else ""
    notes += [pool.broken, pool.paused + until if pool.paused else ""]
    if pool.failures and not (pool.broken or pool.paused):
        notes.append(f"{count(pool.failures, 'build')} failed in a row")
    return "; ".join(note for note in notes if note)


def time_left(lease: Lease, now: datetime) -> tuple[str, str]:
    """How long a lease still runs: `!` under half an hour and past its end, `~` under two hours."""
    left = lease.end - now
    if left <= timedelta(minutes=30):
        return f"{span(left)} !", "bad"
    if left <= timedelta(hours=2):
        return f"{span(left)} ~", "warn"
    return f"{span(left)}  ", ""


LEVEL_WORDS = {Level.INFO: ("info", "muted"), Level.WARNING: ("WARN !", "warn"), Level.ERROR: ("ERROR!", "bad")}
"""Each level of an event as a word and a tone."""
