"""Make a server ready: port, boot, floating IP, proof. ACTIVE is not ready."""

from datetime import timedelta

from vmms_tui.engine.cloud.errors import CloudError, NotFound
from vmms_tui.engine.cloud.facts import CloudServer, NewServer
from vmms_tui.engine.context import Context, last_seen
from vmms_tui.engine.guests.password import new_password
from vmms_tui.engine.operations import remedies, tags
from vmms_tui.engine.operations.first_boot import first_boot
from vmms_tui.engine.operations.steps import Done, Fail, Next, Outcome, Step, Wait
from vmms_tui.engine.policy.backoff import pool_backoff, quota_backoff
from vmms_tui.engine.policy.faults import is_quota
from vmms_tui.model.errors import Failed
from vmms_tui.model.records import (
    AnyRecord,
    Level,
    Operation,
    OperationKind,
    Pool,
    Secret,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.spec import PoolSpec, ProofKind

LOOK_AGAIN = 1.0
"""Seconds between two looks at the listing, which is read that often while something is being built."""
PROVE_AGAIN = 3.0
"""Seconds between two proofs of one server."""
QUOTA = "quota: "
"""How the reason of a pause begins that ends when there is room again."""
CONSOLE_LINES = 60
"""Lines of the console log that are kept of a failed build."""


class Provision:
    """The way from an intent to a ready server."""

    kind = OperationKind.PROVISION
    first = "port"

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {
            "port": self.port,
            "boot": self.boot,
            "active": self.active,
            "floating_ip": self.floating_ip,
            "prove": self.prove,
        }

    def time_limit(self, context: Context, server: Server, step: str) -> timedelta:
        """See Plan."""
        spec = context.spec_of(server)
        return spec.proof.timeout if spec and step == "prove" else context.policy.build_timeout

    async def port(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """A port on every network, found again by name if a crash came between."""
        spec = _spec(context, server)
        cloud = context.cloud_of(server)
        port_ids: list[str] = []
        mark = tags.description(context, server)
        for number, network in enumerate(spec.networks):
            name = f"{server.id}-{number}"
            found = [port for port in await cloud.list_ports(name) if port.description == mark]
            port = (
                found[0]
                if found
                else await cloud.create_port(network, name=name, description=mark, security_groups=spec.security_groups)
            )
            port_ids.append(port.id)
            address = port.addresses[0] if port.addresses and number == 0 else server.address
            server = changed(server, address=address)
        secret = context.state.get(Secret, server.id) or Secret(id=server.id, token=context.vault.lock(new_password()))
        return Next("boot", (changed(server, port_ids=tuple(port_ids)), secret))

    async def boot(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """Ask Nova for it, unless it has it already."""
        spec = _spec(context, server)
        cloud = context.cloud_of(server)
        seen = await find(context, server)
        if seen is None:
            secret = context.state.need(Secret, server.id)
            new = NewServer(
                name=server.id,
                flavor=spec.flavor,
                image=spec.image,
                port_ids=server.port_ids,
                user_data=first_boot(context, server, spec, context.vault.unlock(secret.token)),
                metadata=tags.server_tags(context, server),
                availability_zone=spec.availability_zone,
            )
            seen = await cloud.create_server(new)
        building = changed(
            server,
            cloud_id=seen.id,
            cloud_status=seen.status,
            state=ServerState.BUILDING,
            since=context.clock.now(),
        )
        return Next("active", (building,))

    async def active(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """Wait for ACTIVE, in the listing that everybody shares."""
        seen = context.sightings.get(server.cloud_id)
        if seen is None:
            try:
                seen = last_seen(await context.cloud_of(server).get_server(server.cloud_id))
            except NotFound:
                return Fail("the cloud no longer has it")
        if seen.status in {"ERROR", "DELETED"}:
            return Fail(seen.fault or f"the cloud says {seen.status} and no more", quota=is_quota(seen.fault))
        if seen.status != "ACTIVE":
            return Wait(LOOK_AGAIN, f"the cloud: {seen.status} {seen.task_state}".strip())
        spec = _spec(context, server)
        preparing = changed(
            server,
            state=ServerState.PREPARING,
            since=context.clock.now(),
            cloud_status=seen.status,
            host=seen.host,
            address=seen.address or server.address,
        )
        return Next("floating_ip" if spec.floating_network else "prove", (preparing,))

    async def floating_ip(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """One floating IP on the first port, found again by its description if a crash came between."""
        spec = _spec(context, server)
        cloud = context.cloud_of(server)
        mark = tags.description(context, server)
        found = await cloud.list_floating_ips(mark)
        if not found:
            ip = await cloud.create_floating_ip(spec.floating_network, description=mark, port_id=server.port_ids[0])
        elif found[0].port_id != server.port_ids[0]:
            ip = await cloud.associate_floating_ip(found[0].id, server.port_ids[0])
        else:
            ip = found[0]
        return Next("prove", (changed(server, floating_ip=ip.address, floating_ip_id=ip.id),))

    async def prove(self, context: Context, _operation: Operation, server: Server) -> Outcome:
        """Look whether the inside is ready."""
        spec = _spec(context, server)
        needs_console = spec.proof.kind == ProofKind.CONSOLE or bool(spec.setup_script)
        console = ""
        if needs_console and spec.proof.kind != ProofKind.NONE:
            console = await context.cloud_of(server).console_log(server.cloud_id)
        finding = await context.guests.prove(spec.proof, context.guest_of(server), console)
        if finding.failed:
            return Fail(finding.words, console)
        if not finding.ready:
            return Wait(PROVE_AGAIN, finding.words)
        now = context.clock.now()
        ready = changed(
            server, state=ServerState.READY, since=now, ready_at=now, host_key=finding.host_key or server.host_key
        )
        pool = context.state.need(Pool, server.pool)
        took = int((now - server.created).total_seconds())
        said = context.ledger.event(
            "server.ready", f"{server.id} is ready after {took} s: {finding.words}", about=ready
        )
        return Done(f"ready after {took} s", (ready, changed(pool, failures=0, refusals=0, held_since=None), said))

    async def failed(
        self, context: Context, operation: Operation, server: Server, failure: Fail
    ) -> tuple[AnyRecord, ...]:
        """Keep it for inspection, and let the pool breathe."""
        now, ledger = context.clock.now(), context.ledger
        reason = QUOTA + failure.reason if failure.quota else failure.reason
        kept = changed(server, state=ServerState.FAILED, since=now, failure=reason)
        changes: list[AnyRecord] = [kept]
        console = "" if failure.detail or failure.quota else await _console(context, server)
        if console:
            changes.append(
                ledger.event("server.console", f"console log of {server.id}", about=kept, reason=reason, detail=console)
            )
        pool = context.state.get(Pool, server.pool)
        if pool is None:
            return tuple(changes)
        resting = bool(pool.paused) and pool.paused_until is not None and now < pool.paused_until
        if resting:
            return tuple(changes)  # begun before the pause, so it says nothing new
        if failure.quota:
            pool, why = changed(pool, refusals=pool.refusals + 1, held_since=pool.held_since or now), reason
            pause = quota_backoff(pool.refusals)
        else:
            pool = changed(pool, failures=pool.failures + 1, held_since=pool.held_since or now)
            pause, why = pool_backoff(pool.failures), f"{pool.failures} builds in a row failed, the last: {reason}"
        if pause:
            text = f"pool {pool.id} builds nothing for {int(pause.total_seconds())} s: {why}"
            changes.append(ledger.event("pool.paused", text, about=pool, level=Level.WARNING, reason=why))
            pool = changed(pool, paused=why, paused_until=now + pause)
        return (*changes, pool)


async def find(context: Context, server: Server) -> CloudServer | None:
    """Our server in the cloud, by its name and tags, when its id there is not known for sure."""
    found = await context.cloud_of(server).find_servers(server.id)
    alive = (seen for seen in found if seen.status != "DELETED")
    return next((seen for seen in alive if tags.is_server(context, seen, server)), None)


async def _console(context: Context, server: Server) -> str:
    """The end of the console log, if it can be had."""
    if not server.cloud_id:
        return ""
    try:
        log = await context.cloud_of(server).console_log(server.cloud_id, CONSOLE_LINES)
    except CloudError:
        return ""
    return context.without_secrets(server.id, log)


def _spec(context: Context, server: Server) -> PoolSpec:
    spec = context.spec_of(server)
    if spec is None:
        raise Failed(f"Pool {server.pool} is no longer in the settings.", remedies.NO_POOL)
    return spec
