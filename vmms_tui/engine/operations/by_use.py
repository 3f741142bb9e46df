"""Whether a server that was moved can be used: how it is asked, and what a disk that was made anew has lost."""

import contextlib
from datetime import timedelta

import msgspec

from vmms_tui.engine.context import Context
from vmms_tui.engine.guests.password import password_hash
from vmms_tui.engine.guests.port import Finding, GuestError
from vmms_tui.engine.operations.steps import Wait
from vmms_tui.model.errors import Failed
from vmms_tui.model.healing import HealthKind, HealthProof
from vmms_tui.model.migration import Moving
from vmms_tui.model.records import Event, Level, Operation, OperationKind, Secret, Server, changed
from vmms_tui.model.spec import Proof, ProofKind

BY_USE = frozenset({ProofKind.SSH, ProofKind.PORT, ProofKind.HTTP})
"""Proofs that use the address of a server. A console says nothing of it."""
LOOK_AGAIN = 3.0
PATIENCE = timedelta(minutes=10)
"""How long it may be silent where its pool has no proof of readiness by network, which would say that."""
KEY_WAITS = timedelta(minutes=2)
"""How long its owner's key may take where nobody knows whether it was lost."""


def way_to_ask(context: Context, server: Server, moving: Moving) -> Proof | HealthProof | None:
    """How its address is used to prove it; None: it is not asked, see `why_not_asked`."""
    spec = context.spec_of(server)
    if moving.power != "ACTIVE" or spec is None:
        return None
    if spec.proof.kind in BY_USE:
        return spec.proof
    if spec.health.kind is not HealthKind.NONE:
        return spec.health
    return HealthProof(kind=HealthKind.PORT, port=moving.port) if moving.port else None


def why_not_asked(context: Context, server: Server, moving: Moving) -> str:
    """The words for that."""
    if moving.power != "ACTIVE":
        return "not asked: it is off"
    known = context.spec_of(server) is not None
    return "not asked: the pool has no proof" if known else "not asked: its pool is no longer in the settings"


def patience(way: Proof | HealthProof) -> timedelta:
    """How long it may be silent."""
    return way.timeout if isinstance(way, Proof) else PATIENCE


async def asked(context: Context, server: Server, way: Proof | HealthProof, *, unpinned: bool = False) -> Finding:
    """One look; `unpinned`: whatever SSH host key it shows."""
    server = context.state.need(Server, server.id)
    guest = context.guest_of(changed(server, host_key="") if unpinned else server)
    if isinstance(way, HealthProof):
        return await context.guests.answers(way, guest)
    return await context.guests.prove(way, guest, "")


async def open_port(context: Context, server: Server, status: str) -> int:
    """A port that answers now, to be asked after a move; 0: none, or there is a better proof.

    Only where the settings let VMMS use SSH there.
    """
    spec = context.spec_of(server)
    if status != "ACTIVE" or spec is None or spec.access != "ssh":
        return 0
    if way_to_ask(context, server, Moving(source="", was="", power=status)) is not None:
        return 0
    port = context.guest_of(server).ssh_port
    finding = await asked(context, server, HealthProof(kind=HealthKind.PORT, port=port))
    return port if finding.ready else 0


# A disk that was made anew


async def seen_anew(context: Context, operation: Operation, server: Server, finding: Finding) -> bool:
    """Whether this look shows that an evacuation made the disk anew: from then on its host key may be any.

    Nova says nowhere whether the host that died had the disk for itself. Where it had, the server begins from its
    image, with another host key.
    """
    current = context.state.need(Operation, operation.id)
    if current.kind is not OperationKind.EVACUATE or current.moving is None:
        return False
    if current.moving.fresh or not finding.other_key:
        return False
    known = msgspec.structs.replace(current.moving, fresh=True)
    await context.ledger.commit(changed(current, moving=known), _anew(context, operation, server))
    return True


def _anew(context: Context, operation: Operation, server: Server) -> Event:
    return context.ledger.event(
        "server.disk_anew",
        f"{server.id} shows another SSH host key after its evacuation: its disk was made anew from its image",
        about=server,
        level=Level.WARNING,
        actor=operation.actor,
        reason=operation.reason or "its host died",
        operation_id=operation.id,
    )


async def refilled(
    context: Context, operation: Operation, server: Server, finding: Finding, *, fresh: bool
) -> Wait | str:
    """Put in what an evacuation may have lost, and pin the host key; what to say of that, or for what it waits.

    Raises GuestError where the disk was made anew, and the evacuation's last look cannot put in the owner's key.
    """
    spec, server, said = context.spec_of(server), context.state.need(Server, server.id), ""
    kept = bool(finding.host_key) and finding.host_key == server.host_key
    server = changed(server, host_key=finding.host_key or server.host_key)
    if spec is not None and spec.access == "ssh" and not kept:
        try:
            await _let_in(context, server, password=fresh)
        except GuestError as refusal:
            if fresh and operation.kind is OperationKind.EVACUATE:
                raise
            said = f"; the owner's key cannot be put in: {str(refusal).rstrip('.')}"
            if context.clock.now() - operation.updated <= KEY_WAITS:
                return Wait(LOOK_AGAIN, said[2:])
    if not kept and finding.host_key:
        await context.ledger.commit(changed(context.state.need(Server, server.id), host_key=finding.host_key))
    return f"; its disk was made anew{said}" if fresh else said


async def sure_of_disk(context: Context, operation: Operation, server: Server) -> Wait | str:
    """Of one that runs again after it was evacuated: what became of its disk; the words, or for what it waits."""
    server, spec = context.state.need(Server, server.id), context.spec_of(server)
    if not server.disk_unsure:
        return ""
    finding, fresh = Finding(ready=True, words=""), False
    if spec is not None and spec.access == "ssh" and spec.proof.kind is ProofKind.SSH:
        finding = await asked(context, server, spec.proof)
        if fresh := finding.other_key:
            finding = await asked(context, server, spec.proof, unpinned=True)
    if not finding.ready:
        late = context.clock.now() - operation.updated > KEY_WAITS
        why = f"whether its disk was made anew is not known: {finding.words}"
        return f"; {why}" if late else Wait(LOOK_AGAIN, why)
    said = await refilled(context, operation, server, finding, fresh=fresh)
    if isinstance(said, str):
        sure = changed(context.state.need(Server, server.id), disk_unsure=False)
        await context.ledger.commit(sure, *([_anew(context, operation, server)] if fresh else []))
    return said


async def _let_in(context: Context, server: Server, *, password: bool) -> None:
    """The owner's key, and the password that the vault holds: the first boot gave it the one that it began with."""
    lease, secret = context.state.live_lease_of(server.id), context.state.get(Secret, server.id)
    guest = context.guest_of(server)
    if lease is not None and lease.ssh_key:
        await context.guests.install_key(guest, lease.ssh_key)
    if password and secret is not None:
        with contextlib.suppress(Failed):  # of another vault's key: nobody knows the password
            await context.guests.set_password(guest, password_hash(context.vault.unlock(secret.token)))


def fresh_disk(operation: Operation | None) -> bool:
    """Whether it is known that its disk was made anew."""
    return operation is not None and operation.moving is not None and operation.moving.fresh
