"""Reads what the cloud offers and allows: sizes of flavors, what pools name and is not there, quotas."""

from datetime import datetime, timedelta

from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.provision import QUOTA
from vmms_tui.model.records import AnyRecord, Level, Pool, changed
from vmms_tui.model.spec import PoolSpec

OFFER_AGE = timedelta(minutes=5)
OFFER_AGE_BROKEN = timedelta(seconds=30)
"""While a pool is broken, so that a repair is soon seen."""
QUOTA_AGE = timedelta(minutes=1)
QUOTA_AGE_SHORT = timedelta(seconds=10)
"""While a pool waits for quota."""


class Offer:
    """What one project may use, by name and by id."""

    def __init__(self) -> None:
        self.flavors: set[str] = set()
        self.images: dict[str, str] = {}
        """Status by name and by id."""
        self.networks: set[str] = set()
        self.external: set[str] = set()
        self.security_groups: set[str] = set()


class CatalogKeeper:
    """Asks at its own pace, whatever the pace of its ticks."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._offered_at: datetime | None = None
        self._quota_at: datetime | None = None

    def again(self) -> None:
        """Let the next tick read everything."""
        self._offered_at = self._quota_at = None

    @property
    def reads(self) -> dict[str, datetime]:
        """When what was last read."""
        told = {"flavors, images, networks": self._offered_at, "quotas": self._quota_at}
        return {what: at for what, at in told.items() if at}

    async def tick(self) -> None:
        """Read what is old. Raises CloudError; what was read before stays."""
        now = self._context.clock.now()
        pools = self._context.state.pools()
        broken = any(pool.broken for pool in pools)
        if _is_old(self._offered_at, OFFER_AGE_BROKEN if broken else OFFER_AGE, now):
            await self._read_offers()
            self._offered_at = now
        waits = any(pool.paused.startswith(QUOTA) for pool in pools)
        if _is_old(self._quota_at, QUOTA_AGE_SHORT if waits else QUOTA_AGE, now):
            await self._read_quotas()
            self._quota_at = now

    async def _read_quotas(self) -> None:
        for project in self._projects():
            self._context.catalog.quotas[project] = await self._context.account.project(project).quota()

    def _projects(self) -> list[str]:
        return sorted({spec.project for spec in self._context.specs.values()})

    async def _read_offers(self) -> None:
        for project in self._projects():
            offer = await self._offer(project)
            for spec in self._context.specs.values():
                if spec.project == project:
                    await self._judge(spec, offer)

    async def _offer(self, project: str) -> Offer:
        offer, cloud = Offer(), self._context.account.project(project)
        lists, now = self._context.lists, self._context.clock.now()
        for flavor in await cloud.flavors():
            self._context.catalog.learn(flavor)
            offer.flavors |= {flavor.name, flavor.id}
        images = await cloud.images()
        lists.images.put(project, images, now)
        for image in images:
            offer.images[image.name] = offer.images[image.id] = image.status
        networks = await cloud.networks()
        lists.networks.put(project, networks, now)
        for network in networks:
            offer.networks |= {network.name, network.id}
            if network.external:
                offer.external |= {network.name, network.id}
        offer.security_groups = set(await cloud.security_groups())
        return offer

    async def _judge(self, spec: PoolSpec, offer: Offer) -> None:
        """Mark a pool broken, or whole again, and know its size."""
        pool = self._context.state.get(Pool, spec.name)
        if pool is None:
            return
        flavor = self._context.catalog.flavors.get(spec.flavor)
        reason = _missing(spec, offer)
        new = changed(
            pool,
            broken=reason,
            broken_since=(pool.broken_since or self._context.clock.now()) if reason else None,
            vcpus=flavor.vcpus if flavor else pool.vcpus,
            ram_mib=flavor.ram_mib if flavor else pool.ram_mib,
            disk_gib=flavor.disk_gib if flavor else pool.disk_gib,
        )
        if new == pool:
            return
        changes: list[AnyRecord] = [new]
        ledger = self._context.ledger
        if reason and reason != pool.broken:
            text = f"pool {pool.id} is broken: {reason}"
            changes.append(ledger.event("pool.broken", text, about=pool, level=Level.ERROR, reason=reason))
        elif pool.broken and not reason:
            changes.append(
                ledger.event(
                    "pool.whole", f"pool {pool.id} is whole again", about=pool, reason=f"no longer so: {pool.broken}"
                )
            )
        await ledger.commit(*changes)


def _missing(spec: PoolSpec, offer: Offer) -> str:
    """What the pool names and the cloud does not have, in one sentence."""
    missing = []
    if spec.flavor not in offer.flavors:
        missing.append(f"there is no flavor {spec.flavor}")
    if spec.image not in offer.images:
        missing.append(f"there is no image {spec.image}")
    elif offer.images[spec.image] != "active":
        missing.append(f"the image {spec.image} is {offer.images[spec.image]}")
    missing += [f"there is no network {name}" for name in spec.networks if name not in offer.networks]
    if spec.floating_network and spec.floating_network not in offer.networks:
        missing.append(f"there is no network {spec.floating_network} for floating IPs")
    elif spec.floating_network and spec.floating_network not in offer.external:
        missing.append(f"the network {spec.floating_network} for floating IPs is not external")
    missing += [
        f"there is no security group {name}" for name in spec.security_groups if name not in offer.security_groups
    ]
    return "; ".join(missing)


def _is_old(read_at: datetime | None, age: timedelta, now: datetime) -> bool:
    return read_at is None or now - read_at >= age
