"""A host that is closed and empty, in an engine with a fence command."""

from tests.engine.world import World
from vmms_tui.model.commands import AnyCommand, DrainHost, PowerOffHost, Refresh
from vmms_tui.model.draining import Errand, MoveQueue, Phase, queue_id
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import changed
from vmms_tui.model.surroundings import Kind
from vmms_tui.model.witness import HostRules

HOST = "cmp2"


async def an_empty_host(world: World) -> AnyCommand:
    """Empty one. What takes its power."""
    context = world.engine.context
    context.policy = changed(context.policy, hosts=HostRules(fence=("off", "{host}")))
    world.account.world.set_admin()
    for kind in ("servers", Kind.HOSTS):  # only an administrator is told where a server is
        await world.send(Refresh(kind=kind), "operator")
    assert (await world.send(DrainHost(host=HOST, reason="a new fan"), "operator")).ok
    for _ in range(60):
        await world.pass_time(5, step=1)
        queue = world.state.need(MoveQueue, queue_id(Errand.DRAIN, HOST))
        if queue.phase is Phase.DONE and not host_named(HOST, world.state).servers:  # type: ignore[union-attr]
            break
        await world.send(Refresh(kind=Kind.HOSTS), "operator")
    return PowerOffHost(host=HOST, reason="a new fan")
