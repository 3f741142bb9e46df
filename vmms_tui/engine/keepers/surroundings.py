"""Reads what the cloud tells of itself, each list at its own pace: hosts, networks, volumes, images.

What other keepers list anyway is taken from them (`lists.py`). What is known is in memory and with the viewers only; a
reading that fails leaves it as it is, with its age.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from vmms_tui.engine import told
from vmms_tui.engine.cloud import facts
from vmms_tui.engine.cloud.errors import AccessDenied, CloudError, NotFound
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.placing import PlacingKeeper
from vmms_tui.engine.lists import Shared, Taken
from vmms_tui.engine.operations.remedies import refused
from vmms_tui.engine.turns import in_turns
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import Server, ServerState, changed
from vmms_tui.model.surroundings import HOLDS, Host, Kind, Surrounding, Survey, Volume
from vmms_tui.model.tables import Drop, type_of

T = TypeVar("T")

AGES = {
    Kind.HOSTS: timedelta(minutes=1),
    Kind.NETWORKS: timedelta(minutes=5),
    Kind.VOLUMES: timedelta(minutes=5),
    Kind.IMAGES: timedelta(minutes=5),
}
"""How often each list is read; hosts twice as often where the engine itself is to rescue the servers of dead ones."""
AGE_DENIED = timedelta(minutes=5)
"""How often hosts are asked for where they are not for us: somebody may give us the role."""
AGE_SERVICES = timedelta(minutes=30)
"""How often services are asked beside the hosts while all of these are up."""
AGE_AGENTS = timedelta(minutes=15)
"""How often network agents and volume services are asked for; a minute, where somebody has the hosts read again."""
AGE_SUBNETS = timedelta(minutes=30)
"""How often subnets are read while no network is new."""
SHARED = frozenset({Kind.NETWORKS, Kind.VOLUMES, Kind.IMAGES})
"""Lists that other keepers read, too: what they have read is taken from half an age on."""
PATIENCE = 45.0
"""Seconds beyond its age that such a list waits for them."""
CHEAP = 1000
"""Things in a list that one call brings; longer ones are read more rarely in proportion."""
SOONEST = 5.0
"""Seconds between two readings that people ask for, at least."""
TAKEN_TOGETHER = 200
"""Facts; then other work of the engine has its turn."""
ADMINISTRATORS_ONLY = "The list of compute hosts takes an administrator's credentials, and those in use are a member's."
AGAIN = "Say it again when the cloud answers."
NO_VOLUMES = "This cloud has no volume service."


class Surroundings:
    """One reading at a time of each kind; `tick` and people who ask take turns."""

    def __init__(self, context: Context, away: Callable[[], str]) -> None:
        """`away` says why the cloud does not answer; nothing when it does."""
        self._context = context
        self._away = away
        self._turn = asyncio.Lock()
        self._tried: dict[Kind, float] = {}
        """When each list was last read, or failed to be, in seconds of the monotonic clock."""
        self._placing = PlacingKeeper(context)
        self._services_at: float | None = None
        self._agents_tried: float | None = None
        self._agents_at: datetime | None = None
        self._subnets_at: float | None = None
        self._subnets: list[facts.Subnet] = []
        self._with_subnets: set[str] = set()
        """The networks that there were when the subnets were read."""
        self._read: dict[Kind, Callable[[bool], Awaitable[None]]] = {
            Kind.HOSTS: self._hosts,
            Kind.NETWORKS: self._networks,
            Kind.VOLUMES: self._volumes,
            Kind.IMAGES: self._images,
        }

    def again(self) -> None:
        """Let the next tick read everything."""
        self._tried.clear()

    async def tick(self) -> None:
        """Read what is old. Not while the cloud is away: what is known stays, and grows old."""
        for kind in () if self._away() else Kind:
            async with self._turn:
                await self._look(kind)

    async def refresh(self, kind: Kind) -> Survey:
        """Read a list now, unless it was read a moment ago. How it stands then. Raises TryAgain: the cloud is away."""
        self._must_answer()
        async with self._turn:
            if self._since(self._tried.get(kind)) >= SOONEST:
                await self._look(kind, asked=True)
                self._soon_beside_hosts(kind)
        return self._survey(kind)

    async def read(self, kind: Kind) -> None:
        """Read a list now, whenever it was read last. Raises TryAgain: it could not be read."""
        self._must_answer()
        async with self._turn:
            await self._look(kind, asked=True)
        if problem := self._survey(kind).problem:
            raise TryAgain(problem, AGAIN)

    def _must_answer(self) -> None:
        if away := self._away():
            raise TryAgain(f"The cloud does not answer: {away}", AGAIN)

    def _soon_beside_hosts(self, kind: Kind) -> None:
        """Who reads hosts again wants their agents, too. Not while one is down, and is looked at all the time."""
        well = all(host.is_up for host in self._context.state.all(Host))
        if kind is Kind.HOSTS and well and self._since(self._agents_tried) >= AGES[Kind.HOSTS].total_seconds():
            self._agents_tried = None

    async def change(self, kind: Kind, act: Callable[[Cloud], Awaitable[None]]) -> None:
        """Do something to what a list holds, and read the list: what is known then is from after it.

        Raises TryAgain: the cloud is away; and what `act` raises.
        """
        self._must_answer()
        async with self._turn:
            try:
                await act(self._cloud())
            finally:
                await self._look(kind, asked=True)

    def known(self, kind: Kind) -> Survey:
        """How a list stands."""
        return self._survey(kind)

    def _survey(self, kind: Kind) -> Survey:
        return self._context.state.get(Survey, kind) or Survey(id=kind, every=AGES[kind])

    def _since(self, at: float | None) -> float:
        """Seconds since then; without an end when it never was."""
        return float("inf") if at is None else self._context.clock.monotonic() - at

    def _projects(self) -> list[str]:
        projects = {spec.project for spec in self._context.specs.values()}
        projects |= {server.project for server in self._context.state.all(Server) if server.state != ServerState.GONE}
        return sorted(projects or {""})

    def _cloud(self) -> Cloud:
        """Of a project that is in use: what is the same for all of them is asked there."""
        return self._context.account.project(self._projects()[0])

    async def _look(self, kind: Kind, *, asked: bool = False) -> None:
        """Read one list if it is time, or if somebody asks for it."""
        survey = self._survey(kind)
        since, every = self._since(self._tried.get(kind)), survey.every.total_seconds()
        watched = kind is Kind.HOSTS and self._context.policy.hosts.automatic
        if not asked and since < (every / 2 if kind in SHARED or watched else every):
            return
        anyway = asked or since >= every + PATIENCE
        try:
            await self._read[kind](anyway)
        except AccessDenied as denied:
            # what was ours to see once is refused for another reason: the cloud's own words say it
            never_ours = kind is Kind.HOSTS and survey.read_at is None
            problem = ADMINISTRATORS_ONLY if never_ours else denied.message
            self._failed(kind, problem, every=AGE_DENIED, remedy="" if never_ours else refused(denied).remedy)
        except CloudError as error:
            self._failed(kind, error.message, every=survey.every, remedy=refused(error).remedy)

    def _failed(self, kind: Kind, problem: str, *, every: timedelta, remedy: str = "") -> None:
        """What is known stays; the age that it has by then says the rest."""
        self._tried[kind] = self._context.clock.monotonic()
        survey = self._survey(kind)
        new = changed(survey, problem=problem, remedy=remedy, every=survey.every if survey.read_at else every)
        if new != self._context.state.get(Survey, kind):
            self._context.ledger.note(new)

    async def _hosts(self, anyway: bool) -> None:
        now = self._context.clock.now()
        cloud = self._cloud()
        hypervisors = await cloud.hypervisors()
        sick = any(one.state.lower() != told.UP for one in hypervisors)
        services: tuple[facts.ComputeService, ...] = ()
        if anyway or sick or self._since(self._services_at) >= AGE_SERVICES.total_seconds():
            with contextlib.suppress(AccessDenied):  # a policy may show hosts and hide services
                services = await cloud.compute_services()
            self._services_at = self._context.clock.monotonic()
        aggregates = await self._placing.read(cloud, anyway=anyway)
        before = self._context.state.all(Host)
        found = told.with_agents(told.hosts(hypervisors, services, before, aggregates), None, before)
        await self._take(Kind.HOSTS, found, now)
        self._placing.note()

    async def tick_agents(self) -> None:
        """Know what runs on hosts beside Nova, if it is time for that.

        In a loop of its own: a Neutron that hangs delays no look at a host that is down.
        """
        young = self._since(self._agents_tried) < AGE_AGENTS.total_seconds()
        if self._away() or young or not self._context.state.all(Host):
            return
        self._agents_tried = self._context.clock.monotonic()
        if (read := await self._agents()) is None:
            return
        async with self._turn:  # else a reading of the hosts that is under way writes back what was known before
            self._agents_at = self._context.clock.now()
            hosts = self._context.state.all(Host)
            new = [one for one in told.with_agents(hosts, read, ()) if one != self._context.state.get(Host, one.id)]
            self._context.ledger.note(*new, changed(self._survey(Kind.HOSTS), agents_at=self._agents_at))

    async def _agents(self) -> list[facts.Agent] | None:
        """None: nothing tells of them now; what was known stays."""
        cloud, found, answered = self._cloud(), list[facts.Agent](), False
        for ask in (cloud.network_agents, cloud.volume_services):
            try:
                found += await ask()
            except (AccessDenied, NotFound):  # for administrators; not every cloud has both
                continue
            except CloudError:
                return None
            answered = True
        return found if answered else None

    async def _networks(self, anyway: bool) -> None:
        listed = await self._shared(self._context.lists.networks, lambda cloud: cloud.networks(), anyway)
        if listed is None:
            return
        await self._read_subnets(listed.rows, anyway)
        uses = await self._uses()
        told_of = {use.network_id for use in uses}
        if all(network.id in told_of for rows in listed.rows.values() for network in rows):
            counted = None
        else:
            await self._count_ports(listed.rows, anyway)
            counted = [self._context.lists.addresses[project] for project in listed.rows]
        await self._take(Kind.NETWORKS, told.networks(listed.rows, self._subnets, uses, counted), listed.at)

    async def _count_ports(self, projects: Iterable[str], anyway: bool) -> None:
        """The keeper of what is left over counts them at each look; until its first one, it is done here."""
        lists = self._context.lists
        for project in projects:
            if anyway or project not in lists.addresses:
                cloud = self._account(project)
                lists.count(project, await cloud.list_ports(), await cloud.list_floating_ips())

    async def _read_subnets(self, listed: dict[str, tuple[facts.Network, ...]], anyway: bool) -> None:
        networks = {network.id for rows in listed.values() for network in rows}
        new = networks - self._with_subnets
        if anyway or new or self._since(self._subnets_at) >= AGE_SUBNETS.total_seconds():
            self._subnets = [subnet for project in listed for subnet in await self._account(project).subnets()]
            self._subnets_at, self._with_subnets = self._context.clock.monotonic(), networks

    async def _uses(self) -> tuple[facts.AddressUse, ...]:
        """None where they are not for us, or where the cloud does not count."""
        try:
            return await self._cloud().address_use()
        except (AccessDenied, NotFound):
            return ()

    async def _volumes(self, anyway: bool) -> None:
        try:
            listed = await self._shared(self._context.lists.volumes, lambda cloud: cloud.list_volumes(), anyway)
        except NotFound:
            self._failed(Kind.VOLUMES, NO_VOLUMES, every=AGES[Kind.VOLUMES])
            return
        if listed is not None:
            rows = [(project, one) for project, some in listed.rows.items() for one in some]
            found: list[Volume] = []
            async for some in in_turns(rows, TAKEN_TOGETHER):
                found += [told.volume(one, project, self.name_of) for project, one in some]
            await self._take(Kind.VOLUMES, found, listed.at)

    def name_of(self, cloud_id: str) -> str:
        """How a server is called that the cloud knows by this id."""
        server = self._context.state.server_by_cloud_id(cloud_id)
        if server is not None:
            return server.id
        seen = self._context.sightings.get(cloud_id)
        return seen.name if seen and seen.name else cloud_id

    async def _images(self, anyway: bool) -> None:
        listed = await self._shared(self._context.lists.images, lambda cloud: cloud.images(), anyway)
        if listed is not None:
            images = {one.id: told.image(one) for rows in listed.rows.values() for one in rows}
            await self._take(Kind.IMAGES, images.values(), listed.at)

    async def _shared(
        self, lists: Shared[T], read: Callable[[Cloud], Awaitable[tuple[T, ...]]], anyway: bool
    ) -> Taken[T] | None:
        """What another keeper has listed; None: it soon will. With `anyway` it is listed here and now."""
        now, projects = self._context.clock.now(), self._projects()
        if not anyway:
            return lists.take(projects)
        return Taken({project: await read(self._account(project)) for project in projects}, now)

    def _account(self, project: str) -> Cloud:
        return self._context.account.project(project)

    async def _take(self, kind: Kind, found: Iterable[Surrounding], at: datetime) -> None:
        """Know what was found, forget what was not, and how old that is from now on."""
        context, holds = self._context, HOLDS[kind]
        rows = tuple(found)
        async for some in in_turns(rows, TAKEN_TOGETHER):
            context.ledger.note(*(row for row in some if context.state.get(type(row), row.id) != row))
        ids = {row.id for row in rows}
        gone = [Drop(type_of(holds), known.id) for known in context.state.all(holds) if known.id not in ids]
        every = AGES[kind] * max(1.0, len(rows) / CHEAP)
        self._tried[kind] = context.clock.monotonic()
        also = self._agents_at if kind is Kind.HOSTS else None
        context.ledger.note(*gone, Survey(id=kind, every=every, read_at=at, agents_at=also))
