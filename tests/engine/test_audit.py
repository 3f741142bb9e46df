"""The archive beside the engine: whole after every death, read by role, and no hindrance when its disk is full."""

import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engine.world import POOL, World
from tests.people import peer
from vmms_tui.client.remote import RemoteClient
from vmms_tui.engine.audit.lines import full_files
from vmms_tui.engine.keepers import housekeeping
from vmms_tui.engine.server import Server as SocketServer
from vmms_tui.model.audit import EventQuery
from vmms_tui.model.commands import Release, Renew
from vmms_tui.model.errors import Refused, VmmsError
from vmms_tui.model.people import AccessRules
from vmms_tui.model.records import Event, changed

DAY = timedelta(days=1)


async def asked(world: World, who: str = "operator", **query: Any) -> list[Event]:
    """What the door answers."""
    found = [page async for page in world.engine.events(EventQuery(**query), peer(who))]
    assert found[-1].end
    assert not any(page.remarks for page in found)
    return [event for page in found for event in page.events]


async def some_work(world: World) -> None:
    """Leases come and go."""
    for name in ("alice", "bob", "carol"):
        reply = await world.ask(name)
        await world.send(Renew(lease_id=reply.lease_id, term=DAY), name)
        await world.send(Release(lease_id=reply.lease_id), name)
        await world.pass_time(40)


async def test_the_archive_knows_what_the_engine_forgot(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "KEEP_EVENTS", 5)
    await some_work(filled)
    await filled.pass_time(200)
    assert filled.state.count(Event) < 20
    filled.check_archive()
    everything = await asked(filled)
    assert [event.id for event in everything] == [f"{number:010d}" for number in range(1, len(everything) + 1)]
    assert len(everything) > 35
    assert full_files(filled.folder / "audit"), "it never began a new file"
    granted = await asked(filled, kind="lease.granted", actor="bob")
    assert [event.owner for event in granted] == ["bob"]
    newest = await asked(filled, newest_first=True)
    assert newest == everything[::-1]


@pytest.mark.parametrize("engine_dies", [True, False], ids=["engine", "archive"])
@pytest.mark.parametrize("touches", range(0, 40, 2))
async def test_killed_at_any_touch_every_line_is_there_once(tmp_path: Path, touches: int, engine_dies: bool) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(20)
    (world.death if engine_dies else world.audit.death).after(touches)
    with suppress(VmmsError):
        await some_work(world)
    await world.restart()
    await world.pass_time(2)
    await world.engine.audit.tick()  # what came of letters was written after its turn
    world.check_archive()
    await some_work(world)
    await world.stop()
    world.check_archive()


async def test_a_full_disk_of_the_archive_is_told_and_stops_nobody(filled: World) -> None:
    filled.audit.disk_full = True
    await some_work(filled)
    (loop,) = [loop for loop in filled.engine.status().loops if loop.name == "audit"]
    assert loop.error.startswith(
        f"The audit archive cannot be written: {filled.folder}/audit/audit.jsonl: No space left"
    )
    (said,) = filled.events("audit.stuck")
    assert "No space left" in said.text
    reply = await filled.ask("dave")
    assert reply.code == "ok"
    assert reply.lease_id in {event.lease_id for event in await asked(filled, actor="dave")}
    filled.audit.disk_full = False
    await filled.pass_time(2)
    assert filled.events("audit.healed")
    (loop,) = [loop for loop in filled.engine.status().loops if loop.name == "audit"]
    assert not loop.error
    filled.check_archive()


async def test_nothing_is_forgotten_that_the_archive_lacks(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "KEEP_EVENTS", 5)
    await filled.pass_time(70)
    filled.audit.disk_full = True
    before = filled.state.count(Event)
    await some_work(filled)
    await filled.pass_time(200)
    assert filled.state.count(Event) > before + 20
    filled.audit.disk_full = False
    await filled.pass_time(70)
    assert filled.state.count(Event) < 20
    filled.check_archive()


async def test_numbers_go_on_after_an_old_copy_of_the_store(filled: World) -> None:
    await filled.kill()
    shutil.copytree(filled.folder / "store", filled.folder / "copy")
    await filled.start()
    await some_work(filled)
    await filled.kill()
    before = filled.archived()
    shutil.rmtree(filled.folder / "store")
    (filled.folder / "copy").rename(filled.folder / "store")
    await filled.start()
    await filled.pass_time(30)
    after = filled.archived()
    assert after[: len(before)] == before
    assert min(event.id for event in after[len(before) :]) > max(event.id for event in before)


async def test_a_developer_reads_what_is_theirs_and_nobody_else_s(filled: World) -> None:
    await some_work(filled)
    await filled.pass_time(2)
    theirs = await asked(filled, "alice")
    assert {"lease.granted", "lease.renewed", "lease.released", "engine.started"} <= {event.kind for event in theirs}
    assert not any("bob" in str(event) or event.origin for event in theirs)
    assert len(theirs) < len(await asked(filled, "operator"))
    assert await asked(filled, "alice", actor="bob") == []


async def test_who_is_turned_away_has_one_line_a_minute(filled: World) -> None:
    await filled.engine.take_settings(filled.pools, changed(filled.policy, access=AccessRules()))
    for _ in range(50):
        with pytest.raises(Refused):
            filled.engine.events(EventQuery(), peer("mallory"))
        await filled.ask("mallory")
    await filled.pass_time(3)
    assert [event.text.split(":")[0] for event in filled.events("access.refused")] == [
        "mallory was turned away 100 times"
    ]
    await filled.ask("mallory")
    await filled.pass_time(61)
    assert len(filled.events("access.refused")) == 2
    assert "pid 4242" in filled.events("access.refused")[0].origin


async def test_the_past_through_the_socket(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "KEEP_EVENTS", 5)
    await some_work(filled)
    await filled.pass_time(70)
    server = SocketServer(filled.engine, filled.folder / "e.sock", patience=0.2)
    await server.start()
    client = RemoteClient(filled.folder / "e.sock")
    try:
        query = EventQuery(since_ago=timedelta(hours=3), until_ago=timedelta(seconds=1), kind="lease.", actor="bob")
        found = [page async for page in client.events(query)]
        told = [event for page in found for event in page.events]
        assert [event.kind for event in told] == ["lease.granted", "lease.renewed", "lease.released"]
        assert found[-1].end
        assert found[-1].since == filled.clock.now() - timedelta(hours=3)
        backwards = [page async for page in client.events(changed(query, newest_first=True))]
        assert [event for page in backwards for event in page.events] == told[::-1]
    finally:
        await client.close()
        await server.stop()
