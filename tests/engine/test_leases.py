"""Requests and leases: matched, queued, renewed, ended, and never taken too early."""

from datetime import timedelta
from typing import Any

import pytest

from tests.engine.world import World, let_run, pool
from tests.people import peer
from vmms_tui.engine.cloud.errors import CloudFault
from vmms_tui.engine.cloud.facts import TAG_LEASE
from vmms_tui.model.commands import (
    CancelRequest,
    RebootServer,
    RebuildServer,
    Release,
    Renew,
    ResetPassword,
    RevealPassword,
    StartServer,
    StopServer,
)
from vmms_tui.model.records import (
    AnyRecord,
    Counters,
    Event,
    Lease,
    LeaseState,
    Notice,
    Request,
    RequestState,
    Server,
    ServerState,
)

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvN0dd7MqRyNpsBoeYb8aWzNg2Vi4Yx1rYtXY3bZ0Qm alice@laptop"


async def test_a_warm_request_is_answered_at_once_and_handed_over(filled: World) -> None:
    reply = await filled.ask(ssh_key=KEY, term=timedelta(hours=3))
    assert reply.code == "ok"
    assert reply.end == filled.clock.now() + timedelta(hours=3)
    await filled.pass_time(3)
    server = filled.state.need(Server, reply.server_id)
    assert (await filled.cloud.get_server(server.cloud_id)).metadata[TAG_LEASE] == reply.lease_id
    assert filled.guests.keys[server.id] == (KEY,)


async def test_a_queue_is_fair_and_tells_place_and_time(filled: World) -> None:
    for _ in range(4):
        await filled.ask("greedy")
    replies = [await filled.ask("greedy"), await filled.ask("greedy"), await filled.ask("modest")]
    assert [reply.code for reply in replies] == ["queued"] * 3
    modest = filled.state.need(Request, replies[2].request_id)
    assert modest.position == 1
    assert modest.estimate
    await filled.pass_time(60)
    assert {request.state for request in filled.state.all(Request)} == {RequestState.GRANTED}


async def test_while_the_cloud_is_away_nobody_promises_a_time(filled: World) -> None:
    for _ in range(4):
        await filled.ask()
    filled.account.world.faults.unreachable()
    await filled.pass_time(90)
    reply = await filled.ask()
    assert reply.code == "queued"
    assert filled.state.need(Request, reply.request_id).estimate is None
    assert "ready in about" not in reply.text
    filled.account.world.faults.clear()
    await filled.pass_time(60)
    assert filled.state.need(Request, reply.request_id).state == RequestState.GRANTED


async def test_a_queued_request_can_be_taken_back(world: World) -> None:
    await world.engine.take_settings([pool(available=0, limit=1)], world.policy)
    await world.pass_time(3)
    reply = await world.ask()
    assert (await world.send(CancelRequest(request_id=reply.request_id), "mallory")).rule == "not_owner"
    assert (await world.send(CancelRequest(request_id=reply.request_id))).ok
    await world.pass_time(60)
    assert not [lease for lease in world.state.all(Lease) if lease.state == LeaseState.ACTIVE]


def of_consequence(world: World) -> list[AnyRecord]:
    """All but the line that every refusal leaves."""
    return [record for record in world.state.records() if not isinstance(record, Event | Counters)]


@pytest.mark.parametrize(
    ("wish", "rule"),
    [
        ({"purpose": "nothing-such"}, "unknown_purpose"),
        ({"purpose": "[red]\x1b[31m名前"}, "unknown_purpose"),
        ({"vcpus": 999}, "no_size"),
        ({"flavor": "m1.nowhere"}, "no_size"),
        ({"vcpus": -1}, "size"),
        ({"term": timedelta(hours=-3)}, "bad_term"),
        ({"term": timedelta(0)}, "bad_term"),
        ({"term": timedelta(days=8)}, "longest_term"),
        ({"importance": 11}, "importance"),
        ({"ssh_key": "no key at all"}, "ssh_key"),
        ({"owner": "bob"}, "not_operator"),
        ({"note": "x" * 501}, "note"),
    ],
)
async def test_the_impossible_is_refused_at_once_by_its_rule(filled: World, wish: dict[str, Any], rule: str) -> None:
    before = of_consequence(filled)
    reply = await filled.ask(**wish)
    assert (reply.code, reply.rule) == ("refused", rule)
    assert reply.text.endswith(".")
    assert not filled.state.all(Request)
    assert of_consequence(filled) == before


async def test_the_operator_may_ask_for_others(filled: World) -> None:
    reply = await filled.ask("operator", owner="bob")
    assert filled.state.need(Lease, reply.lease_id).owner == "bob"


async def test_many_at_once_never_share_a_server(filled: World) -> None:
    replies = await let_run(*(filled.ask(f"dev-{n}") for n in range(20)))
    granted = [reply.server_id for reply in replies if reply.server_id]
    assert len(granted) == len(set(granted)) == 4


async def test_an_ordinary_lease_ends(filled: World) -> None:
    reply = await filled.ask(term=timedelta(hours=3), importance=6)
    server = filled.state.need(Server, reply.server_id)
    filled.clock.advance(3600 + 60)
    await filled.pass_time(10)
    assert [notice.lease_id for notice in filled.state.all(Notice)] == [reply.lease_id]
    filled.clock.advance(2 * 3600)
    await filled.pass_time(20)
    assert filled.state.need(Lease, reply.lease_id).state == LeaseState.ENDED
    assert filled.state.need(Server, server.id).state == ServerState.GONE
    assert server.id not in await filled.in_cloud()
    assert not await filled.leftovers()


async def test_an_important_lease_is_stopped_told_and_kept_three_days(filled: World) -> None:
    reply = await filled.ask(term=timedelta(hours=3), importance=7)
    await filled.to_the_end(reply.lease_id)
    await filled.pass_time(20)
    lease = filled.state.need(Lease, reply.lease_id)
    assert lease.state == LeaseState.OVERDUE
    assert lease.stopped_at
    assert lease.told_at
    assert lease.told_at >= lease.stopped_at
    assert lease.grace_until == lease.told_at + timedelta(days=3)
    assert filled.state.need(Server, lease.server_id).state == ServerState.STOPPED
    filled.clock.advance(3 * 86400 - 40)
    await filled.pass_time(10)
    assert (await filled.in_cloud())[lease.server_id][0].status == "SHUTOFF"
    filled.clock.advance(60)
    await filled.pass_time(30)
    assert filled.state.need(Lease, lease.id).state == LeaseState.ENDED
    assert lease.server_id not in await filled.in_cloud()


async def test_an_important_lease_is_kept_as_long_as_its_server_cannot_be_stopped(filled: World) -> None:
    reply = await filled.ask(term=timedelta(hours=3), importance=9)
    filled.account.world.faults.fail("stop_server", CloudFault("The cloud failed."), times=None)
    await filled.to_the_end(reply.lease_id)
    for _ in range(5):
        await filled.pass_time(30)
        filled.clock.advance(86400)
    await filled.pass_time(30)
    assert filled.state.need(Lease, reply.lease_id).state == LeaseState.OVERDUE
    assert reply.server_id in await filled.in_cloud()


async def test_renewing_in_the_grace_starts_the_server_again(filled: World) -> None:
    reply = await filled.ask(term=timedelta(hours=3), importance=7)
    await filled.to_the_end(reply.lease_id)
    await filled.pass_time(20)
    assert (await filled.send(StartServer(lease_id=reply.lease_id))).rule == "overdue"
    renewed = await filled.send(Renew(lease_id=reply.lease_id, term=timedelta(hours=5)))
    assert renewed.end == filled.clock.now() + timedelta(hours=5)
    await filled.pass_time(20)
    lease = filled.state.need(Lease, reply.lease_id)
    assert (lease.state, lease.stopped_at) == (LeaseState.ACTIVE, None)
    assert filled.state.need(Server, lease.server_id).state == ServerState.LEASED


async def test_a_lease_that_was_renewed_at_the_last_moment_is_kept(filled: World) -> None:
    reply = await filled.ask(term=timedelta(hours=3))
    await filled.to_the_end(reply.lease_id)
    await filled.engine.leases.tick()
    assert filled.state.operation_on(reply.server_id), "it is being taken back"
    renewed = await filled.send(Renew(lease_id=reply.lease_id, term=timedelta(hours=5)))
    assert renewed.ok
    await filled.pass_time(30)
    assert filled.state.need(Lease, reply.lease_id).state == LeaseState.ACTIVE
    assert reply.server_id in await filled.in_cloud()


async def test_a_renewal_while_the_keeper_is_at_work_is_kept(filled: World) -> None:
    first, second = [await filled.ask(term=timedelta(hours=3)) for _ in range(2)]
    await filled.pass_time(5)
    filled.clock.advance(3600 + 60)
    _, renewed = await let_run(
        filled.engine.leases.tick(), filled.send(Renew(lease_id=second.lease_id, term=timedelta(hours=9)))
    )
    assert renewed.ok
    assert filled.state.need(Lease, second.lease_id).end == renewed.end
    assert filled.state.need(Lease, first.lease_id).warned


async def test_two_passes_over_the_queue_grant_a_request_once(filled: World) -> None:
    ledger, now = filled.engine.context.ledger, filled.clock.now()
    waiting = [
        Request(id=ledger.number("request"), owner=owner, purpose="dev", term=timedelta(hours=8), asked=now, pool="dev")
        for owner in ("alice", "bob")
    ]
    await filled.let_be(*waiting)
    await let_run(filled.engine.queue.tick(), filled.engine.queue.tick())
    assert len(filled.state.all(Lease)) == 2
    assert filled.counts()[ServerState.LEASED] == 2


async def test_refused_renewals_name_the_rule(filled: World) -> None:
    reply = await filled.ask(term=timedelta(days=7))
    long = await filled.send(Renew(lease_id=reply.lease_id, term=timedelta(days=1)))
    assert long.rule == "longest_term"
    for _ in range(3):
        filled.clock.advance(7 * 86400 - 60)
        assert (await filled.send(Renew(lease_id=reply.lease_id, term=timedelta(days=6, hours=23)))).ok
    filled.clock.advance(6 * 86400)
    assert (await filled.send(Renew(lease_id=reply.lease_id, term=timedelta(days=5)))).rule == "total_term"
    assert (await filled.send(Renew(lease_id="lease-99999", term=timedelta(days=5)))).rule == "unknown"


async def test_the_owners_acts(filled: World) -> None:
    reply = await filled.ask(ssh_key=KEY)
    await filled.pass_time(3)
    lease_id = reply.lease_id

    def server() -> Server:
        return filled.state.need(Server, reply.server_id)

    assert (await filled.send(StopServer(lease_id=lease_id))).ok
    await filled.pass_time(10)
    assert server().state == ServerState.STOPPED
    assert (await filled.send(RebootServer(lease_id=lease_id))).rule == "state"
    assert (await filled.send(StartServer(lease_id=server().id))).ok
    await filled.pass_time(10)
    assert server().state == ServerState.LEASED
    assert (await filled.send(RebootServer(lease_id=lease_id, hard=True))).ok
    assert (await filled.send(RebootServer(lease_id=lease_id))).code == "try_again"
    await filled.pass_time(10)
    assert filled.events("server.rebooted")
    address = server().floating_ip
    filled.guests.keys.clear()
    assert (await filled.send(RebuildServer(lease_id=lease_id))).ok
    await filled.pass_time(30)
    assert (server().state, server().floating_ip) == (ServerState.LEASED, address)
    assert filled.guests.keys[server().id] == (KEY,)
    assert (await filled.send(Release(lease_id=lease_id))).ok
    await filled.pass_time(15)
    assert server().state == ServerState.GONE


async def test_the_first_password_is_shown_once_and_to_its_owner_only(filled: World) -> None:
    reply = await filled.ask()
    await filled.pass_time(3)
    assert (await filled.send(RevealPassword(lease_id=reply.lease_id), "mallory")).rule == "not_owner"
    assert (await filled.send(RevealPassword(lease_id=reply.lease_id), "operator")).rule == "not_owner"
    shown = await filled.send(RevealPassword(lease_id=reply.lease_id))
    assert len(shown.password) >= 16
    again = await filled.send(RevealPassword(lease_id=reply.lease_id))
    assert (again.rule, again.password) == ("shown", "")
    new, _ = await let_run(filled.send(ResetPassword(lease_id=reply.lease_id)), filled.pass_time(3))
    assert new.password
    assert new.password != shown.password
    written = b"".join(path.read_bytes() for path in (filled.folder / "store").iterdir())
    assert shown.password.encode() not in written
    assert new.password.encode() not in written
    told = str(await filled.engine.snapshot(peer("operator")))
    assert "secret" not in told.lower() or shown.password not in told
