"""Operators close compute hosts to new servers, open them again, and evacuate those that are dead."""

from collections.abc import Awaitable, Callable
from functools import partial

from vmms_tui.engine.cloud.errors import AccessDenied, Busy, CloudError, CloudFault, OutcomeUnknown, Unreachable
from vmms_tui.engine.cloud.facts import ComputeService
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.leftovers import NAMED, left_behind
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.keepers.surroundings import Surroundings
from vmms_tui.engine.operations.evacuate import last_sign
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.letters import safe
from vmms_tui.engine.policy.words import counted
from vmms_tui.model.commands import LONGEST_REASON, Command, DisableHost, EnableHost, EvacuateHost, Reply
from vmms_tui.model.draining import Errand, MoveQueue, queue_id
from vmms_tui.model.errors import Failed, Refused, TryAgain
from vmms_tui.model.evacuation import AT_ONCE, obstacle, outlook
from vmms_tui.model.people import Caller
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import AnyRecord, Lease, Operation, OperationKind, Server, changed
from vmms_tui.model.surroundings import Host, Kind

LONGEST_TOLD = 255
"""Characters of a reason that Nova keeps."""


class Hosts(Part):
    """Disable, enable and evacuate."""

    def __init__(self, context: Context, runner: Runner, surroundings: Surroundings) -> None:
        super().__init__(context, runner)
        self._surroundings = surroundings

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {DisableHost: self._disable, EnableHost: self._enable, EvacuateHost: self._evacuate}

    async def _disable(self, command: DisableHost, caller: Caller) -> Reply:
        host = self._host(command.host)
        reason = safe(" ".join(command.reason.split()).rstrip("."))
        if not reason:
            raise Refused("reason", "A host is not closed without a reason.", "Say why: other operators read it.")
        if len(reason) > LONGEST_REASON:
            raise Refused("reason", f"The reason has {len(reason)} characters.", f"{LONGEST_REASON} are kept.")
        if host.status.lower() == "disabled":
            why = host.disabled_reason or "nobody said why"
            raise Refused("disabled", f"{host.name} takes no new servers already: {why}.", "Enable it first.")
        text = f"{host.name} takes no new servers: {reason}"
        told = f"{reason} ({caller.name}, VMMS)"
        await self._do(caller, host, "host.disabled", text, lambda cloud: cloud.disable_host(host.name, told), reason)
        return Reply(text=f"{text}. Those that are there run on.")

    async def _enable(self, command: EnableHost, caller: Caller) -> Reply:
        host = self._host(command.host)
        if host.status.lower() == "enabled" and not host.forced_down:
            raise Refused("enabled", f"{host.name} takes new servers already.")
        drain = self._context.state.get(MoveQueue, queue_id(Errand.DRAIN, host.name))
        if drain is not None and drain.open:
            said = f"{host.name} is being emptied: what leaves would only come back."
            raise Refused("draining", said, f"`vmms undrain {host.name}` ends that, and opens it.")
        await self._check_return(host.name)
        was = f"; it did not because of: {host.disabled_reason}" if host.disabled_reason else ""
        text = f"{host.name} takes new servers again"
        await self._do(caller, host, "host.enabled", f"{text}{was}", lambda cloud: open_again(cloud, host))
        return Reply(text=f"{text}.")

    async def _evacuate(self, command: EvacuateHost, caller: Caller) -> Reply:
        host = self._host(command.host)
        sworn = safe(" ".join(command.sworn.split()).rstrip("."))
        if stop := obstacle(host, sworn):
            raise stop
        if len(sworn) > LONGEST_REASON:
            raise Refused("reason", f"What is sworn has {len(sworn)} characters.", f"{LONGEST_REASON} are kept.")
        text = f"{host.name} counts as down and takes no new servers: {sworn}"
        told = f"dead: {sworn} ({caller.name}, VMMS)"
        heard: list[str] = []
        act = partial(_give_up, name=host.name, reason=told, heard=heard)
        await self._do(caller, host, "host.forced_down", text, act, sworn)
        return await self._begin(host.name, sworn, heard[-1], caller)

    async def _begin(self, name: str, sworn: str, heard: str, caller: Caller) -> Reply:
        """What is on it is as it is now, and not as it was when this was asked for."""
        context, state = self._context, self._context.state
        seen = outlook(self._host(name), state.all(Host), state.all(Server), state.all(Lease))
        reason, changes = f"host {name} is dead: {sworn}", list[AnyRecord]()
        under_way = {one.server_id for one in self._evacuations(name)}
        evacuees = [one for one in seen.evacuees if one.server.id not in under_way]
        for rank, one in enumerate(evacuees):
            changes += self._runner.begin(
                *(OperationKind.EVACUATE, one.server),
                actor=caller.name,
                reason=reason,
                lease_id=one.server.lease_id,
                dead=name,
                seen=heard,
                rank=str(rank),
            )
        for server in seen.ready:
            changes += self._runner.begin_and_say(OperationKind.RECLAIM, server, actor=caller.name, reason=reason)
        ready = f"; {counted(len(seen.ready), 'ready server')} given up" if seen.ready else ""
        busy = f"; {', '.join(one.id for one in seen.busy)} not, as something is at work there" if seen.busy else ""
        text = f"{counted(len(evacuees), 'server')} of {name} are evacuated, {AT_ONCE} at a time{ready}{busy}"
        operations = [one for one in changes if isinstance(one, Operation) and one.kind is OperationKind.EVACUATE]
        said = [
            changed(
                self.say(caller, "server.evacuate", f"{one.server_id} leaves {name}", reason=reason),
                operation_id=one.id, server_id=one.server_id, lease_id=one.lease_id, host=name,
            )
            for one in operations
        ]  # fmt: skip
        about = changed(self.say(caller, "host.evacuated", text, reason=sworn), host=name)
        await context.ledger.commit(*changes, *said, about)
        context.wake()
        return Reply(text=f"{text}.")

    async def _check_return(self, name: str) -> None:
        """Whether nothing of an evacuation stands in the way of opening a host. Raises Refused, TryAgain, Failed."""
        if left := self._evacuations(name):
            said = f"{len(left)} of its servers are still being evacuated."
            raise Refused("evacuating", f"{name} is not opened now: {said}", "Wait for their end; see Ops.")
        if stale := await left_behind(self._context, name):
            said = f"{', '.join(stale[:NAMED])} {'were' if len(stale) > 1 else 'was'} evacuated from {name}"
            raise Refused(
                "left_behind",
                f"{said}, and what is left of them there was not removed yet.",
                f"Restart nova-compute on {name}: at its start it removes them. Then say it again.",
            )

    def _evacuations(self, name: str) -> list[Operation]:
        """Those from this host that are under way."""
        live = self._context.state.live_operations()
        return [one for one in live if one.kind is OperationKind.EVACUATE and one.args.get("dead") == name]

    async def _do(
        self,
        caller: Caller,
        host: Host,
        kind: str,
        text: str,
        act: Callable[[Cloud], Awaitable[None]],
        reason: str = "",
    ) -> None:
        """Ask the cloud. What is wanted is durable before it is asked for, and again when it is so."""
        await self._note(caller, host, "host.asked", f"the cloud is asked: {text}", reason)
        try:
            await self._surroundings.change(Kind.HOSTS, act)
        except (OutcomeUnknown, CloudFault) as error:
            raise TryAgain(error.message, "Look at the host, and say it again if it is not so.") from error
        except (Busy, Unreachable) as error:
            raise TryAgain(error.message) from error
        except AccessDenied as error:
            raise Failed(error.message, "Give VMMS an administrator's credentials in clouds.yaml.") from error
        except CloudError as error:
            raise Failed(error.message) from error
        await self._note(caller, host, kind, text, reason)

    async def _note(self, caller: Caller, host: Host, kind: str, text: str, reason: str) -> None:
        await self._context.ledger.commit(changed(self.say(caller, kind, text, reason=reason), host=host.name))

    def _host(self, name: str) -> Host:
        host = host_named(name, self._context.state)
        if host is None:
            said = f"There is no compute host {safe(name)[:80]}."
            raise Refused("unknown", said, "`vmms hosts` shows those that there are.")
        return host


async def open_again(cloud: Cloud, host: Host) -> None:
    """Let new servers come to a host, and let it count as up."""
    if host.forced_down:
        await cloud.force_down(host.name, down=False)
    await cloud.enable_host(host.name)


async def _give_up(cloud: Cloud, name: str, reason: str, heard: list[str]) -> None:
    """The last look before it: a host that lives is not given up. `heard` takes its last sign of life.

    Raises Refused.
    """
    seen = await _service(cloud, name)
    if seen is None or seen.state.lower() != "down":
        is_now = seen.state if seen is not None else "not known to it"
        raise Refused("not_down", f"The cloud says that {name} is {is_now} now: its servers may well run.", "")
    await cloud.disable_host(name, reason[:LONGEST_TOLD])
    await cloud.force_down(name, down=True)
    # read again: Nova counts these two changes as signs of life
    after = await _service(cloud, name)
    heard.append(last_sign(after) if after is not None else "")


async def _service(cloud: Cloud, name: str) -> ComputeService | None:
    return next((one for one in await cloud.compute_services() if one.host == name), None)
