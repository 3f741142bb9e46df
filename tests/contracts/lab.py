"""The stage with the real cloud of `make lab`."""

import json
import os
import socket
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lab.openstack.control import clear_faults, kill_compute, set_faults, start_compute
from vmms_tui.engine.clock import Clock, RealClock
from vmms_tui.engine.cloud.port import Cloud

from .stage import PATIENCE, Stage

CLOUDS = Path(os.environ.get("VMMS_LAB_DIR", "/var/tmp/vmms-lab")) / "clouds.yaml"
USER = "lab-user"
ADMIN = "lab-admin"
VARIABLE = "OS_CLIENT_CONFIG_FILE"


@asynccontextmanager
async def lab_stage(folder: Path) -> AsyncIterator[Stage]:
    from vmms_tui.engine.cloud.openstack.account import OpenStackAccount

    assert CLOUDS.exists(), f"{CLOUDS} is not there: make lab"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(_clouds_and_more(folder)))
        clock = RealClock()
        accounts = [OpenStackAccount(name) for name in (USER, ADMIN, "wrong-password", "unreachable")]
        account, admin, wrong, away = accounts
        try:
            yield Stage(
                account=account,
                clock=clock,
                pass_time=clock.sleep,
                other_project="otherproject",
                quota_of_servers=_quota_of_servers,
                administrator=admin.project(),
                dead_host=partial(_dead_host, clock, admin.project()),
                slow_moves=lambda seconds: _faults(live_migration_seconds=seconds),
                bad_moves=lambda fault: _faults(**{_BAD_MOVES[fault]: True}),
                wrong_password=wrong,
                unreachable=away,
            )
        finally:
            for one in accounts:
                await one.close()


def _clouds_and_more(folder: Path) -> Path:
    """The lab's clouds.yaml with two more clouds that do not let us in. JSON is YAML, too."""
    import openstack.config

    user = openstack.config.OpenStackConfig(config_files=[str(CLOUDS)]).cloud_config["clouds"][USER]
    admin = openstack.config.OpenStackConfig(config_files=[str(CLOUDS)]).cloud_config["clouds"][ADMIN]
    wrong = {**user, "auth": {**user["auth"], "password": "not-the-password"}}
    away = {**user, "auth": {**user["auth"], "auth_url": f"http://127.0.0.1:{_closed_port()}/v3"}}
    path = folder / "clouds.yaml"
    clouds = {USER: user, ADMIN: admin, "wrong-password": wrong, "unreachable": away}
    path.write_text(json.dumps({"clouds": clouds}))
    return path


def _closed_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
    return port


@contextmanager
def _quota_of_servers(project: str, limit: int) -> Iterator[None]:
    with _admin() as admin:
        project_id = admin.identity.find_project(project, ignore_missing=False).id
        admin.set_compute_quotas(project_id, instances=limit)
    try:
        yield
    finally:
        with _admin() as admin:
            admin.delete_compute_quotas(project_id)


_BAD_MOVES = {
    "fails": "live_migration_fail",
    "check_fails": "pre_live_migration_fail",
    "cold_fails": "cold_migration_fail",
}


@asynccontextmanager
async def _dead_host(clock: Clock, administrator: Cloud, host: str) -> AsyncIterator[None]:
    """Nova takes 12 seconds to see that it is gone, and some more to see it again."""
    kill_compute(host)
    try:
        await _until_it_is(clock, administrator, host, "down")
        yield
    finally:
        start_compute(host)
        await _until_it_is(clock, administrator, host, "up")


async def _until_it_is(clock: Clock, administrator: Cloud, host: str, state: str) -> None:
    end = clock.monotonic() + PATIENCE
    while all((one.host, one.state) != (host, state) for one in await administrator.compute_services()):
        assert clock.monotonic() < end, f"{host} is not {state} after {PATIENCE:g} s"
        await clock.sleep(0.25)


@contextmanager
def _faults(**keys: object) -> Iterator[None]:
    """Of all fake hypervisors."""
    set_faults({"*": keys})
    try:
        yield
    finally:
        clear_faults()


@contextmanager
def _admin() -> Iterator[Any]:
    """A connection of the administrator. The library warns of its own workings, which are not tested here."""
    import openstack

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with openstack.connect(cloud=ADMIN) as admin:
            yield admin
