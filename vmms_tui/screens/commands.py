"""The same thing as a command line. Pure."""

import shlex

from vmms_tui.model import commands
from vmms_tui.model.commands import AnyCommand, RequestServer
from vmms_tui.screens.wording import short_term


def command_line(command: AnyCommand, key_file: str = "") -> str:
    """What a person would type in a shell for this. The command takes a key only from a file."""
    return shlex.join(["vmms", *_words(command, key_file)])


def _words(command: AnyCommand, key_file: str) -> list[str]:
    match command:
        case RequestServer():
            return ["request", *_request(command, key_file)]
        case commands.CancelRequest():
            return ["cancel", command.request_id]
        case commands.Renew() | commands.Shorten():
            return [_tag(command), command.lease_id, short_term(command.term)]
        case commands.RebootServer():
            return ["reboot", command.lease_id, *(["--hard"] if command.hard else [])]
        case commands.ResetPassword() | commands.RevealPassword():
            return ["password", command.lease_id, *(["--reset"] if isinstance(command, commands.ResetPassword) else [])]
        case commands.Freeze():
            return ["freeze", command.reason]
        case commands.ReplaceEngine():
            return ["engine", "--replace"]
        case commands.ReloadSettings() | commands.Thaw():
            return [_tag(command)]
        case commands.Seen() | commands.TryChannels() | commands.ShowQuota() | commands.ReadServers():
            return _questions(command)
    return [_tag(command), getattr(command, "lease_id", "") or getattr(command, "operation_id", "")]


def _questions(
    command: commands.Seen | commands.TryChannels | commands.ShowQuota | commands.ReadServers,
) -> list[str]:
    if isinstance(command, commands.ReadServers):
        return ["servers"]
    if isinstance(command, commands.ShowQuota):
        return ["quota", *(["--of", command.of] if command.of else [])]
    return ["leases", "--mine"] if isinstance(command, commands.Seen) else ["notices", "--test"]


def _tag(command: AnyCommand) -> str:
    return str(command.__struct_config__.tag)


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
