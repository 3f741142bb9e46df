"""Takes queues of moves forward: hosts that are emptied, servers that come back, and moves that even the load.

A move is begun in the same commit as the place in the queue that it is for: after a crash neither is there without
the other, and no server moves twice.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.draining import Candidate, decide, heard
from vmms_tui.engine.policy.slots import ANY, Slots
from vmms_tui.model.draining import (
    Errand,
    Leg,
    LegState,
    MoveQueue,
    Phase,
    replaced,
    stuck,
    summary,
    title,
    unwell,
    why_not,
)
from vmms_tui.model.inventory import Inventory, Latest
from vmms_tui.model.moving import Grade, MoveCheck, Question, could_take, runs, stop_of
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import (
    AnyRecord,
    Event,
    Level,
    Operation,
    OperationKind,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.surroundings import Host
from vmms_tui.model.ties import ties_of

LENT = frozenset({ServerState.LEASED, ServerState.STOPPED, ServerState.HEALING, ServerState.MOVING})
"""States of servers that somebody has, and that leave a host that is emptied by a move."""
AGAIN = frozenset({LegState.DONE, LegState.LEFT})
"""States of legs whose servers stand in the queue anew when they are there again."""


ASKED = frozenset({LegState.WAITING, LegState.BLOCKED})
"""States of places in a queue whose servers are looked at; of the others it is known how they are."""


@dataclass(frozen=True)
class _Look:
    """What all places in a queue are judged by."""

    hosts: Inventory
    under_way: tuple[str, ...]
    """Where moves go that are under way, whoever began them."""


class MoveKeeper:
    """One queue after the other, in each tick."""

    def __init__(self, context: Context, runner: Runner) -> None:
        self._context = context
        self._runner = runner
        self._hosts = Latest()
        self._by_host: tuple[int, dict[str, list[Server]]] | None = None
        """Servers by host, as they were after so many changes of the state."""

    async def tick(self) -> None:
        """See what became of moves, and begin those whose turn it is."""
        self._by_host = None
        for queue in self._context.state.all(MoveQueue):
            if queue.open or any(one.state is LegState.MOVING for one in queue.legs):
                await self._keep(queue)
                await asyncio.sleep(0)  # others have their turn between two queues

    async def _keep(self, queue: MoveQueue) -> None:
        """Nothing waits between what is read here and the commit."""
        context, now, look = self._context, self._context.clock.now(), self._look()
        new = changed(queue, legs=tuple(self._heard(one) for one in queue.legs))
        here, changes = list[Server](), list[AnyRecord]()
        if queue.errand is Errand.DRAIN and queue.open:
            here = self._on(queue.host)
            new = changed(new, legs=_with_new(new, here), others=self._others(queue, here))
            if queue.phase is not Phase.PAUSED:
                changes += self._given_up(new, here)
        known = {one.server_id: self._candidate(new, one, look.hosts) for one in new.legs if one.state in ASKED}
        decision = decide(new, known, now, Slots(context.policy.moves, look.under_way))
        new = changed(new, legs=decision.legs)
        for leg in decision.go:
            operation_id, records = self._begun(new, leg)
            new = changed(new, legs=_on_its_way(new.legs, leg.server_id, operation_id))
            changes += records
        phase = decision.phase
        if phase is Phase.DONE and (here or self._may_be_there(queue)):
            phase = Phase.RUNNING  # those that are given up, or that something is at work on
        ended = queue.ended or (now if phase is Phase.DONE else None)
        new = changed(new, phase=phase, ended=ended, waits_since=_waits_since(queue, phase, now))
        if new == queue and not changes:
            return
        await context.ledger.commit(new, *changes, *self._said(queue, new))
        if changes:
            context.wake()

    def _look(self) -> _Look:
        moves = [one for one in self._context.state.live_operations() if one.kind is OperationKind.MOVE]
        # one that is paused and has begun is copied all the same
        begun = (one for one in moves if one.moving is not None or not one.paused_by)
        return _Look(self._inventory(), tuple(map(_destination, begun)))

    def _inventory(self) -> Inventory:
        return self._hosts.of(self._context.state.all(Host))

    def _on(self, host: str) -> list[Server]:
        """The servers there. All are gone through once for all queues, and again when something has changed."""
        state = self._context.state
        if self._by_host is None or self._by_host[0] != state.sequence:
            found = dict[str, list[Server]]()
            for server in state.all(Server):
                if _is_on(server, server.host):
                    found.setdefault(server.host, []).append(server)
            self._by_host = (state.sequence, found)
        return self._by_host[1].get(host, [])

    def _may_be_there(self, queue: MoveQueue) -> bool:
        """Whether there is a server of which nobody knows yet where it is, and that was made while its host was open.

        It is being built; or it was, while the cloud told of no hosts: the next complete list says where.
        """
        if queue.errand is not Errand.DRAIN:
            return False
        over = {ServerState.GONE, ServerState.FAILED}
        unknown = (one for one in self._context.state.all(Server) if not one.host and one.state not in over)
        return any(one.created <= queue.since for one in unknown)

    def _heard(self, leg: Leg) -> Leg:
        state = self._context.state
        server = state.get(Server, leg.server_id)
        host = server.host if server is not None else ""
        return heard(leg, state.get(Operation, leg.operation_id), host or leg.source, self._context.clock.now())

    def _others(self, queue: MoveQueue, here: list[Server]) -> int | None:
        """The list of hosts is older than our moves: as nobody comes to a closed host, they only become fewer."""
        host = host_named(queue.host, self._context.state)
        if host is None or host.servers is None:
            return queue.others
        number = max(0, host.servers - len(here))
        return number if queue.others is None else min(number, queue.others)

    def _candidate(self, queue: MoveQueue, leg: Leg, hosts: Inventory) -> Candidate:
        state = self._context.state
        server = state.get(Server, leg.server_id)
        if server is None or server.state is ServerState.GONE or server.host != leg.source:
            return Candidate(here=False)
        if queue.errand is Errand.DRAIN and server.state is ServerState.FAILED:
            return Candidate(here=_is_on(server, queue.host), blocker=_kept(server))
        lease = state.live_lease_of(server.id)
        meant = leg.lease_id or queue.errand is not Errand.DRAIN
        if lease is None or (meant and lease.id != leg.lease_id):
            # a ready one is given up, and what somebody else has now was not meant
            return Candidate(here=queue.errand is Errand.DRAIN and lease is not None)
        asked = Question(
            server=server,
            hosts=hosts,
            host=leg.to,
            cold=queue.cold and not runs(server),
            lease=lease,
            work=state.operation_on(server.id),
            ties=ties_of(server, state),
        )
        stop = _opened(queue, hosts) or stop_of(asked)
        if stop is not None and stop.name == "power":
            stop = MoveCheck(stop.name, Grade.BLOCK, stop.text, f"Agree to a cold move: vmms drain {queue.host} --cold")
        return Candidate(
            here=True,
            blocker=stop,
            importance=lease.importance,
            ram_mib=server.ram_mib,
            hosts=() if stop is not None or leg.to else could_take(asked),
        )

    def _given_up(self, queue: MoveQueue, here: list[Server]) -> list[AnyRecord]:
        """Ready servers are cheaper built anew elsewhere by their pools; some at a time, so that some stay ready."""
        if _opened(queue, self._inventory()):
            return []
        state = self._context.state
        work = {one.id: at_work for one in here if (at_work := state.operation_on(one.id)) is not None}
        going = [one for one in here if one.state is ServerState.RECLAIMING or _is_taken_back(work.get(one.id))]
        ready = [one for one in here if one.state is ServerState.READY and one.id not in work]
        reason, begun = f"host {queue.host} is emptied: {queue.reason}", list[AnyRecord]()
        for server in ready[: max(0, queue.limit - len(going))]:
            begun += self._runner.begin_and_say(OperationKind.RECLAIM, server, actor=queue.by, reason=reason)
        return begun

    def _begun(self, queue: MoveQueue, leg: Leg) -> tuple[str, list[AnyRecord]]:
        """The id of its move, and the records of that."""
        server = self._context.state.need(Server, leg.server_id)
        cold = queue.cold and not runs(server)
        why = f"{title(queue)}: {leg.said or queue.reason}"
        begun = self._runner.begin(
            *(OperationKind.MOVE, server),
            actor=queue.by,
            reason=why,
            lease_id=server.lease_id,
            host=leg.to,
            source=leg.source,
            cold="yes" if cold else "no",
        )
        operation = begun[-1]
        where = leg.to or "the host that the scheduler chooses"
        said = self._context.ledger.event(
            "server.migrate",
            f"{server.id} moves {'cold' if cold else 'live'} from {server.host} to {where}",
            about=server,
            actor=queue.by,
            reason=why,
            result="ok",
            operation_id=operation.id,
        )
        return operation.id, [*begun, said]

    def _said(self, old: MoveQueue, new: MoveQueue) -> list[Event]:
        """A line when a queue ends, or waits for somebody."""
        if old.phase is new.phase or new.phase not in {Phase.DONE, Phase.WAITING}:
            return []
        waits = new.phase is Phase.WAITING
        names = "; ".join(f"{one.server_id}: {why_not(one)}".strip() for one in (*stuck(new), *unwell(new)))
        said = self._context.ledger.event(
            f"{new.errand}.{'waits' if waits else 'done'}",
            f"{title(new)} {'waits' if waits else 'is done'}: {summary(new)}",
            level=Level.WARNING if waits or unwell(new) else Level.INFO,
            actor=new.by,
            reason=new.reason,
            result="" if waits else "ok",
            detail=names,
        )
        return [changed(said, host=new.host)]


def _waits_since(queue: MoveQueue, phase: Phase, now: datetime) -> datetime | None:
    """Since when it waits for somebody; the queue is as it was before this look."""
    if phase is not Phase.WAITING:
        return None
    return (queue.waits_since if queue.phase is Phase.WAITING else None) or now


def _on_its_way(legs: tuple[Leg, ...], server_id: str, operation_id: str) -> tuple[Leg, ...]:
    """The legs with one of them under way. A host that was named only for this try is not kept: the next may differ."""
    leg = next(one for one in legs if one.server_id == server_id)
    under_way = structs.replace(leg, state=LegState.MOVING, operation_id=operation_id, why="", remedy="", after=None)
    return replaced(legs, under_way)


def _destination(move: Operation) -> str:
    """Where it goes, as far as anybody knows."""
    chosen = move.moving.destination if move.moving is not None else ""
    return chosen or move.args.get("host", "") or ANY


def _is_on(server: Server, host: str) -> bool:
    if server.state is ServerState.FAILED and server.missing_since:
        return False  # somebody deleted it in the cloud, and only its record is left
    return server.host == host and server.state is not ServerState.GONE


def _is_taken_back(work: Operation | None) -> bool:
    return work is not None and work.kind is OperationKind.RECLAIM


def _kept(server: Server) -> MoveCheck:
    """Why one that failed stays."""
    why = (server.failure or "nobody knows why").rstrip(".")
    said = f"{server.id} failed, and is kept for a while to be looked at: {why}."
    remedy = "It goes by itself after `policy.keep_failed`, and sooner where its pool needs the room."
    if server.lease_id:
        said, remedy = f"{server.id} failed, and is still on {server.lease_id}: {why}.", "Release that lease."
    return MoveCheck("failed", Grade.BLOCK, said, remedy)


def _with_new(queue: MoveQueue, here: list[Server]) -> tuple[Leg, ...]:
    """Those that came there meanwhile, those that came back, and those that failed stand in the queue, too."""
    lent = {one.id: one for one in here if (one.state in LENT and one.lease_id) or one.state is ServerState.FAILED}
    known = {one.server_id for one in queue.legs}
    legs = [_fresh(lent[one.server_id], queue.host) if _came_back(one, lent) else one for one in queue.legs]
    return (*legs, *(_fresh(one, queue.host) for name, one in lent.items() if name not in known))


def _came_back(leg: Leg, lent: Mapping[str, Server]) -> bool:
    return (leg.state in AGAIN or leg.arrived) and leg.server_id in lent


def _fresh(server: Server, host: str) -> Leg:
    return Leg(server_id=server.id, source=host, lease_id=server.lease_id)


def _opened(queue: MoveQueue, hosts: Inventory) -> MoveCheck | None:
    """Whether somebody opened a host that is being emptied: what leaves would only come back."""
    host = hosts.by_name.get(queue.host)
    if queue.errand is not Errand.DRAIN or host is None or host.status.lower() == "disabled":
        return None
    said = f"{host.name} takes new servers again: somebody opened it."
    return MoveCheck("open", Grade.BLOCK, said, f"Close it (vmms disable {host.name} REASON), or stop the drain.")
