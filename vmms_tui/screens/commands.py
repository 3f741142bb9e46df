"""The same thing as a command line. Pure."""

import shlex
from collections.abc import Sequence

from vmms_tui.model import commands
from vmms_tui.model.commands import PACED, AnyCommand, RequestServer
from vmms_tui.model.plans import bulk_id
from vmms_tui.model.records import changed
from vmms_tui.model.rescue_guards import OTHERS, SHARE, WORDS
from vmms_tui.screens import drainwords
from vmms_tui.screens.wording import short_term

TOGETHER = (
    *(commands.Release, commands.StopServer, commands.StartServer, commands.RebootServer, commands.Renew),
    *(commands.PauseOperation, commands.ResumeOperation, commands.AbortOperation, commands.RetryOperation),
    commands.ForceOperation,
)
"""Commands that take several leases or operations; a move takes several servers."""


def command_line(command: AnyCommand, key_file: str = "") -> str:
    """What a person would type in a shell for this. The command takes a key only from a file."""
    return shlex.join(["vmms", *(_about_needs(command) or _words(command, key_file)), *_plan([command])])


def together(same: Sequence[AnyCommand]) -> str:
    """One line for several commands that `same_line` puts together."""
    if len(same) == 1:
        return command_line(same[0])
    words = _words(same[0], "")
    words[1:2] = [_object(one) for one in same]
    return shlex.join(["vmms", *words, *_plan(same)])


def _plan(commands: Sequence[AnyCommand]) -> list[str]:
    ids = [plan for one in commands if (plan := getattr(one, "plan", ""))]
    return ["--plan", bulk_id(ids)] if ids else []


def same_line(command: AnyCommand) -> str:
    """Commands of which this is the same stand in one command line."""
    if isinstance(command, commands.MigrateServer):
        return command_line(changed(command, plan="", server_id="SERVER"))
    if not isinstance(command, TOGETHER):
        return command_line(command)
    about = "lease_id" if hasattr(command, "lease_id") else "operation_id"
    return command_line(changed(command, plan="", **{about: "THING"}))


_OBJECTS = ("lease_id", "operation_id", "server_id")


def _object(command: AnyCommand) -> str:
    """The lease, operation or server that it is about."""
    return next((name for kind in _OBJECTS if (name := getattr(command, kind, ""))), "")


def _about_needs(command: AnyCommand) -> list[str]:
    """Those about needs, and about many servers at once; none for all others."""
    if isinstance(command, commands.HealAll):
        return ["heal", "--incident"]
    if isinstance(command, commands.DrainHost | commands.UndrainHost | commands.Rebalance | commands.SteerMoves):
        return drainwords.words(command)
    if isinstance(command, commands.Acknowledge):
        return ["acknowledge", command.need_id, *(["--note", command.note] if command.note else [])]
    return ["acknowledge", command.need_id, "--undo"] if isinstance(command, commands.Unacknowledge) else []


def _words(command: AnyCommand, key_file: str) -> list[str]:
    match command:
        case RequestServer():
            return ["request", *_request(command, key_file)]
        case commands.CancelRequest():
            return ["cancel", command.request_id]
        case commands.Renew() | commands.Shorten():
            return [_tag(command), command.lease_id, short_term(command.term)]
        case commands.RebootServer() | commands.MigrateServer():
            return _with_options(command)
        case commands.ResetPassword() | commands.RevealPassword():
            return ["password", command.lease_id, *(["--reset"] if isinstance(command, commands.ResetPassword) else [])]
        case commands.HostCommand():
            return [_tag(command), command.host, *_reason(command)]
        case commands.Freeze():
            return ["freeze", command.reason]
        case commands.ReloadSettings() | commands.ReplaceEngine() | commands.Thaw():
            return _ENGINE.get(type(command)) or [_tag(command)]
    if isinstance(command, _LOOKS):
        return _looks(command)
    return [_tag(command), _object(command)]


def _with_options(command: commands.RebootServer | commands.MigrateServer) -> list[str]:
    if isinstance(command, commands.RebootServer):
        return ["reboot", command.lease_id, *(["--hard"] if command.hard else [])]
    to = ["--to", command.host] if command.host else []
    return ["migrate", command.server_id, *to, *(["--cold"] if command.cold else [])]


_ENGINE: dict[type[AnyCommand], list[str]] = {commands.ReplaceEngine: ["engine", "--replace"]}
_LOOKS = (
    *(commands.Seen, commands.TryChannels, commands.ShowQuota),
    *(commands.ReadConsole, commands.ReadServer, commands.ReadServers, commands.Inspect, commands.Refresh),
)


def _looks(command: AnyCommand) -> list[str]:
    """What changes nothing."""
    match command:
        case commands.ShowQuota():
            return ["quota", *(["--of", command.of] if command.of else [])]
        case commands.Seen():
            return ["leases", "--mine"]
        case commands.ReadConsole():
            return ["log", command.server, "--lines", str(command.lines)]
        case commands.ReadServers():
            return ["servers"]
        case commands.ReadServer():
            return ["raw", command.server]
        case commands.Refresh():
            return ["refresh", command.kind] if command.kind in PACED else [str(command.kind), "--look"]
    return ["inspect"] if isinstance(command, commands.Inspect) else ["notices", "--test"]


def _tag(command: AnyCommand) -> str:
    return str(command.__struct_config__.tag)


def _reason(command: commands.HostCommand) -> list[str]:
    if isinstance(command, commands.EvacuateHost):
        despite = {SHARE: command.despite_share, OTHERS: command.despite_others}
        return ["--sworn", command.sworn, *(WORDS[rule] for rule, said in despite.items() if said)]
    if isinstance(command, commands.PowerOffHost):
        return ["--reason", command.reason] if command.reason else []
    return [command.reason] if isinstance(command, commands.DisableHost) else []


def _request(command: RequestServer, key_file: str) -> list[str]:
    options = {
        "--purpose": command.purpose,
        "--flavor": command.flavor,
        "--vcpus": str(command.vcpus or ""),
        "--ram-mib": str(command.ram_mib or ""),
        "--for": short_term(command.term) if command.term is not None else "",
        "--importance": str(command.importance or ""),
        "--note": command.note,
        "--ssh-key": key_file,
    }
    return [word for option, value in options.items() if value for word in (option, value)]
