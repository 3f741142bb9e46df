"""Names of flavors, images, networks and security groups, resolved by lists that are kept for a minute."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.errors import BadRequest, CloudError, NotFound
from vmms_tui.engine.cloud.facts import Flavor, Image, Network
from vmms_tui.engine.cloud.openstack import convert
from vmms_tui.engine.cloud.openstack.call import COMPUTE, IMAGE, NETWORK
from vmms_tui.engine.cloud.openstack.rest import Rest
from vmms_tui.engine.cloud.openstack.wire import SecurityGroup
from vmms_tui.engine.cloud.openstack.wording import clean

KEEP = 60.0
"""Seconds that a list is believed."""


class Named(Protocol):
    """What has both an id and a name."""

    @property
    def id(self) -> str:
        """The cloud's own."""
        ...

    @property
    def name(self) -> str | None:
        """People's."""
        ...


N = TypeVar("N", bound=Named)


class Shelf(Generic[N]):
    """A list that is loaded when it is wanted and kept for a minute."""

    def __init__(
        self, kind: str, load: Callable[[], Awaitable[tuple[N, ...]]], clock: Clock, missing: type[CloudError]
    ) -> None:
        """`kind` is what one is called; `missing` is raised for one that does not exist."""
        self._kind = kind
        self._load = load
        self._clock = clock
        self._missing = missing
        self._rows: tuple[N, ...] = ()
        self._loaded: float | None = None
        self._lock = asyncio.Lock()

    async def fresh(self) -> tuple[N, ...]:
        """As it is now."""
        rows = await self._load()
        self._rows, self._loaded = rows, self._clock.monotonic()
        return rows

    async def recent(self) -> tuple[N, ...]:
        """As it was within the last minute; callers at the same time share one call."""
        async with self._lock:
            if self._loaded is None or self._clock.monotonic() - self._loaded >= KEEP:
                return await self.fresh()
            return self._rows

    async def id_of(self, wanted: str) -> str:
        """The id of what has this id or name; the list is loaded anew before one is called missing.

        Raises the `missing` error, and BadRequest where several have the name.
        """
        found = _matching(await self.recent(), wanted) or _matching(await self.fresh(), wanted)
        if not found:
            raise self._missing(clean(f"There is no {self._kind} {wanted!r}") + ".")
        if len(found) > 1:
            raise BadRequest(clean(f"{len(found)} {self._kind}s are called {wanted!r}: give the id") + ".")
        return found[0].id


def _matching(rows: tuple[N, ...], wanted: str) -> tuple[N, ...]:
    by_id = tuple(row for row in rows if row.id == wanted)
    return by_id or tuple(row for row in rows if row.name == wanted)


class Names:
    """The shelves of one project."""

    def __init__(self, rest: Rest, clock: Clock) -> None:
        self._rest = rest
        self.flavors: Shelf[Flavor] = Shelf("flavor", self._flavors, clock, BadRequest)
        self.images: Shelf[Image] = Shelf("image", self._images, clock, BadRequest)
        self.networks: Shelf[Network] = Shelf("network", self._networks, clock, NotFound)
        self.security_groups: Shelf[SecurityGroup] = Shelf("security group", self._security_groups, clock, NotFound)

    async def _flavors(self) -> tuple[Flavor, ...]:
        return await self._rest.pages(COMPUTE, "/flavors/detail", convert.flavors, doing="list flavors")

    async def _images(self) -> tuple[Image, ...]:
        return await self._rest.pages(IMAGE, "/images", convert.images, doing="list images", params={"limit": "500"})

    async def _networks(self) -> tuple[Network, ...]:
        return await self._rest.pages(NETWORK, "/networks", convert.networks, doing="list networks")

    async def _security_groups(self) -> tuple[SecurityGroup, ...]:
        doing = "list security groups"
        own = {"project_id": await self._rest.project_id(doing)}
        return await self._rest.pages(NETWORK, "/security-groups", convert.security_groups, doing=doing, params=own)
