"""What the settings say of a pool, as the engine needs it."""

from datetime import timedelta
from enum import StrEnum

import msgspec

from vmms_tui.model.calendar import Calendar
from vmms_tui.model.channels import Channels
from vmms_tui.model.draining import MoveRules
from vmms_tui.model.healing import HealingRules, HealthProof
from vmms_tui.model.people import AccessRules
from vmms_tui.model.witness import HostRules


class ProofKind(StrEnum):
    """How a server shows that it is ready. ACTIVE is not ready."""

    NONE = "none"
    PORT = "port"
    SSH = "ssh"
    HTTP = "http"
    CONSOLE = "console"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A proof of readiness."""

    kind: ProofKind = ProofKind.SSH
    port: int = 22
    """TCP port of `port`, `ssh` and `http`."""
    path: str = "/"
    """Path of `http`; the answer must be 200."""
    marker: str = "VMMS-READY"
    """Text that must stand in the console log, for `console`."""
    timeout: timedelta = timedelta(minutes=10)
    """When a server that is ACTIVE and does not prove itself has failed."""


class LeaseTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How long a lease may be."""

    default: timedelta = timedelta(hours=8)
    longest: timedelta = timedelta(days=7)
    """No lease ends later than this from now, when asked for or renewed."""
    total: timedelta = timedelta(days=30)
    """No lease ends later than this from its start."""


class PoolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How the servers of one pool are made."""

    name: str
    purposes: tuple[str, ...]
    flavor: str
    image: str
    networks: tuple[str, ...]
    """Names or ids of networks; the first gets the floating IP."""
    floating_network: str = ""
    """External network of the floating IP; empty: none."""
    security_groups: tuple[str, ...] = ()
    availability_zone: str = ""
    project: str = ""
    """OpenStack project; empty: the one of the cloud's credentials."""
    available: int = 1
    limit: int = 1
    setup_script: str = ""
    """The text of the business set-up script; runs once as root in the new server."""
    proof: Proof = Proof()
    access: str = "ssh"
    """`ssh`: VMMS logs in with its own key to hand over and to reset passwords; `none`: only the cloud's own means."""
    login: str = "vmms"
    """The account that the first password and the owner's key are for."""
    terms: LeaseTerms = LeaseTerms()
    refresh: tuple[timedelta, timedelta] = (timedelta(days=10), timedelta(days=15))
    """Between which ages a ready server is replaced."""
    health: HealthProof = HealthProof()
    """How its servers in use show that they work."""


class GuardRules(msgspec.Struct, frozen=True, kw_only=True):
    """When destructive work stands still and asks."""

    jump: timedelta = timedelta(seconds=60)
    """The wall clock moved further than this against the time that went by."""
    share: float = 0.3
    """More than this share of the live leases fell due in one look …"""
    least: int = 10
    """… and at least so many."""


class LeakPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How what is left over in the cloud is found and removed."""

    remove: bool = True
    """False: it is only told."""
    every: timedelta = timedelta(minutes=5)
    """Between two looks while nothing is found."""
    age: timedelta = timedelta(minutes=2)
    """How far apart the two looks must be that both show it, at least."""
    most_at_once: int = 5
    """Removed after one look, at most."""


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What one person or one project may have. None: any number."""

    servers: int | None = None
    vcpus: int | None = None
    ram_mib: int | None = None
    longest: timedelta | None = None
    """No lease ends later than this from now, when asked for or renewed."""
    total: timedelta | None = None
    """No lease ends later than this from its start."""
    requests_per_minute: int | None = None
    """How many servers are asked for in any minute."""


class QuotaRules(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody's quota, and those of the people and projects that have their own."""

    person: Allowance = Allowance()
    project: Allowance = Allowance()
    people: dict[str, Allowance] = {}
    projects: dict[str, Allowance] = {}


class AuditRules(msgspec.Struct, frozen=True, kw_only=True):
    """How long the past is kept."""

    keep: int = 24
    """Full files of the archive, 16 MiB each before they are compressed; beside the one that grows."""


class ContextRules(msgspec.Struct, frozen=True, kw_only=True):
    """What screens say of where they act, and how careful they are there."""

    name: str = ""
    """What people call it; empty: the name of the cloud."""
    production: bool = False
    """Changes that cannot be undone ask to type a count, and screens lock themselves."""
    lock_after: timedelta = timedelta(minutes=15)
    """How long a screen in production is left alone before it locks itself."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's own numbers, the same for all pools."""

    warnings: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=2), timedelta(minutes=30))
    """How long before its end the owner of a lease is warned. Where all are too long for a lease: at half its term."""
    least_notice: timedelta = timedelta(minutes=10)
    """How long before the reclaim the owner has to have been told, at least; for short leases half their term."""
    importance_threshold: int = 7
    """Leases at or above it are stopped first and kept for `grace`."""
    grace: timedelta = timedelta(days=3)
    burst_window: timedelta = timedelta(minutes=10)
    """Over which the rate of requests is taken."""
    burst_up: tuple[float, float] = (0.6, 1.2)
    """Requests in the window, as a share of `available`, from which the surge is 1.5 and 2."""
    burst_down: tuple[float, float] = (0.2, 0.6)
    """Shares below which the surge of 1.5 goes back to 1, and that of 2 to 1.5."""
    burst_least: int = 3
    """Fewer requests than this in the window are never a burst."""
    surge_dwell: timedelta = timedelta(minutes=15)
    """How long a surge stays at least before it falls a step."""
    parallel_builds: int = 10
    build_timeout: timedelta = timedelta(minutes=15)
    keep_failed: timedelta = timedelta(hours=1)
    """How long a failed server is kept for inspection."""
    access: AccessRules = AccessRules()
    """Who has which role."""
    guard: GuardRules = GuardRules()
    """When destructive work stands still and asks."""
    leaks: LeakPolicy = LeakPolicy()
    healing: HealingRules = HealingRules()
    """When servers are mended, and how far that goes without a person."""
    hosts: HostRules = HostRules()
    """When a host is dead, and what is done then without a person."""
    moves: MoveRules = MoveRules()
    """How much moves at a time."""
    quota: QuotaRules = QuotaRules()
    """What people and projects may hold."""
    audit: AuditRules = AuditRules()
    """How long the past is kept."""
    calendar: Calendar = Calendar()
    """On which days nothing is stopped or taken back."""
    context: ContextRules = ContextRules()
    """What screens say of where they act."""
    channels: Channels = Channels()
    """Where people are told."""
