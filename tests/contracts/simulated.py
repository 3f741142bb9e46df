"""The stage with the simulated cloud."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from msgspec.structs import replace

from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.faults import Fault
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings
from vmms_tui.engine.cloud.simulated.world import World

from .stage import Stage

SETTINGS = SimulatedSettings(project="labproject", only_projects=("otherproject", "admin"), quota_servers=-1)


@asynccontextmanager
async def simulated_stage() -> AsyncIterator[Stage]:
    clock = SimulatedClock()
    account, wrong, away = (SimulatedAccount(clock, settings=SETTINGS) for _ in range(3))
    wrong.world.faults.deny()
    away.world.faults.unreachable()
    account.world.set_admin("admin")

    async def pass_time(seconds: float) -> None:
        clock.advance(seconds)

    yield Stage(
        account=account,
        clock=clock,
        pass_time=pass_time,
        other_project="otherproject",
        quota_of_servers=partial(_quota_of_servers, account.world),
        administrator=account.project("admin"),
        slow_moves=partial(_slow_moves, account.world),
        bad_moves=partial(_bad_moves, account.world),
        dead_host=partial(_dead_host, account.world),
        wrong_password=wrong,
        unreachable=away,
    )


@contextmanager
def _quota_of_servers(world: World, project: str, limit: int) -> Iterator[None]:
    world.set_quota(project, servers=limit)
    try:
        yield
    finally:
        world.set_quota(project, servers=-1)


@contextmanager
def _slow_moves(world: World, seconds: float) -> Iterator[None]:
    usual = world.settings
    world.settings = replace(usual, moving=(seconds, seconds))
    try:
        yield
    finally:
        world.settings = usual


@contextmanager
def _bad_moves(world: World, fault: str) -> Iterator[None]:
    faults = world.faults
    make: dict[str, Callable[[], Fault]] = {
        "fails": lambda: faults.move_fails(times=None),
        "check_fails": lambda: faults.move_check_fails(times=None),
        "cold_fails": lambda: faults.cold_move_fails(times=None),
    }
    made = make[fault]()
    try:
        yield
    finally:
        faults.remove(made)


@asynccontextmanager
async def _dead_host(world: World, host: str) -> AsyncIterator[None]:
    world.host_down(host)
    try:
        yield
    finally:
        world.host_up(host)
