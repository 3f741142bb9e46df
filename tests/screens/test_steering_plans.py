"""Plans for hosts and their queues of moves: what they hold on, in which words they are put, what takes them back."""

import pytest

from vmms_tui.model.commands import (
    AnyCommand,
    DrainHost,
    EvacuateHost,
    HealAll,
    Rebalance,
    Reply,
    SteerMoves,
    UndrainHost,
)
from vmms_tui.model.draining import Errand, Phase
from vmms_tui.model.healing import INCIDENT, Incident
from vmms_tui.model.plans import differences, plan_id
from vmms_tui.model.records import AnyRecord, Lease, Server, changed
from vmms_tui.model.tables import Tables
from vmms_tui.screens.plans import Plan, plan_of
from vmms_tui.screens.undo import Done, inverse

from .cloudland import NOW, STATUS
from .drainland import DONE, GOING, HOST, OPENED, PAUSED, RETURN, STOPPED, world
from .scripted import mirror_of

STEER = {
    act: SteerMoves(queue=GOING.id, act=act, limit=4 if act == "limit" else 0) for act in ("pause", "stop", "limit")
}


def tables(*more: AnyRecord) -> Tables:
    return Tables((*world(), *more))


def lent_there(records: Tables) -> Server:
    return next(one for one in records.all(Server) if one.host == "h02" and one.lease_id)


def planned(command: AnyCommand, *more: AnyRecord) -> Plan:
    plan = plan_of([command], Tables((*world(), *more)), mirror_of(world(), STATUS).you, NOW, status=STATUS)
    assert plan is not None
    return plan


@pytest.mark.parametrize("command", [DrainHost(host="h02", reason="x"), EvacuateHost(host="h02", sworn="x")])
def test_a_plan_for_a_host_holds_on_whose_servers_are_there(command: DrainHost | EvacuateHost) -> None:
    before = tables()
    server = lent_there(before)
    lease = before.get(Lease, server.lease_id)
    assert lease is not None
    for news in (changed(server, host="h04"), changed(lease, importance=8), changed(server, id="vm-99998")):
        after = tables(news)
        assert plan_id(command, before) != plan_id(command, after)
        assert "whose servers are there" in differences(plan_id(command, before), command, after)


def test_a_drain_that_goes_on_holds_on_how_it_goes_and_not_on_what_it_moves() -> None:
    command, server = DrainHost(host="h02", limit=4), lent_there(tables())
    known = plan_id(command, tables(GOING))
    assert plan_id(command, tables(GOING, changed(server, host="h04"))) == known
    assert differences(known, command, tables(PAUSED)) == ["whether the moves are paused"]
    assert plan_id(command, tables(STOPPED)) != known


def test_what_comes_back_is_a_part_of_the_plan_to_open() -> None:
    back, alone = UndrainHost(host="h02", bring_back=True), UndrainHost(host="h02")
    fewer = changed(DONE, legs=DONE.legs[1:])
    assert differences(plan_id(back, tables(DONE)), back, tables(fewer)) == ["what comes back"]
    assert plan_id(alone, tables(DONE)) == plan_id(alone, tables(fewer))


def test_steering_holds_on_the_queue() -> None:
    for command in STEER.values():
        known = plan_id(command, tables(GOING))
        assert plan_id(command, tables(changed(GOING, limit=9))) != known
        assert plan_id(command, tables(PAUSED)) != known
        assert plan_id(command, tables(STOPPED)) == plan_id(command, tables()) != known


def test_to_let_all_ladders_go_on_holds_on_the_incident() -> None:
    storm = Incident(id=INCIDENT, since=NOW, ill=20, of=30)
    assert plan_id(HealAll(), tables(storm)) != plan_id(HealAll(), tables())
    assert plan_id(HealAll(), tables(storm)) != plan_id(HealAll(), tables(changed(storm, passed_by="olga")))


@pytest.mark.parametrize(
    ("command", "queue", "title", "button", "first"),
    [
        (
            STEER["pause"],
            GOING,
            "pause the drain of h02",
            "Pause",
            "begin no other move of the drain of h02: 2 servers wait",
        ),
        (
            STEER["stop"],
            GOING,
            "stop the drain of h02",
            "Stop",
            "end the drain of h02: 2 servers not begun stay where they are",
        ),
        (STEER["limit"], GOING, "another limit for the drain of h02", "Set", "move 4 at a time, not 2"),
        (
            SteerMoves(queue=GOING.id, act="resume"),
            PAUSED,
            "go on with the drain of h02",
            "Go on",
            "begin moves again: 2 servers wait",
        ),
    ],
)
def test_steering_is_put_in_words(command: SteerMoves, queue: AnyRecord, title: str, button: str, first: str) -> None:
    plan = planned(command, queue)
    assert (plan.title, plan.button, plan.effects[0].what) == (title, button, first)
    assert "2 moves under way end as usual" in [one.what for one in plan.effects] or command.act == "resume"


def test_production_asks_for_the_count_of_what_is_moved() -> None:
    drain = planned(DrainHost(host="h02", reason="x"))
    assert drain.ends == sum(1 for one in tables().all(Server) if one.host == "h02" and one.lease_id) > 0
    assert drain.does == "moves"
    assert planned(Rebalance()).ends == len([one for one in planned(Rebalance()).effects if "nothing" not in one.what])


def test_a_drain_says_when_there_is_no_room() -> None:
    full = [changed(one, ram_used_mib=one.ram_mib) for one in tables().all(type(HOST)) if one.name != "h02"]
    said = [one.text for one in planned(DrainHost(host="h02", reason="x"), *full).checks]
    assert [one for one in said if one.startswith("No host has room for")], said
    assert "there is room for all of them on other hosts" in [
        one.text for one in planned(DrainHost(host="h02", reason="x")).checks
    ]


def test_to_open_a_host_says_why_it_was_closed() -> None:
    said = [one.text for one in planned(UndrainHost(host="h02"), DONE).checks]
    assert f"It was closed because of: {HOST.disabled_reason}" in said


def undone(command: AnyCommand, *more: AnyRecord) -> tuple[AnyCommand, ...] | str:
    return inverse(Done(((command, Reply()),)), tables(*more), NOW)


def test_what_takes_back_a_drain_and_what_steers_it() -> None:
    drain, opened = DrainHost(host="h02", reason="x"), UndrainHost(host="h02", bring_back=True)
    assert undone(drain, GOING) == (opened,)
    assert "was closed before it was drained" in str(undone(drain, changed(GOING, closed_before=True)))
    assert undone(opened, DONE, OPENED) == (DrainHost(host="h02", reason=DONE.reason, limit=DONE.limit),)
    assert "Nobody knows why" in str(undone(opened))
    assert undone(STEER["pause"], PAUSED) == (SteerMoves(queue=GOING.id, act="resume"),)
    assert undone(SteerMoves(queue=GOING.id, act="resume"), GOING) == (STEER["pause"],)
    assert "have ended" in str(undone(STEER["pause"], STOPPED))
    assert "is told a number" in str(undone(STEER["limit"], GOING))
    assert "is begun anew" in str(undone(STEER["stop"], STOPPED))


def test_moves_that_even_the_load_are_undone_by_their_stop() -> None:
    going = changed(RETURN, id="rebalance", errand=Errand.REBALANCE, host="")
    assert undone(Rebalance(), going) == (SteerMoves(queue="rebalance", act="stop"),)
    assert "have ended" in str(undone(Rebalance(), changed(going, phase=Phase.DONE)))
