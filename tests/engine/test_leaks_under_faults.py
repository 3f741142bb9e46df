"""What is left over while the cloud, the disk or the engine fails: nothing goes that could be somebody's."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.leak_stage import (
    LONG,
    MINUTE,
    Made,
    gone_server,
    in_words,
    lines,
    mark,
    one_of_each,
    removed,
    strangers,
    tagged,
)
from tests.engine.world import POOL, World, pool
from vmms_tui.engine.cloud.errors import CloudError, CloudFault, Conflict, NotFound, Unreachable
from vmms_tui.model.commands import Release
from vmms_tui.model.leaks import Kind, Verdict
from vmms_tui.model.records import Lease, Server, ServerState, changed
from vmms_tui.model.tables import Drop


async def test_a_delete_that_was_not_done_is_made_good(filled: World) -> None:
    """The cloud says 404 to a delete, and the port is still there: the engine believes it, and leaks a port."""
    reply = await filled.ask()
    await filled.pass_time(10)
    filled.account.world.faults.fail("delete_port", NotFound("no such port"), times=1)
    await filled.send(Release(lease_id=reply.lease_id))
    await filled.pass_time(30)
    assert filled.state.need(Server, reply.server_id).state == ServerState.GONE
    assert await filled.leftovers() == [mark(reply.server_id)]
    await filled.pass_time(LONG, step=5)
    assert await filled.leftovers() == []
    (event,) = removed(filled)
    assert (in_words(event), event.server_id) == ("port", reply.server_id)


async def test_a_restart_takes_no_forgotten_server_on(filled: World) -> None:
    """There may be somebody's data in it."""
    filled.clock.advance(3 * 86400)
    await filled.pass_time(30)
    lost = filled.state.ready_of("dev")[0].id
    await filled.let_be(Drop("server", lost))
    await filled.restart()
    await filled.pass_time(60)
    assert filled.state.get(Server, lost) is None
    await filled.pass_time(LONG, step=5)
    assert lost not in await filled.in_cloud()


@pytest.mark.parametrize("call", ["list_servers", "list_ports", "list_floating_ips", "list_volumes"])
async def test_a_look_that_is_not_complete_proves_nothing(filled: World, call: str) -> None:
    server = await gone_server(filled)
    made = Made(filled)
    await made.floating_ip(mark(server.id))
    await filled.engine.leaks.report(fresh=True)
    filled.account.world.faults.fail(call, CloudFault("the database went away while paging"), times=None)
    await filled.pass_time(LONG, step=5)
    assert made.there() == made.all
    looked = await filled.engine.leaks.report(fresh=True)
    assert "went away" in looked.problem
    assert not filled.events("leak.found")
    filled.account.world.faults.clear()
    await filled.pass_time(LONG, step=5)
    assert not made.there()


async def test_a_volume_service_that_is_not_there_stands_in_nobodys_way(filled: World) -> None:
    server = await gone_server(filled)
    made = Made(filled)
    await made.floating_ip(mark(server.id))
    filled.account.world.faults.fail("list_volumes", NotFound("no block-storage service"), times=None)
    await filled.pass_time(LONG, step=5)
    assert not made.there()


async def test_an_empty_store_removes_nothing(tmp_path: Path) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(30)
    server = await gone_server(world)
    made = await one_of_each(world, server.id)
    await made.floating_ip(mark("vm-00004"))
    await world.kill()
    for path in (tmp_path / "store").iterdir():
        path.unlink()
    await world.start()
    await world.pass_time(2 * LONG, step=5)
    assert world.state.get(Server, server.id), "it was adopted; what the pool then does with it is another question"
    assert made.there() >= {*made.ids[Kind.VOLUME], made.ids[Kind.FLOATING_IP][-1]}
    assert not world.events("leak.removing")
    await world.stop()


async def test_an_empty_store_whose_settings_lack_the_pool_removes_nothing(tmp_path: Path) -> None:
    """The servers of the pool are above no number, below no number, in no record: lent ones among them."""
    world = await World(tmp_path, POOL, pool(name="old", purposes=("old",), available=2)).start()
    await world.pass_time(40)
    lent = await world.ask(purpose="old", term=timedelta(days=5))
    await world.pass_time(20)
    old = {server.cloud_id for server in world.state.servers_of("old")}
    assert lent.server_id
    await world.kill()
    for path in (tmp_path / "store").iterdir():
        path.unlink()
    world.pools = [POOL]
    await world.start()
    await world.pass_time(60)
    for _ in range(6):
        await gone_server(world)  # numbers go on above those of the old pool
    await world.pass_time(LONG, step=5)
    there = {seen.id for seen in (await world.cloud.list_servers()).servers}
    assert old <= there
    told = await world.engine.leaks.report()
    assert old <= lines(told.lines, Verdict.PERSON)
    assert {ip.id for ip in await world.cloud.list_floating_ips(mark(lent.server_id, pool_name="old"))}
    assert not world.events("leak.removing")
    await world.restart()
    world.clock.advance(6 * 86400)
    await world.pass_time(LONG, step=5)
    assert old <= {seen.id for seen in (await world.cloud.list_servers()).servers}
    await world.stop()


async def test_an_old_copy_of_the_store_removes_nothing(tmp_path: Path) -> None:
    world = await World(tmp_path, POOL).start()
    await world.pass_time(30)
    early = await gone_server(world)
    old = {path: path.read_bytes() for path in (tmp_path / "store").iterdir()}
    late = [await gone_server(world) for _ in range(3)]
    made = [await one_of_each(world, server.id) for server in (early, *late)]
    lent = await world.ask("bob", term=timedelta(days=2))
    await world.pass_time(30)
    await world.kill()
    for path in (tmp_path / "store").iterdir():
        path.unlink()
    for path, data in old.items():
        path.write_bytes(data)
    await world.start()
    await world.pass_time(2 * LONG, step=5)
    for one in made:
        assert one.there() >= set(one.ids[Kind.SERVER])
    assert made[0].there() == made[0].all
    assert world.state.need(Lease, lent.lease_id).owner == "bob"
    assert not world.events("leak.removing")
    await world.stop()


async def test_a_number_above_our_own_is_told_and_never_given_out_again(filled: World) -> None:
    made = Made(filled)
    await made.port("vm-00099-0", mark("vm-00099"))
    await made.server("vm-00100", **tagged("vm-00100"))
    await made.server("vm-00101", **tagged("vm-00101", pool_name="unheard-of"))
    await filled.pass_time(LONG, step=5)
    assert made.there() == made.all
    told = {line.server_id: line for line in (await filled.engine.leaks.report()).lines}
    assert told["vm-00099"].verdict is Verdict.PERSON
    assert "did not give out" in told["vm-00099"].why
    assert told["vm-00100"].verdict is Verdict.ADOPT
    assert told["vm-00101"].verdict is Verdict.PERSON
    assert (await filled.ask()).code == "ok"
    await filled.pass_time(30)
    newest = max(server.id for server in filled.state.all(Server))
    assert newest == "vm-00102"
    await filled.restart()
    await filled.pass_time(LONG, step=5)
    assert made.there() == made.all
    assert filled.state.get(Server, "vm-00100"), "it was adopted"


async def test_what_hangs_on_a_server_that_is_gone_is_taken_off(filled: World) -> None:
    reply = await filled.ask()
    await filled.pass_time(10)
    server = filled.state.need(Server, reply.server_id)
    made = Made(filled)
    volume_id = await made.volume(f"{server.id}-data", **tagged(server.id))
    await filled.pass_time(2)
    await filled.cloud.attach_volume(server.cloud_id, volume_id)
    await filled.pass_time(2)
    faults = filled.account.world.faults
    faults.delete_clings(about=server.cloud_id)
    faults.fail("delete_port", NotFound("no such port"), times=1)
    await filled.send(Release(lease_id=reply.lease_id))
    await filled.pass_time(30)
    assert (await filled.cloud.get_volume(volume_id)).server_ids == (server.cloud_id,)
    (port,) = [port for port in await filled.cloud.list_ports() if port.description == mark(server.id)]
    assert port.device_id == server.cloud_id
    await filled.pass_time(LONG, step=5)
    assert not made.there()
    assert await filled.leftovers() == []


@pytest.mark.parametrize("error", [CloudFault, Conflict, Unreachable])
async def test_a_failure_is_told_once_and_tried_again(filled: World, error: type[CloudError]) -> None:
    server = await gone_server(filled)
    made = Made(filled)
    await made.floating_ip(mark(server.id))
    filled.account.world.faults.fail("delete_floating_ip", error("it is on fire"), times=2)
    await filled.pass_time(LONG, step=5)
    (failure,) = filled.events("leak.failed")
    assert "on fire" in failure.text
    await filled.pass_time(2 * LONG, step=5)
    assert len(filled.events("leak.failed")) == 1
    assert not made.there()


@pytest.mark.parametrize("call", ["delete_floating_ip", "delete_server", "delete_port", "delete_volume"])
async def test_a_delete_whose_answer_is_lost_is_done_once(filled: World, call: str) -> None:
    """A failure by the answer, and gone all the same: the next look no longer shows it, so nothing is tried again."""
    server = await gone_server(filled)
    made = await one_of_each(filled, server.id)
    filled.account.world.faults.lose_answer(call, done=True)
    await filled.pass_time(2 * LONG, step=5)
    assert not made.there()
    begun = [in_words(event) for event in filled.events("leak.removing")]
    assert len(begun) == len(set(begun)) == 4
    assert not (await filled.engine.leaks.report()).lines


async def test_what_somebody_else_removes_first_is_no_failure(filled: World) -> None:
    """404 to our delete: it is gone, and that is what counts."""
    server = await gone_server(filled)
    made = Made(filled)
    ip_id = await made.floating_ip(mark(server.id))
    filled.account.world.faults.fail("delete_floating_ip", NotFound("gone a moment ago"), done=True)
    await filled.pass_time(LONG, step=5)
    assert [ip_id in event.text for event in removed(filled)] == [True]
    assert not filled.events("leak.failed")


async def test_a_404_to_a_delete_is_believed_only_when_the_thing_itself_is_gone(filled: World) -> None:
    server = await gone_server(filled)
    made = Made(filled)
    await made.floating_ip(mark(server.id))
    fault = filled.account.world.faults.fail("delete_floating_ip", NotFound("no such thing"), times=None)
    await filled.pass_time(LONG, step=5)
    assert made.there() == made.all
    assert not removed(filled)
    filled.account.world.faults.remove(fault)
    await filled.pass_time(LONG, step=5)
    assert len(removed(filled)) == 1
    assert not made.there()


async def test_a_delete_that_sticks_is_told(filled: World) -> None:
    server = await gone_server(filled)
    made = Made(filled)
    cloud_id = await made.server(server.id, **tagged(server.id))
    await filled.pass_time(10)
    filled.account.world.faults.delete_sticks(about=cloud_id)
    await filled.pass_time(2 * LONG, step=5)
    assert made.there() == made.all
    assert not removed(filled)
    assert "not removed it" in filled.events("leak.failed")[0].text


async def test_a_store_that_cannot_be_written_removes_nothing(filled: World) -> None:
    server = await gone_server(filled)
    made = await one_of_each(filled, server.id)
    await filled.engine.leaks.report(fresh=True)
    filled.engine.context.ledger.problem = "the disk is full"
    await filled.pass_time(LONG, step=5)
    assert made.there() == made.all


async def test_a_cloud_that_is_away_is_told_and_survived(filled: World) -> None:
    server = await gone_server(filled)
    made = Made(filled)
    await made.floating_ip(mark(server.id))
    away = filled.account.world.faults.fail("*", Unreachable("no route to the cloud"), times=None)
    await filled.pass_time(LONG, step=5)
    assert "no route" in (await filled.engine.leaks.report()).problem
    filled.account.world.faults.remove(away)
    await filled.pass_time(LONG, step=5)
    told = await filled.engine.leaks.report()
    assert (told.problem, told.lines) == ("", ())
    assert not made.there()


@pytest.mark.parametrize("touches", range(0, 30, 2))
async def test_killed_while_it_removes(tmp_path: Path, touches: int) -> None:
    world = await World(tmp_path, pool(available=2, limit=4)).start()
    await world.pass_time(30)
    server = await gone_server(world)
    others = await strangers(world, server.id)
    made = await one_of_each(world, server.id)
    await world.engine.leaks.report(fresh=True)
    world.clock.advance(115)
    await world.pass_time(5)
    world.death.after(touches)
    await world.pass_time(30)
    await world.restart()
    early = made.there()
    await world.pass_time(100, step=5)
    assert made.there() == early, "it went without two looks of this engine"
    await world.pass_time(LONG, step=5)
    assert not made.there()
    assert others.there() == others.all
    there = await world.in_cloud()
    assert all(len(seen) == 1 for seen in there.values())
    assert set(there) == {server.id for server in world.state.servers_of("dev")}
    assert world.counts()[ServerState.READY] == 2
    await world.stop()


async def test_the_same_installation_twice_removes_nothing_of_the_other(tmp_path: Path) -> None:
    """Two engines that do not know of each other, with one tag: forbidden, and no reason to lose servers."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = await World(tmp_path / "a", pool(available=2, limit=6)).start()
    await first.pass_time(30)
    second = World(tmp_path / "b", pool(available=2, limit=6))
    second.clock, second.account, second.guests = first.clock, first.account, first.guests
    gone = await gone_server(first)
    made = Made(first)
    first.clock.advance(20 * MINUTE)
    await made.server(gone.id, **tagged(gone.id))
    await first.pass_time(LONG, step=5)
    assert made.there() == made.all
    (line,) = (await first.engine.leaks.report()).lines
    assert "second engine" in line.why
    await second.start()
    await second.pass_time(LONG, step=5)
    assert not second.events("leak.removing")
    await second.stop()
    await first.stop()


async def test_a_record_put_aside_is_no_licence(filled: World) -> None:
    """A server that lives and whose record is gone, made a moment ago: the store forgets nothing so fast."""
    lost = filled.state.ready_of("dev")[0]
    await filled.let_be(Drop("server", lost.id))
    await filled.pass_time(LONG, step=5)
    assert (await filled.cloud.get_server(lost.cloud_id)).status == "ACTIVE"
    told = {line.id: line for line in (await filled.engine.leaks.report()).lines}
    assert told[lost.cloud_id].verdict is Verdict.PERSON


async def test_a_server_that_comes_back_into_the_store_stays(filled: World) -> None:
    """Left over at the first look, ours again at the second: put back from the cloud, say."""
    server = filled.state.ready_of("dev")[0]
    filled.clock.advance(3 * 86400)
    await filled.pass_time(20)
    server = filled.state.need(Server, server.id)
    await filled.let_be(Drop("server", server.id))
    await filled.engine.leaks.report(fresh=True)
    filled.clock.advance(150)
    await filled.let_be(changed(server, since=filled.clock.now()))
    await filled.pass_time(LONG, step=5)
    assert (await filled.cloud.get_server(server.cloud_id)).status == "ACTIVE"
    assert not filled.events("leak.removing")
