"""The guests port: what VMMS does inside a server, through its network address."""

from typing import Protocol

import msgspec

from vmms_tui.model.healing import HealthProof
from vmms_tui.model.spec import Proof


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the inside of one server."""

    server_id: str
    address: str
    """Floating IP, or the fixed address where there is none."""
    login: str
    ssh_port: int = 22
    """TCP port of SSH for changes of accounts; a proof names its own."""
    host_key: str = ""
    """The SSH host key pinned before; empty: none was seen yet."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a proof found."""

    ready: bool
    words: str
    """One sentence: `port 22 answers`, `SSH refuses the key` …"""
    failed: bool = False
    """It will never be ready: the set-up script said that it failed, say."""
    host_key: str = ""
    """The SSH host key that was seen, once the server is ready (before, its first boot may still replace the key)."""
    other_key: bool = False
    """It shows another SSH host key than the one that was pinned."""


class GuestError(Exception):
    """The inside of a server did not do it; one sentence. May pass when tried again."""


class HostKeyChanged(GuestError):
    """The server does not show the host key that was pinned."""


class Guests(Protocol):
    """Looks into servers and changes accounts in them. Every call ends within 15 seconds."""

    async def prove(self, proof: Proof, guest: Guest, console: str) -> Finding:
        """Look once whether the server is ready. `console` is its console log, for proofs that read it.

        Never raises.
        """
        ...

    async def answers(self, proof: HealthProof, guest: Guest) -> Finding:
        """Look once, from outside, whether a server in use answers. Never raises."""
        ...

    async def install_key(self, guest: Guest, public_key: str) -> None:
        """Let the owner's key in to `guest.login`; twice is as once. Raises GuestError."""
        ...

    async def remove_keys(self, guest: Guest) -> None:
        """Leave only our own key on `guest.login`. Raises GuestError."""
        ...

    async def set_password(self, guest: Guest, password_hash: str) -> None:
        """Set the password of `guest.login` to a SHA-512 crypt. Raises GuestError."""
        ...

    def public_key(self) -> str:
        """Our own public key, which user data puts into new servers (OpenSSH line)."""
        ...

    async def close(self) -> None:
        """End connections."""
        ...
