"""One look at everything that there is in the cloud, and what of it carries our tag."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence

from vmms_tui.engine.cloud.errors import NotFound
from vmms_tui.engine.cloud.facts import (
    TAG_INSTALLATION,
    TAG_LEASE,
    TAG_POOL,
    TAG_SERVER,
    CloudServer,
    FloatingIP,
    Port,
    Volume,
)
from vmms_tui.engine.cloud.port import Cloud, CloudAccount
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations import tags
from vmms_tui.engine.policy.leaks import Key, Thing
from vmms_tui.engine.turns import in_turns
from vmms_tui.model.leaks import Kind

Fact = CloudServer | Port | FloatingIP | Volume

_GOING = {"deleting", "soft-deleting", "deleted", "soft_deleted"}
_REACH = 3
"""From a floating IP over its port to its server."""
_TAKEN_TOGETHER = 100
"""Facts; then other work of the engine has its turn."""


class Inventory:
    """What a look has found. Implements `Seen` of the policy. Only what is attached, or ours, is kept."""

    def __init__(self, installation: str) -> None:
        self._installation = installation
        self._things: dict[Key, Thing] = {}
        self._servers: set[str] = set()
        self._projects: dict[Key, str] = {}
        self._holders: dict[Key, tuple[str, ...]] = {}
        self._attached: dict[str, dict[Key, None]] = {}
        self.listed = 0
        """How many things the lists held, whosever they are."""

    @property
    def things(self) -> Mapping[Key, Thing]:
        """See Seen."""
        return self._things

    def is_server(self, cloud_id: str) -> bool:
        """See Seen."""
        return cloud_id in self._servers

    def attached_to(self, holder_id: str) -> tuple[Key, ...]:
        """See Seen."""
        return tuple(self._attached.get(holder_id, ()))

    def project_of(self, key: Key) -> str:
        """The project in whose list it stood; empty for what stood in none."""
        return self._projects.get(key, "")

    def near(self, key: Key) -> tuple[Key, ...]:
        """What it is attached to, and what is attached to it."""
        kind = Kind.PORT if key[0] is Kind.FLOATING_IP else Kind.SERVER
        return (*((kind, holder) for holder in self._holders.get(key, ())), *self.attached_to(key[1]))

    def take(self, project: str, fact: Fact) -> None:
        """Take in what the cloud says of an object, in place of what it said before."""
        kind, thing, holders = self._read(project, fact)
        self.drop((kind, fact.id))
        self._projects[(kind, fact.id)] = project
        if kind is Kind.SERVER:
            self._servers.add(fact.id)
        if isinstance(fact, CloudServer):
            for volume_id in fact.volume_ids:
                self._attach((Kind.VOLUME, volume_id), (fact.id,))
        self._attach((kind, fact.id), holders)
        if thing is not None:
            self._things[thing.key] = thing

    def drop(self, key: Key) -> None:
        """The cloud has no such thing (any more)."""
        self._things.pop(key, None)
        if key[0] is Kind.SERVER:
            self._servers.discard(key[1])
        for holder in self._holders.pop(key, ()):
            self._attached.get(holder, {}).pop(key, None)

    def _attach(self, key: Key, holders: tuple[str, ...]) -> None:
        for holder in holders:
            self._attached.setdefault(holder, {})[key] = None
        known = self._holders.get(key, ())
        if holders:
            self._holders[key] = (*known, *(holder for holder in holders if holder not in known))

    def _read(self, project: str, fact: Fact) -> tuple[Kind, Thing | None, tuple[str, ...]]:
        if isinstance(fact, CloudServer):
            return Kind.SERVER, self._server(project, fact), ()
        if isinstance(fact, Port):
            return Kind.PORT, self._port(project, fact), (fact.device_id,) if fact.device_id else ()
        if isinstance(fact, FloatingIP):
            return Kind.FLOATING_IP, self._floating_ip(project, fact), (fact.port_id,) if fact.port_id else ()
        return Kind.VOLUME, self._volume(project, fact), fact.server_ids

    def _server(self, project: str, fact: CloudServer) -> Thing | None:
        if fact.metadata.get(TAG_INSTALLATION) != self._installation:
            return None
        return Thing(
            kind=Kind.SERVER,
            id=fact.id,
            name=fact.name,
            server_id=fact.metadata.get(TAG_SERVER, ""),
            pool=fact.metadata.get(TAG_POOL, ""),
            project=project,
            created=fact.created,
            going=fact.status.lower() in _GOING or fact.task_state.lower() in _GOING,
            lease_id=fact.metadata.get(TAG_LEASE, ""),
            lease_end=fact.metadata.get(tags.TAG_END, ""),
        )

    def _volume(self, project: str, fact: Volume) -> Thing | None:
        if fact.metadata.get(TAG_INSTALLATION) != self._installation:
            return None
        return Thing(
            kind=Kind.VOLUME,
            id=fact.id,
            name=fact.name,
            server_id=fact.metadata.get(TAG_SERVER, ""),
            pool=fact.metadata.get(TAG_POOL, ""),
            project=project,
            created=fact.created,
            going=fact.status.lower() in _GOING,
            holders=fact.server_ids,
        )

    def _port(self, project: str, fact: Port) -> Thing | None:
        named = tags.named_in(self._installation, fact.description)
        if named is None:
            return None
        return Thing(
            kind=Kind.PORT,
            id=fact.id,
            name=fact.name,
            server_id=named.server_id,
            pool=named.pool,
            project=project,
            created=fact.created,
            holders=(fact.device_id,) if fact.device_id else (),
            holder_kind=fact.device_owner,
        )

    def _floating_ip(self, project: str, fact: FloatingIP) -> Thing | None:
        named = tags.named_in(self._installation, fact.description)
        if named is None:
            return None
        return Thing(
            kind=Kind.FLOATING_IP,
            id=fact.id,
            name=fact.address,
            server_id=named.server_id,
            pool=named.pool,
            project=project,
            created=fact.created,
            holders=(fact.port_id,) if fact.port_id else (),
        )


async def look(context: Context, projects: Iterable[str]) -> Inventory:
    """List every kind to its end in every project. Raises CloudError: then the look is not complete, and is nothing.

    What others have a use for is theirs, too (`context.lists`).
    """
    found, lists, now = Inventory(context.installation), context.lists, context.clock.now()
    for project in projects:
        cloud = context.account.project(project)
        await _take_all(found, project, (await cloud.list_servers()).servers)
        ports = await cloud.list_ports()
        await _take_all(found, project, ports)
        floating_ips = await cloud.list_floating_ips()
        await _take_all(found, project, floating_ips)
        lists.count(project, ports, floating_ips)
        with contextlib.suppress(NotFound):  # a cloud without Cinder
            volumes = await cloud.list_volumes()
            lists.volumes.put(project, volumes, now)
            await _take_all(found, project, volumes)
    return found


async def _take_all(found: Inventory, project: str, facts: Sequence[Fact]) -> None:
    found.listed += len(facts)
    async for some in in_turns(facts, _TAKEN_TOGETHER):
        for fact in some:
            found.take(project, fact)


async def look_again(found: Inventory, account: CloudAccount, *keys: Key) -> None:
    """Read these anew, and what they are attached to, and what is attached to that. Raises CloudError."""
    read: dict[Key, Fact | None] = {}
    pending: tuple[Key, ...] = keys
    for _ in range(_REACH):
        for key in pending:
            if key not in read:
                read[key] = await _read_anew(found, account, key)
        pending = tuple(near for key in read for near in found.near(key))
    for key, fact in read.items():
        # what Nova says is attached to a server counts, also where Cinder does not know it
        if isinstance(fact, CloudServer):
            found.take(found.project_of(key), fact)


async def _read_anew(found: Inventory, account: CloudAccount, key: Key) -> Fact | None:
    project = found.project_of(key)
    cloud = account.project(project)
    try:
        fact = await read_one(cloud, key)
    except NotFound:
        found.drop(key)
        return None
    found.take(project, fact)
    for guest in await _guests(cloud, key):
        found.take(project, guest)
    return fact


async def _guests(cloud: Cloud, key: Key) -> tuple[Fact, ...]:
    """What was put on it since the look: of a server's volumes the server itself tells."""
    kind, object_id = key
    if kind is Kind.SERVER:
        return await cloud.list_ports(device_id=object_id)
    return await cloud.list_floating_ips(port_id=object_id) if kind is Kind.PORT else ()


async def read_one(cloud: Cloud, key: Key) -> Fact:
    """What the cloud says of one object now. Raises NotFound, CloudError."""
    kind, object_id = key
    if kind is Kind.FLOATING_IP:
        return await cloud.get_floating_ip(object_id)
    if kind is Kind.SERVER:
        return await cloud.get_server(object_id)
    if kind is Kind.PORT:
        return await cloud.get_port(object_id)
    return await cloud.get_volume(object_id)
