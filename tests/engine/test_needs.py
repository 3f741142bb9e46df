"""Acknowledgements: what there is can be acknowledged by operators, and is forgotten with the need."""

from datetime import timedelta

from tests.engine.world import World
from tests.people import peer
from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.commands import Acknowledge, Freeze, Reply, Thaw, Unacknowledge
from vmms_tui.model.records import Event, Pool, changed
from vmms_tui.model.surroundings import Host, Kind, Survey
from vmms_tui.model.tables import Put
from vmms_tui.model.trends import Trend

FROZEN = "frozen"


async def acknowledged(world: World, note: str = "on it") -> Reply:
    """The operator has frozen the engine, and sees to it."""
    await world.send(Freeze(reason="a new switch"), "operator")
    return await world.send(Acknowledge(need_id=FROZEN, note=note), "operator")


def theirs(world: World) -> list[Acknowledgement]:
    return world.state.all(Acknowledgement)


async def test_it_is_kept_with_who_when_and_why_and_survives_kill(filled: World) -> None:
    assert (await acknowledged(filled, "  back\n at  nine ")).ok
    (said,) = theirs(filled)
    assert (said.id, said.by, said.at, said.note) == (FROZEN, "operator", filled.clock.now(), "back at nine")
    await filled.restart()
    await filled.pass_time(30)
    assert theirs(filled) == [said]


async def test_it_goes_with_the_need_and_another_need_is_not_covered(filled: World) -> None:
    await acknowledged(filled)
    await filled.send(Thaw(), "operator")
    await filled.pass_time(11)
    assert theirs(filled) == []
    over = filled.events("need.over")[-1]
    assert (over.text, over.reason) == ("frozen is over; operator had acknowledged it", "it is so no more")
    await acknowledged(filled)
    assert len(theirs(filled)) == 1


async def test_a_need_that_comes_anew_between_two_looks_waits_again(filled: World) -> None:
    await acknowledged(filled)
    await filled.send(Thaw(), "operator")
    filled.clock.advance(1)
    await filled.send(Freeze(reason="again"), "operator")
    await filled.pass_time(11)
    assert theirs(filled) == []
    assert filled.events("need.over")[-1].reason == "it has come anew"


async def test_what_is_not_there_cannot_be_acknowledged_nor_taken_back(filled: World) -> None:
    for command in (Acknowledge(need_id="broken:x"), Acknowledge(need_id="\x1b[31m" * 99), Unacknowledge(need_id="y")):
        reply = await filled.send(command, "operator")
        assert (reply.code, reply.rule) == ("refused", "unknown")
        assert reply.remedy == "`vmms needs` shows what there is."
        assert "\x1b" not in reply.text


async def test_a_host_that_is_down_stays_acknowledged_over_a_restart(filled: World) -> None:
    now = filled.clock.now()
    down = Host(id="9", name="h9", state="down", status="enabled", seen=now)
    read = Survey(id=Kind.HOSTS, every=timedelta(minutes=1), read_at=now)
    filled.state.note((Put(down), Put(read)))
    assert (await filled.send(Acknowledge(need_id="host:h9"), "operator")).ok
    await filled.engine.needs.tick()
    assert [one.id for one in theirs(filled)] == ["host:h9"]
    await filled.restart()
    await filled.engine._look()
    await filled.engine.needs.tick()
    assert [one.id for one in theirs(filled)] == ["host:h9"], "nobody knows yet how the hosts are"
    filled.state.note((Put(changed(down, state="up")), Put(read)))
    await filled.engine.needs.tick()
    assert theirs(filled) == []


async def test_a_long_note_is_refused(filled: World) -> None:
    reply = await acknowledged(filled, "x" * 201)
    assert (reply.rule, theirs(filled)) == ("note", [])


async def test_it_is_for_operators_and_others_do_not_see_it(filled: World) -> None:
    await acknowledged(filled)
    assert (await filled.send(Unacknowledge(need_id=FROZEN), "alice")).rule == "role"
    told = await filled.engine.snapshot(peer("alice"))
    assert not [one for one in told.records if isinstance(one, Acknowledgement)]
    told = await filled.engine.snapshot(peer("operator"))
    assert [one for one in told.records if isinstance(one, Acknowledgement)] == theirs(filled)


async def test_another_one_takes_the_place_of_the_first(filled: World) -> None:
    await acknowledged(filled)
    await filled.send(Acknowledge(need_id=FROZEN, note="no, me"), "operator")
    assert [one.note for one in theirs(filled)] == ["no, me"]
    assert (await filled.send(Unacknowledge(need_id=FROZEN), "operator")).ok
    assert theirs(filled) == []


async def test_nobody_looks_as_long_as_nothing_is_acknowledged(filled: World) -> None:
    before = len(filled.state.all(Event))
    await filled.pass_time(30)
    assert not filled.events("need.over")
    assert len(filled.state.all(Event)) == before


# Trends


async def test_pools_are_sampled_once_a_minute_and_survive_kill(filled: World) -> None:
    await filled.pass_time(150)
    await filled.ask("alice")
    await filled.pass_time(60)
    samples = [one for trend in filled.state.all(Trend) for one in trend.samples]
    minutes = [one.at for one in samples]
    assert minutes == sorted(set(minutes))
    assert len(minutes) >= 4
    assert sum(one.asked for one in samples) == 1
    pool = filled.state.all(Pool)[0]
    assert all((one.wanted, one.limit) == (pool.available_now, pool.limit_now) for one in samples)
    assert samples[-2].ready >= 3
    before = filled.state.all(Trend)
    await filled.restart()
    assert filled.state.all(Trend) == before


async def test_a_day_is_kept_and_no_more(filled: World) -> None:
    await filled.pass_time(26 * 3600, step=60)
    trends = filled.state.all(Trend)
    assert 143 <= len(trends) <= 146
    assert all(len(one.samples) <= 10 for one in trends)
    assert sum(len(one.samples) for one in trends) <= 133 + 131
    oldest = min(one.start for one in trends)
    assert filled.clock.now() - oldest <= timedelta(hours=24, minutes=20)


async def test_a_sample_counts_who_waits(filled: World) -> None:
    while (await filled.ask("bob")).code == "ok":
        pass
    filled.clock.advance(60)
    await filled.engine.trends.tick()
    newest = filled.state.all(Trend)[-1].samples[-1]
    assert newest.waiting == len(filled.state.queued()) == 1
    assert newest.ready == 0
    assert newest.asked >= 4


async def test_everybody_sees_how_pools_did(filled: World) -> None:
    await filled.pass_time(61)
    told = await filled.engine.snapshot(peer("alice"))
    assert [one for one in told.records if isinstance(one, Trend)] == filled.state.all(Trend)
