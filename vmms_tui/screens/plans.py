"""What a change would do, before it is done: what Preflight and `--plan-only` show. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from vmms_tui.model import commands as c
from vmms_tui.model import plans
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Operation
from vmms_tui.model.status import EngineStatus
from vmms_tui.model.tables import Tables
from vmms_tui.screens import checks, drainplans, evacuationplans, steerplans
from vmms_tui.screens.checks import BLOCK, OK, WARN, Check, Scene
from vmms_tui.screens.commands import same_line, together
from vmms_tui.screens.effect import Effect
from vmms_tui.screens.effects import effects, merged, name_of, past_the_end
from vmms_tui.screens.healing import how_many_ill
from vmms_tui.screens.wording import count, span

WORDS: dict[type[AnyCommand], tuple[str, str]] = {
    c.Release: ("release", "Release"),
    c.CancelRequest: ("take back", "Take back"),
    c.Renew: ("renew", "Renew"),
    c.Shorten: ("shorten", "Shorten"),
    c.StopServer: ("stop", "Stop"),
    c.StartServer: ("start", "Start"),
    c.RebootServer: ("reboot", "Reboot"),
    c.RebuildServer: ("rebuild", "Rebuild"),
    c.HealServer: ("heal", "Heal"),
    c.HealAll: ("heal all that are ill", "Heal"),
    c.ResetPassword: ("reset the password of", "Reset"),
    c.RevealPassword: ("show the password of", "Show"),
    c.PauseOperation: ("pause", "Pause"),
    c.ResumeOperation: ("resume", "Resume"),
    c.AbortOperation: ("abort", "Abort"),
    c.ForceOperation: ("complete by force", "Force"),
    c.RetryOperation: ("try again", "Try again"),
    c.MigrateServer: ("move", "Move"),
    c.DisableHost: ("close to new servers:", "Close"),
    c.EnableHost: ("open to new servers:", "Open"),
    c.EvacuateHost: ("evacuate", "Evacuate"),
    c.PowerOffHost: ("power off", "Power off"),
    c.DrainHost: ("drain", "Drain"),
    c.UndrainHost: ("open again:", "Open"),
    c.Rebalance: ("even the load of the hosts", "Rebalance"),
    c.Freeze: ("freeze", "Freeze"),
    c.Thaw: ("thaw", "Thaw"),
    c.ReloadSettings: ("read the settings again", "Read again"),
    c.Acknowledge: ("acknowledge", "Acknowledge"),
    c.Unacknowledge: ("take back that you see to", "Take back"),
}
"""For each command, what a title and what a button says."""
THINGS: dict[type[AnyCommand], str] = {
    c.Release: "lease",
    c.CancelRequest: "request",
    c.Renew: "lease",
    c.Shorten: "lease",
    c.PauseOperation: "operation",
    c.ResumeOperation: "operation",
    c.AbortOperation: "operation",
    c.ForceOperation: "operation",
    c.RetryOperation: "operation",
    c.DisableHost: "host",
    c.EnableHost: "host",
    c.EvacuateHost: "host",
    c.PowerOffHost: "host",
    c.DrainHost: "host",
    c.UndrainHost: "host",
}
"""What several of them are; else servers."""

DOES: dict[type[AnyCommand], str] = {c.DrainHost: "moves", c.Rebalance: "moves", c.HealAll: "mends"}
"""What it does to those that are counted, where that is not that it ends them."""


@dataclass(frozen=True)
class Part:
    """One command of a plan, thought through. The command carries the id of its own plan."""

    command: AnyCommand
    name: str
    server_id: str
    effects: tuple[Effect, ...]
    checks: tuple[Check, ...]
    ends: int = 0
    """Of how many things somebody's work is lost by it, or put at risk."""

    @property
    def blocked(self) -> bool:
        """Whether it cannot be done."""
        return any(check.mark == BLOCK for check in self.checks)

    @property
    def calm(self) -> bool:
        """Whether there is nothing to warn of."""
        return not any(check.mark in {WARN, BLOCK} for check in self.checks)


@dataclass(frozen=True)
class Reading:
    """What came of the look at the servers in the cloud."""

    at: datetime | None = None
    """When the cloud told of them, or when it last told anything."""
    unread: tuple[str, ...] = ()
    problem: str = ""
    """Why nothing could be read."""

    @classmethod
    def of(cls, reply: Reply) -> "Reading":
        """From the engine's answer."""
        return cls(reply.read_at, reply.unread, "" if reply.ok else reply.text or reply.code)


@dataclass(frozen=True)
class Plan:
    """A change that has been thought through."""

    parts: tuple[Part, ...]
    general: tuple[Check, ...] = ()
    """What is so for all its parts."""
    why: str = ""
    """For what it is done, when that is not plain."""

    @cached_property
    def id(self) -> str:
        """The id of the whole; empty when nothing in it hangs on anything."""
        ids = [plan for part in self.parts if (plan := getattr(part.command, "plan", ""))]
        return plans.bulk_id(ids) if ids else ""

    @property
    def commands(self) -> tuple[AnyCommand, ...]:
        """What is sent, each with the plan that it stands on."""
        return tuple(part.command for part in self.parts)

    @property
    def server_ids(self) -> tuple[str, ...]:
        """The servers that it is about."""
        return tuple(dict.fromkeys(part.server_id for part in self.parts if part.server_id))

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Everything that was looked at: what blocks first, and last what is well with all of it; each said once."""
        well = set.intersection(*({check for check in part.checks if check.mark == OK} for part in self.parts))
        every = [*self.general, *(check for part in self.parts for check in part.checks)]
        return checks.in_order(check for check in every if check.mark != OK or check in well)

    @cached_property
    def folded(self) -> tuple[Check, ...]:
        """The same for people: what is so of many things is said once."""
        return checks.folded(self.checks)

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """Everything that will happen; the same to many things in one line."""
        return merged([part.effects for part in self.parts])

    @property
    def blocked(self) -> bool:
        """Whether it cannot be done as a whole."""
        return any(part.blocked for part in self.parts)

    @property
    def ends(self) -> int:
        """Of how many things somebody's work is lost or put at risk."""
        return sum(part.ends for part in self.parts)

    @property
    def costly(self) -> bool:
        """Whether to think it through takes long: it looks at all servers and hosts."""
        return any(isinstance(part.command, c.Rebalance) for part in self.parts)

    @property
    def does(self) -> str:
        """What becomes of these, in a word."""
        return next((DOES[kind] for part in self.parts if (kind := type(part.command)) in DOES), "ends")

    @property
    def title(self) -> str:
        """What is done, to what."""
        kinds = list(dict.fromkeys(type(part.command) for part in self.parts))
        said = " and ".join(_several([part for part in self.parts if type(part.command) is kind]) for kind in kinds)
        return f"{said}{f'  ({self.why})' if self.why else ''}"

    @property
    def button(self) -> str:
        """What the button says that does it."""
        word = _words(self.parts[0].command)[1]
        return f"{word} {len(self.parts)}" if len(self.parts) > 1 else word

    @cached_property
    def calm(self) -> "Plan | None":
        """The part of it that can be done at all, else that nothing warns of; when that is some of it and not all."""
        rest = tuple(part for part in self.parts if (not part.blocked if self.blocked else part.calm))
        warned = not self.blocked and any(check.mark == WARN for check in self.general)
        return replace(self, parts=rest) if 0 < len(rest) < len(self.parts) and not warned else None

    @property
    def calm_button(self) -> str:
        """What the button says that does only that."""
        calm = self.calm
        if calm is None:
            return ""
        what = "without a warning" if all(part.calm for part in calm.parts) else "that can be done"
        return f"{_words(self.parts[0].command)[1]} only the {len(calm.parts)} {what}"

    @cached_property
    def command_lines(self) -> tuple[str, ...]:
        """The same as command lines."""
        groups: dict[str, list[AnyCommand]] = {}
        for one in self.commands:
            groups.setdefault(same_line(one), []).append(one)
        return tuple(together(group) for group in groups.values())


MakePlan = Callable[[], Plan | None]
"""Reads the world anew; None when there is nothing left to do."""


def _words(command: AnyCommand) -> tuple[str, str]:
    return steerplans.WORDS[command.act] if isinstance(command, c.SteerMoves) else WORDS[type(command)]


def _several(parts: Sequence[Part]) -> str:
    kind = type(parts[0].command)
    verb = _words(parts[0].command)[0]
    if isinstance(parts[0].command, c.RebootServer) and parts[0].command.hard:
        verb = "hard reboot"
    if len(parts) == 1:
        return f"{verb} {parts[0].name}".strip()
    return f"{verb} {count(len(parts), THINGS.get(kind, 'server'))}"


def plan_of(
    wanted: Sequence[AnyCommand],
    tables: Tables,
    you: Caller,
    now: datetime,
    *,
    why: str = "",
    status: EngineStatus | None = None,
) -> Plan | None:
    """Think some commands through; those whose object is not there any more are left out. None: nothing is left."""
    scene = Scene.of(tables, you, now, status)
    parts = tuple(_part(one, scene) for one in wanted if name_of(one, tables) is not None)
    return Plan(parts, why=why) if parts else None


def _part(command: AnyCommand, scene: Scene) -> Part:
    tables = scene.tables
    return Part(
        command=plans.planned(command, tables),
        name=name_of(command, tables) or "",
        server_id=_server_of(command, tables),
        effects=effects(command, tables, scene.now, scene.status),
        checks=checks.checks(command, scene),
        ends=_ends(command, scene),
    )


def _server_of(command: AnyCommand, tables: Tables) -> str:
    if isinstance(command, c.MigrateServer):
        server = plans.server_named(command.server_id, tables)
        return server.id if server is not None else ""
    if lease_id := getattr(command, "lease_id", ""):
        lease = plans.lease_named(lease_id, tables)
        return lease.server_id if lease else ""
    operation = tables.get(Operation, getattr(command, "operation_id", ""))
    return operation.server_id if operation else ""


def _ends(command: AnyCommand, scene: Scene) -> int:
    """How many disks, or what is not on them yet, are lost or put at risk: as many as are moved, or mended at once."""
    if isinstance(command, c.RebootServer):
        return int(command.hard)
    if isinstance(command, c.HealServer):
        return int(any(effect.undone.startswith("no: ") for effect in effects(command, scene.tables, None)))
    if isinstance(command, c.AbortOperation | c.RetryOperation):
        return int(any(effect.undone.startswith("no") for effect in effects(command, scene.tables, None)))
    if isinstance(command, c.Thaw):
        return past_the_end(scene.tables, scene.now, scene.status)[0]
    if isinstance(command, c.EvacuateHost):
        return evacuationplans.how_many(command.host, scene.tables)
    if isinstance(command, c.DrainHost | c.Rebalance):
        return drainplans.how_many(command, scene.tables)
    if isinstance(command, c.HealAll):
        return how_many_ill(scene.tables)
    return int(isinstance(command, c.Release | c.RebuildServer | c.PowerOffHost))


def read_live(plan: Plan, reading: Reading | None, now: datetime) -> Plan:
    """The plan with what came of the live read; None: there was none, or it is not over."""
    if reading is None or not plan.server_ids:
        return plan
    age = f"; what is known is {span(now - reading.at)} old" if reading.at else ""
    if reading.problem:
        check = Check(WARN, f"The servers could not be read live{age}. {reading.problem}")
        return replace(plan, general=(check,))
    unread = set(reading.unread)
    return replace(plan, parts=tuple(_unread(part) if part.server_id in unread else part for part in plan.parts))


def _unread(part: Part) -> Part:
    words = "could not be read live; what is known is from the last list of servers"
    said = Check(WARN, f"{part.server_id} {words}.", many=words, name=part.server_id)
    return replace(part, checks=(said, *part.checks))
