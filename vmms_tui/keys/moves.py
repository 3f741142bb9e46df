"""What can be done to a queue of moves, on the screen that shows it. The moves themselves: `ops`."""

from vmms_tui.keys.act import Act, Place, Target
from vmms_tui.model.draining import MOST_AT_ONCE, stuck
from vmms_tui.model.people import Role


class NextQueue(Act):
    """next: to the next queue of moves, where there are several."""

    id, keys, places, row = "next_queue", ("tab",), (Place.MOVES,), 1


class ForQueue(Act):
    """Something done to the queue that is shown."""

    places = (Place.MOVES,)
    changes = True
    needs = Role.OPERATOR

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A queue that has not ended is needed."""
        if target.queue is None:
            return "There is no queue of moves."
        return "" if target.queue.open else "It has ended."


class PauseQueue(ForQueue):
    """pause: begin no more moves of this queue until it is resumed; or let it go on."""

    id, keys, row = "pause_queue", ("P",), 2


class StopQueue(ForQueue):
    """stop: begin no more moves of this queue for good; what is under way ends."""

    id, keys, row = "stop_queue", ("T",), 2


class MoreMoves(ForQueue):
    """more: let one more server move at a time."""

    id, keys, row = "more_moves", ("+",), 2

    @classmethod
    def refusal(cls, target: Target) -> str:
        """There is a most."""
        full = target.queue is not None and target.queue.limit >= MOST_AT_ONCE
        return super().refusal(target) or (f"{MOST_AT_ONCE} at a time are the most." if full else "")


class FewerMoves(ForQueue):
    """fewer: let one server fewer move at a time; those under way go on."""

    id, keys, row = "fewer_moves", ("-",), 2

    @classmethod
    def refusal(cls, target: Target) -> str:
        """One moves at a time at least."""
        last = target.queue is not None and target.queue.limit <= 1
        return super().refusal(target) or ("One at a time is the least; pause it instead." if last else "")


class AgainQueue(ForQueue):
    """again: have those of this queue tried again that could not go."""

    id, keys, row = "again_queue", ("R",), 2

    @classmethod
    def refusal(cls, target: Target) -> str:
        """Somebody must have failed."""
        none = target.queue is not None and not stuck(target.queue)
        return super().refusal(target) or ("There is none that could not go." if none else "")
