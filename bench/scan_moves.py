"""What moves cost the engine's loop at 1,000 hosts and 20,000 servers: queues, plans, and whether the ill can move.

The hosts are full from 30 to 95 per cent, so that there is something to even, and hosts without room to look past.
"""

import time
from collections.abc import Callable
from statistics import median

from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.desk.planned import Shown
from vmms_tui.engine.engine import Engine
from vmms_tui.engine.keepers.mover import Mover
from vmms_tui.model.draining import Errand, MoveQueue, queue_id
from vmms_tui.model.movecommands import Rebalance
from vmms_tui.model.moving import runs
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.plans import balance_of, plan_id
from vmms_tui.model.rebalancing import Wish, balance
from vmms_tui.model.records import Lease, Server, changed
from vmms_tui.model.surroundings import Host

DRAINS = 20
"""Hosts that are emptied at the same time."""
RAM = 1 << 17
FULL = (30, 95)


def uneven(engine: Engine) -> None:
    """Let the hosts be full from the least of `FULL` to the most, all up, and the first ones be closed."""
    hosts = engine.context.state.all(Host)
    low, high = FULL
    engine.context.ledger.note(
        *(
            changed(
                one,
                ram_mib=RAM,
                ram_used_mib=RAM * (low + (high - low) * number // len(hosts)) // 100,
                state="up",
                status="disabled" if number < DRAINS else "enabled",
            )
            for number, one in enumerate(hosts)
        )
    )


async def drains(engine: Engine, clock: SimulatedClock, times: int = 7) -> float:
    """CPU seconds of a pass over the queues of `DRAINS` hosts with servers that wait and others that are under way."""
    now = clock.now()
    for host in engine.context.state.all(Host)[:DRAINS]:
        name = host.name
        queue = MoveQueue(
            id=queue_id(Errand.DRAIN, name), errand=Errand.DRAIN, by="bench", reason="bench", since=now, host=name
        )
        await engine.context.ledger.commit(queue)
    await engine.moves.tick()
    costs = []
    for _ in range(times):
        clock.advance(2)
        before = time.process_time()
        await engine.moves.tick()
        costs.append(time.process_time() - before)
    return median(costs)


def plan(engine: Engine) -> tuple[float, int]:
    """CPU seconds of a plan of moves that even the load, as a command is held against it, and how many it has."""
    state, command = engine.context.state, Rebalance()
    shifts = balance_of(command, state).shifts
    world = Shown(state, Caller(name="bench", roles=(Role.OPERATOR,)))
    return _cost(lambda: plan_id(command, world)), len(shifts)


def blocked_plan(engine: Engine) -> float:
    """The same where the cloud is at work on each server: all of each host with something to give are looked at."""
    state = engine.context.state
    servers = [changed(one, task_state="image_uploading") for one in state.all(Server)]
    leases = {one.server_id: one for one in state.all(Lease)}
    return _cost(lambda: balance(state.all(Host), servers, leases, {}, (), Wish(important_from=11)))


def means(engine: Engine, number: int) -> float:
    """CPU seconds of whether and how so many ill servers can be moved."""
    context = engine.context
    mover = Mover(context, engine.runner)
    ill = [one for one in context.state.all(Server) if one.lease_id and runs(one)][:number]
    leases = [context.state.need(Lease, one.lease_id) for one in ill]
    return _cost(lambda: [mover.why_not(server, lease) for server, lease in zip(ill, leases, strict=True)])


def _cost(act: Callable[[], object], times: int = 5) -> float:
    costs = []
    for _ in range(times):
        before = time.process_time()
        act()
        costs.append(time.process_time() - before)
    return median(costs)
