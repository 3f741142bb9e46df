"""The guests port on real servers: TCP, SSH and HTTP."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import httpx
import msgspec

from vmms_tui.engine.guests import account
from vmms_tui.engine.guests.banner import prove_by_banner
from vmms_tui.engine.guests.markers import prove_by_console, set_up_failure
from vmms_tui.engine.guests.port import Finding, Guest, GuestError, HostKeyChanged
from vmms_tui.engine.guests.ssh import connected, host_key_line, run
from vmms_tui.engine.guests.user_data import FOLDER
from vmms_tui.engine.wording import plain
from vmms_tui.model.healing import HealthKind, HealthProof
from vmms_tui.model.spec import Proof, ProofKind

_LOOK = f"""\
if command -v cloud-init >/dev/null 2>&1; then cloud-init status --long 2>/dev/null; fi
if [ -r {FOLDER}/result ]; then cat {FOLDER}/result; fi
exit 0
"""
_FINISHED = frozenset({"done", "disabled"})


class SSHGuests:
    """See Guests. The key lies at `key_path`; it is made there, for its owner only, when there is none.

    Raises GuestError from the constructor when the key can be neither read nor made.
    """

    def __init__(self, key_path: Path, *, limit: float = 15.0) -> None:
        self._key = _own_key(key_path)
        self._public = self._key.export_public_key().decode("ascii").strip()
        self._limit = limit

    async def prove(self, proof: Proof, guest: Guest, console: str) -> Finding:
        """See Guests."""
        failure = set_up_failure(console, guest.server_id)
        if failure:
            return failure
        try:
            async with self._limited():
                return await self._prove(proof, guest, console)
        except GuestError as error:
            other = isinstance(error, HostKeyChanged)
            return Finding(ready=False, words=str(error).rstrip("."), other_key=other)
        except Exception as error:  # noqa: BLE001 the port promises that a proof never raises
            return Finding(ready=False, words=f"the proof went wrong: {plain(repr(error))}")

    async def _prove(self, proof: Proof, guest: Guest, console: str) -> Finding:
        if not guest.address and proof.kind not in {ProofKind.NONE, ProofKind.CONSOLE}:
            return Finding(ready=False, words="the server has no address yet")
        match proof.kind:
            case ProofKind.NONE:
                return Finding(ready=True, words="no proof is asked for")
            case ProofKind.CONSOLE:
                return prove_by_console(proof, guest.server_id, console)
            case ProofKind.PORT:
                return await _prove_by_port(proof, guest)
            case ProofKind.HTTP:
                return await _prove_by_http(proof, guest)
            case ProofKind.SSH:
                return await self._prove_by_ssh(proof, guest)

    async def _prove_by_ssh(self, proof: Proof, guest: Guest) -> Finding:
        async with connected(guest, self._key, proof.port) as connection:
            said = await run(connection, _LOOK)
            seen = host_key_line(connection)
        failure = set_up_failure(said, guest.server_id)
        if failure:
            return failure
        status = _cloud_init_status(said)
        if status == "error":
            return Finding(ready=False, failed=True, words=f"cloud-init ended with an error{_cloud_init_trouble(said)}")
        if status and status not in _FINISHED:
            return Finding(ready=False, words=f"cloud-init to be done: it is {plain(status)}")
        return Finding(ready=True, words=f"SSH lets {plain(guest.login)} in", host_key=seen)

    async def answers(self, proof: HealthProof, guest: Guest) -> Finding:
        """See Guests."""
        if proof.kind is HealthKind.NONE:
            return Finding(ready=True, words="no proof is asked for")
        if not guest.address:
            return Finding(ready=False, words="the server has no address")
        outside = Proof(kind=ProofKind.HTTP if proof.kind is HealthKind.HTTP else ProofKind.PORT, port=proof.port)
        try:
            async with self._limited():
                if proof.kind is HealthKind.SSH:
                    return await prove_by_banner(guest.address, proof.port)
                return await self._prove(msgspec.structs.replace(outside, path=proof.path), guest, "")
        except GuestError as error:
            return Finding(ready=False, words=str(error).rstrip("."))
        except Exception as error:  # noqa: BLE001 the port promises that a proof never raises
            return Finding(ready=False, words=f"the proof went wrong: {plain(repr(error))}")

    async def install_key(self, guest: Guest, public_key: str) -> None:
        """See Guests."""
        data = account.key_to_add(public_key)
        await self._change(guest, account.ADD_KEY, data, "The key could not be installed")

    async def remove_keys(self, guest: Guest) -> None:
        """See Guests."""
        await self._change(guest, account.KEEP_ONE_KEY, f"{self._public}\n", "The keys could not be removed")

    async def set_password(self, guest: Guest, password_hash: str) -> None:
        """See Guests."""
        data = account.password_entry(guest.login, password_hash)
        await self._change(guest, account.SET_PASSWORD, data, "The password could not be set")

    async def _change(self, guest: Guest, script: str, data: str, trouble: str) -> None:
        if not guest.address:
            raise GuestError(f"{trouble}: the server has no address.")
        try:
            async with self._limited(), connected(guest, self._key, guest.ssh_port) as connection:
                await run(connection, script, data)
        except GuestError as error:
            raise GuestError(f"{trouble}: {str(error).rstrip('.')}.") from error

    def public_key(self) -> str:
        """See Guests."""
        return self._public

    async def close(self) -> None:
        """See Guests. No connection outlives its call."""

    @asynccontextmanager
    async def _limited(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limit):
                yield
        except TimeoutError as error:
            raise GuestError(f"No answer within {self._limit:g} seconds.") from error


def _cloud_init_status(said: str) -> str:
    """The word after `status:`; empty where there is no cloud-init."""
    return next((line.partition(":")[2].strip() for line in said.splitlines() if line.startswith("status:")), "")


def _cloud_init_trouble(said: str) -> str:
    """What `cloud-init status --long` gives as the reason: a list since 23.4, one line of detail before."""
    found = re.search(r"^errors:\s*(.+)$", said, re.MULTILINE) or re.search(r"^detail:\s*(.+)$", said, re.MULTILINE)
    return f": {plain(found[1])}" if found else ""


async def _prove_by_port(proof: Proof, guest: Guest) -> Finding:
    try:
        _, writer = await asyncio.open_connection(guest.address, proof.port)
    except OSError as error:
        return Finding(ready=False, words=f"port {proof.port} does not answer: {plain(str(error))}")
    writer.transport.abort()
    return Finding(ready=True, words=f"port {proof.port} answers")


async def _prove_by_http(proof: Proof, guest: Guest) -> Finding:
    try:
        async with (
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=None) as client,  # noqa: S113 _limited
            client.stream("GET", _url(proof, guest)) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Finding(ready=False, words=f"HTTP on port {proof.port} does not answer: {_http_reason(error)}")
    words = f"HTTP answers {status}"
    return Finding(ready=status == httpx.codes.OK, words=words if status == httpx.codes.OK else f"{words}, not 200")


def _url(proof: Proof, guest: Guest) -> str:
    host = f"[{guest.address}]" if ":" in guest.address else guest.address
    return f"http://{host}:{proof.port}/{proof.path.removeprefix('/')}"


def _http_reason(error: Exception) -> str:
    return plain(str(error)) or type(error).__name__


def _own_key(path: Path) -> asyncssh.SSHKey:
    try:
        if not path.exists():
            _make_key(path)
        return asyncssh.read_private_key(path)
    except (asyncssh.KeyImportError, OSError, ValueError) as error:
        raise GuestError(f"The management key {path} can be neither read nor made: {plain(str(error))}.") from error


def _make_key(path: Path) -> None:
    """Write the key aside first: whoever starts at the same time finds all of it or nothing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    made = asyncssh.generate_private_key("ssh-ed25519", comment="vmms")
    try:
        aside.unlink(missing_ok=True)
        aside.touch(mode=0o600)
        aside.write_bytes(made.export_private_key())
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink(missing_ok=True)
