"""One SSH connection to a server: our key only, and a host key that must stay the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh

from vmms_tui.engine.guests.keys import key_body
from vmms_tui.engine.guests.port import Guest, GuestError, HostKeyChanged
from vmms_tui.engine.wording import plain

_HOST_KEY_KINDS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""Plain keys, newest first; host certificates are not asked for, since no authority is known."""


class _FirstSight(asyncssh.SSHClient):
    """Takes any host key when none is pinned; asyncssh has already taken the pinned one."""

    def __init__(self, pinned: bool) -> None:
        self._pinned = pinned

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """See asyncssh: called for keys that are not in `known_hosts`."""
        del host, addr, port, key
        return not self._pinned


@asynccontextmanager
async def connected(guest: Guest, key: asyncssh.SSHKey, port: int) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A connection as `guest.login`. Nothing of the engine's own account is used: no agent, files, settings.

    Raises GuestError, HostKeyChanged. The caller limits the time.
    """
    try:
        connection = await _connect(guest, key, port)
    except asyncssh.HostKeyNotVerifiable as error:
        raise _changed(guest) from error
    except asyncssh.KeyExchangeFailed as error:
        raise (_changed(guest) if guest.host_key else _refusal(error)) from error
    except (asyncssh.Error, OSError) as error:
        raise _refusal(error) from error
    try:
        yield connection
    except (asyncssh.Error, OSError) as error:
        raise GuestError(f"SSH broke off: {_reason(error)}") from error
    finally:
        connection.abort()
        await connection.wait_closed()


async def _connect(guest: Guest, key: asyncssh.SSHKey, port: int) -> asyncssh.SSHClientConnection:
    pinned = [_pinned(guest.host_key)] if guest.host_key else []
    kinds = [kind.decode("ascii") for kind in pinned[0].sig_algorithms] if pinned else list(_HOST_KEY_KINDS)
    return await asyncssh.connect(
        guest.address,
        port,
        config=None,
        username=guest.login,
        client_keys=[key],
        agent_path=None,
        preferred_auth="publickey",
        known_hosts=(pinned, [], []),
        server_host_key_algs=[kind for kind in kinds if kind in _HOST_KEY_KINDS],
        x509_trusted_certs=None,
        gss_host=None,
        client_factory=lambda: _FirstSight(bool(pinned)),
    )


def _pinned(line: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_public_key(line)
    except (asyncssh.KeyImportError, ValueError) as error:
        raise GuestError("The host key that was kept for this server cannot be read.") from error


def host_key_line(connection: asyncssh.SSHClientConnection) -> str:
    """The host key the server has shown, as an OpenSSH line."""
    key = connection.get_server_host_key()
    return key_body(key) if key else ""


async def run(connection: asyncssh.SSHClientConnection, script: str, data: str = "") -> str:
    """Run a fixed shell script with `data` on its standard input; what it printed.

    Raises GuestError with the last line it wrote to standard error when it did not exit with 0.
    """
    source = {"input": data} if data else {"stdin": asyncssh.DEVNULL}
    done = await connection.run(script, check=False, errors="replace", **source)
    if done.exit_status != 0:
        raise GuestError(_last_line(str(done.stderr or "")) or f"a command ended with status {done.exit_status}")
    return str(done.stdout or "")


def _last_line(text: str) -> str:
    lines = [plain(line) for line in text.splitlines()]
    return next((line for line in reversed(lines) if line), "")


def _changed(guest: Guest) -> HostKeyChanged:
    kind = guest.host_key.split(maxsplit=1)[0]
    return HostKeyChanged(
        f"The SSH host key has changed: {plain(guest.address)} does not show the {plain(kind)} key that was pinned."
    )


def _refusal(error: Exception) -> GuestError:
    if isinstance(error, asyncssh.PermissionDenied):
        return GuestError("SSH refuses the key.")
    if isinstance(error, OSError):
        return GuestError(f"SSH cannot be reached: {_reason(error)}")
    return GuestError(f"SSH gives up: {_reason(error)}")


def _reason(error: Exception) -> str:
    text = error.reason if isinstance(error, asyncssh.DisconnectError) else str(error)
    return plain(text).rstrip(".") or type(error).__name__
