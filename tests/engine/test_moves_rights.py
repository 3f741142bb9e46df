"""Who may move a server, and how long the plan of a move holds."""

from tests.engine.test_moves import HOSTS_READ, elsewhere, lent, move
from tests.engine.test_moves import land as land
from tests.engine.world import World
from vmms_tui.model.commands import MigrateServer
from vmms_tui.model.plans import plan_id
from vmms_tui.model.records import Operation, OperationKind, changed


async def test_who_may_and_who_may_not(land: World) -> None:
    _, before = await lent(land)
    assert (await land.send(MigrateServer(server_id=before.id))).rule == "role"
    assert (await land.send(MigrateServer(server_id="nobody"), "operator")).rule == "unknown"
    same = await land.send(MigrateServer(server_id=before.id, host=before.host), "operator")
    assert (same.rule, same.text) == ("move_destination", f"{before.id} is on {before.host} already.")
    await move(land, before.id)
    assert (await land.send(MigrateServer(server_id=before.id), "operator")).code == "try_again"


async def test_a_plan_holds_until_something_of_it_changes(land: World) -> None:
    _, before = await lent(land)
    there = elsewhere(before)
    command = MigrateServer(server_id=before.id, host=there)
    planned = changed(command, plan=plan_id(command, land.state))
    land.account.world.host_down(there)
    await land.pass_time(HOSTS_READ)
    refused = await land.send(planned, "operator")
    assert refused.rule == "plan_changed"
    assert "what speaks against it" in refused.text


async def test_without_an_administrator_nothing_moves(filled: World) -> None:
    reply = await filled.ask()
    await filled.pass_time(5)
    refused = await filled.send(MigrateServer(server_id=reply.server_id), "operator")
    assert (refused.rule, refused.remedy) == ("move_hosts", "Moving needs the credentials of an administrator.")
    assert OperationKind.MOVE not in {one.kind for one in filled.state.all(Operation)}
