"""When the power of a compute host may be taken: it is closed, and nothing is on it, as far as is known. Pure.

The screens ask it for what they know; the engine asks it again after a fresh look at the cloud, just before it acts.
"""

from collections.abc import Collection

from vmms_tui.model.draining import Errand, MoveQueue, queue_id, summary
from vmms_tui.model.errors import Refused
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import Operation, Server, ServerState
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.world import World

NAMED = 6
"""Names in a sentence."""


def no_fence() -> Refused:
    """That there is no command for it."""
    said = "No fence command is configured, so VMMS cannot take the power of a host."
    remedy = "Set hosts.fence, and better hosts.fence_proof, too, in vmms.toml; or switch it off by hand."
    return Refused("no_fence", said, remedy)


def frozen() -> Refused:
    """That nothing is destroyed now."""
    return Refused(
        "frozen", "Everything that destroys stands still.", "`vmms thaw` ends that, once clock and leases are right."
    )


def being_taken(powering: Collection[str], name: str) -> Refused | None:
    """That its power is being taken just now: until that is over nothing else is begun with the host."""
    if name not in powering:
        return None
    return Refused("at_work", f"The power of {name} is being taken just now.", "Wait for its end.")


def reason_of(given: str, host: Host) -> str:
    """Why its power is taken: as is said, else as it says why the host is closed."""
    return given or host.disabled_reason or "nobody said why"


def obstacle(host: Host, world: World) -> Refused | None:
    """Why the power of a host may not be taken now; None: as far as is known, nothing is on it."""
    name = host.name
    if host.status.lower() != "disabled":
        said = f"{name} takes new servers: one may come at any moment."
        return Refused("open", said, f"Empty it first: vmms drain {name} --reason TEXT.")
    for errand, doing in ((Errand.DRAIN, "is still being emptied"), (Errand.RETURN, "takes servers back")):
        queue = world.get(MoveQueue, queue_id(errand, name))
        if queue is not None and queue.open:
            return Refused("moves", f"{name} {doing}: {summary(queue)}.", "Wait for its end.")
    if world.get(Suspect, name) is not None:
        return Refused("judged", f"{name} is down, and its rescue is judged or under way.", "See it on Hosts first.")
    return _something_there(host, world)


def _something_there(host: Host, world: World) -> Refused | None:
    here = [one.id for one in world.all(Server) if one.host == host.name and one.state is not ServerState.GONE]
    if here:
        return servers_there(host.name, here)
    if host.servers is None:
        said = f"The cloud does not say how many servers are on {host.name}."
        return Refused("unknown_servers", said, "Look there yourself, and switch it off by hand.")
    if host.servers:
        many = "1 server of others is" if host.servers == 1 else f"{host.servers} servers of others are"
        return Refused("servers", f"{many} on {host.name}.", "Whoever they belong to must move them first.")
    coming = [one.server_id for one in world.all(Operation) if is_live(one) and one.args.get("host") == host.name]
    if coming:
        said = f"{', '.join(coming[:NAMED])} {'is' if len(coming) == 1 else 'are'} on the way to {host.name}."
        return Refused("coming", said, "Wait for the end of that, or abort it on Ops.")
    return None


def servers_there(name: str, servers: list[str]) -> Refused:
    """That these are on a host."""
    more = f" and {len(servers) - NAMED} more" if len(servers) > NAMED else ""
    said = f"{', '.join(servers[:NAMED])}{more} {'is' if len(servers) == 1 else 'are'} on {name}."
    return Refused("servers", said, f"Empty it first: vmms drain {name}.")
