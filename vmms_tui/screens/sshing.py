"""The command that logs in to a server: which program with which words, or why not. Pure.

Names and addresses come from outside: they are checked, they never meet a shell, and they never look like options.
"""

import base64
import binascii
import ipaddress
import re
from dataclasses import dataclass

from vmms_tui.keys import address_of
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Lease, Server, ServerState

LOGIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}", re.ASCII)
"""Names that useradd(8) makes, and some more; nothing that ssh or a shell would take for something else."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
KEY_TYPE = re.compile(r"[a-z0-9][a-z0-9@.-]{2,63}", re.ASCII)
PATIENCE = 20
"""Seconds until ssh gives up to reach a server."""
RUNS = {
    *(ServerState.READY, ServerState.LEASED, ServerState.PREPARING, ServerState.FAILED, ServerState.HEALING),
    ServerState.MOVING,
}
"""States in which somebody may answer."""


@dataclass(frozen=True)
class Way:
    """How to get in: words after `ssh`, but for the file of known hosts, and what stands in that file."""

    name: str
    login: str
    address: str
    known_hosts: str

    def words(self, file: str) -> list[str]:
        """All words of the command, with the path of the file that holds `known_hosts` (ssh(1), ssh_config(5))."""
        quoted = file.replace("%", "%%").replace('"', "")
        return [
            *("ssh", "-o", f'UserKnownHostsFile="{quoted}"', "-o", "GlobalKnownHostsFile=/dev/null"),
            *("-o", "StrictHostKeyChecking=yes", "-o", "UpdateHostKeys=no", "-o", f"HostKeyAlias={self.name}"),
            *("-o", "VerifyHostKeyDNS=no", "-o", f"ConnectTimeout={PATIENCE}", "-l", self.login, "--", self.address),
        ]


def way_in(server: Server | None, lease: Lease | None, login: str, you: Caller) -> Way | str:
    """How this person gets in, or why not, in a sentence."""
    if server is None:
        return "There is no server here."
    if not _may(server, lease, you):
        return f"{server.id} is not on a lease of yours."
    address = address_of(server)
    if not address:
        return f"{server.id} has no address yet."
    if server.state not in RUNS:
        return f"{server.id} is {server.state.value}; nobody answers there."
    if not _is_address(address):
        return f"The address of {server.id} is none."
    if not LOGIN.fullmatch(login):
        return f"The login of pool {server.pool} is no name that ssh takes."
    if not NAME.fullmatch(server.id):
        return "The name of this server is none that ssh takes."
    key = _key(server.host_key)
    if key is None:
        return f"The host key of {server.id} is not known: VMMS has not been inside over SSH."
    return Way(server.id, login, address, f"{server.id} {key}\n")


def _may(server: Server, lease: Lease | None, you: Caller) -> bool:
    on_it = lease is not None and lease.server_id == server.id and server.lease_id == lease.id
    return you.operator or (on_it and lease is not None and lease.owner == you.name)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _key(line: str) -> str | None:
    """Type and blob of an OpenSSH public key line (sshd(8)), and nothing else of it."""
    parts = line.split()
    if len(parts) < 2 or not KEY_TYPE.fullmatch(parts[0]):
        return None
    try:
        base64.b64decode(parts[1], validate=True)
    except binascii.Error:
        return None
    return f"{parts[0]} {parts[1]}"
