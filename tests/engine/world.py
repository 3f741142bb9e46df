"""A cloud, a disk and a clock that outlive engines, so that engines can be killed in the middle of anything."""

import asyncio
import errno
import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from tests.engine.acts import Acts
from tests.engine.death import Death
from tests.engine.witnessed import MortalWitnesses
from tests.people import peer
from vmms_tui.engine.audit.archive import Archive
from vmms_tui.engine.audit.files import AuditFiles
from vmms_tui.engine.audit.lines import Full, Mark
from vmms_tui.engine.audit.reading import pages
from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.errors import Unreachable
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, TAG_SERVER, CloudServer
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.context import Ledger
from vmms_tui.engine.engine import Engine
from vmms_tui.engine.guests.simulated import SimulatedGuests
from vmms_tui.engine.host import SettingsWatch
from vmms_tui.engine.notices.simulated import SimulatedPost
from vmms_tui.engine.secrets import Vault
from vmms_tui.engine.state import State
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.engine.witnesses.simulated import SimulatedWitnesses
from vmms_tui.model.audit import EventQuery
from vmms_tui.model.commands import AnyCommand, Reply, RequestServer
from vmms_tui.model.inspection import CallsOfKind
from vmms_tui.model.people import AccessRules, Role
from vmms_tui.model.records import AnyRecord, Event, Lease, Record, Server, ServerState, changed
from vmms_tui.model.spec import Policy, PoolSpec
from vmms_tui.model.tables import TRANSIENT, Change, Drop, Put
from vmms_tui.model.trends import Trend
from vmms_tui.settings import Settings, load

POOL = PoolSpec(
    name="dev",
    purposes=("dev",),
    flavor="m1.small",
    image="debian-13",
    networks=("private",),
    floating_network="public",
    available=4,
    limit=8,
)


LARGEST_AUDIT = 8_000
"""Bytes of a full file of the archive: some dozens of events."""


MEANWHILE: tuple[type[Record], ...] = (Trend, *TRANSIENT.values())
"""What comes although nothing happens: samples of pools, and what the cloud tells of itself."""
AT_REST = 3
"""Turns without a change, after which nothing goes on."""
LONG_STEP = 30.0
"""Seconds between two turns then."""


class MortalStore(FileStore):
    """The real store; what a dead engine writes is not written."""

    def __init__(self, folder: Path, death: Death, *, beside: bool) -> None:
        super().__init__(folder, lines_between_checkpoints=200, beside=beside)
        self._death = death

    async def append(self, sequence: int, changes: Sequence[Change]) -> None:
        """See Store."""
        if self._death.touch():
            raise StoreProblem("killed")
        await super().append(sequence, changes)


class MortalFiles(AuditFiles):
    """The real archive; a dead engine writes nothing more. A death of its own may come at any act on the disk."""

    def __init__(self, folder: Path, engine: Death, largest: int) -> None:
        super().__init__(folder, largest=largest)
        self.death = Death()
        self.disk_full = False
        self._engine = engine

    def _dies(self) -> bool:
        if self._engine.dead:
            raise OSError(errno.EIO, "killed")
        return self.death.touch()

    def _write(self, file: int, data: bytes) -> None:
        if self.disk_full:
            os.write(file, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self._dies():
            super()._write(file, data[: len(data) * 2 // 3])
            raise OSError(errno.EIO, "killed")
        super()._write(file, data)

    def _rename(self, full: Path) -> None:
        self._act(lambda: super(MortalFiles, self)._rename(full))

    def _compress(self, full: Full) -> None:
        self._act(lambda: super(MortalFiles, self)._compress(full))

    def _remove(self, full: Full) -> None:
        self._act(lambda: super(MortalFiles, self)._remove(full))

    def _act(self, act: Callable[[], None]) -> None:
        if self._dies():
            raise OSError(errno.EIO, "killed")
        act()


class MortalCloud:
    """The simulated cloud; a dead engine's last call is done, and its answer is lost."""

    def __init__(self, cloud: Cloud, death: Death, heard: Callable[[str, tuple[Any, ...]], None]) -> None:
        self._cloud = cloud
        self._death = death
        self._heard = heard

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._cloud, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            if self._death.dead:
                raise Unreachable("killed")
            self._heard(name, args)
            answer = await act(*args, **kwargs)
            if self._death.touch():
                raise Unreachable("killed")
            return answer

        return call


class MortalAccount:
    """All projects of the simulated cloud, as one engine sees them."""

    name = "simulated"

    def __init__(self, account: SimulatedAccount, death: Death, heard: Callable[[str, tuple[Any, ...]], None]) -> None:
        self._account = account
        self._death = death
        self._heard = heard

    def project(self, name: str = "") -> Any:
        """See CloudAccount."""
        return MortalCloud(self._account.project(name), self._death, self._heard)

    def calls_last_minute(self) -> int:
        """See CloudAccount."""
        return self._account.calls_last_minute()

    def calls(self) -> tuple[CallsOfKind, ...]:
        """See CloudAccount."""
        return self._account.calls()

    def calls_made(self) -> dict[tuple[str, str], int]:
        """See CloudAccount."""
        return self._account.calls_made()

    async def close(self) -> None:
        """The cloud goes on."""


class World:
    """Everything around engines, and the one that lives now."""

    def __init__(
        self, folder: Path, *pools: PoolSpec, policy: Policy | None = None, seed: int = 1, beside: bool = False
    ) -> None:
        """`beside`: store and archive write in threads of their own, as for users; then chance decides who is first."""
        self.folder = folder
        self.beside = beside
        self.clock = SimulatedClock()
        self.account = SimulatedAccount(self.clock, seed=seed)
        self.guests = SimulatedGuests(self.account.up_for, disk_at=self.account.disk_at)
        self.witnesses = SimulatedWitnesses(self.account)
        self.pools = list(pools)
        self.policy = policy or Policy()
        if not self.policy.access.shared:
            self.policy = changed(self.policy, access=AccessRules(everyone=Role.DEVELOPER))
        self.post: Any = SimulatedPost()
        self.death = Death()
        self.engine: Engine
        self.audit: MortalFiles
        self.unsaid: list[str] = []
        """Acts without a line, of the engine that lives now."""
        self.largest_audit = LARGEST_AUDIT
        self.changes = 0
        """Commits until now, without what comes with every minute."""
        self.told: set[Mark] = set()
        """Every event that any engine here made durable."""
        self.started: list[datetime] = []
        """When each engine began."""
        self.settings_file: Settings | None = None
        """What engines watch from their start on, when it was read from a file."""
        self.after_tick: Callable[[], None] = lambda: None
        """Looks at the state after each turn of the loops."""
        self.before_call: Callable[[str, tuple[Any, ...]], None] = lambda _call, _about: None
        """Looks at what an engine asks of the cloud, just before it does."""
        self.after_commit: Callable[[State, tuple[Change, ...]], None] = lambda _state, _changes: None
        """Looks at what an engine has made durable, and at what it knows then."""
        self.asking: list[AnyCommand] = []
        """What people are asking of it just now."""

    @property
    def cloud(self) -> Cloud:
        """The cloud itself."""
        return self.account.project()

    async def start(self) -> "World":
        """Begin with a new engine on what is on the disk and in the cloud."""
        self.death = Death()
        self.audit = MortalFiles(self.folder / "audit", self.death, self.largest_audit)
        self.started.append(self.clock.now())
        watch = self._watch()
        self.engine = Engine(
            clock=self.clock,
            store=MortalStore(self.folder / "store", self.death, beside=self.beside),
            account=MortalAccount(self.account, self.death, self.before_call),
            guests=self.guests,
            archive=Archive(self.audit, beside=self.beside),
            vault=Vault(self.folder / "vault"),
            installation="test",
            pools=self.pools,
            policy=self.policy,
            post=self.post,
            witnesses=MortalWitnesses(self.witnesses, self.death),
            read_settings=watch.look if watch else None,
        )
        if watch:
            watch.engine = self.engine
        self._listen(self.engine.context.ledger)
        await self.engine.prepare()
        return self

    def _watch(self) -> SettingsWatch | None:
        file = self.settings_file
        return SettingsWatch(file, lambda: load(file.paths.config, {})) if file else None

    def _listen(self, ledger: Ledger) -> None:
        hear, acts = ledger.on_durable, Acts(ledger.state.records())
        self.unsaid = acts.unsaid

        def told(sequence: int, changes: tuple[Change, ...]) -> None:
            records = [change.record for change in changes if isinstance(change, Put)]
            self.changes += any(not isinstance(one, MEANWHILE) for one in records)
            self.told.update(Mark(one.id, one.at) for one in records if isinstance(one, Event))
            acts.hear(changes)
            self.after_commit(ledger.state, changes)
            hear(sequence, changes)

        ledger.on_durable = told

    async def let_be(self, *changes: AnyRecord | Drop) -> None:
        """Make something so for a test: nobody's act, and without a line."""
        unsaid = list(self.unsaid)
        await self.engine.context.ledger.commit(*changes)
        self.unsaid[:] = unsaid

    def archived(self, **query: Any) -> list[Event]:
        """What is in the archive's files now."""
        read = list(pages(self.folder / "audit", (), EventQuery(**query), lambda event: event, self.clock.now()))
        assert not any(page.remarks for page in read)
        return [event for page in read for event in page.events]

    def check_archive(self) -> None:
        """When all is written: every line that was durable is there, and once."""
        lines = [Mark(event.id, event.at) for event in self.archived()]
        assert len(lines) == len(set(lines)), "a line is doubled"
        assert self.told <= set(lines), "a line is lost"
        unheard = set(lines) - self.told  # written just before the engine was killed
        assert unheard <= {Mark(event.id, event.at) for event in self.state.all(Event)}

    @property
    def state(self) -> State:
        """What the living engine knows."""
        return self.engine.context.state

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let so much time go by, with a turn of every loop at each step, as long as the engine lives."""
        passed = 0.0
        while passed < seconds:
            if not self.death.dead:
                await self.engine.tick()
                self.after_tick()
            self.clock.advance(step)
            passed += step

    async def pass_time_at_rest(self, seconds: float, step: float = 5.0) -> None:
        """The same, in longer steps while nothing happens by itself: once something does, they are short again."""
        end, still = self.clock.monotonic() + seconds, 0
        while (left := end - self.clock.monotonic()) > 0:
            before, length = self.changes, min(left, step if still < AT_REST else LONG_STEP)
            await self.pass_time(length, step=length)
            still = still + 1 if self.changes == before else 0

    async def to_the_end(self, lease_id: str) -> Lease:
        """Let time go by to the end of a lease, of which its owner is told half an hour before."""
        lease = self.state.need(Lease, lease_id)
        for before in (timedelta(minutes=30), timedelta(0)):
            self.clock.advance(max(0.0, (lease.end - before - self.clock.now()).total_seconds()))
            if before:
                await self.pass_time(10)
        return self.state.need(Lease, lease_id)

    async def kill(self) -> None:
        """End the engine as kill -9 does: nothing more is written, nothing more is called."""
        self.death.after(0)
        self.death.touch()
        await self.engine.hosts.fencer.stop()
        await self.engine.runner.stop(0)
        self.engine.notices.abandon()
        await self.engine._store.close()
        await self.engine.archive.close()
        assert not self.unsaid, "\n".join(self.unsaid)

    async def let_go(self) -> None:
        """Close the files of an engine that was neither stopped nor killed, as where a test failed. Nothing is written.

        The collector would do that one day, or never: an engine that starts freezes what there is.
        """
        self.death.after(0)
        self.death.touch()
        await self.engine._store.close()
        await self.engine.archive.close()

    def tear(self) -> None:
        """Leave the beginning of a line at the journal's end, as a machine does that stops in the middle of a write."""
        newest = max((self.folder / "store").glob("journal-*.log"))
        with newest.open("ab") as file:
            file.write(b"0badc0de [999999,[{")

    async def restart(self) -> None:
        """Kill it, and start the next one."""
        await self.kill()
        await self.start()

    async def stop(self) -> None:
        """End the engine well."""
        await self.engine.stop()
        assert not self.unsaid, "\n".join(self.unsaid)

    async def send(self, command: AnyCommand, actor: str = "alice") -> Reply:
        """Let the engine do something."""
        self.asking.append(command)
        try:
            return await self.engine.submit(command, peer(actor))
        finally:
            self.asking.remove(command)

    async def ask(self, actor: str = "alice", purpose: str = "dev", **wish: Any) -> Reply:
        """Ask for a server."""
        return await self.send(RequestServer(purpose=purpose, **wish), actor)

    def counts(self) -> Counter[ServerState]:
        """Servers by state."""
        return Counter(server.state for server in self.state.all(Server))

    def events(self, kind: str) -> list[Event]:
        """Events of one kind."""
        return [event for event in self.state.all(Event) if event.kind == kind]

    async def in_cloud(self) -> dict[str, list[CloudServer]]:
        """Our servers in the cloud, by the name that we gave them."""
        found: dict[str, list[CloudServer]] = {}
        for seen in (await self.cloud.list_servers()).servers:
            if seen.metadata.get(TAG_INSTALLATION) == "test":
                found.setdefault(seen.metadata[TAG_SERVER], []).append(seen)
        return found

    async def leftovers(self) -> list[str]:
        """Ports, floating IPs and volumes of ours that no living server has."""
        alive = {server.id for server in self.state.all(Server) if server.state != ServerState.GONE}
        marks = [port.description for port in await self.cloud.list_ports()]
        marks += [ip.description for ip in await self.cloud.list_floating_ips()]
        volumes = [one.metadata for one in await self.cloud.list_volumes() if TAG_INSTALLATION in one.metadata]
        marks += [f"vmms {tags[TAG_INSTALLATION]} volume {tags[TAG_SERVER]}" for tags in volumes]
        return [mark for mark in marks if mark.startswith("vmms test ") and mark.split()[-1] not in alive]


def pool(**other: Any) -> PoolSpec:
    """The pool with other numbers."""
    return msgspec.structs.replace(POOL, **other)


async def let_run(*coroutines: Any) -> list[Any]:
    """Run these beside each other."""
    return list(await asyncio.gather(*coroutines))
