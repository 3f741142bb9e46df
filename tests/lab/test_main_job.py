"""The main job on a real OpenStack: fill, lend, refill, renew, take back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.lab.conftest import LabEngine, small, until
from tests.people import peer
from vmms_tui.engine.cloud.errors import NotFound
from vmms_tui.engine.cloud.facts import TAG_LEASE, NewServer
from vmms_tui.engine.operations.tags import TAG_OWNER, description
from vmms_tui.model.commands import Release, Renew, Reply, RequestServer
from vmms_tui.model.records import Lease, LeaseState, Notice, NoticeKind, Pool, Server, ServerState
from vmms_tui.model.spec import Policy

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
GONE = "server, port and floating IP are gone"


async def ask(lab: LabEngine, owner: str = "dev", **wish: Any) -> Reply:
    return await lab.engine.submit(RequestServer(purpose="ci", **wish), peer(owner))


async def is_gone(lab: LabEngine, server: Server) -> bool:
    """404 for the server, for each of its ports and for its floating IP."""
    looks = [(lab.cloud.get_server, server.cloud_id), (lab.cloud.get_floating_ip, server.floating_ip_id)]
    looks += [(lab.cloud.get_port, port_id) for port_id in server.port_ids]
    for look, object_id in looks:
        try:
            await look(object_id)
        except NotFound:
            continue
        return False
    return True


async def test_a_pool_of_six_answers_at_once_and_refills(lab: LabEngine, record_property: Any) -> None:
    await lab.use(small(6, 12))
    await lab.filled(6)

    before = lab.clock.monotonic()
    reply = await ask(lab, term=timedelta(hours=8), note="<b>[red]名前[/red]")
    warm = lab.clock.monotonic() - before
    assert reply.code == "ok"
    server = lab.state.need(Server, reply.server_id)
    assert (await lab.cloud.get_server(server.cloud_id)).status == "ACTIVE"

    async def is_reachable() -> bool:
        return server.floating_ip in (await lab.cloud.get_server(server.cloud_id)).floating_addresses

    await until(is_reachable, "the floating IP, which Nova learns of a little later than Neutron")
    assert (await lab.cloud.get_floating_ip(server.floating_ip_id)).port_id == server.port_ids[0]

    async def is_marked() -> bool:
        told = (await lab.cloud.get_server(server.cloud_id)).metadata
        return told.get(TAG_LEASE) == reply.lease_id and told.get(TAG_OWNER) == "dev"

    await until(is_marked, "the lease in the metadata")
    await lab.filled(6)
    assert len(lab.state.servers_of("ci")) == 7

    cold = await create_and_wait(lab)
    record_property("warm_seconds", warm)
    record_property("cold_seconds", cold)
    assert warm * 50 < cold


async def create_and_wait(lab: LabEngine) -> float:
    """What the same server costs without a pool: port, create, wait for ACTIVE, floating IP."""
    cloud, before = lab.cloud, lab.clock.monotonic()
    mark = f"vmms {lab.installation} cold"
    port = await cloud.create_port("private", name="cold", description=mark)
    new = NewServer(
        name="cold",
        flavor="m1.tiny",
        image="tiny",
        port_ids=(port.id,),
        metadata={"vmms_installation": lab.installation},
    )
    made = await cloud.create_server(new)

    async def is_active() -> bool:
        return (await cloud.get_server(made.id)).status == "ACTIVE"

    await until(is_active, "the cold server")
    await cloud.create_floating_ip("public", description=mark, port_id=port.id)
    return lab.clock.monotonic() - before


async def test_renew_and_release(lab: LabEngine) -> None:
    await lab.use(small(1, 3))
    await lab.filled(1)
    reply = await ask(lab, term=timedelta(hours=2))
    lease = lab.state.need(Lease, reply.lease_id)
    renewed = await lab.engine.submit(Renew(lease_id=lease.id, term=timedelta(days=2)), peer("dev"))
    assert renewed.end == lease.end + timedelta(days=2)
    refused = await lab.engine.submit(Renew(lease_id=lease.id, term=timedelta(days=9)), peer("dev"))
    assert (refused.code, refused.rule) == ("refused", "longest_term")
    stranger = await lab.engine.submit(Release(lease_id=lease.id), peer("mallory"))
    assert (stranger.code, stranger.rule) == ("refused", "not_owner")
    server = lab.state.need(Server, reply.server_id)
    assert (await lab.engine.submit(Release(lease_id=lease.id), peer("dev"))).ok
    await until(lambda: lab.state.need(Server, server.id).state == ServerState.GONE, "the server is gone")
    assert await is_gone(lab, server)
    assert lab.state.need(Lease, lease.id).end_reason == "released by dev"


async def to_the_end(lab: LabEngine, reply: Reply) -> None:
    """Let time go by to the end of a lease of two hours, of which its owner is told a quarter of an hour before."""
    lab.clock.move(timedelta(hours=1, minutes=45))
    await until(lambda: lab.state.need(Lease, reply.lease_id).notified_at, "a delivered warning before the end")
    lab.clock.move(timedelta(minutes=15))


async def test_an_ordinary_lease_is_taken_back_at_its_end(lab: LabEngine) -> None:
    await lab.use(small(1, 3))
    await lab.filled(1)
    reply = await ask(lab, term=timedelta(hours=2), importance=6)
    server = lab.state.need(Server, reply.server_id)
    await to_the_end(lab, reply)
    assert lab.state.all(Notice)[0].command.startswith(f"vmms renew {reply.lease_id} ")
    await until(lambda: lab.state.need(Lease, reply.lease_id).state == LeaseState.ENDED, "the end of the lease")
    assert await is_gone(lab, server)
    assert not [
        port for port in await lab.cloud.list_ports() if port.description == description(lab.engine.context, server)
    ]


async def test_an_important_lease_is_stopped_first_and_kept_three_days(lab: LabEngine) -> None:
    await lab.use(small(1, 3))
    await lab.filled(1)
    reply = await ask(lab, term=timedelta(hours=2), importance=7)
    server = lab.state.need(Server, reply.server_id)

    def lease() -> Lease:
        return lab.state.need(Lease, reply.lease_id)

    await to_the_end(lab, reply)
    await until(lambda: lease().told_at, "the stop, and its owner told")
    assert (await lab.cloud.get_server(server.cloud_id)).status == "SHUTOFF"
    notice = lab.state.all(Notice)[-1]
    assert (notice.owner, notice.lease_id) == ("dev", lease().id)
    assert notice.delivered_at is not None
    assert notice.kind is NoticeKind.STOPPED
    assert notice.happens_at == lease().grace_until

    begun = lab.clock.now()
    lab.clock.move(timedelta(days=2, hours=23))
    moved = lab.clock.now()
    await until(lambda: (lab.engine.status().cloud.listed_at or begun) >= moved, "a look after nearly three days")
    assert (await lab.cloud.get_server(server.cloud_id)).status == "SHUTOFF"
    assert lease().state == LeaseState.OVERDUE

    lab.clock.move(timedelta(hours=2))
    await until(lambda: lease().state == LeaseState.ENDED, "the end after three days")
    assert await is_gone(lab, server)


async def test_renewing_in_the_grace_starts_it_again(lab: LabEngine) -> None:
    await lab.use(small(1, 3))
    await lab.filled(1)
    reply = await ask(lab, term=timedelta(hours=2), importance=9)
    await to_the_end(lab, reply)
    await until(lambda: lab.state.need(Lease, reply.lease_id).stopped_at, "the stop")
    lab.clock.move(timedelta(days=1))
    assert (await lab.engine.submit(Renew(lease_id=reply.lease_id, term=timedelta(hours=8)), peer("dev"))).ok
    await until(lambda: lab.state.need(Server, reply.server_id).state == ServerState.LEASED, "the start")
    server = lab.state.need(Server, reply.server_id)
    assert (await lab.cloud.get_server(server.cloud_id)).status == "ACTIVE"
    lease = lab.state.need(Lease, reply.lease_id)
    await until(lambda: lab.state.need(Lease, lease.id).notified_of == lease.end, "a delivered warning of the new end")
    lab.clock.move(timedelta(days=2, hours=1))
    await until(lambda: lab.state.need(Lease, reply.lease_id).state == LeaseState.OVERDUE, "the new end")
    assert lab.state.need(Server, reply.server_id).state != ServerState.GONE


async def test_quota_pauses_the_pool_and_says_why(lab: LabEngine, set_server_quota: Callable[[int], None]) -> None:
    allowed = (await lab.cloud.quota()).servers_used + 2
    set_server_quota(allowed)
    await lab.use(small(4, 6))

    def paused() -> str:
        return lab.state.need(Pool, "ci").paused

    await until(lambda: lab.state.get(Pool, "ci") and paused().startswith("quota"), "the pause")
    await lab.filled(2)
    await until(lambda: f"{allowed} of {allowed} servers" in paused() or "uota exceeded" in paused(), "the numbers")
    assert lab.events("pool.paused")
    set_server_quota(-1)
    await lab.filled(4)
    assert not paused()
    assert lab.events("pool.resumed")


async def test_a_burst_raises_the_pool_and_lets_it_back(lab: LabEngine) -> None:
    policy = Policy(burst_least=2, surge_dwell=timedelta(minutes=15))
    await lab.use(small(2, 4), policy)
    await lab.filled(2)

    def pool() -> Pool:
        return lab.state.need(Pool, "ci")

    replies = [await ask(lab, term=timedelta(days=1)) for _ in range(2)]
    await until(lambda: pool().surge == 1.5, "a surge of 1.5")
    replies.append(await ask(lab, term=timedelta(days=1)))
    await until(lambda: pool().surge == 2.0, "a surge of 2")
    await lab.filled(4)
    assert (pool().available_now, pool().limit_now) == (4, 8)
    assert all(event.text.count("->") >= 2 for event in lab.events("pool.surge"))

    lab.clock.move(timedelta(minutes=16))
    await until(lambda: pool().surge == 1.5, "back to 1.5")
    lab.clock.move(timedelta(minutes=16))
    await until(lambda: pool().surge == 1.0, "back to 1")
    await lab.filled(2)
    assert all(
        lab.state.need(Server, reply.server_id).state == ServerState.LEASED for reply in replies if reply.server_id
    )
