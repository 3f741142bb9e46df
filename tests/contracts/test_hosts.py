"""Compute hosts are closed and opened: by administrators, with a reason that others can read."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from vmms_tui.engine.cloud.errors import AccessDenied, BadRequest, NotFound
from vmms_tui.engine.cloud.facts import ComputeService
from vmms_tui.engine.cloud.port import Cloud

from .stage import Belongings, Stage

HOST = "cmp4"
REASON = "a new fan, ticket 4711 ✓ [bold]"


@pytest_asyncio.fixture(loop_scope="session")
async def host(stage: Stage) -> AsyncIterator[str]:
    """A host that is open again after the test."""
    try:
        yield HOST
    finally:
        await stage.administrator.enable_host(HOST)


async def _service(stage: Stage, name: str) -> ComputeService:
    return next(one for one in await stage.administrator.compute_services() if one.host == name)


async def _servers(stage: Stage) -> dict[str, int]:
    return {one.host: one.servers or 0 for one in await stage.administrator.hypervisors()}


async def test_a_host_is_disabled_with_its_reason_and_enabled_again(stage: Stage, host: str) -> None:
    cloud = stage.administrator
    await cloud.disable_host(host, REASON)
    service = await _service(stage, host)
    assert (service.status, service.disabled_reason) == ("disabled", REASON)
    seen = {one.host: one for one in await cloud.hypervisors()}
    assert (seen[host].status, seen[host].disabled_reason) == ("disabled", REASON)
    await cloud.disable_host(host, "another reason")
    assert (await _service(stage, host)).disabled_reason == "another reason"
    await cloud.enable_host(host)
    service = await _service(stage, host)
    assert (service.status, service.disabled_reason) == ("enabled", "")
    await cloud.enable_host(host)


async def test_a_new_server_comes_only_to_a_host_that_is_enabled(stage: Stage, host: str, mine: Belongings) -> None:
    cloud = stage.administrator
    others = [one.host for one in await cloud.compute_services() if one.host != host]
    before = await _servers(stage)
    try:
        for name in others:
            await cloud.disable_host(name, "only one is left")
        await mine.active_server(await mine.port())
    finally:
        for name in others:
            await cloud.enable_host(name)
    after = await _servers(stage)
    assert after[host] == before[host] + 1
    assert all(after[name] <= before[name] for name in others)


async def test_a_reason_is_not_endless(stage: Stage, host: str) -> None:
    with pytest.raises(BadRequest):
        await stage.administrator.disable_host(host, "x" * 256)


async def test_a_host_that_is_not_there(stage: Stage) -> None:
    with pytest.raises(NotFound):
        await stage.administrator.disable_host("cmp", "nothing is called so, but others begin so")
    with pytest.raises(NotFound):
        await stage.administrator.enable_host("cmp99")


async def test_a_member_changes_no_host(cloud: Cloud) -> None:
    with pytest.raises(AccessDenied):
        await cloud.disable_host(HOST, "not for us")
    with pytest.raises(AccessDenied):
        await cloud.enable_host(HOST)
