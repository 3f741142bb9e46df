"""A whole engine on simulated time, with its cloud and its people: the demo without a screen, and a stage for tests."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from vmms_tui.demo import company
from vmms_tui.demo.crowd import Crowd
from vmms_tui.demo.fleet import Fleet, fill_cloud, records
from vmms_tui.demo.large import large
from vmms_tui.engine.audit.archive import Archive
from vmms_tui.engine.audit.files import AuditFiles
from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.engine import Engine
from vmms_tui.engine.guests.simulated import SimulatedGuests
from vmms_tui.engine.notices.simulated import SimulatedPost
from vmms_tui.engine.secrets import Vault
from vmms_tui.engine.store.opened import fill_store, store_of
from vmms_tui.engine.witnesses.simulated import SimulatedWitnesses
from vmms_tui.model.records import Record
from vmms_tui.model.spec import PoolSpec
from vmms_tui.model.status import EngineStatus
from vmms_tui.model.tables import Change

RecordT = TypeVar("RecordT", bound=Record)

STEP = 5.0
"""Simulated seconds between two turns of the engine's loops, unless said otherwise."""
HEARTBEAT = 0.3
"""Real seconds between two looks of viewers at the clock: simulated time may go fast."""
WARM, WARM_LARGE = timedelta(minutes=10), timedelta(minutes=2)
"""How long the engine has run already when a stage is opened: its pools are full. Those of a fleet are so at once."""


class Stage:
    """Opened, used and closed in one event loop. Time moves only in `advance`."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int = 1,
        start: datetime = company.MONDAY,
        fleet: int = 0,
    ) -> None:
        """All files are in `folder`. The clock says `start` when the stage is open; `fleet` servers are there then."""
        self.folder = folder
        self.seed = seed
        self._large = large(fleet) if fleet else None
        self.pools = self._large.pools if self._large else company.POOLS
        self.policy = self._large.policy if self._large else company.POLICY
        self._warm = WARM_LARGE if self._large else WARM
        self.clock = SimulatedClock(start - self._warm)
        self.account = SimulatedAccount(
            self.clock, seed=seed, settings=self._large.cloud if self._large else company.CLOUD
        )
        self.account.world.set_admin()
        self.post = SimulatedPost()
        self.engine: Engine
        self.crowd: Crowd
        self.actors: list[Callable[[], Awaitable[None]]] = []
        """Who does something at each step, before the engine's turn, in this order."""

    async def open(self) -> "Stage":
        """Start the engine on what is in the folder, and fill the pools."""
        state = self.folder / "state"
        if self._large is not None:
            self._fill(self._large.fleet, state / "store")
        engine = self.engine = Engine(
            clock=self.clock,
            store=store_of(state, beside=False),
            account=self.account,
            guests=SimulatedGuests(self.account.up_for, ready_after=company.READY_AFTER, disk_at=self.account.disk_at),
            vault=Vault(state / "vault.key"),
            installation=company.INSTALLATION,
            pools=self.pools,
            policy=self.policy,
            archive=Archive(AuditFiles(state / "audit"), beside=False),
            post=self.post,
            witnesses=SimulatedWitnesses(self.account),
            paths={"state": str(state)},
            heartbeat=HEARTBEAT,
        )
        engine.loop = asyncio.get_running_loop()
        self.crowd = Crowd(
            self.seed, self.clock, engine.context.state, engine.submit, self._large.scale if self._large else 1.0
        )
        self.actors = [self.crowd.act]
        self._listen()
        await engine.prepare()
        await self.advance(self._warm.total_seconds(), 60.0 if self._large else STEP)
        self.crowd.begin()
        return self

    def _fill(self, fleet: Fleet, store: Path) -> None:
        """Let the fleet be in the cloud and in the store before the engine starts."""
        fill_cloud(self.account, fleet)
        store.mkdir(parents=True)
        fill_store(store, tuple(records(fleet, self.clock.now())))

    def _listen(self) -> None:
        """The engine's own viewers hear first."""
        ledger = self.engine.context.ledger
        tell = ledger.on_durable

        def told(sequence: int, changes: tuple[Change, ...]) -> None:
            tell(sequence, changes)
            self.crowd.hear(changes)

        ledger.on_durable = told

    async def advance(self, seconds: float, step: float = STEP) -> None:
        """Let so many simulated seconds go by, with a turn of every loop at least each `step`."""
        left = seconds
        while left > 0:
            self.clock.advance(min(step, left))
            left -= step
            for act in self.actors:
                await act()
            await self.engine.tick()

    async def until(self, holds: Callable[[], bool], within: timedelta, step: float = STEP) -> bool:
        """Let time go by until this holds; False when it did not within so long."""
        end = self.clock.now() + within
        while not holds():
            if self.clock.now() >= end:
                return False
            await self.advance(step, step)
        return True

    async def settle_on(self, pools: Sequence[PoolSpec]) -> None:
        """Let these be the pools from now on, as if the settings file said so."""
        self.pools = tuple(pools)
        await self.engine.take_settings(self.pools, self.policy)

    async def close(self) -> None:
        """End the engine."""
        await self.engine.stop()

    # What there is to see

    @property
    def now(self) -> datetime:
        """The simulated time."""
        return self.clock.now()

    @property
    def status(self) -> EngineStatus:
        """How the engine is."""
        return self.engine.status()

    def all(self, kind: type[RecordT]) -> list[RecordT]:
        """Every record of a type."""
        return list(self.engine.context.state.all(kind))

    def get(self, kind: type[RecordT], record_id: str) -> RecordT | None:
        """One record."""
        return self.engine.context.state.get(kind, record_id)
