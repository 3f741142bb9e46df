"""Servers in the cloud that carry our tag and that the store does not know are taken on as they are, leases and all.

That is so when the store was lost, and when an old copy of it was put in its place.
"""

import logging
from datetime import UTC, datetime, timedelta

from vmms_tui.engine.cloud.facts import TAG_LEASE, TAG_POOL, TAG_SERVER, CloudServer
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations import tags
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.leaks import made_here
from vmms_tui.engine.policy.refresh import stable_age
from vmms_tui.model.hiding import without_secrets
from vmms_tui.model.records import (
    AnyRecord,
    Lease,
    LeaseState,
    Level,
    OperationKind,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.spec import PoolSpec

log = logging.getLogger(__name__)

FOUND = "the cloud has it with our tag, and the store did not know it"
"""Why something is adopted."""
MOST_IMPORTANT = 10
UNREADABLE = timedelta(days=3)
"""How long a lease lives whose end somebody has made unreadable: time for its owner to say so."""


async def adopt(context: Context, runner: Runner) -> int:
    """Take on every server and lease of ours that the cloud tells of and the store does not know. Returns how many.

    A server whose pool is not in the settings is left alone and named in Events. Raises CloudError.
    """
    number = 0
    for project in sorted({spec.project for spec in context.specs.values()} | {""}):
        listing = await context.account.project(project).list_servers()
        # Of two that carry the same name, the one that is lent counts.
        for seen in sorted(listing.servers, key=lambda seen: not seen.metadata.get(TAG_LEASE)):
            server_id = seen.metadata.get(TAG_SERVER, "")
            if (
                not tags.is_ours(context, seen)
                or not server_id
                or "DELET" in f"{seen.status} {seen.task_state}".upper()
            ):
                continue
            known = context.state.get(Server, server_id)
            if known is not None:
                number += await _lend_again(context, known, seen)
                continue
            if _is_left_over(context, seen):
                continue
            spec = context.specs.get(seen.metadata.get(TAG_POOL, ""))
            why = _not_ours_to_take(context, seen, spec, project)
            if spec is None or why:
                await _leave(context, seen, why)
                continue
            await _take_on(context, runner, seen, spec)
            number += 1
    return number


def _is_left_over(context: Context, seen: CloudServer) -> bool:
    """A server that this store itself made, and that it has forgotten."""
    numbers = context.ledger.numbers
    return made_here(numbers.gave(seen.metadata.get(TAG_SERVER, "")), seen.created, numbers.certain_since)


async def _lend_again(context: Context, server: Server, seen: CloudServer) -> int:
    """A server that an old store takes for ready, and that was lent meanwhile. Returns 1 if it is so."""
    now = context.clock.now()
    lease = _lease(server, seen, now)
    if lease is None or server.state != ServerState.READY or server.cloud_id != seen.id:
        return 0
    if context.state.get(Lease, lease.id) is not None:
        return 0
    lent = changed(server, state=ServerState.LEASED, since=now, lease_id=lease.id)
    text = f"{lease.id} of {lease.owner} on {server.id} is adopted from the cloud"
    await context.ledger.commit(lent, lease, context.ledger.event("lease.adopted", text, about=lease, reason=FOUND))
    return 1


def _not_ours_to_take(context: Context, seen: CloudServer, spec: PoolSpec | None, project: str) -> str:
    """Why it is not taken on; empty if it is."""
    if spec is None or spec.project != project:
        return f"its pool {seen.metadata.get(TAG_POOL, '')!r} is not in the settings"
    lease = context.state.get(Lease, seen.metadata.get(TAG_LEASE, ""))
    return f"{lease.id}, which it carries, is another server's" if lease else ""


async def _leave(context: Context, seen: CloudServer, why: str) -> None:
    text = f"{seen.name} ({seen.id}) carries our tag, and {why}: left alone"
    await context.ledger.commit(context.ledger.event("server.left", text, level=Level.WARNING, reason=FOUND))


async def _take_on(context: Context, runner: Runner, seen: CloudServer, spec: PoolSpec) -> None:
    now = context.clock.now()
    server_id = seen.metadata[TAG_SERVER]
    flavor = context.catalog.flavors.get(seen.flavor) or context.catalog.flavors.get(spec.flavor)
    server = Server(
        id=server_id,
        pool=spec.name,
        state=ServerState.PREPARING,
        since=now,
        created=seen.created or now,
        project=spec.project,
        flavor=flavor.name if flavor else spec.flavor,
        image=spec.image,
        vcpus=flavor.vcpus if flavor else 0,
        ram_mib=flavor.ram_mib if flavor else 0,
        disk_gib=flavor.disk_gib if flavor else 0,
        refresh_age=stable_age(server_id, spec.refresh),
        cloud_id=seen.id,
        cloud_status=seen.status,
        address=seen.addresses[0] if seen.addresses else "",
    )
    mark = tags.description(context, server)
    cloud = context.cloud_of(server)
    ports = [port for port in await cloud.list_ports() if port.description == mark]
    ports.sort(key=lambda port: port.name)
    addresses = await cloud.list_floating_ips(mark)
    server = changed(server, port_ids=tuple(port.id for port in ports))
    if addresses:
        server = changed(server, floating_ip=addresses[0].address, floating_ip_id=addresses[0].id)
    await context.ledger.commit(*_records(context, runner, server, seen))


def _records(context: Context, runner: Runner, server: Server, seen: CloudServer) -> tuple[AnyRecord, ...]:
    ledger, now = context.ledger, context.clock.now()
    lease = _lease(server, seen, now)
    if lease:
        state = ServerState.STOPPED if seen.status == "SHUTOFF" else ServerState.LEASED
        server = changed(server, state=state, lease_id=lease.id, ready_at=server.created)
        text = f"{server.id} is adopted from the cloud with {lease.id} of {lease.owner}"
        return (server, lease, ledger.event("server.adopted", text, about=lease, reason=FOUND))
    if seen.status == "ERROR":
        server = changed(
            server, state=ServerState.FAILED, failure=without_secrets(seen.fault) or "the cloud says ERROR"
        )
        return (server, ledger.event("server.adopted", f"{server.id} is adopted, in ERROR", about=server, reason=FOUND))
    server = changed(server, state=ServerState.BUILDING)
    begun = runner.begin(OperationKind.PROVISION, server, actor="engine", reason="adopted from the cloud")
    begun = tuple(changed(record, step="active") for record in begun)
    text = f"{server.id} is adopted from the cloud"
    said = ledger.event("server.adopted", text, about=server, reason=FOUND, operation_id=begun[-1].id)
    return (server, *begun, said)


def _lease(server: Server, seen: CloudServer, now: datetime) -> Lease | None:
    """The lease that the server's metadata tell of, if it is still live."""
    told = seen.metadata
    if not told.get(TAG_LEASE):
        return None
    return Lease(
        id=told[TAG_LEASE],
        server_id=server.id,
        pool=server.pool,
        owner=told.get(tags.TAG_OWNER, ""),
        project=told.get(tags.TAG_PROJECT, ""),
        purpose=told.get(tags.TAG_PURPOSE, ""),
        importance=_importance(told.get(tags.TAG_IMPORTANCE, "")),
        start=_instant(told.get(tags.TAG_START, ""), server.created),
        end=_instant(told.get(tags.TAG_END, ""), now + UNREADABLE),
        state=LeaseState.ACTIVE,
        matched="adopted from the cloud",
    )


def _importance(text: str) -> int:
    """0 to 10; the highest where somebody has made it unreadable, as that deletes nothing too early."""
    number = int(text) if text.isascii() and text.isdecimal() else MOST_IMPORTANT
    return min(number, MOST_IMPORTANT) if text else 0


def _instant(text: str, otherwise: datetime) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        log.warning("metadata say %r where an instant should be", text)
        return otherwise
