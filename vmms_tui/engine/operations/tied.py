"""What ties a server to hosts, read from the cloud just before it is asked to move it."""

import contextlib

from vmms_tui.engine.cloud.errors import AccessDenied
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.placing import Aggregate, ServerGroup
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.engine.lists import hardware
from vmms_tui.model.placing import Tie, Ties
from vmms_tui.model.records import Server


async def aggregates_now(cloud: Cloud) -> tuple[Aggregate, ...]:
    """All aggregates; none where a policy hides them."""
    try:
        return await cloud.aggregates()
    except AccessDenied:
        return ()


async def ties_now(context: Context, cloud: Cloud, server: Server, seen: CloudServer) -> Ties:
    """What ties a server, read anew. What a policy hides from us ties nothing."""
    groups: tuple[ServerGroup, ...] = ()
    with contextlib.suppress(AccessDenied):
        groups = await cloud.server_groups()
    ports = await cloud.list_ports(device_id=server.cloud_id)
    spec, flavor = context.spec_of(server), context.catalog.flavors.get(seen.flavor)
    group = next((one for one in groups if server.cloud_id in one.members), None)
    return Ties(
        zone=spec.availability_zone if spec is not None else "",
        extra=flavor.extra if flavor is not None else {},
        devices=hardware(ports).get(server.cloud_id, ()),
        group=_tie(context, server, group) if group is not None else None,
        shared_storage=context.policy.moves.shared_storage,
    )


def _tie(context: Context, server: Server, group: ServerGroup) -> Tie:
    """Where the others are: also those that are not ours, if they were ever seen."""
    hosts = []
    for member in group.members:
        if member != server.cloud_id:
            other, sighting = context.state.server_by_cloud_id(member), context.sightings.get(member)
            hosts.append(other.host if other is not None else sighting.host if sighting is not None else "")
    return Tie(name=group.name, policy=group.policy, most=group.most, hosts=tuple(filter(None, hosts)))
