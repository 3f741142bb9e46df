"""Queues of moves in words: what a host that is emptied says of itself, and every server of one. Pure."""

from datetime import datetime

from vmms_tui.model.commands import DrainHost, SteerMoves
from vmms_tui.model.draining import (
    Errand,
    Leg,
    LegState,
    MoveQueue,
    Phase,
    of_all,
    stuck,
    summary,
    tally,
    title,
    unwell,
    why_not,
)
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import Operation
from vmms_tui.model.surroundings import Host
from vmms_tui.model.tables import Tables
from vmms_tui.screens.movelegs import waiting_words
from vmms_tui.screens.moveplans import copied
from vmms_tui.screens.operation_rows import step_text
from vmms_tui.screens.paragraphs import Paragraph, heading, item, labelled, line
from vmms_tui.screens.wording import both, capital, span

PHASES = {
    Phase.RUNNING: ("goes on", "good"),
    Phase.PAUSED: ("is paused", "warn"),
    Phase.WAITING: ("waits for somebody", "bad"),
    Phase.DONE: ("is done", "good"),
    Phase.STOPPED: ("is stopped", "muted"),
}
"""How a queue is, in words and a tone."""
STATES = {
    (Errand.DRAIN, Phase.RUNNING): ("DRAIN", "warn"),
    (Errand.DRAIN, Phase.PAUSED): ("PAUSED", "warn"),
    (Errand.DRAIN, Phase.WAITING): ("DRAIN!", "bad"),
    (Errand.DRAIN, Phase.DONE): ("DRAINED", "warn"),
    (Errand.RETURN, Phase.RUNNING): ("RETURN", "good"),
    (Errand.RETURN, Phase.PAUSED): ("PAUSED", "warn"),
    (Errand.RETURN, Phase.WAITING): ("RETURN!", "bad"),
}
"""What stands in the column of states of Hosts before the numbers, and its tone."""
NAMED = 4
"""So many that could not go are named where there is little room; its details name all."""
RANKS = {"DRAIN!": 0, "RETURN!": 0, "DRAIN": 2, "PAUSED": 2, "RETURN": 2, "DRAINED": 2}
"""By their first words, which of them need somebody first."""


# What is said of a host


def state(queue: MoveQueue) -> tuple[str, str] | None:
    """What stands in the column of states, `DRAIN 4/10`; None: what the cloud says."""
    said = STATES.get((queue.errand, queue.phase))
    if said is None or queue.phase is Phase.DONE:
        return said
    return f"{said[0]} {tally(queue).get(LegState.DONE, 0)}/{of_all(queue)}", said[1]


def note(queue: MoveQueue) -> str:
    """How far it is, in a few words without a stop."""
    done, whole, lost = tally(queue).get(LegState.DONE, 0), of_all(queue), stuck(queue)
    drains = queue.errand is Errand.DRAIN
    at = f"{done} of {whole}"
    if queue.phase is Phase.WAITING:
        first = f": {_named(lost[0], lost[0].why)}" if lost else ""
        return f"{len(lost)} of {whole} could not go{first}"
    if queue.phase is Phase.DONE:
        ill = f", {len(unwell(queue))} moved and not as they should be" if unwell(queue) else ""
        return f"empty of ours{ill}: {queue.reason}"
    word = {Phase.PAUSED: " paused at", Phase.STOPPED: " stopped at"}.get(queue.phase, "")
    if word:
        return f"{queue.errand}{word} {at}: {queue.reason}"
    more = f", {len(lost)} could not go" if lost else ""
    return f"draining {at}{more}: {queue.reason}" if drains else f"{at} came back{more}"


def facts(queue: MoveQueue, now: datetime) -> list[tuple[str, str]]:
    """What the strip says, the most telling first."""
    who = f"{queue.by}, since {both(queue.since, now)}: {queue.reason}"
    kept = _kept(queue)
    lost = [("stays", _named(one, why_not(one))) for one in kept[:NAMED]]
    if len(kept) > NAMED:
        lost.append(("more", f"{len(kept) - NAMED} of them stay, too"))
    lost += [("moved", _where(one)) for one in unwell(queue)[:NAMED]]
    return [(queue.errand.value, f"{PHASES[queue.phase][0]}: {summary(queue)}"), *lost, ("by", who)]


def why(queue: MoveQueue, now: datetime) -> list[str]:
    """The same as sentences without their stops."""
    words = title(queue)
    told = [f"{capital(words)} {PHASES[queue.phase][0]}: {summary(queue)}"]
    told.append(f"{queue.by} began it {both(queue.since, now)}: {queue.reason}")
    told += [f"Could not go: {_named(one, why_not(one))}" for one in _kept(queue)]
    return told + [_where(one) for one in unwell(queue)]


def need_words(queue: MoveQueue, now: datetime) -> str:
    """What waits for a person about it; it goes on from the name of the host, and has no stop."""
    lost = stuck(queue)
    lasts = f" for {span(now - queue.waits_since)}" if queue.waits_since else ""
    word = "" if queue.errand is Errand.REBALANCE else f"{queue.errand} "
    names = "; ".join(_named(one, one.why) for one in lost[:NAMED])
    names += f"; and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
    return f"{word}waits{lasts}: {len(lost)} of {of_all(queue)} could not go: {names}"


def _kept(queue: MoveQueue) -> tuple[Leg, ...]:
    """Those that could not go, as long as they may still: what keeps one of an ended queue is old."""
    return stuck(queue) if queue.open else ()


def _named(leg: Leg, words: str) -> str:
    """What is said of one, without a stop; it is named once."""
    said = words.rstrip(". ")
    return said if leg.server_id in said.split() else f"{leg.server_id}: {said}"


def _where(leg: Leg) -> str:
    """Of one that moved and is not as it should be: where it is, and why."""
    return f"{leg.server_id} on {leg.to}: {why_not(leg).rstrip('. ')}"


# What is done about it


def say_again(queue: MoveQueue, host: Host | None) -> DrainHost | SteerMoves:
    """What has those tried again that could not go. A host that somebody opened is closed again for the reason."""
    if queue.errand is not Errand.DRAIN:
        return SteerMoves(queue=queue.id, act="resume")
    closed = host is not None and host.status.lower() == "disabled"
    return DrainHost(host=queue.host, reason="" if closed else queue.reason)


def again(queue: MoveQueue, tables: Tables) -> DrainHost | SteerMoves:
    """The same, with the host as it is now."""
    return say_again(queue, host_named(queue.host, tables))


def held_or_on(queue: MoveQueue) -> SteerMoves:
    """What pauses it, or lets it go on when it is paused."""
    return SteerMoves(queue=queue.id, act="resume" if queue.phase is Phase.PAUSED else "pause")


# In full


def of_queue(queue: MoveQueue, tables: Tables, now: datetime) -> list[Paragraph]:
    """One queue: how it stands, who began it and why, and every server of it, those that could not go first."""
    words, tone = PHASES[queue.phase]
    lasts = f" for {span(now - queue.waits_since)}" if queue.waits_since else ""
    told = [
        heading(capital(title(queue))),
        labelled("state", f"{words}{lasts}", tone),
        labelled("servers", summary(queue)),
        labelled("because", queue.reason),
        labelled("by", f"{queue.by}, since {both(queue.since, now)}"),
        *([labelled("ended", both(queue.ended, now))] if queue.ended else []),
        *([labelled("cold", "what is off moves, too")] if queue.cold else []),
    ]
    by_state = {state: [one for one in queue.legs if one.state is state] for state in LegState}
    lost = [item(_named(one, why_not(one)), "warn") for one in stuck(queue)]
    moving = [item(_moving(one, tables)) for one in by_state[LegState.MOVING]]
    told += _group("Could not go", lost)
    ill = [item(_where(one), "warn") for one in unwell(queue)]
    told += _group("Moved, and not as they should be", ill)
    told += _group("Under way", moving)
    told += _group("Waiting", [item(_waiting(one, now)) for one in by_state[LegState.WAITING]])
    told += _group("Done", [item(f"{one.server_id} from {one.source} to {one.to}") for one in by_state[LegState.DONE]])
    return told + _group("Left alone", [item(f"{one.server_id}: {one.why}") for one in by_state[LegState.LEFT]])


def _group(words: str, items: list[Paragraph]) -> list[Paragraph]:
    return [line(f"{words} ({len(items)})", "strong"), *items] if items else []


SOMEWHERE = "where the scheduler chooses"


def _moving(leg: Leg, tables: Tables) -> str:
    """One under way, with what its operation counts."""
    work = tables.get(Operation, leg.operation_id)
    if work is None:
        return f"{leg.server_id} from {leg.source} to {leg.to or SOMEWHERE}"
    chosen = work.moving.destination if work.moving is not None else ""
    said = f"{leg.server_id} from {leg.source} to {chosen or leg.to or work.args.get('host', '') or SOMEWHERE}"
    parts = [step_text(work), copied(work.moving) if work.moving else ""]
    return f"{said}: {', '.join(part for part in parts if part)} ({work.id})"


def _waiting(leg: Leg, now: datetime) -> str:
    where = f" to {leg.to}" if leg.to else ""
    words = waiting_words(leg, now)
    return f"{leg.server_id} from {leg.source}{where}{f': {words}' if words else ''}"
