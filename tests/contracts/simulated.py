"""The stage with the simulated cloud."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from msgspec.structs import replace

from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.faults import Fault
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings

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

    @contextmanager
    def quota_of_servers(project: str, limit: int) -> Iterator[None]:
        account.world.set_quota(project, servers=limit)
        try:
            yield
        finally:
            account.world.set_quota(project, servers=-1)

    @contextmanager
    def slow_moves(seconds: float) -> Iterator[None]:
        usual = account.world.settings
        account.world.settings = replace(usual, moving=(seconds, seconds))
        try:
            yield
        finally:
            account.world.settings = usual

    @contextmanager
    def bad_moves(fault: str) -> Iterator[None]:
        faults = account.world.faults
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
    async def dead_host(host: str) -> AsyncIterator[None]:
        account.world.host_down(host)
        try:
            yield
        finally:
            account.world.host_up(host)

    yield Stage(
        account=account,
        clock=clock,
        pass_time=pass_time,
        other_project="otherproject",
        quota_of_servers=quota_of_servers,
        administrator=account.project("admin"),
        slow_moves=slow_moves,
        dead_host=dead_host,
        bad_moves=bad_moves,
        wrong_password=wrong,
        unreachable=away,
    )
