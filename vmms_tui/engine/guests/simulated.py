"""The guests port on servers that are only simulated."""

import base64
import hashlib
from collections.abc import Callable

from vmms_tui.engine.guests.account import key_to_add, password_entry
from vmms_tui.engine.guests.markers import prove_by_console, set_up_failure
from vmms_tui.engine.guests.port import Finding, Guest, GuestError, HostKeyChanged
from vmms_tui.model.healing import HealthKind, HealthProof
from vmms_tui.model.spec import Proof, ProofKind

MANAGEMENT_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvN0dd7MqRyNpsBoeYb8aWzNg2Vi4Yx1rYtXY3bZ0Qm vmms-simulated"


def _ed25519_line(of: str) -> str:
    """A public key line that is well formed (RFC 8709, section 4), always the same for a name. It has no secret."""
    parts = (b"ssh-ed25519", hashlib.sha256(of.encode()).digest())
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


class SimulatedGuests:
    """See Guests. A server is ready `ready_after` seconds after it came up; nothing is sent anywhere.

    `up_for` gives the seconds since the simulated server with this address became ACTIVE, None when it is not up;
    `disk_at`, how often the disk of that server was made anew: with each its host key is another one, and what was put
    on it is gone.
    Faults on demand, by server id: `refuse` (SSH lets nobody in), `fail` (the set-up script fails), `silent` (never
    answers), `host_keys` (another host key than before).
    """

    def __init__(
        self,
        up_for: Callable[[str], float | None],
        *,
        ready_after: float = 2.0,
        disk_at: Callable[[str], int] = lambda _: 0,
    ) -> None:
        self._up_for = up_for
        self._disk_at = disk_at
        self._disks: dict[str, int] = {}
        """By server id, as seen last."""
        self._ready_after = ready_after
        self.refuse: set[str] = set()
        self.fail: set[str] = set()
        self.silent: set[str] = set()
        self.host_keys: dict[str, str] = {}
        self.keys: dict[str, tuple[str, ...]] = {}
        """Owners' keys by server id, without our own."""
        self.password_hashes: dict[str, str] = {}
        """The last password hash set, by server id."""
        self.proofs = 0
        """How many proofs were asked for."""

    async def prove(self, proof: Proof, guest: Guest, console: str) -> Finding:
        """See Guests."""
        self.proofs += 1
        failure = set_up_failure(console, guest.server_id)
        if failure:
            return failure
        if proof.kind is ProofKind.NONE:
            return Finding(ready=True, words="no proof is asked for")
        if proof.kind is ProofKind.CONSOLE:
            return prove_by_console(proof, guest.server_id, console)
        return self._prove_by_network(proof, guest)

    async def answers(self, proof: HealthProof, guest: Guest) -> Finding:
        """See Guests."""
        self.proofs += 1
        if proof.kind is HealthKind.NONE:
            return Finding(ready=True, words="no proof is asked for")
        if guest.server_id in self.silent or not guest.address or self._up_for(guest.address) is None:
            return Finding(ready=False, words=f"port {proof.port} does not answer")
        return Finding(ready=True, words=f"port {proof.port} answers")

    def _prove_by_network(self, proof: Proof, guest: Guest) -> Finding:
        try:
            self._reach(guest)
        except GuestError as error:
            other = isinstance(error, HostKeyChanged)
            return Finding(ready=False, words=str(error).rstrip("."), other_key=other)
        if (self._up_for(guest.address) or 0.0) < self._ready_after:
            return Finding(ready=False, words="cloud-init to be done: it is running")
        if guest.server_id in self.fail:
            return Finding(ready=False, failed=True, words="the set-up script failed: status 1")
        if proof.kind is ProofKind.SSH:
            return Finding(ready=True, words=f"SSH lets {guest.login} in", host_key=self.host_key(guest.server_id))
        return Finding(ready=True, words=f"port {proof.port} answers")

    def host_key(self, server_id: str) -> str:
        """The host key that this server shows."""
        disk = self._disks.get(server_id, 0)
        return self.host_keys.get(server_id, _ed25519_line(f"{server_id} {disk}" if disk else server_id))

    async def install_key(self, guest: Guest, public_key: str) -> None:
        """See Guests."""
        line = key_to_add(public_key).splitlines()[1]
        self._reach(guest)
        had = self.keys.get(guest.server_id, ())
        body = line.split()[:2]
        if all(known.split()[:2] != body for known in had):
            self.keys[guest.server_id] = (*had, line)

    async def remove_keys(self, guest: Guest) -> None:
        """See Guests."""
        self._reach(guest)
        self.keys.pop(guest.server_id, None)

    async def set_password(self, guest: Guest, password_hash: str) -> None:
        """See Guests."""
        password_entry(guest.login, password_hash)
        self._reach(guest)
        self.password_hashes[guest.server_id] = password_hash

    def public_key(self) -> str:
        """See Guests."""
        return MANAGEMENT_KEY

    async def close(self) -> None:
        """See Guests."""

    def _reach(self, guest: Guest) -> None:
        if not guest.address or self._up_for(guest.address) is None:
            raise GuestError("SSH cannot be reached: no route to host.")
        if guest.server_id in self.silent:
            raise GuestError("No answer within 15 seconds.")
        self._see_disk(guest)
        if guest.host_key and guest.host_key != self.host_key(guest.server_id):
            said = f"The SSH host key has changed: {guest.address} does not show the key that was pinned."
            raise HostKeyChanged(said)
        if guest.server_id in self.refuse:
            raise GuestError("SSH refuses the key.")

    def _see_disk(self, guest: Guest) -> None:
        disk = self._disk_at(guest.address)
        if self._disks.setdefault(guest.server_id, disk) != disk:
            self._disks[guest.server_id] = disk
            self.keys.pop(guest.server_id, None)
            self.password_hashes.pop(guest.server_id, None)
