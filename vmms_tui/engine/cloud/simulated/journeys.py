"""How simulated servers move between hosts: what the steps of a move do, and how far its copying has come.

Source of states and their order: https://docs.openstack.org/nova/latest/reference/live-migration.html (and resize), and
what Nova 33 did.
"""

from vmms_tui.engine.cloud.facts import Fact
from vmms_tui.engine.cloud.moves import COLD
from vmms_tui.engine.cloud.simulated.hosts import NO_VALID_HOST, Hosts
from vmms_tui.engine.cloud.simulated.records import Contents, Effect, SimMove, SimServer, Step

MIB, GIB = 2**20, 2**30
ENDED = frozenset({"completed", "failed", "cancelled", "error", "confirmed", "reverted"})
"""Statuses of a move that is over."""
BROKE = "Migration error: the destination broke it off."
"""What is said of one that a host did not carry out."""
STUCK = 1.05
"""How much faster than the copying a server writes whose migration does not end."""
MOST_ROUNDS = 60
"""Rounds of copying after which nothing more is left that anybody could see."""
DISK_FIRST = 0.5
"""Share of the time that goes into the disk where it has to be copied."""


class Copied(Fact, frozen=True, kw_only=True):
    """How far the copying of a live migration has come, in bytes."""

    memory_total: int
    memory_processed: int
    memory_remaining: int
    disk_total: int
    disk_processed: int
    disk_remaining: int


def copied(move: SimMove, server: SimServer, now: float) -> Copied:
    """Disk first, then memory in rounds: each sends what was written during the one before."""
    memory, disk = server.ram_mib * MIB, server.disk_gib * GIB if move.with_disk else 0
    share = DISK_FIRST if disk else 0.0
    gone = max(0.0, now - (move.began or now))
    disk_done = min(1.0, gone / (move.seconds * share)) if share else 1.0
    sent, left = rounds(memory, move.dirty, max(0.0, gone - move.seconds * share), move.seconds * (1 - share))
    return Copied(
        memory_total=memory,
        memory_processed=sent,
        memory_remaining=left,
        disk_total=disk,
        disk_processed=int(disk * disk_done),
        disk_remaining=disk - int(disk * disk_done),
    )


def rounds(memory: int, dirty: float, gone: float, seconds: float) -> tuple[int, int]:
    """Bytes sent and still to send after `gone` seconds of a copying that takes `seconds` in all.

    While a byte is sent, `dirty` bytes are written anew; from 1 on it never ends.
    """
    rate = memory / (seconds * (1 - dirty)) if dirty < 1 else 2 * memory / seconds
    sent, now = rate * gone, float(memory)
    for _ in range(MOST_ROUNDS):
        if sent < now:
            return int(rate * gone), int(now - sent)
        sent -= now
        now = min(float(memory), now * dirty)
    return int(rate * gone), int(now) if dirty >= 1 else 0


def of_server(contents: Contents, server: SimServer) -> SimMove | None:
    """The move that it is on, or that waits for a word."""
    return contents.moves.get(server.move_id)


def end(contents: Contents, hosts: Hosts, server: SimServer, status: str, at: float) -> None:
    """Its move is over: nothing is held for it on another host any more."""
    move = of_server(contents, server)
    if move is None:
        return
    move.status, move.updated = status, at
    if status in {"error", "failed"} and not move.why:
        move.why = BROKE
    hosts.let_go(server)
    server.move_id = ""


def choose(contents: Contents, hosts: Hosts, server: SimServer, step: Step) -> None:
    """The scheduler takes the host that was asked for, or the one with most room."""
    move = of_server(contents, server)
    if move is None:
        return
    chosen = hosts.fitting(server, move.wanted)
    if step.text or not chosen:
        move.why = NO_VALID_HOST
        stay(contents, hosts, server, Step(step.at, "", text="error"))
        return
    move.destination, move.status, move.updated = chosen, _PREPARING[move.kind == COLD], step.at
    hosts.hold(server, chosen)


_PREPARING = ("preparing", "migrating")


def copy(contents: Contents, _hosts: Hosts, server: SimServer, step: Step) -> None:
    """The copying begins."""
    if move := of_server(contents, server):
        move.status, move.began, move.updated = "running", step.at, step.at


def arrive(contents: Contents, hosts: Hosts, server: SimServer, step: Step) -> None:
    """It is on its new host; a cold one waits for a word, and its old host keeps its room until then."""
    move = of_server(contents, server)
    if move is None:
        return
    if hosts.is_down(server.held_on):
        stay(contents, hosts, server, Step(step.at, "", text="failed"))
        return
    hosts.change_over(server)
    if move.kind == COLD:
        move.status, move.updated = "finished", step.at
        _boot_again(server, move, step.at)
        return
    end(contents, hosts, server, "completed", step.at)


def stay(contents: Contents, hosts: Hosts, server: SimServer, step: Step) -> None:
    """It stays where it is, as it was before: only the record of the move tells why."""
    move = of_server(contents, server)
    server.steps = ()
    server.status, server.task_state = move.was if move is not None else "ACTIVE", ""
    if move is not None:
        _boot_again(server, move, step.at)
    end(contents, hosts, server, step.text, step.at)


def confirmed(contents: Contents, hosts: Hosts, server: SimServer, step: Step) -> None:
    """Nothing is left of it on its old host."""
    end(contents, hosts, server, "confirmed", step.at)


def reverted(contents: Contents, hosts: Hosts, server: SimServer, step: Step) -> None:
    """It is back on its old host."""
    hosts.change_over(server)
    end(contents, hosts, server, "reverted", step.at)


def _boot_again(server: SimServer, move: SimMove, at: float) -> None:
    """The guest that was switched off for the way."""
    if move.was == "ACTIVE" and not server.running:
        server.booted, server.halted = at, None


EFFECTS = {
    Effect.CHOOSE: choose,
    Effect.COPY: copy,
    Effect.ARRIVE: arrive,
    Effect.STAY: stay,
    Effect.CONFIRM: confirmed,
    Effect.REVERT: reverted,
}


def live(now: float, seconds: float, starting: float) -> list[Step]:
    """A move of a server that runs on."""
    begins = now + starting
    return [
        Step(now, "MIGRATING", "migrating"),
        Step(now + 0.5 * starting, "MIGRATING", "migrating", Effect.CHOOSE),
        Step(begins, "MIGRATING", "migrating", Effect.COPY),
        Step(begins + seconds, "ACTIVE", "", Effect.ARRIVE),
    ]


def cold(now: float, seconds: float, *, running: bool) -> list[Step]:
    """A move of a server that is off meanwhile, up to its waiting for a word."""
    return [
        Step(now, "RESIZE", "resize_prep"),
        Step(now + 0.1 * seconds, "RESIZE", "resize_prep", Effect.CHOOSE),
        Step(now + 0.2 * seconds, "RESIZE", "resize_migrating", Effect.DOWN if running else Effect.NONE),
        Step(now + 0.8 * seconds, "RESIZE", "resize_finish"),
        Step(now + seconds, "VERIFY_RESIZE", "", Effect.ARRIVE),
    ]


def reverting(now: float, seconds: float, *, running: bool) -> list[Step]:
    """The way back of a cold move."""
    steps = [
        Step(now, "REVERT_RESIZE", "resize_reverting", Effect.DOWN if running else Effect.NONE),
        Step(now + seconds, "ACTIVE" if running else "SHUTOFF", "", Effect.REVERT),
    ]
    return [*steps, Step(now + seconds, "ACTIVE", "", Effect.UP)] if running else steps
