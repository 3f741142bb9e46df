"""The same thing as a command line. Pure."""

import shlex

from vmms_tui.model.commands import AnyCommand, CancelRequest, Release, Renew, RequestServer
from vmms_tui.screens.wording import short_term


def command_line(command: AnyCommand) -> str:
    """What a person would type in a shell for this; empty where there is no such command."""
    words: list[str] = []
    if isinstance(command, RequestServer):
        words = ["request", *_request(command)]
    elif isinstance(command, Renew):
        words = ["renew", command.lease_id, short_term(command.term)]
    elif isinstance(command, Release):
        words = ["release", command.lease_id]
    elif isinstance(command, CancelRequest):
        words = ["release", command.request_id]
    return shlex.join(["vmms", *words]) if words else ""


def _request(command: RequestServer) -> list[str]:
    words = ["--purpose", command.purpose]
    if command.flavor:
        words += ["--flavor", command.flavor]
    if command.vcpus:
        words += ["--vcpus", str(command.vcpus)]
    if command.ram_mib:
        words += ["--ram-mib", str(command.ram_mib)]
    if command.term is not None:
        words += ["--for", short_term(command.term)]
    if command.importance:
        words += ["--importance", str(command.importance)]
    if command.note:
        words += ["--note", command.note]
    return words
