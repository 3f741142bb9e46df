"""Quotas at the desk: at a request, at its turn, at a renewal; and many requests at the same time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engine.world import World, let_run, pool
from vmms_tui.model.commands import CancelRequest, Release, Renew, Reply, ShowQuota
from vmms_tui.model.records import Lease, LeaseState, Request, RequestState, Server, ServerState, changed
from vmms_tui.model.spec import Allowance, PoolSpec, QuotaRules

HOUR = timedelta(hours=1)
SMALL, LARGE = pool(available=4, limit=12), pool(name="large", flavor="m1.large", available=4, limit=12)


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[World]:
    """Two pools of four ready servers each: 1 vCPU with 2 GiB, and 4 vCPUs with 8 GiB."""
    made = await World(tmp_path, SMALL, LARGE).start()
    await made.pass_time(90)
    assert made.counts() == {ServerState.READY: 8}
    yield made
    await made.stop()


async def rule(world: World, *, pools: list[PoolSpec] | None = None, **rules: Any) -> None:
    """Let these quotas be in force."""
    world.policy = changed(world.policy, quota=QuotaRules(**rules))
    world.pools = pools or world.pools
    await world.engine.take_settings(world.pools, world.policy)


def held(world: World, owner: str = "alice") -> list[Lease]:
    live = {LeaseState.ACTIVE, LeaseState.OVERDUE}
    return [lease for lease in world.state.all(Lease) if lease.owner == owner and lease.state in live]


def codes(replies: list[Reply]) -> list[str]:
    return sorted(reply.code for reply in replies)


async def test_what_is_too_much_is_refused_with_its_numbers_and_goes_when_one_is_back(two: World) -> None:
    await rule(two, person=Allowance(servers=2))
    first, _ = [await two.ask() for _ in range(2)]
    third = await two.ask()
    assert (third.code, third.rule) == ("refused", "quota")
    assert third.text == "alice has 2 of 2 servers."
    assert third.remedy == "Release a server, or ask an operator for a larger quota."
    assert two.events("command.refused")[-1].result == "refused: quota"
    assert (await two.ask("bob")).ok
    await two.send(Release(lease_id=first.lease_id))
    assert (await two.ask()).ok


@pytest.mark.parametrize("may", [3, 7, 40])
async def test_many_requests_at_the_same_time_get_no_more_together(two: World, may: int) -> None:
    await rule(two, person=Allowance(servers=may), project=Allowance(servers=10))
    asked = [two.ask("alice", project="web") for _ in range(12)] + [two.ask("bob", project="web") for _ in range(12)]
    replies = await let_run(*asked)
    for owner in ("alice", "bob"):
        waiting = [one for one in two.state.queued() if one.owner == owner]
        assert len(held(two, owner)) + len(waiting) <= may
    taken = [reply for reply in replies if reply.code != "refused"]
    assert len(taken) == min(2 * may, 10)
    assert {reply.rule for reply in replies if reply.code == "refused"} == {"quota"}
    await two.pass_time(120)
    assert len(held(two, "alice")) + len(held(two, "bob")) == min(2 * may, 10)
    assert len(held(two, "alice")) <= may


async def test_what_is_waited_for_counts_until_it_is_taken_back(two: World) -> None:
    await rule(two, pools=[changed(SMALL, limit=4)], person=Allowance(servers=5))
    assert codes([await two.ask() for _ in range(4)]) == ["ok"] * 4
    waiting = await two.ask()
    assert waiting.code == "queued"
    refused = await two.ask()
    assert refused.text == "alice has 4 of 5 servers and waits for 1 more."
    await two.send(CancelRequest(request_id=waiting.request_id))
    assert (await two.ask()).code == "queued"


async def test_vcpus_and_ram_are_those_of_the_servers(two: World) -> None:
    await rule(two, person=Allowance(vcpus=5), people={"bob": Allowance(ram_mib=3 * 1024)})
    assert (await two.ask(vcpus=4)).ok
    assert (await two.ask(vcpus=4)).text == "alice has 4 of 5 vCPUs; this server has 4."
    assert (await two.ask(vcpus=1)).ok
    assert (await two.ask(vcpus=1)).text == "alice has 5 of 5 vCPUs; this server has 1."
    assert (await two.ask("bob")).ok
    assert (await two.ask("bob")).text == "bob has 2 GiB of 3 GiB of RAM; this server has 2 GiB."


async def test_where_only_a_smaller_server_fits_it_is_waited_for(two: World) -> None:
    await rule(two, person=Allowance(vcpus=3))
    for other in ("bob", "bob", "bob", "carol"):
        assert (await two.ask(other, vcpus=1)).ok
    assert not two.state.ready_of("dev")
    reply = await two.ask(vcpus=1)
    assert reply.code == "queued"
    assert two.state.need(Request, reply.request_id).pool == "dev"
    await two.pass_time(120)
    (lease,) = held(two)
    assert lease.pool == "dev"


async def test_at_its_turn_a_request_waits_for_room_and_nothing_is_built_for_it(two: World) -> None:
    await rule(two, pools=[changed(SMALL, limit=4)], person=Allowance(servers=6))
    leases = [await two.ask() for _ in range(4)]
    queued = [await two.ask() for _ in range(2)]
    assert codes(queued) == ["queued", "queued"]
    await rule(two, pools=[changed(SMALL, limit=8)], person=Allowance(servers=4))
    await two.pass_time(120)
    assert len(held(two)) == 4
    assert not two.state.waits_for("dev")
    request = two.state.need(Request, queued[0].request_id)
    assert request.state is RequestState.QUEUED
    assert request.reason == "alice has 4 of 4 servers; it waits until there is room in the quota"
    assert (request.position, request.estimate) == (0, None)
    assert (await two.ask("bob")).ok, "nobody stands behind it"
    await two.send(Release(lease_id=leases[0].lease_id))
    await two.pass_time(5)
    assert two.state.need(Request, queued[0].request_id).state is RequestState.GRANTED
    assert len(held(two)) == 4


async def test_who_has_more_than_a_lowered_quota_keeps_it_and_renews_nothing(two: World) -> None:
    mine = [await two.ask(term=HOUR) for _ in range(3)]
    await rule(two, person=Allowance(servers=2))
    await two.pass_time(30)
    assert len(held(two)) == 3
    refused = await two.send(Renew(lease_id=mine[0].lease_id, term=HOUR), "operator")
    assert refused.rule == "quota"
    assert refused.text == "alice has 3 servers, more than the quota of 2."
    await two.send(Release(lease_id=mine[1].lease_id))
    assert (await two.send(Renew(lease_id=mine[0].lease_id, term=HOUR))).ok


async def test_terms_of_people_and_projects(two: World) -> None:
    await rule(two, person=Allowance(longest=10 * HOUR, total=12 * HOUR), projects={"web": Allowance(longest=4 * HOUR)})
    refused = await two.ask(term=11 * HOUR)
    assert refused.rule == "longest_term"
    assert "no lease of alice may end later than 10 h from now" in refused.text
    assert "no lease of project web may end later than 4 h" in (await two.ask(term=5 * HOUR, project="web")).text
    kept = await two.ask()
    two.clock.advance(7 * 3600)
    assert (await two.send(Renew(lease_id=kept.lease_id, term=4 * HOUR))).ok
    refused = await two.send(Renew(lease_id=kept.lease_id, term=HOUR))
    assert refused.rule == "total_term"
    assert "no lease of alice may be longer than 12 h from its start" in refused.text


async def test_operators_have_quotas_too_and_what_they_ask_for_somebody_is_somebodys(two: World) -> None:
    await rule(two, person=Allowance(servers=1), people={"operator": Allowance(servers=2)})
    assert (await two.ask("operator", owner="alice")).ok
    assert (await two.ask("operator", owner="alice")).text == "alice has 1 of 1 server."
    assert codes([await two.ask("operator") for _ in range(3)]) == ["ok", "ok", "refused"]


async def test_a_project_is_shared_by_its_people(two: World) -> None:
    await rule(two, project=Allowance(servers=2), projects={"big": Allowance(servers=3)})
    assert codes([await two.ask(who, project="web") for who in ("alice", "bob", "carol")]) == ["ok", "ok", "refused"]
    assert codes([await two.ask("alice", project="big") for _ in range(4)]) == ["ok", "ok", "ok", "refused"]
    assert (await two.ask("alice")).ok


async def test_requests_a_minute(two: World) -> None:
    await rule(two, person=Allowance(requests_per_minute=3))
    replies = await let_run(*(two.ask("alice", purpose="nothing") for _ in range(10)))
    assert codes(replies) == ["refused"] * 3 + ["try_again"] * 7
    stopped = next(reply for reply in replies if reply.code == "try_again")
    assert stopped.text == "alice has asked for 3 servers within a minute, which is the quota."
    assert stopped.remedy == "Try again in 60 s."
    (line,) = two.events("request.too_fast")
    assert (line.actor, line.result) == ("alice", "try_again: requests_per_minute")
    assert (await two.ask("bob")).ok
    two.clock.jump(3600)
    assert (await two.ask("alice")).code == "try_again", "a clock that is set is no time that went by"
    two.clock.advance(60)
    assert (await two.ask("alice")).ok
    await let_run(*(two.ask("alice") for _ in range(5)))
    assert len(two.events("request.too_fast")) == 2


async def test_after_a_restart_the_quota_is_counted_from_the_store(two: World) -> None:
    await rule(two, person=Allowance(servers=2, vcpus=8))
    assert (await two.ask(vcpus=4)).ok
    await two.restart()
    await two.pass_time(5)
    assert (await two.ask(vcpus=4)).ok
    assert (await two.ask(vcpus=1)).text == "alice has 2 of 2 servers."
    await two.engine.context.ledger.checkpoint()
    await two.restart()
    assert two.state.holdings.held(("person", "alice")).vcpus == 8
    assert {two.state.need(Server, lease.server_id).vcpus for lease in held(two)} == {4}


async def test_everybody_is_told_their_own_quota_and_operators_everybodys(two: World) -> None:
    assert (await two.send(ShowQuota())).text == "alice has no quota, and 0 servers."
    await rule(
        two,
        person=Allowance(servers=4, vcpus=16, ram_mib=32 * 1024, longest=24 * HOUR, total=72 * HOUR),
        people={"bob": Allowance(requests_per_minute=9)},
        project=Allowance(servers=6),
    )
    await two.ask(vcpus=4, project="web")
    await two.ask(vcpus=1)
    told = await two.send(ShowQuota())
    assert told.ok
    assert told.text.splitlines() == [
        (
            "alice has 2 of 4 servers, 5 of 16 vCPUs, 10 GiB of 32 GiB of RAM; no lease ends later than 1 d from now; "
            "no lease is longer than 3 d with all renewals."
        ),
        "project web has 1 of 6 servers.",
    ]
    assert (await two.send(ShowQuota(of="bob"))).rule == "role"
    assert (await two.send(ShowQuota(of="bob"), "operator")).text == "bob has 0 servers; 9 requests a minute."
    await rule(two, pools=[changed(SMALL, limit=4)], person=Allowance(servers=9))
    for _ in range(4):
        await two.ask("carol", vcpus=1)
    assert (await two.send(ShowQuota(), "carol")).text == "carol has 3 of 9 servers; waits for 1 server more."
