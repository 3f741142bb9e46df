"""Watches queues of moves from outside: what engines commit about them, and what they ask of the cloud."""

from collections import defaultdict
from typing import Any

from tests.engine.world import World
from vmms_tui.engine.state import LIVE_OPERATION, State
from vmms_tui.model.commands import EnableHost, UndrainHost
from vmms_tui.model.draining import Errand, Leg, MoveQueue, Phase
from vmms_tui.model.evacuation import is_open
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import Operation, OperationKind, OperationState, Server
from vmms_tui.model.tables import Change, Put

ORDERS = frozenset({"live_migrate", "cold_migrate"})
TAKEN = {"live_migrate": {"ACTIVE", "PAUSED"}, "cold_migrate": {"ACTIVE", "SHUTOFF"}}
"""Statuses in which the cloud takes such an order."""
OF_QUEUES = ("drain of ", "return to ", "rebalance: ")
"""How the reasons of moves begin that are in a queue."""
_GOING = frozenset({Phase.RUNNING})


class Drained:
    """Keeps what was wrong about any move that a queue began, and about any order to move a server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.wrong: list[str] = []
        self.begun: dict[Errand, int] = defaultdict(int)
        """Moves that queues have begun, by what they are for."""
        self._state: State | None = None
        self._operations: dict[str, Operation] = {}
        self._queues: dict[str, MoveQueue] = {}
        self._moves: dict[tuple[str, Any], dict[str, str]] = defaultdict(dict)
        """The server of each move that a queue began, by its operation; by the queue and its beginning."""
        self._queue_of: dict[str, str] = {}
        """The queue that began an operation."""
        self._closed: dict[str, set[str]] = {}
        """Hosts that were closed when an operation had its last look, by its id."""
        self._hear_before = world.before_call
        world.before_call = self.hear
        world.after_commit = self.take

    # What engines commit

    def take(self, state: State, changes: tuple[Change, ...]) -> None:
        """What has become durable."""
        if state is not self._state:  # another engine, which knows what is on the disk
            self._state = state
            self._operations = {one.id: one for one in state.all(Operation)}
            self._queues = {one.id: one for one in state.all(MoveQueue)}
        records = [change.record for change in changes if isinstance(change, Put)]
        operations = [one for one in records if isinstance(one, Operation)]
        new = {one.id: one for one in operations if one.id not in self._operations}
        for operation in operations:
            self._note(operation)
        queues = [one for one in records if isinstance(one, MoveQueue)]
        places = {leg.operation_id for queue in queues for leg in queue.legs}
        for operation in new.values():
            of_queue = operation.kind is OperationKind.MOVE and operation.reason.startswith(OF_QUEUES)
            if of_queue and operation.id not in places:
                self.wrong.append(f"{operation.id} begins without its place in a queue: {operation.reason}")
        for record in queues:
            self._judge(state, record, new)
            self._queues[record.id] = record

    def _note(self, operation: Operation) -> None:
        before = self._operations.get(operation.id)
        if operation.kind is OperationKind.MOVE and operation.moving and (before is None or before.moving is None):
            hosts = self._world.account.world.contents.hosts.values()
            self._closed[operation.id] = {one.name for one in hosts if one.status != "enabled"}
        self._operations[operation.id] = operation

    def _judge(self, state: State, queue: MoveQueue, new: dict[str, Operation]) -> None:
        """A queue as it is now, with what was begun in the same commit."""
        moves = self._moves[queue.id, queue.since]
        begun = [one for one in queue.legs if one.operation_id in new]
        for leg in begun:
            self.wrong += [f"{queue.id} moves {leg.server_id}: {why}" for why in self._why(state, queue, leg)]
            moves[leg.operation_id] = leg.server_id
            self._queue_of[leg.operation_id] = queue.id
            self.begun[queue.errand] += 1
        if begun and (live := self._live(moves)) > queue.limit:
            self.wrong.append(f"{queue.id} has {live} under way, and may have {queue.limit}")
        if begun and queue.phase not in _GOING:
            self.wrong.append(f"{queue.id} is {queue.phase}, and begins a move")
        if queue.errand is Errand.DRAIN:
            self._judge_drain(state, queue, new)

    def _live(self, operations: dict[str, str]) -> int:
        return sum(self._operations[one].state in LIVE_OPERATION for one in operations)

    def _why(self, state: State, queue: MoveQueue, leg: Leg) -> list[str]:
        """What is wrong about a move that begins."""
        server, wrong = state.need(Server, leg.server_id), list[str]()
        to, source = host_named(leg.to, state), host_named(server.host, state)
        operation = self._operations[leg.operation_id]
        if operation.kind is not OperationKind.MOVE or operation.server_id != leg.server_id:
            wrong.append(f"that is another thing: {operation}")
        before = [one for one, whose in self._moves[queue.id, queue.since].items() if whose == leg.server_id]
        if any(self._operations[one].state is OperationState.DONE for one in before):
            wrong.append("it has moved already")
        if leg.to and (to is None or not is_open(to)):
            wrong.append(f"{leg.to} is not open")
        if leg.source != server.host:
            wrong.append(f"it is on {server.host}, not on {leg.source}")
        if queue.errand is Errand.DRAIN and server.host != queue.host:
            wrong.append(f"it is on {server.host}")
        if queue.errand is Errand.DRAIN and (source is None or source.status != "disabled"):
            wrong.append(f"{queue.host} is open")
        lease = state.live_lease_of(server.id)
        if lease is None or (queue.errand is not Errand.DRAIN and lease.id != leg.lease_id):
            wrong.append(f"whoever had it has it no more: {lease}")
        if queue.errand is Errand.REBALANCE and lease and lease.importance >= self._world.policy.importance_threshold:
            wrong.append(f"its importance is {lease.importance}")
        return wrong

    def _judge_drain(self, state: State, queue: MoveQueue, new: dict[str, Operation]) -> None:
        """Ready servers that it gives up, and its end."""
        reason = f"host {queue.host} is emptied:"
        given_up = [one for one in self._operations.values() if one.kind is OperationKind.RECLAIM]
        given_up = [one for one in given_up if one.reason.startswith(reason) and one.state in LIVE_OPERATION]
        if any(one.id in new for one in given_up) and len(given_up) > queue.limit:
            self.wrong.append(f"{queue.id} gives up {len(given_up)} at once, and may {queue.limit}")
        before = self._queues.get(queue.id)
        ended = queue.phase is Phase.DONE and (before is None or before.phase is not Phase.DONE)
        if ended and (left := self._ours_on(state, queue.host)):
            self.wrong.append(f"{queue.id} is done, and {', '.join(left)} is there")

    def _ours_on(self, state: State, host: str) -> list[str]:
        """Servers that are on a host, wherever the engine that knows of them believes them to be."""
        self._world.account.world.settle()
        return [
            one.name
            for one in self._world.account.world.contents.servers.values()
            if one.host == host
            and state.server_by_cloud_id(one.id) is not None
            and one.deleted is None
            and one.task_state != "deleting"
            and one.status != "DELETED"
        ]

    # What engines ask of the cloud

    def hear(self, call: str, about: tuple[Any, ...]) -> None:
        """One call of an engine's, just before the cloud hears it."""
        self._hear_before(call, about)
        if call in ORDERS:
            to = about[1] if len(about) > 1 else ""
            self.wrong += [f"{about[0]} is asked to move: {why}" for why in self._judge_order(call, about[0], to)]
        if call == "enable_host" and not self._is_asked_to_open(about[0]):
            self.wrong.append(f"{about[0]} is opened, and nobody asked for that")

    def _is_asked_to_open(self, host: str) -> bool:
        return any(isinstance(one, EnableHost | UndrainHost) and one.host == host for one in self._world.asking)

    def _judge_order(self, call: str, server_id: str, to: str) -> list[str]:
        cloud, state = self._world.account.world, self._world.state
        cloud.settle()
        server = cloud.contents.servers.get(server_id)
        if server is None or server.deleted is not None or server.task_state or server.status not in TAKEN[call]:
            return []  # the cloud itself refuses
        own = state.server_by_cloud_id(server_id)
        work = state.operation_on(own.id) if own is not None else None
        if own is None or work is None or work.kind is not OperationKind.MOVE or work.moving is None:
            return [f"that is not the work on it: {work}"]
        wrong: list[str] = []
        if server.host != work.moving.source:
            wrong.append(f"it has moved from {work.moving.source} to {server.host} already")
        if to in self._closed.get(work.id, ()):
            wrong.append(f"{to} was closed before")
        queue = self._queues.get(self._queue_of.get(work.id, ""))
        if queue is not None and queue.errand is Errand.DRAIN and server.host != queue.host:
            wrong.append(f"{queue.host} is emptied, and it is on {server.host}")
        return wrong

    def check(self) -> None:
        """Nothing was wrong."""
        assert not self.wrong, "; ".join(self.wrong)
