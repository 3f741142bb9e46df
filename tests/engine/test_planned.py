"""A change that names its plan is refused when the world has moved; servers are read live before it is shown."""

from datetime import timedelta
from typing import TypeVar

import pytest

from tests.engine.world import World
from tests.people import peer
from vmms_tui.engine.desk.reading import MOST_READ
from vmms_tui.model import plans
from vmms_tui.model.commands import (
    AbortOperation,
    CancelRequest,
    Planned,
    ReadServers,
    RebootServer,
    Release,
    Renew,
    Reply,
    StopServer,
)
from vmms_tui.model.records import Lease, Operation, Server, ServerState, changed
from vmms_tui.model.tables import Tables

PlannedT = TypeVar("PlannedT", bound=Planned)


async def lent(world: World, who: str = "alice") -> Reply:
    """A lease whose server is handed over."""
    reply = await world.ask(who)
    await world.pass_time(5)
    return reply


async def read_by(world: World, who: str, command: PlannedT) -> PlannedT:
    """The command with the plan that somebody's screen makes of what is shown to them."""
    shown = Tables((await world.engine.snapshot(peer(who))).records)
    return changed(command, plan=plans.plan_id(command, shown))


async def test_a_plan_holds_while_nothing_changes(filled: World) -> None:
    lease = await lent(filled)
    for who in ("alice", "operator"):
        command = await read_by(filled, who, Renew(lease_id=lease.lease_id, term=timedelta(minutes=30)))
        assert (await filled.send(command, who)).ok
        await filled.pass_time(5)


async def test_a_lease_may_be_named_by_its_server(filled: World) -> None:
    lease = await lent(filled)
    by_server = await read_by(filled, "alice", StopServer(lease_id=lease.server_id))
    by_lease = await read_by(filled, "alice", StopServer(lease_id=lease.lease_id))
    assert by_server.plan == by_lease.plan
    assert (await filled.send(by_server)).ok


async def test_a_renewal_meanwhile_is_named(filled: World) -> None:
    lease = await lent(filled)
    command = await read_by(filled, "alice", Release(lease_id=lease.lease_id))
    await filled.send(Renew(lease_id=lease.lease_id, term=timedelta(hours=1)), "operator")
    reply = await filled.send(command)
    assert (reply.code, reply.rule) == ("refused", "plan_changed")
    assert reply.text == f"Plan {command.plan} does not hold any more: what changed is its end."
    assert reply.remedy
    assert filled.state.need(Server, lease.server_id).state is ServerState.LEASED
    assert filled.state.need(Lease, lease.lease_id).end_reason == ""


async def test_another_command_is_not_what_was_read(filled: World) -> None:
    lease = await lent(filled)
    soft = await read_by(filled, "alice", RebootServer(lease_id=lease.lease_id))
    hard = changed(soft, hard=True)
    reply = await filled.send(hard)
    assert reply.rule == "plan_changed"
    assert "what it does" in reply.text
    assert (await filled.send(soft)).ok


async def test_a_nonsense_plan_is_refused(filled: World) -> None:
    lease = await lent(filled)
    for nonsense in ("p-", "x", "p-12345678-", "[red]\x1b"):
        assert (await filled.send(Release(lease_id=lease.lease_id, plan=nonsense))).rule == "plan_changed"


async def test_the_step_of_an_operation_counts_where_it_matters(filled: World) -> None:
    lease = await lent(filled)
    begun = await filled.send(StopServer(lease_id=lease.lease_id))
    command = await read_by(filled, "alice", AbortOperation(operation_id=begun.operation_id))
    await filled.engine.runner.tick()
    await filled.engine.runner.settle()
    assert "its step" in (await filled.send(command)).text
    await filled.pass_time(30)
    assert "whether it has ended" in (await filled.send(command)).text
    assert filled.state.need(Operation, begun.operation_id).outcome == "SHUTOFF"


async def test_a_request_that_was_granted_is_not_cancelled(filled: World) -> None:
    while (reply := await filled.ask("bob")).code == "ok":
        pass
    command = await read_by(filled, "bob", CancelRequest(request_id=reply.request_id))
    await filled.pass_time(120)
    assert "the state of the request" in (await filled.send(command, "bob")).text


# Read live


async def test_what_others_did_is_seen_before_the_next_listing(filled: World) -> None:
    lease = await lent(filled)
    server = filled.state.need(Server, lease.server_id)
    await filled.cloud.stop_server(server.cloud_id)
    filled.clock.advance(9)
    reply = await filled.send(ReadServers(server_ids=(server.id,)))
    assert (reply.ok, reply.read_at, reply.unread) == (True, filled.clock.now(), ())
    assert filled.state.need(Server, server.id).state is ServerState.STOPPED


async def test_a_server_that_somebody_deleted_is_noticed(filled: World) -> None:
    lease = await lent(filled)
    server = filled.state.need(Server, lease.server_id)
    await filled.cloud.delete_server(server.cloud_id)
    filled.clock.advance(9)
    assert (await filled.send(ReadServers(server_ids=(server.id,)))).ok
    assert filled.state.need(Server, server.id).missing_since is not None


async def test_a_cloud_that_is_away_says_how_old_the_news_is(filled: World) -> None:
    lease = await lent(filled)
    listed = filled.engine.observer.status.listed_at
    filled.account.world.faults.unreachable()
    first = await filled.send(ReadServers(server_ids=(lease.server_id,)))
    assert (first.ok, first.unread) == (True, (lease.server_id,)), "nobody knew yet that it is away"
    await filled.pass_time(15)
    reply = await filled.send(ReadServers(server_ids=(lease.server_id,)))
    assert (reply.code, reply.unread) == ("try_again", (lease.server_id,))
    assert reply.read_at is not None
    assert listed is not None
    assert listed <= reply.read_at < filled.clock.now()
    assert reply.text.startswith("Nothing could be read live: ")


async def test_nobody_reads_what_is_anothers(filled: World) -> None:
    lease = await lent(filled)
    assert (await filled.send(ReadServers(server_ids=(lease.server_id,)), "bob")).rule == "not_owner"
    assert (await filled.send(ReadServers(server_ids=("vm-99999",)))).rule == "unknown"
    assert (await filled.send(ReadServers(server_ids=(lease.server_id,)), "operator")).ok


async def test_one_question_reads_so_many_and_no_more(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vmms_tui.engine.desk.reading.MOST_READ", 2)
    assert MOST_READ > 2
    ids = tuple(server.id for server in filled.state.all(Server))
    before = filled.account.calls_last_minute()
    reply = await filled.send(ReadServers(server_ids=ids), "operator")
    assert reply.unread == ids[2:]
    assert filled.account.calls_last_minute() - before <= 2
