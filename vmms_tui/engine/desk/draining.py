"""Operators empty hosts, let them come back, and even the load of all."""

from collections.abc import Sequence
from functools import partial

from msgspec import structs

from vmms_tui.engine.desk.hosts import Hosts, told_of
from vmms_tui.engine.desk.part import Handler, words_of
from vmms_tui.engine.policy.letters import safe
from vmms_tui.engine.policy.words import counted
from vmms_tui.model.commands import LONGEST_REASON, Command, DrainHost, Rebalance, Reply, SteerMoves, UndrainHost
from vmms_tui.model.draining import (
    LIMIT,
    MOST_AT_ONCE,
    Errand,
    Leg,
    LegState,
    MoveQueue,
    Phase,
    moved_away,
    queue_id,
    summary,
)
from vmms_tui.model.errors import Refused
from vmms_tui.model.people import Caller
from vmms_tui.model.plans import balance_of
from vmms_tui.model.records import LeaseState, Server, changed
from vmms_tui.model.surroundings import Host
from vmms_tui.model.tables import Drop

SEE = "`vmms moves` shows those that there are."


class Drains(Hosts):
    """Queues of moves: the keeper takes them forward."""

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {
            DrainHost: self._drain,
            UndrainHost: self._undrain,
            Rebalance: self._rebalance,
            SteerMoves: self._steer,
        }

    async def _drain(self, command: DrainHost, caller: Caller) -> Reply:
        host = self._rescue.host(command.host)
        _limit(command.limit)
        old = self._context.state.get(MoveQueue, queue_id(Errand.DRAIN, host.name))
        if old is None or not old.open:
            host = await self.read_if_closed(host)
        if not host.is_up:
            said = f"{host.name} is {host.state or 'in no known state'}: nothing moves away from a host that is not up."
            raise Refused("not_up", said, "Wait until it is back, or evacuate it (vmms evacuate) if it is dead.")
        closed = host.status.lower() == "disabled"
        reason = self._reason(command.reason, old, host if closed else None)
        if not closed:
            await self.close(caller, host, reason)
        old = self._context.state.get(MoveQueue, queue_id(Errand.DRAIN, host.name))
        goes_on = old is not None and old.open and closed
        queue = self._drain_of(command, caller, host, old if closed else None, reason)
        await self._stop_return(host.name)
        word = "goes on being emptied" if goes_on else "is emptied"
        text = f"{host.name} {word}, {counted(queue.limit, 'server')} at a time: {reason}"
        return await self._keep(caller, queue, "host.drain", text, reason)

    def _drain_of(
        self, command: DrainHost, caller: Caller, host: Host, old: MoveQueue | None, reason: str
    ) -> MoveQueue:
        """The queue, as the one before it goes on where there is one."""
        going = old if old is not None and old.open else None
        return MoveQueue(
            id=queue_id(Errand.DRAIN, host.name),
            errand=Errand.DRAIN,
            host=host.name,
            by=going.by if going is not None else caller.name,
            since=going.since if going is not None else self._context.clock.now(),
            reason=reason,
            limit=command.limit or (going.limit if going is not None else LIMIT),
            closed_before=going.closed_before if going is not None else _by_another(host, caller, reason),
            cold=command.cold or (going is not None and going.cold),
            phase=Phase.PAUSED if going is not None and going.phase is Phase.PAUSED else Phase.RUNNING,
            legs=tuple(_once_more(one) for one in (old.legs if old is not None else ())),
        )

    def _reason(self, given: str, old: MoveQueue | None, closed: Host | None) -> str:
        reason = words_of(given)
        if not reason and closed is not None:
            reason = old.reason if old is not None else safe(closed.disabled_reason)[:LONGEST_REASON]
        if not reason:
            raise Refused("reason", "A host is not emptied without a reason.", "Say why: other operators read it.")
        return reason

    async def _stop_return(self, name: str) -> None:
        """What still comes back to a host that is emptied comes no more."""
        back = self._context.state.get(MoveQueue, queue_id(Errand.RETURN, name))
        if back is not None and back.open:
            await self._context.ledger.commit(changed(back, phase=Phase.STOPPED, ended=self._context.clock.now()))

    async def _undrain(self, command: UndrainHost, caller: Caller) -> Reply:
        host = self._rescue.host(command.host)
        limit = _limit(command.limit)
        drain = self._context.state.get(MoveQueue, queue_id(Errand.DRAIN, host.name))
        if host.status.lower() == "enabled" and not host.forced_down:
            if command.bring_back and moved_away(drain):  # somebody opened it, or this was cut short before
                return await self._returned(command, caller, host, limit)
            raise Refused("enabled", f"{host.name} takes new servers already.")
        if not host.is_up and not host.forced_down:
            said = f"{host.name} is {host.state or 'in no known state'}: it is not opened before its service is up."
            raise Refused("not_up", said, "Start its nova-compute, and look at Hosts again.")
        await self.check_return(host.name)
        text, say = f"{host.name} takes new servers again", partial(self.say, caller)
        await self._rescue.do(host, "host.enabled", text, partial(self.open_again, host), say)
        return await self._returned(command, caller, host, limit)

    async def _returned(self, command: UndrainHost, caller: Caller, host: Host, limit: int) -> Reply:
        """The drain is over; what it moved away is asked back."""
        state = self._context.state
        now = self._context.clock.now()
        drain = state.get(MoveQueue, queue_id(Errand.DRAIN, host.name))
        over: list[MoveQueue | Drop] = []
        if drain is not None and (drain.open or drain.legs):
            over = [changed(drain, phase=Phase.STOPPED if drain.open else drain.phase, legs=(), ended=now)]
        elif drain is not None:  # it was over long before, and the host was closed for something else
            over = [Drop("move_queue", drain.id)]
        text = f"{host.name} takes new servers again"
        if not command.bring_back:
            said = self.say(caller, "host.undrained", text)
            await self._context.ledger.commit(*over, changed(said, host=host.name))
            return Reply(text=f"{text}.")
        back = tuple(leg for one in moved_away(drain) if (leg := self._back(one, host.name)) is not None)
        queue = MoveQueue(
            id=queue_id(Errand.RETURN, host.name),
            errand=Errand.RETURN,
            host=host.name,
            by=caller.name,
            since=now,
            reason=f"{host.name} is back",
            limit=limit or (drain.limit if drain is not None else LIMIT),
            legs=back,
        )
        text = f"{text}, and {counted(len(back), 'server')} come back"
        return await self._keep(caller, queue, "host.undrained", text, over=over)

    def _back(self, leg: Leg, home: str) -> Leg | None:
        """The way back of one that the drain moved; None: it is somebody else's now, or went on elsewhere."""
        server = self._context.state.get(Server, leg.server_id)
        if server is None or server.host != leg.to:
            return None
        lease = self._context.state.live_lease_of(server.id)
        if lease is None or lease.id != leg.lease_id or lease.state is not LeaseState.ACTIVE:
            return None
        return Leg(server_id=server.id, source=server.host, to=home, lease_id=lease.id)

    async def _rebalance(self, command: Rebalance, caller: Caller) -> Reply:
        limit, state = _limit(command.limit), self._context.state
        highest = self._context.policy.importance_threshold
        if command.important_from > highest and not command.important:
            said = f"Servers from importance {highest} on are important here, and are not moved to even the load."
            raise Refused("important", said, "Say --important to move them, too.")
        old = state.get(MoveQueue, queue_id(Errand.REBALANCE))
        if old is not None and (old.open or any(one.state is LegState.MOVING for one in old.legs)):
            raise Refused(
                "rebalancing", f"The load is being evened already: {summary(old)}.", "Stop it first, or wait."
            )
        found = balance_of(command, state)
        if not found.shifts:
            said = f"The fullest and the emptiest host are {found.spread[0]} % of RAM apart: no move is worth it."
            raise Refused("even", said, "A lower --threshold or --margin finds more.")
        legs = tuple(
            Leg(
                server_id=one.server_id,
                source=one.source,
                to=one.to,
                lease_id=self._lease_id(one.server_id),
                said=one.text,
            )
            for one in found.shifts
        )
        queue = MoveQueue(
            id=queue_id(Errand.REBALANCE),
            errand=Errand.REBALANCE,
            by=caller.name,
            since=self._context.clock.now(),
            reason=f"the load is uneven: {found.spread[0]} % of RAM apart",
            limit=limit or LIMIT,
            legs=legs,
        )
        was, then = found.spread
        text = f"{counted(len(legs), 'move')} bring the fullest and the emptiest host from {was} % to {then} % apart"
        return await self._keep(caller, queue, "hosts.rebalance", text)

    def _lease_id(self, server_id: str) -> str:
        lease = self._context.state.live_lease_of(server_id)
        return lease.id if lease is not None else ""

    async def _steer(self, command: SteerMoves, caller: Caller) -> Reply:
        queue = self._context.state.get(MoveQueue, command.queue)
        if queue is None or not queue.open:
            what = safe(command.queue)[:80]
            raise Refused("unknown", f"There is no queue of moves {what} under way.", SEE)
        limit = _limit(command.limit)
        match command.act:
            case "pause":
                new, text = changed(queue, phase=Phase.PAUSED), "begins no more moves until it is resumed"
            case "resume":
                legs = tuple(map(_once_more, queue.legs))
                new, text = changed(queue, phase=Phase.RUNNING, legs=legs), "goes on"
            case "stop":
                now = self._context.clock.now()
                new, text = changed(queue, phase=Phase.STOPPED, ended=now), "is stopped; what is under way ends"
            case "limit":
                new = changed(queue, limit=limit or LIMIT)
                text = f"moves {counted(new.limit, 'server')} at a time"
        return await self._keep(caller, new, f"moves.{command.act}", f"{queue.id.replace(':', ' of ')} {text}")

    async def _keep(
        self,
        caller: Caller,
        queue: MoveQueue,
        kind: str,
        text: str,
        reason: str = "",
        over: Sequence[MoveQueue | Drop] = (),
    ) -> Reply:
        """The queue with its line, and with those that it ends."""
        said = changed(self.say(caller, kind, text, reason=reason), host=queue.host)
        await self._context.ledger.commit(*over, queue, said)
        self._context.wake()
        return Reply(text=f"{text}.")


def _by_another(host: Host, caller: Caller, reason: str) -> bool:
    """Whether it was closed for something else: not by a drain like this one that a crash cut short."""
    return host.status.lower() == "disabled" and host.disabled_reason != told_of(caller, reason)


def _limit(asked: int) -> int:
    if not 0 <= asked <= MOST_AT_ONCE:
        raise Refused("limit", f"{asked} at a time is no limit.", f"Say a number from 1 to {MOST_AT_ONCE}.")
    return asked


def _once_more(leg: Leg) -> Leg:
    """Whoever says it again wants those that failed tried again."""
    if leg.state is not LegState.FAILED or leg.arrived:
        return leg
    return structs.replace(leg, state=LegState.WAITING, tries=0, why="", remedy="", after=None)
