"""Operators let ladders go on: one, all of an incident; and who may not."""

from datetime import timedelta

import pytest

from tests.engine.test_healing import falls, lent, now, pass_minutes, rungs
from tests.engine.world import World
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.model.commands import Freeze, HealAll, HealServer
from vmms_tui.model.healing import Illness, Incident, Rung
from vmms_tui.model.plans import plan_id
from vmms_tui.model.records import OperationKind, ServerState, changed


async def test_it_begins_at_once(filled: World) -> None:
    server = await lent(filled)
    falls(filled, server, Falls.ERROR)
    await filled.pass_time(12)
    assert not rungs(filled, server)
    reply = await filled.send(HealServer(lease_id=server.id), "operator")
    assert reply.text == f"{server.id} gets a hard reboot now: the cloud says ERROR."
    assert reply.operation_id
    await filled.pass_time(30)
    assert now(filled, server).cloud_status == "ACTIVE"
    said = filled.events("server.heal")[-1]
    assert (said.actor, said.reason) == ("operator", "operator asked for it")
    assert filled.events("server.healing")[-1].reason == "operator let it"


async def test_what_a_person_must_decide_is_done_once_and_no_more(filled: World) -> None:
    server = await lent(filled, importance=8)
    filled.account.world.faults.mend_fails(about=server.id, times=None)
    falls(filled, server, Falls.ERROR)
    await filled.pass_time(12)
    ill = filled.state.need(Illness, server.id)
    await filled.let_be(changed(ill, rung=Rung.RESET_STATE, tries=2, acts=4))
    await pass_minutes(filled, 3)
    ill = filled.state.need(Illness, server.id)
    assert (ill.then, bool(ill.asks)) == (Rung.REBUILD, True)
    reply = await filled.send(HealServer(lease_id=server.lease_id), "operator")
    assert "gets a rebuild now" in reply.text
    await pass_minutes(filled, 25)
    assert rungs(filled, server) == ["rebuild"]
    ill = filled.state.need(Illness, server.id)
    assert (ill.then, ill.allowed_by) == (None, "")
    assert "there is nothing left that the engine may try" in ill.asks
    assert (await filled.send(HealServer(lease_id=server.lease_id), "operator")).operation_id
    await pass_minutes(filled, 3)
    assert rungs(filled, server)[:2] == ["rebuild", "hard_reboot"], "it begins anew"


async def test_one_server_is_let_out_of_an_incident(filled: World) -> None:
    server, other = await lent(filled), await lent(filled)
    for one in (server, other):
        falls(filled, one, Falls.ERROR)
    await filled.pass_time(12)
    rules = changed(filled.policy.healing, least=2, share=0.1)
    filled.engine.context.policy = changed(filled.policy, healing=rules)
    await pass_minutes(filled, 5)
    assert filled.state.all(Incident)
    assert not [*rungs(filled, server), *rungs(filled, other)]
    reply = await filled.send(HealServer(lease_id=server.lease_id), "operator")
    assert reply.operation_id
    assert rungs(filled, server) == ["hard_reboot"]
    assert not rungs(filled, other)


async def test_all_are_let_go_on_in_an_incident(filled: World) -> None:
    servers = [await lent(filled), await lent(filled)]
    for one in servers:
        falls(filled, one, Falls.ERROR)
    filled.engine.context.policy = changed(filled.policy, healing=changed(filled.policy.healing, least=2, share=0.1))
    await pass_minutes(filled, 5)
    assert (await filled.send(HealAll(), "operator")).ok
    assert (await filled.send(HealAll(), "operator")).text == "operator has let all ladders go on already."
    await pass_minutes(filled, 3)
    assert [rungs(filled, one) for one in servers] == [["hard_reboot"], ["hard_reboot"]]
    assert not filled.state.all(Incident)
    refused = await filled.send(HealAll(), "operator")
    assert (refused.rule, refused.text) == ("no_incident", "There is no incident: each ladder goes its way.")


async def test_who_and_what_is_refused(filled: World) -> None:
    server = await lent(filled)
    well = await filled.send(HealServer(lease_id=server.lease_id), "operator")
    assert (well.rule, well.text) == ("well", f"{server.id} works, as far as the engine can tell.")
    assert (await filled.send(HealServer(lease_id="vm-99999"), "operator")).rule == "unknown"
    assert (await filled.send(HealServer(lease_id=server.lease_id), "alice")).rule == "role"
    assert (await filled.send(HealAll(), "alice")).rule == "role"
    falls(filled, server, Falls.ERROR)
    await filled.pass_time(12)
    await filled.send(Freeze(reason="a new switch"), "operator")
    frozen = await filled.send(HealServer(lease_id=server.lease_id), "operator")
    assert (frozen.rule, frozen.remedy) == ("frozen", "`vmms thaw` lets it go on.")
    off = changed(filled.policy, healing=changed(filled.policy.healing, on=False))
    filled.engine.context.policy = off
    assert (await filled.send(HealServer(lease_id=server.lease_id), "operator")).rule == "healing_off"


async def test_while_it_is_mended_nothing_else_is_done_to_it(filled: World) -> None:
    server = await lent(filled)
    falls(filled, server, Falls.ERROR)
    await filled.pass_time(12)
    await filled.send(HealServer(lease_id=server.lease_id), "operator")
    again = await filled.send(HealServer(lease_id=server.lease_id), "operator")
    assert (again.code, again.text) == ("try_again", f"heal is at work on {server.id}.")
    assert [one.kind for one in filled.state.live_operations()] == [OperationKind.HEAL]


async def test_a_plan_that_does_not_hold_any_more_is_refused(filled: World) -> None:
    server = await lent(filled)
    falls(filled, server, Falls.ERROR)
    await filled.pass_time(12)
    command = HealServer(lease_id=server.lease_id)
    plan = plan_id(command, filled.state)
    ill = filled.state.need(Illness, server.id)
    await filled.let_be(changed(ill, rung=Rung.RESET_STATE, tries=2))
    refused = await filled.send(changed(command, plan=plan), "operator")
    assert (refused.rule, "what comes next on its ladder" in refused.text) == ("plan_changed", True)
    assert (await filled.send(changed(command, plan=plan_id(command, filled.state)), "operator")).ok


async def test_a_ready_server_is_not_mended_by_hand(filled: World) -> None:
    ready = next(one for one in filled.state.servers_of("dev") if one.state is ServerState.READY)
    assert (await filled.send(HealServer(lease_id=ready.id), "operator")).rule == "unknown"
    assert timedelta(0) < filled.policy.healing.wait


async def test_what_is_said_while_others_are_seen_to_counts_at_once(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To see to one takes time; the next one is looked at as it is by then, and not as it was before."""
    for server in (await lent(filled), await lent(filled)):
        falls(filled, server, Falls.ERROR)
    mender = filled.engine.health.mender
    seen_to, sees_to = list[str](), mender._see_to

    async def slowly(ill: Illness) -> int:
        seen_to.append(ill.id)
        if len(seen_to) == 1:
            assert (await filled.send(Freeze(reason="wait"), "operator")).ok
        return await sees_to(ill)

    monkeypatch.setattr(mender, "_see_to", slowly)
    await pass_minutes(filled, 3)
    assert len(filled.state.all(Illness)) == 2
    assert len(seen_to) == 1
