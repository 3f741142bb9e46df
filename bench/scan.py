"""One look at 20,000 servers on 1,000 hosts: whether they work, whether their hosts do; and 500 that fall ill at once.

CPU time of the engine's own passes, not wall time.
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench import scan_moves, world
from bench.figures import Figure, disk
from vmms_tui.demo import fleet
from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.engine.cloud.simulated.mending import fall_ill
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings
from vmms_tui.engine.engine import Engine
from vmms_tui.engine.store.opened import fill_store
from vmms_tui.model.healing import Incident
from vmms_tui.model.records import Event, Operation
from vmms_tui.model.spec import Policy
from vmms_tui.model.surroundings import Kind

HOSTS, SERVERS, READY = 1_000, 20_000, 2_000
ILL = 500
DEAD = "cmp1"
LARGE = world.Size(10 * SERVERS)


def measure() -> list[Figure]:
    """See the module."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    with disk() as folder:
        clock = SimulatedClock()
        account = SimulatedAccount(clock, settings=_roomy())
        engine = _engine(folder, clock, account)
        await engine.prepare()
        await engine.observer.tick()
        await engine.surroundings.refresh(Kind.HOSTS)
        await engine.health.tick()
        health = await _cost(engine.health.tick, clock)
        up = await _cost(engine.hosts.tick, clock)
        account.world.host_down(DEAD)
        await engine.surroundings.refresh(Kind.HOSTS)
        await engine.hosts.tick()
        down = await _cost(engine.hosts.tick, clock)
        account.world.host_up(DEAD)
        await engine.surroundings.refresh(Kind.HOSTS)
        await engine.hosts.tick()
        first, storm, begun = await _storm(engine, clock, account)
        all_down, looks = await _all_hosts_down(engine, clock, account)
        moves = await _moves(engine, clock)
        await engine.stop()
    size = f"{SERVERS:,} servers on {HOSTS:,} hosts"
    return [
        Figure(what=f"{size}: whether they work, at rest", value=1000 * health, unit="ms of CPU", target=100),
        Figure(what="whether the hosts do, all up", value=1000 * up, unit="ms of CPU", target=100),
        Figure(what="the same with one down, hosts read anew", value=1000 * down, unit="ms of CPU", target=100),
        Figure(what=f"{ILL} fall ill at once: the first look", value=1000 * first, unit="ms of CPU"),
        Figure(what=f"{ILL} are ill: each look after that", value=1000 * storm, unit="ms of CPU", target=100),
        Figure(what=f"incidents that {ILL} ill servers make", value=begun, unit="", target=1),
        Figure(what=f"all {HOSTS:,} hosts down at once: the first look", value=1000 * all_down, unit="ms of CPU"),
        Figure(what="all of them down: each look after that", value=1000 * looks, unit="ms of CPU"),
        *moves,
    ]


async def _moves(engine: Engine, clock: SimulatedClock) -> list[Figure]:
    """What is asked before servers move. It comes last, as it leaves moves under way."""
    scan_moves.uneven(engine)
    plan, number = scan_moves.plan(engine)
    costs = {
        f"a plan of {number} moves that even the load": plan,
        "the same where no server can move": scan_moves.blocked_plan(engine),
        f"whether {ILL} ill servers can move": scan_moves.means(engine, ILL),
        f"{scan_moves.DRAINS} hosts that are emptied: a pass": await scan_moves.drains(engine, clock),
    }
    return [Figure(what=what, value=1000 * cost, unit="ms of CPU", target=100) for what, cost in costs.items()]


def _fleet() -> fleet.Fleet:
    """Nothing but servers and their leases."""
    made = replace(LARGE.fleet(), servers=SERVERS, ready=READY, leases=SERVERS - READY, secrets=0)
    return replace(made, requests=0, operations=0, events=0, hosts=HOSTS, first_host=1, placed=True)


def _roomy() -> SimulatedSettings:
    return SimulatedSettings(
        admin=True, hosts=HOSTS, host_vcpus=512, host_ram_mib=1 << 20, host_disk_gib=100_000, quota_servers=-1,
        quota_vcpus=-1, quota_ram_mib=-1,
    )  # fmt: skip


def _engine(folder: Path, clock: SimulatedClock, account: SimulatedAccount) -> Engine:
    made = _fleet()
    (folder / "store").mkdir()
    fill_store(folder / "store", tuple(fleet.records(made, clock.now())))
    fleet.fill_cloud(account, made)
    gc.collect()
    gc.freeze()  # the simulated cloud's objects are not the engine's: its collector shall not pay for them
    return world.engine_of(folder, clock, account, made.pools, Policy())


async def _cost(tick: Callable[[], Awaitable[None]], clock: SimulatedClock, times: int = 7) -> float:
    """CPU seconds of one, the median of several, each at its turn."""
    costs = []
    for _ in range(times):
        clock.advance(10)
        before = time.process_time()
        await tick()
        costs.append(time.process_time() - before)
    return median(costs)


async def _storm(engine: Engine, clock: SimulatedClock, account: SimulatedAccount) -> tuple[float, float, int]:
    """CPU seconds of the first look and of those after it, and how many incidents are told. Nothing may be done."""
    for number in range(READY, READY + ILL):
        fall_ill(account.world, fleet.cloud_id(number), Falls.ERROR)
    clock.advance(10)
    await engine.observer.tick()
    before = time.process_time()
    await engine.health.tick()
    first = time.process_time() - before
    storm = await _cost(engine.health.tick, clock)
    state = engine.context.state
    if state.all(Operation) or len(state.all(Incident)) != 1:
        raise RuntimeError("many ill servers are not one incident")
    return first, storm, sum(one.kind == "incident.begun" for one in state.all(Event))


async def _all_hosts_down(engine: Engine, clock: SimulatedClock, account: SimulatedAccount) -> tuple[float, float]:
    """CPU seconds of the first look at them, and of those after it."""
    for name in tuple(account.world.contents.hosts):
        account.world.host_down(name)
    clock.advance(10)
    await engine.surroundings.refresh(Kind.HOSTS)
    first = await _cost(engine.hosts.tick, clock, 1)
    return first, await _cost(engine.hosts.tick, clock)
