"""Lets simulated people act on an engine: they ask, give back, and answer when they are told that a lease ends."""

import heapq
import itertools
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from vmms_tui.demo.people import NAMES, fate, wishes
from vmms_tui.engine.clock import Clock
from vmms_tui.engine.state import State
from vmms_tui.model.commands import AnyCommand, Release, Renew, Reply
from vmms_tui.model.people import Peer
from vmms_tui.model.records import Lease, LeaseState, Notice, NoticeKind, Request, RequestState
from vmms_tui.model.tables import Change, Put

DAY = timedelta(days=1)
LEAST_RENEWAL = timedelta(minutes=30)
_END_NEARS = frozenset({NoticeKind.WARNING, NoticeKind.STOPPED})

Send = Callable[[AnyCommand, Peer], Awaitable[Reply]]


def person(name: str) -> Peer:
    """Somebody of the company, as the kernel would name them; never the engine's own user."""
    return Peer(name=name, uid=100_000 + zlib.crc32(name.encode()) % 1_000_000, says="demo")


class Crowd:
    """Everybody in the company. `act` does what is due by the clock."""

    def __init__(self, seed: int, clock: Clock, state: State, send: Send, scale: float = 1.0) -> None:
        """`scale`: how many times as much they ask for as usual."""
        self._scale = scale
        self.replies: Counter[str] = Counter()
        """How many answers of each code they got."""
        self._seed = seed
        self._clock = clock
        self._state = state
        self._send = send
        self._planned: datetime | None = None
        """Until when the wishes are known; None: nobody asks by themselves yet."""
        self._order = itertools.count()
        self._due: list[tuple[datetime, int, str, AnyCommand]] = []
        self._waiting: set[str] = set()
        """Requests that were queued."""
        self._own: dict[str, int] = {}
        """Leases whose owners are among us, and how often each was renewed when its fate was last asked."""

    def begin(self) -> None:
        """Let them come to work: from now on they ask by themselves, and what is lent already is theirs."""
        self._planned = self._clock.now()
        self.adopt(lease for lease in self._state.live_leases() if lease.owner in NAMES)

    def later(self, at: datetime, owner: str, command: AnyCommand) -> None:
        """Let somebody send a command at an instant."""
        heapq.heappush(self._due, (at, next(self._order), owner, command))

    def adopt(self, leases: Iterable[Lease]) -> None:
        """Let us have these leases, each its owner."""
        for lease in leases:
            self._own[lease.id] = lease.renewals
            destiny = fate(self._seed, lease)
            if destiny.given_back is not None and destiny.given_back > self._clock.now():
                self.later(destiny.given_back, lease.owner, Release(lease_id=lease.id))

    def hear(self, changes: Iterable[Change]) -> None:
        """Take note of what became durable: requests that were granted, and words that a lease ends."""
        for record in (change.record for change in changes if isinstance(change, Put)):
            if isinstance(record, Request) and record.id in self._waiting and record.state != RequestState.QUEUED:
                self._waiting.discard(record.id)
                self._take(record.lease_id)
            elif isinstance(record, Notice) and record.kind in _END_NEARS and not record.void:
                self._think(record.lease_id)

    async def act(self) -> None:
        """Do all that is due by now, in its order."""
        now = self._clock.now()
        self._plan(now)
        while self._due and self._due[0][0] <= now:
            _, _, owner, command = heapq.heappop(self._due)
            if isinstance(command, Release | Renew) and not self._still(command.lease_id):
                continue
            reply = await self._send(command, person(owner))
            self.replies[reply.code] += 1
            if isinstance(command, Renew):
                self._own.pop(command.lease_id, None)
                self._take(command.lease_id)
            elif reply.lease_id and not isinstance(command, Release):
                self._take(reply.lease_id)
            elif reply.request_id and owner in NAMES:
                self._waiting.add(reply.request_id)

    def _plan(self, now: datetime) -> None:
        """Know the wishes of the days until tomorrow."""
        while self._planned is not None and self._planned < now + DAY:
            midnight = self._planned.replace(hour=0, minute=0, second=0)
            for wish in wishes(self._seed, midnight, self._scale):
                if wish.at >= self._planned:
                    self.later(wish.at, wish.owner, wish.command)
            self._planned = midnight + DAY

    def _still(self, lease_id: str) -> bool:
        """Whether the lease is as it was when its owner made up their mind."""
        lease = self._state.get(Lease, lease_id)
        running = lease is not None and lease.state in {LeaseState.ACTIVE, LeaseState.OVERDUE}
        return running and lease is not None and self._own.get(lease_id, lease.renewals) == lease.renewals

    def _take(self, lease_id: str) -> None:
        lease = self._state.get(Lease, lease_id)
        if lease is not None and lease.owner in NAMES and lease.id not in self._own:
            self.adopt([lease])

    def _think(self, lease_id: str) -> None:
        """The owner of one of our leases was told that it ends."""
        lease = self._state.get(Lease, lease_id)
        if lease is None or lease_id not in self._own or lease.state not in {LeaseState.ACTIVE, LeaseState.OVERDUE}:
            return
        destiny = fate(self._seed, lease)
        if destiny.renews:
            more = max(LEAST_RENEWAL, timedelta(minutes=15 * round((lease.end - lease.start) / timedelta(minutes=30))))
            self.later(self._clock.now() + destiny.answers_after, lease.owner, Renew(lease_id=lease_id, term=more))
