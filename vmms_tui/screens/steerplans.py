"""What steering a queue of moves does, and in which words. Pure."""

from vmms_tui.model.commands import SteerMoves
from vmms_tui.model.draining import Errand, LegState, MoveQueue, summary, tally, title
from vmms_tui.model.tables import Tables
from vmms_tui.screens.check import BLOCK, OK, Check
from vmms_tui.screens.effect import Effect
from vmms_tui.screens.wording import count

WORDS = {
    "pause": ("pause", "Pause"),
    "resume": ("go on with", "Go on"),
    "stop": ("stop", "Stop"),
    "limit": ("another limit for", "Set"),
}
"""For each act, what a title and what a button says."""


def name(command: SteerMoves, tables: Tables) -> str:
    """The queue as a title names it."""
    queue = tables.get(MoveQueue, command.queue)
    return command.queue if queue is None else f"the {title(queue)}"


def effects(command: SteerMoves, tables: Tables) -> tuple[Effect, ...]:
    """What becomes of those under way, and of those that have not begun."""
    queue = tables.get(MoveQueue, command.queue)
    if queue is None or not queue.open:
        return ()
    states = tally(queue)
    moving, waiting = states.get(LegState.MOVING, 0), states.get(LegState.WAITING, 0)
    ends = (Effect(f"{count(moving, 'move')} under way {'ends' if moving == 1 else 'end'} as usual", "-"),)
    under_way = ends if moving else ()
    match command.act:
        case "pause":
            said = f"begin no other move of the {title(queue)}: {count(waiting, 'server')} {_wait(waiting)}"
            return (Effect(said, "let it go on"), *under_way)
        case "resume":
            return (
                Effect(f"begin moves again: {count(waiting, 'server')} {_wait(waiting)}", "pause it"),
                *_again(queue),
            )
        case "stop":
            stays = "the host stays closed" if queue.errand is Errand.DRAIN else "nothing is moved back"
            said = (
                f"end the {title(queue)}: {count(waiting, 'server')} not begun {_stay(waiting)} where {_they(waiting)}"
            )
            return (Effect(said, "begin it anew"), *under_way, Effect(stays, "-"))
        case "limit":
            return (
                Effect(f"move {command.limit} at a time, not {queue.limit}", f"say {queue.limit} again"),
                *under_way,
            )


def _again(queue: MoveQueue) -> tuple[Effect, ...]:
    failed = [one.server_id for one in queue.legs if one.state is LegState.FAILED]
    return (Effect(f"try {count(len(failed), 'server')} again that could not go", "-"),) if failed else ()


def _wait(number: int) -> str:
    return "waits" if number == 1 else "wait"


def _stay(number: int) -> str:
    return "stays" if number == 1 else "stay"


def _they(number: int) -> str:
    return "it is" if number == 1 else "they are"


def check(command: SteerMoves, tables: Tables) -> Check:
    """Whether there is something to steer, and how it stands."""
    queue = tables.get(MoveQueue, command.queue)
    return Check(OK, summary(queue)) if queue is not None and queue.open else Check(BLOCK, "It is not under way.")
