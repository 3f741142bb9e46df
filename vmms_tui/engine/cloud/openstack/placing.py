"""Nova: aggregates, server groups, and why it refused (https://docs.openstack.org/api-ref/compute/)."""

from typing import Any

import msgspec

from vmms_tui.engine.cloud.openstack import convert
from vmms_tui.engine.cloud.openstack.call import COMPUTE
from vmms_tui.engine.cloud.openstack.part import Part, path
from vmms_tui.engine.cloud.openstack.wording import clean
from vmms_tui.engine.cloud.placing import ActionEvent, Aggregate, ServerGroup

MANY = 1000
"""Groups in one answer, at most: Nova's own limit."""
PAGES = 10


class Placing(Part):
    """What ties servers to hosts."""

    async def aggregates(self) -> tuple[Aggregate, ...]:
        """See Cloud."""
        return await self._rest.get(COMPUTE, "/os-aggregates", aggregates, doing="list host aggregates")

    async def server_groups(self) -> tuple[ServerGroup, ...]:
        """See Cloud. Pages are asked for by their offset; where Nova's own limit is lower, the first is all."""
        found: dict[str, ServerGroup] = {}
        for page in range(PAGES):
            params = {"all_projects": "True", "limit": str(MANY), "offset": str(page * MANY)}
            some = await self._rest.get(
                COMPUTE, "/os-server-groups", server_groups, doing="list server groups", params=params
            )
            found |= {one.id: one for one in some}
            if len(some) < MANY:
                break
        return tuple(found.values())

    async def action_events(self, server_id: str, request_id: str) -> tuple[ActionEvent, ...]:
        """See Cloud. From 2.84 on Nova tells why itself; before, an administrator sees where it broke."""
        where, doing = path("servers", server_id, "os-instance-actions", request_id), "read what was done to server"
        return await self._rest.get(COMPUTE, where, action_events, doing=f"{doing} {server_id}")


class _Aggregate(msgspec.Struct):
    name: Any = None
    hosts: list[Any] | None = None
    metadata: Any = None
    availability_zone: Any = None


class _Aggregates(msgspec.Struct):
    aggregates: list[_Aggregate]


def aggregates(content: bytes) -> tuple[Aggregate, ...]:
    """Reads `GET /os-aggregates`."""
    found = []
    for one in msgspec.json.decode(content, type=_Aggregates).aggregates:
        said = convert.texts(one.metadata)
        if zone := convert.text(one.availability_zone):
            said["availability_zone"] = zone
        hosts = tuple(convert.text(host) for host in one.hosts or ())
        found.append(Aggregate(name=convert.text(one.name), hosts=hosts, metadata=said))
    return tuple(found)


class _Group(msgspec.Struct):
    """`policy` and `rules` from 2.64 on, before that `policies`."""

    id: str
    name: Any = None
    policy: Any = None
    policies: list[Any] | None = None
    rules: Any = None
    members: list[Any] | None = None


class _Groups(msgspec.Struct):
    server_groups: list[_Group]


def server_groups(content: bytes) -> tuple[ServerGroup, ...]:
    """Reads `GET /os-server-groups`."""
    return tuple(_group(one) for one in msgspec.json.decode(content, type=_Groups).server_groups)


def _group(one: _Group) -> ServerGroup:
    rules = convert.texts(one.rules)
    most = rules.get("max_server_per_host", "")
    return ServerGroup(
        id=one.id,
        name=convert.text(one.name),
        policy=convert.text(one.policy) or next((convert.text(said) for said in one.policies or ()), ""),
        most=int(most) if most.isdecimal() else 1,
        members=tuple(convert.text(member) for member in one.members or ()),
    )


class _Event(msgspec.Struct):
    event: Any = None
    result: Any = None
    details: Any = None
    traceback: Any = None
    finish_time: Any = None


class _Action(msgspec.Struct):
    events: list[_Event] | None = None


class _Done(msgspec.Struct, rename="camel"):
    instance_action: _Action


def action_events(content: bytes) -> tuple[ActionEvent, ...]:
    """Reads `GET /servers/{id}/os-instance-actions/{request}`; Nova has the newest first."""
    events = msgspec.json.decode(content, type=_Done).instance_action.events
    return tuple(_event(one) for one in events or ())


def _event(one: _Event) -> ActionEvent:
    failed = convert.text(one.result).lower() == "error"
    lines = [line.strip() for line in convert.text(one.traceback).splitlines() if line.strip()]
    why = convert.text(one.details) or (lines[-1] if lines else "")
    return ActionEvent(
        name=convert.text(one.event),
        failed=failed,
        why=clean(why) if failed else "",
        at=convert.instant(one.finish_time),
    )
