"""Volumes."""

from datetime import timedelta

import pytest

from vmms_tui.engine.cloud.errors import BadRequest, Conflict, NotFound
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.port import Cloud

from .stage import NOBODY, Belongings, Stage


async def test_a_volume_is_attached_and_detached(
    stage: Stage, cloud: Cloud, mine: Belongings, shared: CloudServer
) -> None:
    volume = await mine.volume()
    assert (volume.size_gib, volume.server_ids) == (1, ())
    await cloud.attach_volume(shared.id, volume.id)
    attached = await stage.volume_status(volume.id, "in-use")
    assert attached.server_ids == (shared.id,)
    assert (await cloud.get_server(shared.id)).volume_ids == (volume.id,)
    with pytest.raises(Conflict):
        await cloud.delete_volume(volume.id)
    with pytest.raises(Conflict):
        await cloud.attach_volume(shared.id, volume.id)
    with pytest.raises(Conflict):
        await cloud.remove_attachment(volume.id, attached.attachments[0].id)
    await cloud.detach_volume(shared.id, volume.id)
    assert (await stage.volume_status(volume.id, "available")).server_ids == ()
    assert (await cloud.get_server(shared.id)).volume_ids == ()
    await cloud.delete_volume(volume.id)
    await stage.gone(cloud.get_volume, volume.id)
    with pytest.raises(NotFound):
        await cloud.delete_volume(volume.id)


async def test_a_volume_outlives_its_server(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    volume, server = await mine.volume(), await mine.active_server()
    await cloud.attach_volume(server.id, volume.id)
    await stage.volume_status(volume.id, "in-use")
    await cloud.delete_server(server.id)
    await stage.gone(cloud.get_server, server.id)
    assert (await stage.volume_status(volume.id, "available")).server_ids == ()


async def test_a_volume_that_is_not_attached(cloud: Cloud, mine: Belongings, shared: CloudServer) -> None:
    volume = await mine.volume()
    with pytest.raises(NotFound):
        await cloud.detach_volume(shared.id, volume.id)


async def test_a_volume_of_nothing(cloud: Cloud) -> None:
    with pytest.raises(BadRequest):
        await cloud.create_volume("never", 0)


async def test_a_volume_is_listed_with_its_tags(stage: Stage, cloud: Cloud, mine: Belongings) -> None:
    before = stage.clock.now()
    metadata = {"vmms_server": "vm-00001", "note": "<b>名前</b>"}
    made = await mine.volume(description="of a test", metadata=metadata)
    listed = {volume.id: volume for volume in await cloud.list_volumes()}
    assert listed[made.id] == await cloud.get_volume(made.id)
    assert (made.description, made.metadata) == ("of a test", metadata)
    assert made.created
    assert abs(made.created - before) < timedelta(minutes=5)
    other = await stage.account.project(stage.other_project).list_volumes()
    assert made.id not in {volume.id for volume in other}


async def test_an_administrator_lists_the_volumes_of_the_project_alone(stage: Stage, mine: Belongings) -> None:
    made = await mine.volume()
    assert made.id not in {volume.id for volume in await stage.administrator.list_volumes()}


async def test_an_attachment_of_nothing(cloud: Cloud, mine: Belongings) -> None:
    volume = await mine.volume()
    with pytest.raises((NotFound, Conflict)):
        await cloud.remove_attachment(volume.id, NOBODY)
    with pytest.raises(NotFound):
        await cloud.remove_attachment(NOBODY, NOBODY)
