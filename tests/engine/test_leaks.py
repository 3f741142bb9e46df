"""What is left over goes, in order and a few at a time; what is anybody's stays."""

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
from tests.people import peer
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, TAG_LEASE
from vmms_tui.engine.keepers import leaks
from vmms_tui.engine.operations.tags import TAG_END
from vmms_tui.model.errors import Refused
from vmms_tui.model.leaks import Kind, Verdict
from vmms_tui.model.people import AccessRules, Role
from vmms_tui.model.records import Server, ServerState, changed
from vmms_tui.model.spec import LeakPolicy, Policy
from vmms_tui.model.tables import Drop


async def test_what_is_left_over_goes_in_order_after_two_looks_minutes_apart(filled: World) -> None:
    server = await gone_server(filled)
    made = await one_of_each(filled, server.id)
    looked = await filled.engine.leaks.report(fresh=True)
    first = filled.clock.now()
    assert lines(looked.lines, Verdict.LEFT_OVER) == made.all
    assert not filled.events("leak.found")
    await filled.engine.leaks.report(fresh=True)
    await filled.pass_time(100, step=5)
    assert made.there() == made.all
    await filled.pass_time(LONG, step=5)
    assert not made.there()
    begun = filled.events("leak.removing")
    assert min(event.at for event in begun) - first >= timedelta(minutes=2)
    assert [in_words(event) for event in begun] == ["floating IP", "server", "port", "volume"]
    assert [in_words(event) for event in removed(filled)] == ["floating IP", "server", "port", "volume"]
    assert {in_words(event) for event in removed(filled)} == set(Kind)
    assert len(filled.events("leak.found")) == 4
    assert all(server.id in event.text and event.server_id == server.id for event in begun)
    assert not (await filled.engine.leaks.report()).lines
    assert filled.counts()[ServerState.READY] == 4


async def test_servers_that_the_store_has_forgotten_go_with_all_they_have(filled: World) -> None:
    filled.clock.advance(3 * 86400)
    await filled.pass_time(30)
    before = await filled.in_cloud()
    lost = [server.id for server in filled.state.ready_of("dev")][:2]
    await filled.engine.context.ledger.commit(*(Drop("server", server_id) for server_id in lost))
    await filled.pass_time(90)
    assert filled.counts()[ServerState.READY] == 4
    assert set(await filled.in_cloud()) == {server.id for server in filled.state.servers_of("dev")} | set(lost)
    await filled.pass_time(LONG, step=5)
    now = await filled.in_cloud()
    assert not set(lost) & set(now)
    assert await filled.leftovers() == []
    assert all(now[name][0].id == before[name][0].id for name in set(now) & set(before))
    kinds = [in_words(event) for event in filled.events("leak.removing")]
    assert sorted(kinds, key=[kind.value for kind in Kind].index) == ["floating IP"] * 2 + ["server"] * 2 + ["port"] * 2
    assert kinds.index("server") > max(i for i, kind in enumerate(kinds) if kind == "floating IP")


async def test_a_few_at_a_time(tmp_path: Path) -> None:
    policy = Policy(leaks=LeakPolicy(most_at_once=2))
    world = await World(tmp_path, pool(available=1, limit=3), policy=policy).start()
    await world.pass_time(30)
    server = await gone_server(world)
    made = Made(world)
    for number in range(7):
        await made.port(f"{server.id}-{number}", mark(server.id))
    left = len(made.there())
    counts = set()
    for _ in range(int(30 * MINUTE / 5)):
        await world.pass_time(5, step=5)
        now = len(made.there())
        counts.add(left - now)
        left = now
    assert left == 0
    assert counts == {0, 2, 1}
    at = sorted({event.at for event in world.events("leak.removing")})
    assert len(at) == 4
    await world.stop()


async def test_strangers_are_neither_touched_nor_told(filled: World) -> None:
    server = await gone_server(filled)
    others = await strangers(filled, server.id)
    made = await one_of_each(filled, server.id)
    await filled.pass_time(LONG, step=5)
    assert not made.there()
    assert others.there() == others.all
    told = await filled.engine.leaks.report(fresh=True, everything=True)
    assert not {line.id for line in told.lines} & others.all
    said = " ".join(event.text for kind in ("leak.found", "leak.removing") for event in filled.events(kind))
    assert not [made_id for made_id in others.all if made_id in said]


async def test_a_lease_in_the_tags_keeps_a_server(filled: World) -> None:
    server = await gone_server(filled)
    end = filled.clock.now() + timedelta(hours=1)
    made = Made(filled)
    lease = {TAG_LEASE: "lease-00001", TAG_END: end.isoformat()}
    await made.server(server.id, **tagged(server.id), **lease)
    await filled.pass_time(LONG, step=5)
    assert made.there() == made.all
    (line,) = (await filled.engine.leaks.report()).lines
    assert line.verdict is Verdict.PERSON
    assert "lease-00001" in line.why
    filled.clock.advance(3600)
    await filled.pass_time(LONG, step=5)
    assert not made.there()


async def test_what_others_use_stays(filled: World) -> None:
    """Ours by its tag and nobody's in the store, and in a stranger's hand all the same."""
    server = await gone_server(filled)
    made, others = Made(filled), Made(filled)
    their_port = await others.port("web", "ours, not yours")
    await made.floating_ip(mark(server.id), their_port)
    our_port = await made.port(f"{server.id}-0", mark(server.id))
    await others.server("web", our_port)
    another_port = await made.port(f"{server.id}-1", mark(server.id))
    await others.floating_ip("www", another_port)
    third_port = await others.port("db", "ours too")
    await made.server(server.id, third_port, **tagged(server.id))
    volume_id = await made.volume(f"{server.id}-data", **tagged(server.id))
    await filled.pass_time(12)
    await filled.cloud.attach_volume(others.ids[Kind.SERVER][0], volume_id)
    await filled.pass_time(LONG, step=5)
    assert made.there() == made.all
    assert others.there() == others.all
    assert not filled.events("leak.removing")
    told = (await filled.engine.leaks.report()).lines
    assert {line.verdict for line in told} == {Verdict.PERSON}
    assert {line.id for line in told} == made.all
    assert [ip.port_id for ip in await filled.cloud.list_floating_ips(mark(server.id))] == [their_port]


async def test_a_thing_that_is_taken_up_between_two_looks_stays(filled: World) -> None:
    server = await gone_server(filled)
    made, others = Made(filled), Made(filled)
    port_id = await made.port(f"{server.id}-0", mark(server.id))
    ip_id = await made.floating_ip(mark(server.id))
    await filled.engine.leaks.report(fresh=True)
    await others.server("web", port_id)
    await filled.cloud.associate_floating_ip(ip_id, await others.port("www", ""))
    await filled.pass_time(LONG, step=5)
    assert made.there() == made.all
    assert not filled.events("leak.removing")


@pytest.mark.parametrize("how", ["server on our port", "address on our port", "port on our server", "new tag"])
async def test_a_thing_that_is_taken_up_between_the_look_and_the_act_stays(filled: World, how: str) -> None:
    server = await gone_server(filled)
    made, others = Made(filled), Made(filled)
    port_id = await made.port(f"{server.id}-0", mark(server.id))
    cloud_id = await made.server(server.id, **tagged(server.id)) if "our server" in how or "tag" in how else ""
    keeper = filled.engine.leaks
    await keeper.report(fresh=True)
    filled.clock.advance(180)
    found = await keeper._look()
    assert found
    if how == "server on our port":
        await others.server("web", port_id)
    elif how == "address on our port":
        await others.floating_ip("www", port_id)
    elif how == "port on our server":
        theirs = await others.port("web", "ours")
        filled.account.world.contents.ports[theirs].device_id = cloud_id
    else:
        await filled.cloud.set_metadata(cloud_id, {TAG_LEASE: "lease-00009"})
    made.ids[Kind.PORT] = [port_id] if how in {"server on our port", "address on our port"} else []
    filled.clock.advance(10)
    await keeper._remove(found)
    assert made.there() == made.all
    told = " ".join(event.text for event in filled.events("leak.removing"))
    assert not [made_id for made_id in made.all if made_id in told]


async def test_nothing_goes_while_an_operation_is_at_work_on_its_server(filled: World) -> None:
    """A server in the making has things in the cloud that its record does not name yet."""
    filled.account.world.faults.build_sticks(times=1)
    await filled.ask()
    await filled.pass_time(LONG - MINUTE * 2, step=5)
    building = [server for server in filled.state.all(Server) if server.state == ServerState.BUILDING]
    assert len(building) == 1
    assert not (await filled.engine.leaks.report(fresh=True)).lines
    assert not filled.events("leak.found")


async def test_a_second_server_of_one_id_goes_and_the_first_stays(filled: World) -> None:
    first = filled.state.ready_of("dev")[0]
    made = Made(filled)
    await made.server(first.id, **tagged(first.id))
    await filled.pass_time(100, step=5)
    assert made.there() == made.all
    await filled.pass_time(LONG, step=5)
    assert not made.there()
    assert (await filled.cloud.get_server(first.cloud_id)).status == "ACTIVE"
    assert filled.state.need(Server, first.id).state == ServerState.READY
    assert filled.counts()[ServerState.READY] == 4


async def test_of_two_servers_of_one_id_none_goes_while_the_first_is_not_seen(filled: World) -> None:
    first = filled.state.ready_of("dev")[0]
    made = Made(filled)
    await made.server(first.id, **tagged(first.id))
    await filled.cloud.set_metadata(first.cloud_id, {TAG_INSTALLATION: "somebody-else"})
    await filled.pass_time(LONG, step=5)
    assert made.there() == made.all


async def test_the_settings_may_say_to_remove_nothing(tmp_path: Path) -> None:
    policy = Policy(leaks=LeakPolicy(remove=False))
    world = await World(tmp_path, POOL, policy=policy).start()
    await world.pass_time(30)
    server = await gone_server(world)
    made = await one_of_each(world, server.id)
    await world.pass_time(2 * LONG, step=5)
    assert made.there() == made.all
    assert len(world.events("leak.found")) == 4
    (then,) = {line.then for line in (await world.engine.leaks.report()).lines}
    assert "leaks.remove = false" in then
    await world.engine.take_settings(world.pools, Policy())
    await world.pass_time(LONG, step=5)
    assert not made.there()
    await world.stop()


async def test_looks_remove_nothing_by_themselves(filled: World) -> None:
    server = await gone_server(filled)
    made = await one_of_each(filled, server.id)
    for _ in range(20):
        told = await filled.engine.leaks.report(fresh=True, everything=True)
        filled.clock.advance(30)
    assert made.there() == made.all
    assert lines(told.lines, Verdict.LEFT_OVER) == made.all
    ours = lines(told.lines, Verdict.EXPECTED)
    assert {server.cloud_id for server in filled.state.ready_of("dev")} <= ours
    assert told.expected == {Kind.SERVER: 4, Kind.PORT: 4, Kind.FLOATING_IP: 4}


async def test_looks_are_few_at_rest(filled: World) -> None:
    await filled.pass_time(5 * MINUTE)
    looks = []
    for _ in range(20):
        before = (await filled.engine.leaks.report()).looked_at
        await filled.pass_time(MINUTE, step=5)
        looks.append((await filled.engine.leaks.report()).looked_at != before)
    assert sum(looks) == 4


async def test_a_renamed_thing_is_somebodys(filled: World) -> None:
    server = await gone_server(filled)
    made = Made(filled)
    await made.port("please-keep", mark(server.id))
    await made.server("please-keep", **tagged(server.id))
    await made.volume("please-keep", **tagged(server.id))
    await filled.pass_time(LONG, step=5)
    assert made.there() == made.all


async def test_looks_at_rest_are_rarer_in_a_large_cloud(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the lists hold four times as much as a cheap look."""
    monkeypatch.setattr(leaks, "CHEAP", 3)
    await filled.engine.leaks.report(fresh=True)
    await filled.pass_time(5 * MINUTE, step=5)
    told = await filled.engine.leaks.report()
    assert sum(told.expected.values()) == 12
    assert told.looked_at
    assert told.next_look
    assert abs(told.next_look - told.looked_at - timedelta(minutes=20)) < timedelta(seconds=10)
    server = await gone_server(filled)
    made = Made(filled)
    await made.floating_ip(mark(server.id))
    await filled.engine.leaks.report(fresh=True)
    await filled.pass_time(5 * MINUTE, step=5)
    assert not made.there(), "what is found is not left lying for long"


async def test_the_ledger_is_shown_to_operators_and_viewers(filled: World) -> None:
    with pytest.raises(Refused, match="operators and viewers"):
        await filled.engine.look_for_leaks(peer("alice"), fresh=True)
    assert (await filled.engine.look_for_leaks(peer("operator"))).looked_at is None
    rules = AccessRules(everyone=Role.VIEWER)
    await filled.engine.take_settings(filled.pools, changed(filled.policy, access=rules))
    assert (await filled.engine.look_for_leaks(peer("eve", read_only=True), fresh=True)).expected[Kind.SERVER] == 4


async def test_many_seconds_of_one_server_do_not_wait_for_each_other(filled: World) -> None:
    first = filled.state.ready_of("dev")[0]
    made = Made(filled)
    for _ in range(5):
        await made.server(first.id, **tagged(first.id))
    await filled.engine.leaks.report(fresh=True)
    await filled.pass_time(5 * MINUTE, step=5)
    assert not made.there()
    assert len({event.at for event in filled.events("leak.removing")}) == 1, "after one look"
    assert (await filled.cloud.get_server(first.cloud_id)).status == "ACTIVE"
