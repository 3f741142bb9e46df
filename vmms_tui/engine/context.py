"""What operations and keepers work with: the state and its ledger, the ports, and the numbers of the settings."""

import asyncio
import contextlib
import logging
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import msgspec

from vmms_tui.engine.answers import Answers
from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.facts import CloudServer, Flavor, Quota
from vmms_tui.engine.cloud.port import Cloud, CloudAccount
from vmms_tui.engine.guests.port import Guest, Guests
from vmms_tui.engine.lists import Lists
from vmms_tui.engine.notices.port import Post
from vmms_tui.engine.numbers import Numbers
from vmms_tui.engine.policy.guard import jump_words
from vmms_tui.engine.policy.words import span
from vmms_tui.engine.secrets import Vault
from vmms_tui.engine.state import State, Undo
from vmms_tui.engine.store.port import Store, StoreFull, StoreProblem
from vmms_tui.engine.watch import Watch
from vmms_tui.engine.witnesses.none import NoWitnesses
from vmms_tui.engine.witnesses.port import Witnesses
from vmms_tui.model.errors import Failed, TryAgain, VmmsError
from vmms_tui.model.healing import Illness
from vmms_tui.model.hiding import may_hide, without_secrets
from vmms_tui.model.records import AnyRecord, Event, Guard, Lease, Level, Pool, Record, Request, Secret, Server
from vmms_tui.model.spec import Policy, PoolSpec, ProofKind
from vmms_tui.model.tables import TYPES, Change, Drop, Put

log = logging.getLogger(__name__)


class _Batch:
    """A commit on its way to the disk."""

    __slots__ = ("changes", "sequence", "settled", "undo")

    def __init__(self, sequence: int, changes: tuple[Change, ...], undo: Undo) -> None:
        self.sequence = sequence
        self.changes = changes
        self.undo = undo
        self.settled: asyncio.Event | None = None
        """Set when it is durable or taken back; made when somebody waits for that."""

    def settle(self) -> None:
        """It is durable, or taken back."""
        if self.settled:
            self.settled.set()


class Ledger:
    """The one way to change the state: in memory at once, on disk before `commit` returns, then to the viewers."""

    def __init__(self, state: State, store: Store, clock: Clock) -> None:
        self.state = state
        self.problem = ""
        """Why nothing can be changed now, if so."""
        self.on_undone: Callable[[], None] = lambda: None
        """Called when what was not durable yet was taken back: who saw it must look anew."""
        self.guard: Callable[[], None] = lambda: None
        """Raises VmmsError or OSError when nothing may be changed for now: another engine may be at work."""
        self.on_durable: Callable[[int, tuple[Change, ...]], None] = lambda _sequence, _changes: None
        self._store = store
        self._clock = clock
        self.numbers = Numbers(state.counters())
        self.number = self.numbers.new
        """A new id of a kind. It is used up by the next commit."""
        self._in_flight: deque[_Batch] = deque()
        """Made in memory, and not durable yet; the oldest first."""
        self._full_since: datetime | None = None
        self._told = state.sequence
        """The last change that the viewers know."""
        store.watch(self._durable, self._lost)

    def begin(self) -> None:
        """Remember when this store began, once."""
        self.numbers.begin(self._clock.now())

    def skip_numbers(self, **least: int) -> bool:
        """Never give out numbers up to these again: they were met in the cloud. True: one is above our own."""
        return self.numbers.skip(self._clock.now(), least)

    async def commit(self, *changes: AnyRecord | Drop) -> None:
        """Make these changes, all or none, and return when they are durable.

        Raises:
            TryAgain: they cannot be made durable; the engine takes no more changes.
            BrokenRule: an invariant would break.
        """
        self._must_be_ours()
        batch: tuple[Change, ...] = tuple([c if isinstance(c, Drop) else Put(c) for c in changes])
        if self.numbers.changed:
            batch += (Put(self.numbers.record()),)
            self.numbers.changed = False
        if not batch:
            return
        undo = self.state.apply(batch)
        made = _Batch(self.state.sequence, batch, undo)
        self._in_flight.append(made)
        try:
            await self._store.append(made.sequence, batch)
        except StoreProblem as problem:
            if made in self._in_flight:
                self._lost(problem)
            raise TryAgain(f"The engine takes no changes: {problem}") from problem

    def _durable(self, sequence: int) -> None:
        """So far all is durable: told to the viewers, whether or not somebody still waits for it."""
        while self._in_flight and self._in_flight[0].sequence <= sequence:
            made = self._in_flight.popleft()
            made.settle()
            self._told = made.sequence
            self.on_durable(made.sequence, made.changes)

    def _lost(self, problem: StoreProblem) -> None:
        """What is in flight will not be durable: take it back before anybody reads it. Numbers never go back."""
        if not self.problem:
            self.problem = str(problem)
            self._full_since = self._clock.now() if isinstance(problem, StoreFull) else None
            log.error("the engine takes no changes: %s", problem)
        undone = tuple(reversed(self._in_flight))
        self._in_flight.clear()
        if undone:
            self.state.undo(made.undo for made in undone)
            self.numbers.changed = True
            self.on_undone()
        for made in undone:
            made.settle()

    def note(self, *changes: AnyRecord | Drop) -> None:
        """Know facts that are read anew after each start, and tell the viewers. They go to no disk, full or not.

        Raises BrokenRule: one of them is something else.
        """
        batch: tuple[Change, ...] = tuple([c if isinstance(c, Drop) else Put(c) for c in changes])
        if batch:
            self.state.note(batch)
            self.on_durable(self._told, batch)

    async def settle(self) -> None:
        """Return when all that the state holds now is durable: before anything outside is done because of it.

        Raises TryAgain: it is not, and was taken back.
        """
        if self._in_flight:
            last = self._in_flight[-1]
            last.settled = last.settled or asyncio.Event()
            await last.settled.wait()
        self._must_be_well()

    def give_up(self, why: str) -> None:
        """Take no changes any more, whatever else heals."""
        self.problem, self._full_since = why, None

    async def heal(self) -> None:
        """Take changes again if there is room again. Raises TryAgain when there is none, or only a new start helps."""
        before, since = self.problem, self._full_since
        if before and since is not None:
            still: StoreProblem | None = None
            try:
                await self._store.heal()
            except StoreProblem as problem:
                still = problem
            if self.problem != before:
                pass  # given up meanwhile
            elif still:
                self.problem, self._full_since = str(still), since if isinstance(still, StoreFull) else None
            else:
                self.problem, self._full_since = "", None
                text = f"the disk was full for {span(self._clock.now() - since)}; changes are taken again"
                log.warning(text)
                await self.commit(self.event("store.healed", text, level=Level.WARNING))
        self._must_be_well()

    async def checkpoint(self) -> None:
        """Write everything anew, so that a restart reads less. Raises TryAgain as `commit` does."""
        self._must_be_ours()
        await self._store.checkpoint(self.state.sequence, self.state.kept())

    def _must_be_well(self) -> None:
        if self.problem:
            raise TryAgain(f"The engine takes no changes: {self.problem}")

    def _must_be_ours(self) -> None:
        self._must_be_well()
        try:
            self.guard()
        except (VmmsError, OSError) as error:
            raise TryAgain(f"The engine takes no changes: {error}") from error

    def event(
        self,
        kind: str,
        text: str,
        *,
        about: AnyRecord | None = None,
        level: Level = Level.INFO,
        actor: str = "engine",
        detail: str = "",
        **audit: str,
    ) -> Event:
        """A line for Events, with the ids of what it is about. It still has to be committed.

        `audit` may hold `origin`, `reason`, `result` and more ids, as the record has them. Secrets are taken out.
        """
        if may_hide("\n".join((text, detail, *audit.values()))):
            text, detail = without_secrets(text), without_secrets(detail)
            audit = {name: without_secrets(said) for name, said in audit.items()}
        ids = _subject(about) | audit
        if ids.get("lease_id") and not ids.get("owner") and (lease := self.state.get(Lease, ids["lease_id"])):
            ids["owner"] = lease.owner  # who holds a lease sees what happens to it
        return Event(
            id=self.number("event"),
            at=self._clock.now(),
            kind=kind,
            text=text,
            level=level,
            actor=actor,
            detail=detail,
            **ids,
        )


def _subject(record: AnyRecord | None) -> dict[str, str]:
    """The ids that a record knows."""
    if record is None:
        return {}
    kind = type(record)
    known: dict[str, str] = {name: value for name in _IDS[kind] if (value := getattr(record, name))}
    if own := _OWN_ID.get(kind):
        known[own] = record.id
    return known


_IDS: dict[type[Record], tuple[str, ...]] = {
    kind: tuple(name for name in ("pool", "server_id", "lease_id", "owner") if name in kind.__struct_fields__)
    for kind in TYPES.values()
}
_OWN_ID: dict[type[Record], str] = {
    Pool: "pool",
    Server: "server_id",
    Illness: "server_id",
    Lease: "lease_id",
    Request: "request_id",
}


class LastSeen(msgspec.Struct, frozen=True, gc=False):
    """What somebody asks of a server after its listing. The whole facts are ten times as large, and there are many."""

    name: str
    status: str
    task_state: str
    fault: str
    host: str
    address: str
    """The first of its fixed addresses; empty while it has none."""
    power: str = ""
    """What its hypervisor says; empty: it is not told."""
    updated: datetime | None = None
    """When the cloud last changed it, of one that stands still; None of all others."""


def last_seen(seen: CloudServer) -> LastSeen:
    """What is remembered of a server that the cloud has told of."""
    address = seen.addresses[0] if seen.addresses else ""
    words = (seen.status, seen.task_state, seen.host, seen.power)
    status, task_state, host, power = map(sys.intern, words)  # of these are few
    updated = None if status == "ACTIVE" and power != "paused" else seen.updated
    return LastSeen(seen.name, status, task_state, seen.fault, host, address, power, updated)


class Sightings:
    """What the last listings said, by the cloud's id; kept in memory only."""

    def __init__(self) -> None:
        self.servers: dict[str, LastSeen] = {}
        self.listed_at: datetime | None = None
        """When the last answer came, complete or not."""

    def get(self, cloud_id: str) -> LastSeen | None:
        """The server as last seen."""
        return self.servers.get(cloud_id)


class Catalog:
    """What the cloud offers, as last read; kept in memory only."""

    def __init__(self) -> None:
        self.flavors: dict[str, Flavor] = {}
        """By name and by id."""
        self.sizes: Mapping[str, tuple[int, int]] = {}
        """vCPUs and MiB of RAM by flavor name and id; another object whenever something changes."""
        self.read_at: datetime | None = None
        self.quotas: dict[str, Quota] = {}
        """By project."""

    def learn(self, flavor: Flavor) -> None:
        """Know a flavor by its name and its id."""
        names = (flavor.name, flavor.id)
        if all(self.flavors.get(name) == flavor for name in names):
            return
        self.flavors |= dict.fromkeys(names, flavor)
        self.sizes = {**self.sizes, **dict.fromkeys(names, (flavor.vcpus, flavor.ram_mib))}


async def _nothing() -> None:
    return


class Context:
    """One engine's working set."""

    def __init__(
        self,
        *,
        clock: Clock,
        ledger: Ledger,
        account: CloudAccount,
        guests: Guests,
        vault: Vault,
        post: Post,
        installation: str,
        witnesses: Witnesses | None = None,
    ) -> None:
        self.clock = clock
        self.ledger = ledger
        self.state = ledger.state
        self.account = account
        self.guests = guests
        self.vault = vault
        self.post = post
        self.witnesses: Witnesses = witnesses or NoWitnesses()
        self.installation = installation
        self.specs: Mapping[str, PoolSpec] = {}
        self.policy = Policy()
        self.watch = Watch(clock)
        self.sightings = Sightings()
        self.answers = Answers()
        self.catalog = Catalog()
        self.lists = Lists()
        self.archive_lacks: Callable[[str], bool] = lambda _event_id: False
        """Whether an event is not in the archive yet: then it must not be forgotten."""
        self.wake: Callable[[], None] = lambda: None
        """Let the loops look now instead of at their next turn."""
        self.look_at_the_clock: Callable[[], Awaitable[None]] = _nothing
        """Take note of a jump of the wall clock now, before an instant of the store is judged by it."""

    @property
    def guard(self) -> Guard:
        """Whether destructive work stands still, as it is in the store."""
        return self.state.get(Guard, "guard") or Guard(id="guard")

    @property
    def frozen(self) -> str:
        """Why nothing may be stopped, deleted or taken back of the engine's own accord; empty: it may.

        Ask just before the act: each question is a look at the clock. What people ask for goes on.
        """
        guard = self.guard
        if guard.since is not None:
            return guard.reason
        jumped = self.watch.look(self.policy.guard)
        return jump_words(jumped.far, jumped.before) if jumped else ""

    def without_secrets(self, server_id: str, text: str) -> str:
        """A text about a server that others wrote, also without the server's first password."""
        secret = self.state.get(Secret, server_id) if text else None
        passwords: list[str] = []
        if secret is not None:
            with contextlib.suppress(Failed):  # of another key: nobody knows the password
                passwords.append(self.vault.unlock(secret.token))
        return without_secrets(text, *passwords)

    def spec_of(self, server: Server) -> PoolSpec | None:
        """The settings of a server's pool, as long as they name it."""
        return self.specs.get(server.pool)

    def cloud_of(self, server: Server) -> Cloud:
        """The cloud in the server's project."""
        return self.account.project(server.project)

    def guest_of(self, server: Server) -> Guest:
        """How to reach the inside of a server."""
        spec = self.spec_of(server)
        return Guest(
            server_id=server.id,
            address=server.floating_ip or server.address,
            login=spec.login if spec else "vmms",
            host_key=server.host_key,
            ssh_port=spec.proof.port if spec and spec.proof.kind == ProofKind.SSH else 22,
        )
