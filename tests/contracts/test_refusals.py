"""Every answer other than success: which named error it is."""

from collections.abc import Awaitable, Callable

import pytest

from vmms_tui.engine.cloud.errors import BadRequest, Conflict, NotFound, QuotaExceeded
from vmms_tui.engine.cloud.facts import CloudServer, NewServer
from vmms_tui.engine.cloud.port import Cloud

from .stage import FLAVOR, IMAGE, NOBODY, Belongings, Stage, new_server

UNKNOWN: dict[str, Callable[[Cloud], Awaitable[object]]] = {
    "get_server": lambda cloud: cloud.get_server(NOBODY),
    "delete_server": lambda cloud: cloud.delete_server(NOBODY),
    "stop_server": lambda cloud: cloud.stop_server(NOBODY),
    "start_server": lambda cloud: cloud.start_server(NOBODY),
    "reboot_server": lambda cloud: cloud.reboot_server(NOBODY, hard=True),
    "rebuild_server": lambda cloud: cloud.rebuild_server(NOBODY, IMAGE),
    "change_password": lambda cloud: cloud.change_password(NOBODY, "x-1234567"),
    "set_metadata": lambda cloud: cloud.set_metadata(NOBODY, {"a": "b"}),
    "delete_metadata": lambda cloud: cloud.delete_metadata(NOBODY, "a"),
    "console_log": lambda cloud: cloud.console_log(NOBODY),
    "get_port": lambda cloud: cloud.get_port(NOBODY),
    "delete_port": lambda cloud: cloud.delete_port(NOBODY),
    "get_floating_ip": lambda cloud: cloud.get_floating_ip(NOBODY),
    "delete_floating_ip": lambda cloud: cloud.delete_floating_ip(NOBODY),
    "free_floating_ip": lambda cloud: cloud.associate_floating_ip(NOBODY, ""),
    "get_volume": lambda cloud: cloud.get_volume(NOBODY),
    "delete_volume": lambda cloud: cloud.delete_volume(NOBODY),
    "attach_volume": lambda cloud: cloud.attach_volume(NOBODY, NOBODY),
    "detach_volume": lambda cloud: cloud.detach_volume(NOBODY, NOBODY),
}


@pytest.mark.parametrize("call", UNKNOWN)
async def test_an_id_that_nothing_has(cloud: Cloud, call: str) -> None:
    with pytest.raises(NotFound) as refused:
        await UNKNOWN[call](cloud)
    assert NOBODY in refused.value.message


async def test_attach_an_unknown_volume(cloud: Cloud, shared: CloudServer) -> None:
    with pytest.raises(NotFound):
        await cloud.attach_volume(shared.id, NOBODY)
    with pytest.raises(NotFound):
        await cloud.detach_volume(shared.id, NOBODY)


IMPOSSIBLE = {
    "unknown flavor": NewServer(name="never", flavor="no-such-flavor", image=IMAGE, port_ids=()),
    "unknown image": NewServer(name="never", flavor=FLAVOR, image="no-such-image", port_ids=()),
    "unknown port": NewServer(name="never", flavor=FLAVOR, image=IMAGE, port_ids=(NOBODY,)),
    "no name": NewServer(name="", flavor=FLAVOR, image=IMAGE, port_ids=()),
    "long name": NewServer(name="x" * 256, flavor=FLAVOR, image=IMAGE, port_ids=()),
    "long metadata": NewServer(name="never", flavor=FLAVOR, image=IMAGE, port_ids=(), metadata={"a": "x" * 256}),
    "long user data": NewServer(name="never", flavor=FLAVOR, image=IMAGE, port_ids=(), user_data=b"x" * 50_000),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
async def test_a_server_that_cannot_be(cloud: Cloud, case: str) -> None:
    with pytest.raises(BadRequest):
        await cloud.create_server(IMPOSSIBLE[case])
    assert await cloud.find_servers("never") == ()


async def test_a_port_in_use(cloud: Cloud, shared: CloudServer) -> None:
    port = next(port for port in await cloud.list_ports() if port.device_id == shared.id)
    with pytest.raises(Conflict):
        await cloud.create_server(new_server("never", port))


async def test_rebuild_from_an_unknown_image(cloud: Cloud, shared: CloudServer) -> None:
    with pytest.raises(BadRequest):
        await cloud.rebuild_server(shared.id, "no-such-image")


@pytest.mark.parametrize("values", [{"a": "x" * 256}, {"": "no key"}, {"所有者": "x"}, {"a/b": "x"}, {"k" * 256: "x"}])
async def test_metadata_that_cannot_be(cloud: Cloud, shared: CloudServer, values: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        await cloud.set_metadata(shared.id, values)
    assert (await cloud.get_server(shared.id)).metadata == {"kept": "yes"}


async def test_a_server_quota(stage: Stage) -> None:
    other = stage.account.project(stage.other_project)
    used = (await other.quota()).servers_used
    with stage.quota_of_servers(stage.other_project, used), pytest.raises(QuotaExceeded):
        await other.create_server(new_server(stage.name()))
    assert (await other.quota()).servers_used == used


async def test_start_a_server_that_runs(cloud: Cloud, shared: CloudServer) -> None:
    with pytest.raises(Conflict):
        await cloud.start_server(shared.id)


async def test_a_stopped_server(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    server = await mine.active_server()
    await cloud.stop_server(server.id)
    await stage.status(server.id, "SHUTOFF")
    with pytest.raises(Conflict):
        await cloud.stop_server(server.id)
    with pytest.raises(Conflict):
        await cloud.reboot_server(server.id, hard=False)
    with pytest.raises(Conflict):
        await cloud.change_password(server.id, "x-1234567")
    await cloud.set_metadata(server.id, {"a": "b"})


async def test_a_server_that_is_still_built(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    server = await mine.server()
    for act in (cloud.stop_server, cloud.start_server):
        with pytest.raises((Conflict, NotFound)):
            await act(server.id)
    with pytest.raises(Conflict):
        await cloud.rebuild_server(server.id, IMAGE)
    await stage.status(server.id, "ACTIVE")
