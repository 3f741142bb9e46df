"""Everything the engine remembers, as frozen records with ids.

Instants are aware UTC datetimes of whole seconds, durations are timedeltas, memory is MiB, disk is GiB.
A record is replaced, never changed; records cross threads and the wire as they are.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.draining import MoveQueue
from vmms_tui.model.healing import Illness, Incident
from vmms_tui.model.notices import Notice as Notice
from vmms_tui.model.notices import NoticeKind as NoticeKind
from vmms_tui.model.operations import Operation as Operation
from vmms_tui.model.operations import OperationKind as OperationKind
from vmms_tui.model.operations import OperationState as OperationState
from vmms_tui.model.placing import Placing
from vmms_tui.model.record import Record as Record
from vmms_tui.model.record import changed as changed
from vmms_tui.model.surroundings import Host, Image, Network, Survey, Volume
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.trends import Trend


class ServerState(StrEnum):
    """The life of a server; `NEXT_STATES` says which moves are legal."""

    REQUESTED = "requested"
    BUILDING = "building"
    PREPARING = "preparing"
    READY = "ready"
    LEASED = "leased"
    STOPPED = "stopped"
    HEALING = "healing"
    MOVING = "moving"
    RECLAIMING = "reclaiming"
    GONE = "gone"
    FAILED = "failed"


_S = ServerState
NEXT_STATES: dict[ServerState, frozenset[ServerState]] = {
    _S.REQUESTED: frozenset({_S.BUILDING, _S.RECLAIMING, _S.FAILED}),
    _S.BUILDING: frozenset({_S.PREPARING, _S.RECLAIMING, _S.FAILED}),
    _S.PREPARING: frozenset({_S.READY, _S.LEASED, _S.RECLAIMING, _S.FAILED}),
    _S.READY: frozenset({_S.LEASED, _S.HEALING, _S.MOVING, _S.RECLAIMING, _S.FAILED}),
    _S.LEASED: frozenset({_S.STOPPED, _S.PREPARING, _S.HEALING, _S.MOVING, _S.RECLAIMING, _S.FAILED}),
    _S.STOPPED: frozenset({_S.LEASED, _S.PREPARING, _S.HEALING, _S.MOVING, _S.RECLAIMING, _S.FAILED}),
    _S.HEALING: frozenset({_S.READY, _S.LEASED, _S.STOPPED, _S.RECLAIMING, _S.FAILED}),
    _S.MOVING: frozenset({_S.READY, _S.LEASED, _S.STOPPED, _S.RECLAIMING, _S.FAILED}),
    _S.FAILED: frozenset({_S.RECLAIMING}),
    _S.RECLAIMING: frozenset({_S.GONE}),
    _S.GONE: frozenset(),
}
"""Legal moves of a server. A server also may stay where it is."""

UNFINISHED = frozenset({_S.REQUESTED, _S.BUILDING, _S.PREPARING})
"""States of a server that is on its way to the pool."""


class LeaseState(StrEnum):
    """`overdue`: important, past its end, stopped, waiting for its owner until `grace_until`."""

    ACTIVE = "active"
    OVERDUE = "overdue"
    ENDING = "ending"
    ENDED = "ended"


class RequestState(StrEnum):
    """Where a request stands."""

    QUEUED = "queued"
    GRANTED = "granted"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Level(StrEnum):
    """How loud an event is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Pool(Record, frozen=True, tag="pool"):
    """A pool as people see it: what it offers, what it wants, and what holds it back. `id` is its name."""

    purposes: tuple[str, ...]
    flavor: str
    image: str
    vcpus: int = 0
    ram_mib: int = 0
    disk_gib: int = 0
    available: int = 0
    """How many servers should be ready, from the settings (the n of the policy)."""
    limit: int = 0
    """How many servers may exist in all, from the settings (the m of the policy)."""
    surge: float = 1.0
    """The factor now in force on both: 1, 1.5 or 2."""
    surge_since: datetime | None = None
    default_term: timedelta = timedelta(hours=8)
    longest_term: timedelta = timedelta(days=7)
    total_term: timedelta = timedelta(days=30)
    login: str = "vmms"
    """The account of the first password and the owner's key."""
    broken: str = ""
    """Why no server can be built here until somebody acts: an image that does not exist, say."""
    broken_since: datetime | None = None
    paused: str = ""
    """Why nothing is built just now: quota, builds that keep failing."""
    paused_until: datetime | None = None
    failures: int = 0
    """Builds that failed since the last that worked."""
    refusals: int = 0
    """Times that the cloud refused a build with its quota, whatever it lists, since the last build that worked."""
    held_since: datetime | None = None
    """Since when builds fail or are refused; pauses and tries come and go meanwhile."""
    retired: bool = False
    """No longer in the settings; goes when its last server has gone."""

    @property
    def available_now(self) -> int:
        """`available` with the surge in force; never more than the limit now in force."""
        return min(_scaled(self.available, self.surge), self.limit_now)

    @property
    def limit_now(self) -> int:
        """`limit` with the surge in force."""
        return _scaled(self.limit, self.surge)


def _scaled(count: int, factor: float) -> int:
    return int(count * factor + 0.5)


class Server(Record, frozen=True, tag="server"):
    """A machine in OpenStack that carries our tag. `id` is also its name there, and its host name."""

    pool: str
    state: ServerState
    since: datetime
    """When it came to this state."""
    created: datetime
    """When it was asked for."""
    project: str = ""
    """OpenStack project it is made in; empty: the one of the cloud's credentials."""
    flavor: str = ""
    image: str = ""
    vcpus: int = 0
    ram_mib: int = 0
    disk_gib: int = 0
    ready_at: datetime | None = None
    refresh_age: timedelta = timedelta(0)
    """Its own stable age of refresh, counted from `ready_at`."""
    cloud_id: str = ""
    port_ids: tuple[str, ...] = ()
    address: str = ""
    floating_ip: str = ""
    floating_ip_id: str = ""
    volume_ids: tuple[str, ...] = ()
    host: str = ""
    cloud_status: str = ""
    """Status as the cloud words it; unknown words pass through."""
    task_state: str = ""
    task_since: datetime | None = None
    """When this task of the cloud was seen first."""
    missing_since: datetime | None = None
    """Since when complete listings no longer show it."""
    host_key: str = ""
    """SSH host key, pinned when the first proof saw it (OpenSSH public key line)."""
    disk_unsure: bool = False
    """It was evacuated and could not be asked afterwards: whether its disk was made anew shows when it runs again."""
    lease_id: str = ""
    failure: str = ""


class Lease(Record, frozen=True, tag="lease"):
    """A server lent to an owner until an instant."""

    server_id: str
    pool: str
    owner: str
    purpose: str
    start: datetime
    end: datetime
    project: str = ""
    importance: int = 0
    note: str = ""
    state: LeaseState = LeaseState.ACTIVE
    renewals: int = 0
    warned: tuple[timedelta, ...] = ()
    """Which of the warnings before the end were written, by their time before it."""
    warned_at: datetime | None = None
    """When the last of them was written."""
    notified_of: datetime | None = None
    """The end of which its owner has been told, with proof; another end than `end` proves nothing."""
    notified_at: datetime | None = None
    """When that was first delivered."""
    postponed: str = ""
    """Why it was not reclaimed when it should have been: nobody could be told, say."""
    stopped_at: datetime | None = None
    """When the server of an overdue lease was seen stopped."""
    told_at: datetime | None = None
    """When the notice that it was stopped was delivered to its owner."""
    grace_until: datetime | None = None
    """When an overdue lease is reclaimed, unless it is renewed."""
    ended_at: datetime | None = None
    end_reason: str = ""
    ssh_key: str = ""
    """The owner's public key, put in at hand-over (OpenSSH line)."""
    matched: str = ""
    """Why this server was chosen."""


class Request(Record, frozen=True, tag="request"):
    """Somebody asks for a server."""

    owner: str
    purpose: str
    term: timedelta
    asked: datetime
    project: str = ""
    flavor: str = ""
    vcpus: int = 0
    ram_mib: int = 0
    importance: int = 0
    note: str = ""
    ssh_key: str = ""
    state: RequestState = RequestState.QUEUED
    lease_id: str = ""
    reason: str = ""
    pool: str = ""
    """The pool it waits for."""
    position: int = 0
    """Place in the queue, 1 is next; 0 when it does not wait."""
    estimate: timedelta | None = None
    """How long it probably still waits; None: nobody can tell."""
    decided: datetime | None = None


class Event(Record, frozen=True, tag="event"):
    """One line of what happened, with its reason. `id` is a number that grows, as text with leading zeros."""

    at: datetime
    kind: str
    text: str
    level: Level = Level.INFO
    actor: str = "engine"
    origin: str = ""
    """From where a person acted: process, terminal, address."""
    reason: str = ""
    """Why it was done."""
    result: str = ""
    """How it ended, where the text does not say it: `ok`, `refused: not_owner`, `failed`."""
    pool: str = ""
    server_id: str = ""
    lease_id: str = ""
    request_id: str = ""
    operation_id: str = ""
    """The operation that begins or ends here. Each has one line for its begin, and one with its result for its end."""
    host: str = ""
    """The compute host that was changed, by its name."""
    owner: str = ""
    detail: str = ""
    """More lines: the end of a console log, say."""


class Counters(Record, frozen=True, tag="counters"):
    """The last number given out for each kind of id; `id` is always `counters`."""

    server: int = 0
    lease: int = 0
    request: int = 0
    operation: int = 0
    event: int = 0
    notice: int = 0
    certain_since: datetime | None = None
    """When this store began, or last found that the cloud knew more than it did: what was made before then may be
    somebody's of whom it does not know. None: it has not begun yet."""
    skipped: tuple[tuple[int, int], ...] = ()
    """First and last number of servers that this store jumped over, as it met them in the cloud: it did not give
    them out itself."""


class Secret(Record, frozen=True, tag="secret"):
    """The first password of a server, encrypted. Never leaves the engine; `id` is the server's."""

    token: str
    shown: bool = False


class Guard(Record, frozen=True, tag="guard"):
    """Whether destructive work stands still until an operator lets it go on, and why. `id` is always `guard`."""

    since: datetime | None = None
    """None: it does not stand still."""
    by: str = "engine"
    """Who let it stand still."""
    reason: str = ""
    """A sentence, without its capital and its stop."""
    jumped: timedelta = timedelta(0)
    """How far the wall clock jumped ahead (below zero: back), all jumps together, before and since."""
    before: datetime | None = None
    """What the wall clock said before the first of these jumps."""
    due: int = 0
    """How many leases fell due at once, where that is the reason."""
    live: int = 0
    """Of how many."""


Transient = Survey | Host | Network | Volume | Image | Placing
"""What is read anew after each start: it is in memory and with the viewers, and on no disk."""
AnyRecord = (
    Pool
    | Server
    | Lease
    | Request
    | Operation
    | Event
    | Notice
    | Counters
    | Secret
    | Guard
    | Acknowledgement
    | Trend
    | Illness
    | Incident
    | MoveQueue
    | Suspect
    | Transient
)
