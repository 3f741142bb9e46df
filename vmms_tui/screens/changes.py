"""The one door for changes from a screen: Preflight before, the undo list after, and a word when it is done."""

from collections.abc import Callable, Sequence

from vmms_tui.keys import press
from vmms_tui.keys.everywhere import Undo
from vmms_tui.model.commands import AnyCommand, Reply, RequestServer
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import Operation, OperationKind, OperationState, changed
from vmms_tui.model.steering import RENEWED, SHORTENED, words
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.operation_rows import ending_of
from vmms_tui.screens.plans import Plan, plan_of
from vmms_tui.screens.preflight import Preflight
from vmms_tui.screens.undo import NOTHING, Done, inverse

LONGEST = 50
"""Changes that are remembered."""
AFTERWARDS = {
    OperationKind.PROVISION: "is ready",
    OperationKind.HAND_OVER: "is handed over",
    OperationKind.RECLAIM: "is gone",
    OperationKind.STOP: "is stopped",
    OperationKind.START: "runs again",
    OperationKind.REBOOT: "was rebooted",
    OperationKind.RESET_PASSWORD: "has a new password",
    OperationKind.REBUILD: "is rebuilt",
    OperationKind.MOVE: "has moved",
    OperationKind.EVACUATE: "runs on another host",
    OperationKind.HEAL: "works again",
    OperationKind.REPLACE: "is replaced",
}
"""What is so of a server when an operation on it is done."""

Push = Callable[[Preflight, Callable[[Plan | None], None]], object]


class Changes:
    """What was changed from this screen since it began, and how it goes on."""

    def __init__(self, desk: Desk, push: Push) -> None:
        self._desk = desk
        self._push = push
        self.done: list[Done] = []
        """What the engine has acknowledged, the newest last."""
        self._mine: set[str] = set()
        """Operations under way that this user began."""

    # Before

    def propose(
        self,
        commands: Sequence[AnyCommand],
        *,
        why: str = "",
        then: Callable[[], None] | None = None,
        undoes: Done | None = None,
    ) -> None:
        """Show Preflight for these commands, and carry out what of them the user then wants."""

        def make() -> Plan | None:
            mirror = self._desk.mirror
            return plan_of(commands, mirror.tables, mirror.you, mirror.now, why=why, status=mirror.status)

        def decided(plan: Plan | None) -> None:
            if plan is None:
                return
            if undoes in self.done:
                self.done.remove(undoes)
            self._desk.carry_out(plan.commands, remember=undoes is None)
            if then is not None:
                then()

        self._push(Preflight(self._desk, make), decided)

    # After

    def remember(self, made: Sequence[tuple[AnyCommand, Reply]]) -> bool:
        """The engine has answered. What it has done can be looked at again by undo; False: it has done nothing."""
        good = tuple((_bare(command), reply) for command, reply in made if reply.ok and command.changes)
        if good:
            self.done = [*self.done, Done(good)][-LONGEST:]
        return bool(good)

    def hint(self) -> str:
        """What to add to the engine's answer when the newest change can be undone."""
        mirror = self._desk.mirror
        back = inverse(self.done[-1], mirror.tables, mirror.now) if self.done else ""
        return "" if isinstance(back, str) else f" {press(Undo, self._desk.here)} undoes it."

    def undo(self) -> None:
        """Propose the inverse of the newest change; or say why there is none, and forget that change."""
        if not self.done:
            self._desk.say(NOTHING, "warn")
            return
        mirror, newest = self._desk.mirror, self.done[-1]
        back = inverse(newest, mirror.tables, mirror.now)
        if isinstance(back, str):
            self.done.pop()
            more = f" {press(Undo, self._desk.here)} again looks at the change before it." if self.done else ""
            self._desk.say(f"{back}{more}", "warn")
            return
        self.propose(back, why=f"undoes: {newest.words}", undoes=newest)

    def follow(self, delta: Delta) -> None:
        """Say when an operation that this user began has ended."""
        mirror = self._desk.mirror
        if delta.everything:
            self._mine &= {one.id for one in mirror.running()}
            self._mine |= {one.id for one in mirror.running() if one.actor == mirror.actor}
            return
        for operation_id in sorted(delta.of(Operation)):
            operation = mirror.tables.get(Operation, operation_id)
            if operation is None or operation.actor != mirror.actor:
                continue
            if is_live(operation):
                self._mine.add(operation.id)
            elif operation.id in self._mine:
                self._mine.discard(operation.id)
                if not _by_the_way(operation):
                    self._desk.say(*ended_words(operation))


def _by_the_way(operation: Operation) -> bool:
    """Whether it only wrote a new end onto the server: that of the lease was told already, and how to undo it."""
    over = operation.state is OperationState.DONE
    return over and operation.kind is OperationKind.HAND_OVER and operation.reason in {RENEWED, SHORTENED}


def ended_words(operation: Operation) -> tuple[str, str]:
    """How an operation ended, as a sentence and a tone."""
    if operation.state is OperationState.DONE:
        return f"{operation.id} done: {operation.server_id} {AFTERWARDS[operation.kind]}.", "good"
    what = words(operation.kind)
    return f"{operation.id} ended: {what} of {operation.server_id}: {ending_of(operation)}.".replace("..", "."), "bad"


def _bare(command: AnyCommand) -> AnyCommand:
    """The command as it is to be remembered: without its plan."""
    return command if isinstance(command, RequestServer) or not hasattr(command, "plan") else changed(command, plan="")
