"""A host with 30 lent servers dies: how long until all of them are proved to work elsewhere, on the simulated clock.

Nobody helps: the engine asks the witnesses, fences the host and evacuates it. The simulated cloud calls the host down
at once, which a real one does after a minute (`service_down_time`). Its own time is that in which it builds at least
one server anew; what is beyond that is ours. The host dies at several moments between two readings of the hosts.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from bench.figures import Figure, disk
from bench.world import engine_of, peer
from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings
from vmms_tui.engine.engine import Engine
from vmms_tui.model.commands import RequestServer
from vmms_tui.model.records import Lease, Operation, OperationKind, OperationState, Server, ServerState
from vmms_tui.model.spec import Policy, PoolSpec
from vmms_tui.model.witness import HostRules

SERVERS = 30
DEAD, OTHERS = "cmp1", ("cmp2", "cmp3", "cmp4")
MOMENTS = (0, 20, 40)
"""Seconds after a reading of the hosts at which the host dies."""
PATIENCE = 900
"""Seconds after which it is given up."""
STEP = 0.5
RULES = HostRules(
    automatic=True,
    ssh="{address}:22",
    storage="{address}:3260",
    power=("power", "{host}"),
    fence=("fence", "{host}"),
    every=timedelta(seconds=10),
)
POOL = PoolSpec(
    name="dev", purposes=("dev",), flavor="m1.small", image="debian-13", networks=("private",),
    floating_network="public", available=SERVERS, limit=SERVERS,
)  # fmt: skip


def measure() -> list[Figure]:
    """See the module."""
    found = [asyncio.run(_measured(moment)) for moment in MOMENTS]
    worst = max(found, key=lambda one: one[0] - one[1])
    whole, cloud, single = worst
    what = f"{SERVERS} servers of a dead host"
    return [
        Figure(what=f"{what}: until all are proved, the worst of {len(MOMENTS)}", value=whole, unit="s"),
        Figure(what="of this, while the cloud builds at least one anew", value=cloud, unit="s"),
        Figure(what="the cloud's own time for one, mean", value=single, unit="s"),
        Figure(what=f"{what}: beyond the cloud's own time", value=whole - cloud, unit="s", target=60),
    ]


async def _measured(moment: float) -> tuple[float, float, float]:
    """Seconds from the death to the last proof, those in which the cloud was at work on one, and its mean for one."""
    with disk() as folder:
        clock = SimulatedClock()
        account = SimulatedAccount(clock, settings=SimulatedSettings(admin=True, hosts=1 + len(OTHERS)))
        engine = _engine(folder, clock, account)
        for other in OTHERS:
            await account.project().disable_host(other, "empty at first")
        await engine.prepare()
        await _pass(engine, clock, lambda: _ready(engine) == SERVERS)
        for _ in range(SERVERS):
            await engine.submit(RequestServer(purpose="dev"), peer("owner"))
        for other in OTHERS:
            await account.project().enable_host(other)
        await _pass(engine, clock, lambda: False, 125)
        before = account.calls_made().get(("compute", "hypervisors"), 0)
        await _pass(engine, clock, lambda: account.calls_made().get(("compute", "hypervisors"), 0) > before, 70)
        await _pass(engine, clock, lambda: False, moment)
        account.world.host_down(DEAD)
        died = clock.monotonic()
        await _pass(engine, clock, lambda: _proved(engine) == SERVERS, PATIENCE)
        whole = clock.monotonic() - died if _proved(engine) == SERVERS else float(PATIENCE)
        moves = [one for one in account.world.contents.moves.values() if one.kind == EVACUATION]
        spans = [(one.created, one.updated) for one in moves]
        await engine.stop()
    return whole, _together(spans), sum(end - begin for begin, end in spans) / max(1, len(spans))


def _engine(folder: Path, clock: SimulatedClock, account: SimulatedAccount) -> Engine:
    (folder / "store").mkdir()
    return engine_of(folder, clock, account, [POOL], Policy(hosts=RULES))


async def _pass(engine: Engine, clock: SimulatedClock, over: Callable[[], bool], seconds: float = 300) -> None:
    """Turns of all loops until `over()`, for so many seconds at most."""
    end = clock.monotonic() + seconds
    while clock.monotonic() < end and not over():
        await engine.tick()
        clock.advance(STEP)


def _ready(engine: Engine) -> int:
    return sum(one.state is ServerState.READY for one in engine.context.state.all(Server))


def _proved(engine: Engine) -> int:
    done = [
        one
        for one in engine.context.state.all(Operation)
        if one.kind is OperationKind.EVACUATE and one.state is OperationState.DONE
    ]
    lent = {one.server_id for one in engine.context.state.all(Lease)}
    return len({one.server_id for one in done} & lent)


def _together(spans: Sequence[tuple[float, float]]) -> float:
    """Seconds that are in at least one of these."""
    total, until = 0.0, 0.0
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, until))
        until = max(until, end)
    return total
