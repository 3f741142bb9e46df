"""What only looks: the console and the cloud's own words of a server, the inspector, and reading again."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.engine.world import World, let_run
from tests.people import peer
from vmms_tui.engine.cloud.errors import Unreachable
from vmms_tui.engine.desk import looking
from vmms_tui.engine.desk.looking import MOST_A_MINUTE, MOST_BYTES, SHARED, last_lines
from vmms_tui.engine.inspecting import memory_in_use
from vmms_tui.engine.refresh import PAUSE
from vmms_tui.model.commands import Inspect, ReadConsole, ReadServer, Refresh, Release
from vmms_tui.model.people import AccessRules, Role
from vmms_tui.model.records import Event, Lease, Server, ServerState, changed


async def lent(world: World, owner: str = "alice") -> Lease:
    reply = await world.ask(owner)
    await world.pass_time(30)
    return world.state.need(Lease, reply.lease_id)


def made(world: World, call: str) -> int:
    """Calls of this name so far."""
    return sum(number for (_, name), number in world.account.calls_made().items() if name == call)


async def test_an_owner_reads_the_console_by_lease_or_server(filled: World) -> None:
    lease = await lent(filled)
    for name in (lease.id, lease.server_id):
        reply = await filled.send(ReadConsole(server=name))
        assert reply.ok, reply
        assert f"VMMS-READY {lease.server_id}" in reply.body
        assert reply.read_at == filled.clock.now()
        assert reply.server_id == lease.server_id
    assert not [event for event in filled.state.all(Event) if event.kind.startswith("command.")]


@pytest.mark.parametrize("kind", [ReadConsole, ReadServer])
async def test_what_is_anothers_is_not_shown(filled: World, kind: type[ReadConsole | ReadServer]) -> None:
    lease = await lent(filled)
    free = next(one for one in filled.state.all(Server) if one.state is ServerState.READY)
    for name, rule in ((lease.id, "not_owner"), (lease.server_id, "not_owner"), (free.id, "not_owner")):
        reply = await filled.send(kind(server=name), "bob")
        assert (reply.code, reply.rule, reply.body) == ("refused", rule, "")
    assert (await filled.send(kind(server="vm-99999"), "bob")).rule == "unknown"
    for name in (lease.server_id, free.id):
        assert (await filled.send(kind(server=name), "operator")).ok


async def test_a_lease_that_is_over_shows_nothing_more(filled: World) -> None:
    lease = await lent(filled)
    await filled.send(Release(lease_id=lease.id))
    await filled.pass_time(60)
    reply = await filled.send(ReadConsole(server=lease.id))
    assert not reply.ok
    assert reply.rule in {"gone", "not_owner"}


async def test_a_server_that_the_cloud_has_not_begun(filled: World) -> None:
    server = filled.state.all(Server)[0]
    await filled.let_be(changed(server, cloud_id=""))
    reply = await filled.send(ReadConsole(server=server.id), "operator")
    assert reply.rule == "state"


async def test_the_clouds_own_words_are_json_without_secrets(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = await lent(filled)
    reply = await filled.send(ReadServer(server=lease.id))
    said = json.loads(reply.body)
    server = filled.state.need(Server, lease.server_id)
    assert (said["id"], said["name"], said["status"]) == (server.cloud_id, server.id, "ACTIVE")
    assert said["metadata"]["vmms_server"] == server.id
    assert {one["addr"] for one in said["addresses"]["simulated"]} >= {server.address}

    async def show(_self: object, _server_id: str) -> dict[str, object]:
        return {"OS-EXT-SRV-ATTR:user_data": "aGFzaA==", "description": "password: hunter22", "odd": [1, {"a": None}]}

    monkeypatch.setattr("vmms_tui.engine.cloud.simulated.compute.Compute.show_server", show)
    filled.clock.advance(SHARED)
    reply = await filled.send(ReadServer(server=lease.id))
    assert "aGFzaA" not in reply.body
    assert "hunter22" not in reply.body
    assert json.loads(reply.body)["odd"] == [1, {"a": None}]


async def test_many_who_ask_for_the_same_cost_one_call(filled: World) -> None:
    lease = await lent(filled)
    before = made(filled, "console_log")
    replies = await let_run(*(filled.send(ReadConsole(server=lease.id)) for _ in range(20)))
    assert {reply.body for reply in replies} == {replies[0].body}
    assert made(filled, "console_log") == before + 1
    filled.clock.advance(SHARED - 0.1)
    await filled.send(ReadConsole(server=lease.id))
    assert made(filled, "console_log") == before + 1
    filled.clock.advance(0.1)
    await filled.send(ReadConsole(server=lease.id))
    assert made(filled, "console_log") == before + 2


async def test_who_leaves_does_not_end_it_for_the_others(filled: World) -> None:
    lease = await lent(filled)
    leaves = asyncio.create_task(filled.send(ReadConsole(server=lease.id)))
    stays = asyncio.create_task(filled.send(ReadConsole(server=lease.id)))
    await asyncio.sleep(0)
    leaves.cancel()
    assert (await stays).ok


async def test_no_minute_sees_more_than_so_many(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = await lent(filled)
    before = made(filled, "console_log")
    replies = [await filled.send(ReadConsole(server=lease.id, lines=number + 1)) for number in range(MOST_A_MINUTE + 5)]
    assert made(filled, "console_log") - before == MOST_A_MINUTE
    assert [reply.code for reply in replies[-5:]] == ["try_again"] * 5
    assert "Ask again in 60 seconds" in replies[-1].remedy
    filled.clock.advance(60)
    assert (await filled.send(ReadConsole(server=lease.id))).ok
    assert looking.MOST_A_MINUTE == MOST_A_MINUTE


async def test_a_cloud_that_is_away_is_said(filled: World) -> None:
    lease = await lent(filled)
    filled.account.world.faults.fail("console_log", _away())
    reply = await filled.send(ReadConsole(server=lease.id))
    assert (reply.code, reply.body) == ("try_again", "")
    assert "no answer" in reply.text


def _away() -> Unreachable:
    return Unreachable("Could not read the console: no answer within 30 seconds.")


@pytest.mark.parametrize(
    ("text", "lines", "kept"),
    [
        ("", 5, ""),
        ("a\nb\nc\n", 2, "b\nc\n"),
        ("a\nb\nc", 9, "a\nb\nc"),
        ("x" * MOST_BYTES + "\nlast\n", 5, "last\n"),
    ],
)
def test_the_last_lines_are_whole(text: str, lines: int, kept: str) -> None:
    assert last_lines(text, lines) == kept


def test_one_endless_line_is_cut_and_never_too_long() -> None:
    for letter in ("x", "é", "\U0001f600", "\ud800"):
        cut = last_lines(letter * MOST_BYTES, 10)
        assert 0 < len(cut.encode("utf-8", "replace")) <= MOST_BYTES + 3


async def test_the_inspector_is_for_those_who_see_all(filled: World) -> None:
    await lent(filled)
    reply = await filled.send(Inspect(), "operator")
    told = reply.inspection
    assert told is not None
    assert told.records["server"] == len(filled.state.all(Server))
    assert told.reads["servers"] == filled.engine.observer.status.listed_at
    assert {loop.name for loop in told.loops} >= {"cloud", "pools", "guard"}
    listing = next(one for one in told.calls if one.call == "list_servers")
    assert listing.service == "compute"
    assert listing.total > 0
    assert listing.failed == 0
    assert listing.p50 is not None
    assert sum(one.last_minute for one in told.calls) == filled.account.calls_last_minute()
    assert (await filled.send(Inspect(), "alice")).rule == "role"


async def test_a_failing_call_is_counted_with_its_words(filled: World) -> None:
    filled.account.world.faults.fail("list_servers", _away())
    await filled.pass_time(11)
    told = (await filled.send(Inspect(), "operator")).inspection
    assert told is not None
    listing = next(one for one in told.calls if one.call == "list_servers")
    assert listing.failed == 1
    assert "no answer" in listing.last_error
    assert listing.last_error_at is not None


def test_memory_is_read_where_the_system_says_it(tmp_path: Path) -> None:
    assert memory_in_use() > 1_000_000
    assert memory_in_use(tmp_path / "none") == 0


async def test_reading_again_says_its_calls_and_is_bounded(filled: World) -> None:
    await filled.pass_time(20)
    server = next(one for one in filled.state.all(Server) if one.state is ServerState.READY)
    cloud = filled.account.project()
    await cloud.stop_server(server.cloud_id)
    filled.account.world.settle()
    before = made(filled, "list_servers")
    reply = await filled.send(Refresh(kind="servers"))
    assert reply.ok, reply
    assert made(filled, "list_servers") == before + 1
    assert "compute list_servers x1" in reply.text
    again = await filled.send(Refresh(kind="servers"))
    assert "0 s ago" in again.text
    assert made(filled, "list_servers") == before + 1
    filled.clock.advance(PAUSE)
    assert "read again" in (await filled.send(Refresh(kind="servers"))).text


async def test_what_the_cloud_offers_is_read_again_too(filled: World) -> None:
    before = made(filled, "flavors")
    reply = await filled.send(Refresh(kind="offers"))
    assert reply.ok
    assert made(filled, "flavors") == before + 1
    assert (await filled.send(Refresh(kind="stars"))).rule == "kind"


async def test_reading_again_while_the_cloud_is_away(filled: World) -> None:
    filled.account.world.faults.fail("list_servers", _away())
    reply = await filled.send(Refresh(kind="servers"))
    assert reply.code == "try_again"
    assert "no answer" in reply.text


async def test_a_viewer_may_read_again_and_no_stranger_may(filled: World) -> None:
    filled.engine._access.take(AccessRules(everyone=Role.VIEWER))
    assert (await filled.send(Inspect(), "vic")).ok
    assert (await filled.send(ReadConsole(server="vm-00001"), "vic")).rule == "role"
    assert (await filled.send(Refresh(kind="servers"), "vic")).ok
    filled.engine._access.take(AccessRules())
    assert (await filled.engine.submit(Refresh(kind="servers"), peer("mallory"))).rule == "no_role"
