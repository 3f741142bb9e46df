"""Things in the cloud for the tests of what is left over: ours, nobody's, and other people's."""

import re

from tests.engine.world import World
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, TAG_POOL, TAG_SERVER, NewServer
from vmms_tui.model.commands import Release
from vmms_tui.model.leaks import Kind, LedgerLine, Verdict
from vmms_tui.model.records import Event, Server, ServerState

MINUTE = 60.0
LONG = 16 * MINUTE
"""Several looks, whatever is found in them."""


class Made:
    """Things in the cloud that a test put there, by kind and id."""

    def __init__(self, world: World) -> None:
        self._cloud = world.cloud
        self.world = world
        self.ids: dict[Kind, list[str]] = {kind: [] for kind in Kind}

    async def port(self, name: str, description: str) -> str:
        made = await self._cloud.create_port("private", name=name, description=description)
        self.ids[Kind.PORT].append(made.id)
        return made.id

    async def floating_ip(self, description: str, port_id: str = "") -> str:
        made = await self._cloud.create_floating_ip("public", description=description, port_id=port_id)
        self.ids[Kind.FLOATING_IP].append(made.id)
        return made.id

    async def server(self, name: str, *port_ids: str, **metadata: str) -> str:
        new = NewServer(name=name, flavor="m1.tiny", image="tiny", port_ids=port_ids, metadata=metadata)
        made = await self._cloud.create_server(new)
        self.ids[Kind.SERVER].append(made.id)
        return made.id

    async def volume(self, name: str, **metadata: str) -> str:
        made = await self._cloud.create_volume(name, 1, metadata=metadata)
        self.ids[Kind.VOLUME].append(made.id)
        return made.id

    def there(self) -> set[str]:
        """The ids of those that the cloud still has."""
        self.world.account.world.settle()
        has = self.world.account.world.contents
        known = {server.id for server in has.servers.values() if server.deleted is None}
        return self.all & {*known, *has.ports, *has.floating_ips, *has.volumes}

    @property
    def all(self) -> set[str]:
        return {made for ids in self.ids.values() for made in ids}


def mark(server_id: str, installation: str = "test", pool_name: str = "dev") -> str:
    return f"vmms {installation} {pool_name} {server_id}"


def tagged(server_id: str, installation: str = "test", pool_name: str = "dev") -> dict[str, str]:
    return {TAG_INSTALLATION: installation, TAG_POOL: pool_name, TAG_SERVER: server_id}


async def gone_server(world: World) -> Server:
    """A server that was lent, given back, and is gone."""
    reply = await world.ask()
    await world.pass_time(10)
    await world.send(Release(lease_id=reply.lease_id))
    await world.pass_time(20)
    server = world.state.need(Server, reply.server_id)
    assert server.state == ServerState.GONE
    return server


async def one_of_each(world: World, server_id: str) -> Made:
    """What a server leaves that the cloud says is gone, and is not: all four kinds, attached as they were."""
    made = Made(world)
    port_id = await made.port(f"{server_id}-0", mark(server_id))
    await made.floating_ip(mark(server_id), port_id)
    cloud_id = await made.server(server_id, port_id, **tagged(server_id))
    volume_id = await made.volume(f"{server_id}-data", **tagged(server_id))
    await world.pass_time(12)
    await world.cloud.attach_volume(cloud_id, volume_id)
    await world.pass_time(3)
    return made


async def strangers(world: World, server_id: str) -> Made:
    """Things that are like ours in every way but one."""
    made = Made(world)
    looks_like = [
        "",
        "vmms",
        mark(server_id, "test2"),
        mark(server_id, "tes"),
        mark(server_id, "other"),
        mark(server_id) + " ",
        " " + mark(server_id),
        mark(server_id) + " keep",
        mark(server_id).replace(" ", "  "),
        mark(server_id).upper(),
        mark(server_id)[:-1],
        mark(f"{server_id}0"[1:]),
        f"vmms test dev {server_id}\n",
        f"vmms test dev web-{server_id}",
        f"vmms test {server_id}",
        "vmms test dev vm-٠٠٠٠١",
    ]
    for text in looks_like:
        await made.port(f"{server_id}-0", text)
        await made.floating_ip(text)
    for tags in ({}, tagged(server_id, "test2"), tagged(server_id, "TEST"), {TAG_SERVER: server_id}):
        await made.server(server_id, **tags)
        await made.volume(f"{server_id}-data", **tags)
    return made


def lines(found: tuple[LedgerLine, ...], verdict: Verdict) -> set[str]:
    return {line.id for line in found if line.verdict is verdict}


def removed(world: World) -> list[Event]:
    return world.events("leak.removed")


def in_words(event: Event) -> str:
    """The kind of thing that an event tells of."""
    found = re.match(r"(?:removes )?(floating IP|server|port|volume) ", event.text)
    assert found, event.text
    return found[1]
