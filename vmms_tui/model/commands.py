"""What a person can ask the engine to do, and the answer. The same words in process, on the wire and in tests."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

import msgspec

from vmms_tui.model.command import Command as Command
from vmms_tui.model.command import HostCommand as HostCommand
from vmms_tui.model.command import Planned as Planned
from vmms_tui.model.hostcommands import LONGEST_REASON as LONGEST_REASON
from vmms_tui.model.hostcommands import DisableHost as DisableHost
from vmms_tui.model.hostcommands import EnableHost as EnableHost
from vmms_tui.model.hostcommands import EvacuateHost as EvacuateHost
from vmms_tui.model.hostcommands import PowerOffHost as PowerOffHost
from vmms_tui.model.inspection import Inspection
from vmms_tui.model.movecommands import DrainHost as DrainHost
from vmms_tui.model.movecommands import Rebalance as Rebalance
from vmms_tui.model.movecommands import SteerMoves as SteerMoves
from vmms_tui.model.movecommands import UndrainHost as UndrainHost
from vmms_tui.model.people import Role
from vmms_tui.model.rehearsal import Rehearsal


class RequestServer(Command, frozen=True, tag="request"):
    """Ask for a server. Either a flavor, or vCPUs and RAM, or neither: then any size will do."""

    purpose: str
    term: timedelta | None = None
    """How long; None: what the pool gives by default."""
    flavor: str = ""
    vcpus: int = 0
    ram_mib: int = 0
    importance: int = 0
    project: str = ""
    note: str = ""
    ssh_key: str = ""
    owner: str = ""
    """For whom; empty: for whoever asks. Only the operator may ask for others."""


class CancelRequest(Planned, frozen=True, tag="cancel"):
    """Take a queued request back."""

    request_id: str


class Renew(Planned, frozen=True, tag="renew"):
    """Add `term` to the end of a lease (to now, when it is past its end)."""

    lease_id: str
    term: timedelta


class Shorten(Planned, frozen=True, tag="shorten"):
    """Take `term` off the end of a lease again, as far as its owner can still be told of it."""

    lease_id: str
    term: timedelta


class Release(Planned, frozen=True, tag="release"):
    """End a lease now."""

    lease_id: str


class StopServer(Planned, frozen=True, tag="stop"):
    """Shut the server of a lease off."""

    lease_id: str


class StartServer(Planned, frozen=True, tag="start"):
    """Start it again."""

    lease_id: str


class RebootServer(Planned, frozen=True, tag="reboot"):
    """Reboot it; `hard` pulls the plug."""

    lease_id: str
    hard: bool = False


class ResetPassword(Planned, frozen=True, tag="reset_password"):
    """Make a new password. The reply carries it, this once."""

    lease_id: str


class RebuildServer(Planned, frozen=True, tag="rebuild"):
    """Put the pool's image on it anew: everything on its disk is lost."""

    lease_id: str


class HealServer(Planned, frozen=True, tag="heal"):
    """Let the ladder of a server that does not work go on now, also where a person must decide, or many are ill."""

    needs: ClassVar[Role] = Role.OPERATOR

    lease_id: str


class HealAll(Planned, frozen=True, tag="heal_all"):
    """Let all ladders go on although many servers are ill at once, until that is over."""

    needs: ClassVar[Role | None] = Role.OPERATOR


class RevealPassword(Planned, frozen=True, tag="reveal_password"):
    """Show the first password to the lease's owner. It is shown once."""

    lease_id: str


class PauseOperation(Planned, frozen=True, tag="pause"):
    """Let an operation stand still before its next step, until ResumeOperation."""

    needs: ClassVar[Role] = Role.OPERATOR

    operation_id: str


class ResumeOperation(Planned, frozen=True, tag="resume"):
    """Let it go on."""

    needs: ClassVar[Role] = Role.OPERATOR

    operation_id: str


class AbortOperation(Planned, frozen=True, tag="abort"):
    """End an operation before it is done, where nothing is left half done by it."""

    operation_id: str


class ForceOperation(Planned, frozen=True, tag="force-complete"):
    """Let a live move end now: its server stands still until the rest of it is copied."""

    needs: ClassVar[Role] = Role.OPERATOR

    operation_id: str


class RetryOperation(Planned, frozen=True, tag="retry"):
    """Begin anew what failed."""

    operation_id: str


class MigrateServer(Planned, frozen=True, tag="migrate"):
    """Move a server to another host: while it runs, or cold. Its owner keeps it, with its addresses and its disk."""

    needs: ClassVar[Role] = Role.OPERATOR

    server_id: str
    """Its name, or the lease that it is on."""
    host: str = ""
    """Where to; empty: the scheduler chooses."""
    cold: bool = False
    """Shut down for the way, and started again there; the only way for a server that is off."""


class ReadServers(Command, frozen=True, tag="read"):
    """Ask the cloud for these servers now. The reply says which of them it told of, and when."""

    changes: ClassVar[bool] = False

    server_ids: tuple[str, ...]


class Seen(Command, frozen=True, tag="seen"):
    """The caller's own screen has drawn these notices, or their shell has printed them: they are delivered."""

    changes: ClassVar[bool] = False

    notice_ids: tuple[str, ...]
    by: Literal["screen", "shell"] = "screen"


class TellOwner(Command, frozen=True, tag="told"):
    """An operator states that the owner of a lease was told of its end."""

    needs: ClassVar[Role | None] = Role.OPERATOR

    lease_id: str
    how: str = ""
    """In their own words: by telephone, say."""


class TryChannels(Command, frozen=True, tag="try_channels"):
    """Send a trial to the caller's own channels. The reply says what came of it."""

    needs: ClassVar[Role | None] = Role.OPERATOR


class ShowQuota(Command, frozen=True, tag="quota"):
    """How much somebody has of how much, and so their projects. The reply says it, a line for each."""

    changes: ClassVar[bool] = False

    of: str = ""
    """A person; empty: the caller. Others are for those who see everything."""


class ReadConsole(Command, frozen=True, tag="console_log"):
    """The last lines of a server's console, as the cloud has them now. For the owner of its lease, and operators.

    The reply's `body` has them. Whoever asks for the same within a few seconds gets the same answer.
    """

    changes: ClassVar[bool] = False

    server: str
    """A server, or the lease that it is on."""
    lines: int = 200


class ReadServer(Command, frozen=True, tag="read_server"):
    """What the cloud says of a server now, in its own fields, as JSON in the reply's `body`. Secrets are left out.

    For the owner of its lease, and operators.
    """

    changes: ClassVar[bool] = False

    server: str
    """A server, or the lease that it is on."""


class Inspect(Command, frozen=True, tag="inspect"):
    """How busy the engine is, and with what; the reply's `inspection` has it."""

    needs: ClassVar[Role | None] = Role.VIEWER
    changes: ClassVar[bool] = False


class RehearseHostDown(Command, frozen=True, tag="rehearse_host_down"):
    """What an evacuation would do if this compute host died now, played to its end in a simulated cloud.

    The reply's `rehearsal` has it. Nothing is done: not in the cloud, not in the store, and nobody is told.
    """

    needs: ClassVar[Role | None] = Role.VIEWER
    changes: ClassVar[bool] = False

    host: str


class ReloadSettings(Command, frozen=True, tag="reload"):
    """Read the settings file again now."""

    needs: ClassVar[Role | None] = Role.OPERATOR


class ReplaceEngine(Command, frozen=True, tag="replace_engine"):
    """Let the program that is installed now take the engine's place, if it proves that it works."""

    needs: ClassVar[Role | None] = Role.OPERATOR


class Freeze(Command, frozen=True, tag="freeze"):
    """Let the engine stop, delete and take back nothing of its own accord, until Thaw. People still may."""

    needs: ClassVar[Role | None] = Role.OPERATOR
    reason: str


class Thaw(Command, frozen=True, tag="thaw"):
    """Let it go on, also when the engine itself stood still because it did not trust the clock."""

    needs: ClassVar[Role | None] = Role.OPERATOR


PACED = ("servers", "offers")
"""What the engine reads at its own pace beside the lists of `model.surroundings`: the list of servers; and flavors,
images, networks, security groups and quotas, as pools need them."""


class Refresh(Command, frozen=True, tag="refresh"):
    """Read something from the cloud now, and not at its turn. The reply says how old it then is, or with which calls.

    Whoever asks again within a few seconds is told how old the last reading is.
    """

    needs: ClassVar[Role | None] = None
    changes: ClassVar[bool] = False

    kind: str
    """A Kind of `model.surroundings`, or one of PACED."""


class Acknowledge(Command, frozen=True, tag="acknowledge"):
    """Say to all on call that somebody sees to a need (see `model.needs`), until it is over."""

    needs: ClassVar[Role | None] = Role.OPERATOR

    need_id: str
    note: str = ""


class Unacknowledge(Command, frozen=True, tag="unacknowledge"):
    """Take that back: it waits again."""

    needs: ClassVar[Role | None] = Role.OPERATOR

    need_id: str


AnyCommand = (
    RequestServer
    | CancelRequest
    | Renew
    | Shorten
    | Release
    | StopServer
    | StartServer
    | RebootServer
    | ResetPassword
    | RebuildServer
    | HealServer
    | HealAll
    | RevealPassword
    | PauseOperation
    | ResumeOperation
    | AbortOperation
    | ForceOperation
    | RetryOperation
    | MigrateServer
    | DisableHost
    | EnableHost
    | EvacuateHost
    | PowerOffHost
    | DrainHost
    | UndrainHost
    | Rebalance
    | SteerMoves
    | ReadServers
    | Seen
    | TellOwner
    | TryChannels
    | ShowQuota
    | ReadConsole
    | ReadServer
    | Inspect
    | RehearseHostDown
    | Refresh
    | ReloadSettings
    | ReplaceEngine
    | Freeze
    | Thaw
    | Acknowledge
    | Unacknowledge
)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's answer: what was done, or why not."""

    code: str = "ok"
    """`ok`, `queued`, `refused`, `failed` or `try_again`."""
    text: str = ""
    remedy: str = ""
    rule: str = ""
    """The rule that refused."""
    request_id: str = ""
    lease_id: str = ""
    server_id: str = ""
    operation_id: str = ""
    end: datetime | None = None
    password: str = ""
    read_at: datetime | None = None
    """When the cloud told of the servers that it was asked for."""
    unread: tuple[str, ...] = ()
    """Those of them that it did not tell of."""
    body: str = ""
    """What was asked for, where it is many lines: a console's log, say. It comes from outside."""
    inspection: Inspection | None = None
    rehearsal: Rehearsal | None = None

    @property
    def ok(self) -> bool:
        """Whether it was done or taken on."""
        return self.code in {"ok", "queued"}
