"""The life of a server."""

from datetime import timedelta

import pytest

from vmms_tui.engine.cloud.errors import Conflict, NotFound
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.port import Cloud

from .stage import IMAGE, Belongings, Stage, new_server

ODD = "[bold]開発 <b>&amp; ünï \\[x]"
"""Markup of several kinds and characters of double width."""


async def test_birth(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    port = await mine.port()
    born = await mine.server(port, metadata={"vmms_pool": "el9-ci", "note": ODD})
    assert born.status == "BUILD"
    server = await stage.status(born.id, "ACTIVE")
    assert server.addresses == port.addresses
    assert (server.name, server.flavor) == (born.name, "m1.tiny")
    assert server.image_id == next(image.id for image in await cloud.images() if image.name == IMAGE)
    assert server.metadata == {"vmms_pool": "el9-ci", "note": ODD}
    assert server.created is not None
    assert server.updated is not None
    assert abs(server.created - stage.clock.now()) < timedelta(minutes=2)
    assert server.created <= server.updated
    assert server.host == ""
    assert (await cloud.get_port(port.id)).device_id == server.id


async def test_death_leaves_the_port(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    port = await mine.port()
    server = await mine.active_server(port)
    await cloud.delete_server(server.id)
    await stage.gone(cloud.get_server, server.id)
    assert server.id not in {one.id for one in (await cloud.list_servers()).servers}
    left = await cloud.get_port(port.id)
    assert (left.device_id, left.addresses) == ("", port.addresses)
    with pytest.raises(NotFound):
        await cloud.delete_server(server.id)


async def test_death_while_it_is_built(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    server = await mine.server(await mine.port())
    await cloud.delete_server(server.id)
    await stage.gone(cloud.get_server, server.id)


async def test_a_second_delete_meanwhile_is_no_error(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    server = await mine.active_server()
    await cloud.delete_server(server.id)
    try:
        await cloud.delete_server(server.id)
    except NotFound:
        await stage.gone(cloud.get_server, server.id)


async def test_a_server_without_ports_has_no_addresses(mine: Belongings) -> None:
    assert (await mine.active_server()).addresses == ()


async def test_the_list_is_complete(cloud: Cloud, shared: CloudServer) -> None:
    listing = await cloud.list_servers()
    assert listing.complete
    seen = next(server for server in listing.servers if server.id == shared.id)
    assert (seen.name, seen.status, seen.addresses) == (shared.name, "ACTIVE", shared.addresses)


async def test_the_clouds_own_words(cloud: Cloud, shared: CloudServer) -> None:
    """In the fields of Nova, whoever answers."""
    said = await cloud.show_server(shared.id)
    assert (said["id"], said["name"], said["status"]) == (shared.id, shared.name, "ACTIVE")
    assert said["metadata"] == {"kept": "yes"}
    assert {"created", "updated", "flavor", "image", "addresses", "OS-EXT-STS:task_state"} <= said.keys()
    with pytest.raises(NotFound):
        await cloud.show_server("00000000-0000-4000-8000-000000000000")


async def test_find_is_by_the_exact_name(cloud: Cloud, shared: CloudServer) -> None:
    assert [server.id for server in await cloud.find_servers(shared.name)] == [shared.id]
    assert await cloud.find_servers(shared.name[:-1]) == ()
    assert await cloud.find_servers(f"{shared.name}.*") == ()
    assert await cloud.find_servers(".*") == ()


async def test_two_servers_may_share_an_odd_name(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    name = f"{ODD} {stage.name()}"
    servers = [await mine.boot(new_server(name)) for _ in range(2)]
    assert {server.id for server in await cloud.find_servers(name)} == {server.id for server in servers}


async def test_metadata(cloud: Cloud, shared: CloudServer) -> None:
    await cloud.set_metadata(shared.id, {"lease": "le-1", "owner": ODD})
    await cloud.set_metadata(shared.id, {"lease": "le-2"})
    assert (await cloud.get_server(shared.id)).metadata == {"kept": "yes", "lease": "le-2", "owner": ODD}
    for key in ("lease", "owner", "owner", "never-there"):
        await cloud.delete_metadata(shared.id, key)
    assert (await cloud.get_server(shared.id)).metadata == {"kept": "yes"}


async def test_stop_and_start(stage: Stage, cloud: Cloud, shared: CloudServer) -> None:
    await cloud.stop_server(shared.id)
    stopped = await stage.status(shared.id, "SHUTOFF")
    assert stopped.addresses == shared.addresses
    await cloud.start_server(shared.id)
    await stage.status(shared.id, "ACTIVE")


@pytest.mark.parametrize("hard", [False, True])
async def test_reboot(stage: Stage, cloud: Cloud, shared: CloudServer, *, hard: bool) -> None:
    await cloud.reboot_server(shared.id, hard=hard)
    await stage.status(shared.id, "ACTIVE")


async def test_a_hard_reboot_starts_a_stopped_server(stage: Stage, cloud: Cloud, shared: CloudServer) -> None:
    await cloud.stop_server(shared.id)
    await stage.status(shared.id, "SHUTOFF")
    await cloud.reboot_server(shared.id, hard=True)
    await stage.status(shared.id, "ACTIVE")


async def test_rebuild_keeps_id_and_address(stage: Stage, cloud: Cloud, shared: CloudServer) -> None:
    await cloud.rebuild_server(shared.id, IMAGE, user_data=b"#!/bin/sh\n")
    rebuilt = await stage.status(shared.id, "ACTIVE")
    assert (rebuilt.addresses, rebuilt.metadata) == (shared.addresses, shared.metadata)


async def test_a_stopped_server_is_stopped_after_a_rebuild(stage: Stage, cloud: Cloud, shared: CloudServer) -> None:
    await cloud.stop_server(shared.id)
    await stage.status(shared.id, "SHUTOFF")
    await cloud.rebuild_server(shared.id, IMAGE)
    await stage.status(shared.id, "SHUTOFF")
    await cloud.start_server(shared.id)
    await stage.status(shared.id, "ACTIVE")


async def test_change_password(cloud: Cloud, shared: CloudServer) -> None:
    await cloud.change_password(shared.id, "opensesame-1")


async def test_console(stage: Stage, cloud: Cloud, shared: CloudServer) -> None:
    async def look() -> str:
        text = await cloud.console_log(shared.id)
        return text if f"VMMS-READY {shared.name}" in text else ""

    text = await stage.until(look, "the marker on the console")
    assert len(text.splitlines()) > 1


async def test_changes(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    first, second = await mine.active_server(), await mine.active_server()
    await stage.pass_time(1.0)
    assert first.updated
    since = max(one.updated for one in (first, second) if one.updated) + timedelta(seconds=1)
    assert {first.id, second.id}.isdisjoint({one.id for one in (await cloud.list_servers(since)).servers})
    await cloud.stop_server(first.id)
    await stage.status(first.id, "SHUTOFF")
    listing = await cloud.list_servers(since)
    changed = {one.id: one.status for one in listing.servers}
    assert not listing.complete
    assert changed[first.id] == "SHUTOFF"
    assert second.id not in changed
    await cloud.delete_server(first.id)
    await stage.gone(cloud.get_server, first.id)
    assert {one.id: one.status for one in (await cloud.list_servers(since)).servers}[first.id] == "DELETED"


async def test_a_port_may_be_deleted_under_its_server(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    """How soon the server shows it no longer differs: a real one needs from a second to minutes."""
    kept, lost = await mine.port(), await mine.port()
    server = await mine.active_server(kept, lost)
    assert set(server.addresses) == {*kept.addresses, *lost.addresses}
    await cloud.delete_port(lost.id)
    with pytest.raises(NotFound):
        await cloud.get_port(lost.id)
    assert (await cloud.get_server(server.id)).status == "ACTIVE"


async def test_metadata_that_is_set_is_a_change_and_what_is_deleted_is_none(
    stage: Stage, cloud: Cloud, mine: Belongings
) -> None:
    born = await mine.active_server()
    await stage.pass_time(2.0)
    await cloud.set_metadata(born.id, {"lease": "le-1"})
    tagged = await cloud.get_server(born.id)
    assert tagged.updated
    assert born.updated
    assert tagged.updated > born.updated
    assert tagged in (await cloud.list_servers(tagged.updated)).servers
    await stage.pass_time(2.0)
    await cloud.delete_metadata(born.id, "lease")
    bare = await cloud.get_server(born.id)
    assert (bare.metadata, bare.updated) == ({}, tagged.updated)


async def test_a_hard_reboot_may_be_asked_for_twice(stage: Stage, cloud: Cloud, shared: CloudServer) -> None:
    await cloud.reboot_server(shared.id, hard=True)
    if (await cloud.get_server(shared.id)).task_state == "rebooting_hard":
        await cloud.reboot_server(shared.id, hard=True)
    await stage.status(shared.id, "ACTIVE")


async def test_while_it_is_deleted(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    server = await mine.active_server()
    await cloud.delete_server(server.id)
    seen = await cloud.get_server(server.id)
    assert seen.task_state == "deleting" or seen.status == "DELETED"
    with pytest.raises((Conflict, NotFound)):
        await cloud.stop_server(server.id)
    await stage.gone(cloud.get_server, server.id)
