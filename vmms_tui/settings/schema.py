"""The shape of `vmms.toml`: every key, its default and its bounds."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from vmms_tui.model.people import AccessRules, Role
from vmms_tui.model.records import changed
from vmms_tui.model.spec import AuditRules, LeaseTerms, Policy, PoolSpec, Proof, ProofKind
from vmms_tui.settings.basics import Count, Duration, Positive, Table, Text, Texts, Word, at_least, matching
from vmms_tui.settings.context import ContextTable
from vmms_tui.settings.guard import GuardTable
from vmms_tui.settings.healing import HealingTable, HealthTable
from vmms_tui.settings.hosts import HostsTable
from vmms_tui.settings.leaks import LeaksTable
from vmms_tui.settings.moves import MovesTable
from vmms_tui.settings.quota import AllowanceTable, QuotaTable
from vmms_tui.settings.telling import CalendarTable, NoticesTable

LONGEST_SCRIPT = 16 * 1024
"""Bytes of a set-up script; user data as a whole may have 65,535 bytes in base64."""
TOO_LONG = f"a set-up script may have {LONGEST_SCRIPT} bytes; let a short one fetch the rest."


def _short_enough(script: str) -> str:
    if len(script.encode(errors="surrogatepass")) > LONGEST_SCRIPT:
        raise ValueError(TOO_LONG)
    return script


Script = Annotated[str, AfterValidator(_short_enough)]
PoolName = Annotated[
    str,
    matching(
        re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?"),
        "name the pool with a small letter, then small letters, digits and hyphens, at most 40.",
    ),
]
Installation = Annotated[
    str,
    matching(
        re.compile(r"([a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?)?"),
        "write 1 to 32 small letters, digits and hyphens: it is a tag.",
    ),
]
Login = Annotated[str, matching(re.compile(r"[a-z_][a-z0-9_-]{0,31}"), "write the name of a Unix account.")]


class ReadinessTable(Table):
    """How a server shows that it is ready."""

    kind: Literal["none", "port", "ssh", "http", "console"] = "ssh"
    port: Annotated[int, Field(ge=1, le=65535, strict=True)] = 22
    path: Annotated[Text, StringConstraints(pattern=r"^/")] = "/"
    marker: Text = "VMMS-READY"
    timeout: Duration = timedelta(minutes=10)

    def proof(self) -> Proof:
        """As the engine needs it."""
        port = 80 if self.kind == "http" and "port" not in self.model_fields_set else self.port
        return Proof(kind=ProofKind(self.kind), port=port, path=self.path, marker=self.marker, timeout=self.timeout)


class LeaseTable(Table):
    """How long leases may be."""

    default: Duration = timedelta(hours=8)
    longest: Duration = timedelta(days=7)
    total: Duration = timedelta(days=30)

    @field_validator("longest")
    @classmethod
    def _not_below_default(cls, longest: timedelta, info: ValidationInfo) -> timedelta:
        return at_least(longest, "default", info)

    @field_validator("total")
    @classmethod
    def _not_below_longest(cls, total: timedelta, info: ValidationInfo) -> timedelta:
        return at_least(total, "longest", info)


class PoolTable(Table):
    """One pool."""

    purposes: Annotated[Texts, Field(min_length=1)]
    flavor: Text
    image: Text
    networks: Annotated[Texts, Field(min_length=1)]
    floating_network: Word = ""
    security_groups: Texts = ()
    availability_zone: Word = ""
    project: Word = ""
    available: Count = 1
    limit: Positive
    setup_script: Script = ""
    setup_script_file: str = ""
    readiness: ReadinessTable = ReadinessTable()
    health: HealthTable = HealthTable()
    access: Literal["ssh", "none"] = "ssh"
    login: Login = "vmms"
    lease: LeaseTable = LeaseTable()
    refresh_from: Duration = timedelta(days=10)
    refresh_to: Duration = timedelta(days=15)

    @field_validator("limit")
    @classmethod
    def _room_for_available(cls, limit: int, info: ValidationInfo) -> int:
        available = info.data.get("available")
        if available is not None and limit < available:
            raise ValueError(f"limit must not be less than available, which is {available}.")
        return limit

    @field_validator("setup_script_file")
    @classmethod
    def _one_script(cls, file: str, info: ValidationInfo) -> str:
        if file and info.data.get("setup_script"):
            raise ValueError("give setup_script or setup_script_file, not both.")
        return file

    @field_validator("access")
    @classmethod
    def _access_for_proof(cls, access: str, info: ValidationInfo) -> str:
        readiness = info.data.get("readiness")
        if access == "none" and readiness and readiness.kind == "ssh":
            raise ValueError(
                'readiness over "ssh" needs access = "ssh"; take "port", "http", "console" or "none" there.'
            )
        return access

    @field_validator("refresh_to")
    @classmethod
    def _not_below_from(cls, refresh_to: timedelta, info: ValidationInfo) -> timedelta:
        return at_least(refresh_to, "refresh_from", info)

    def spec(self, name: str) -> PoolSpec:
        """As the engine needs it."""
        return PoolSpec(
            name=name,
            purposes=self.purposes,
            flavor=self.flavor,
            image=self.image,
            networks=self.networks,
            floating_network=self.floating_network,
            security_groups=self.security_groups,
            availability_zone=self.availability_zone,
            project=self.project,
            available=self.available,
            limit=self.limit,
            setup_script=self.setup_script,
            proof=self.readiness.proof(),
            health=self.health.proof(),
            access=self.access,
            login=self.login,
            terms=LeaseTerms(default=self.lease.default, longest=self.lease.longest, total=self.lease.total),
            refresh=(self.refresh_from, self.refresh_to),
        )


class PolicyTable(Table):
    """The engine's own numbers."""

    warnings: Annotated[tuple[Duration, ...], Field(max_length=20)] = Policy().warnings
    importance_threshold: Annotated[int, Field(ge=0, le=10, strict=True)] = Policy().importance_threshold
    grace: Duration = Policy().grace
    least_notice: Duration = Policy().least_notice
    burst_window: Duration = Policy().burst_window
    burst_up: tuple[float, float] = Policy().burst_up
    burst_down: tuple[float, float] = Policy().burst_down
    burst_least: Positive = Policy().burst_least
    surge_dwell: Duration = Policy().surge_dwell
    parallel_builds: Positive = Policy().parallel_builds
    build_timeout: Duration = Policy().build_timeout
    keep_failed: Duration = Policy().keep_failed

    @field_validator("burst_up")
    @classmethod
    def _rising(cls, up: tuple[float, float]) -> tuple[float, float]:
        if not 0 < up[0] < up[1]:
            raise ValueError("write two shares, both above 0, the smaller one first.")
        return up

    @field_validator("burst_down")
    @classmethod
    def _below_up(cls, down: tuple[float, float], info: ValidationInfo) -> tuple[float, float]:
        up = info.data.get("burst_up")
        if up and not (0 <= down[0] < up[0] and down[0] <= down[1] < up[1]):
            raise ValueError(f"each share must lie below that of burst_up ({up[0]}, {up[1]}), or it would swing.")
        return down

    def policy(self) -> Policy:
        """As the engine needs it."""
        return Policy(**{name: getattr(self, name) for name in type(self).model_fields})


class AccessTable(Table):
    """Which Unix groups have which role."""

    operators: Texts = ()
    developers: Texts = ()
    viewers: Texts = ()
    everyone: Literal["", "developer", "viewer"] = ""
    projects: dict[Text, Texts] = {}  # noqa: RUF012 pydantic copies it
    read_only: bool = False

    def rules(self) -> AccessRules:
        """As the engine needs it."""
        return AccessRules(
            operators=self.operators,
            developers=self.developers,
            viewers=self.viewers,
            everyone=Role(self.everyone) if self.everyone else None,
            projects=self.projects,
            read_only=self.read_only,
        )


class AuditTable(Table):
    """How long the past is kept."""

    keep: Positive = AuditRules().keep

    def rules(self) -> AuditRules:
        """As the engine needs it."""
        return AuditRules(keep=self.keep)


class ScreenTable(Table):
    """How screens look that nobody told otherwise. The engine has no use for it."""

    theme: Literal["auto", "dark", "light", "terminal", "mono"] = "auto"


class File(Table):
    """The whole file."""

    cloud: Text
    installation: Installation = ""
    pools: dict[PoolName, PoolTable] = {}  # noqa: RUF012 pydantic copies it
    policy: PolicyTable = PolicyTable()
    access: AccessTable = AccessTable()
    guard: GuardTable = GuardTable()
    leaks: LeaksTable = LeaksTable()
    healing: HealingTable = HealingTable()
    hosts: HostsTable = HostsTable()
    moves: MovesTable = MovesTable()
    quota: QuotaTable = QuotaTable()
    audit: AuditTable = AuditTable()
    notices: NoticesTable = NoticesTable()
    calendar: CalendarTable = CalendarTable()
    context: ContextTable = ContextTable()
    screen: ScreenTable = ScreenTable()

    def whole_policy(self) -> Policy:
        """The engine's numbers and rules, but for the channels, which hang on other files too."""
        names = ("access", "guard", "leaks", "healing", "hosts", "moves", "quota", "audit", "calendar", "context")
        return changed(self.policy.policy(), **{name: getattr(self, name).rules() for name in names})


def known_keys() -> dict[str, set[str]]:
    """The keys of each table."""
    return {
        "": set(File.model_fields),
        "pools": set(PoolTable.model_fields),
        "pools.readiness": set(ReadinessTable.model_fields),
        "pools.health": set(HealthTable.model_fields),
        "pools.lease": set(LeaseTable.model_fields),
        "policy": set(PolicyTable.model_fields),
        "access": set(AccessTable.model_fields),
        "guard": set(GuardTable.model_fields),
        "leaks": set(LeaksTable.model_fields),
        "healing": set(HealingTable.model_fields),
        "hosts": set(HostsTable.model_fields),
        "moves": set(MovesTable.model_fields),
        "quota": set(QuotaTable.model_fields),
        **{f"quota.{of}": set(AllowanceTable.model_fields) for of in QuotaTable.model_fields},
        "audit": set(AuditTable.model_fields),
        "notices": set(NoticesTable.model_fields),
        "calendar": set(CalendarTable.model_fields),
        "context": set(ContextTable.model_fields),
        "screen": set(ScreenTable.model_fields),
    }
