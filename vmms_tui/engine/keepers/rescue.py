"""Gives up a dead host in the cloud, and begins the evacuation of what is lent there: for people and for the engine."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from vmms_tui.engine.cloud.errors import AccessDenied, Busy, CloudError, CloudFault, OutcomeUnknown, Unreachable
from vmms_tui.engine.cloud.facts import ComputeService
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.engine.keepers.surroundings import AGAIN, Surroundings
from vmms_tui.engine.operations.evacuate import last_sign
from vmms_tui.engine.operations.remedies import ADMINISTRATOR, refused
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.letters import safe
from vmms_tui.engine.policy.words import counted
from vmms_tui.model.errors import Failed, Refused, TryAgain
from vmms_tui.model.evacuation import Outlook, outlook
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import AnyRecord, Event, Lease, Operation, OperationKind, Server, changed
from vmms_tui.model.rescue_guards import Scenery
from vmms_tui.model.steering import taken_over
from vmms_tui.model.surroundings import Host, Kind
from vmms_tui.model.suspects import Phase, Suspect

LONGEST_TOLD = 255
"""Characters of a reason that Nova keeps."""


class Say(Protocol):
    """Makes the audit line of an act, with who does it. It still has to be committed."""

    def __call__(self, kind: str, text: str, *, reason: str) -> Event:
        """The line."""
        ...


class Rescue:
    """What is done to a host that nothing runs on any more, whoever knows that."""

    def __init__(self, context: Context, runner: Runner, surroundings: Surroundings) -> None:
        self._context = context
        self._runner = runner
        self.surroundings = surroundings
        """Where the hosts are read, and changed."""
        self.beginning: set[str] = set()
        """Hosts that are being given up just now on somebody's word."""
        self.powering: set[str] = set()
        """Hosts whose power is being taken just now on somebody's word."""

    def host(self, name: str) -> Host:
        """The host of this name. Raises Refused by `unknown`."""
        host = host_named(name, self._context.state)
        if host is None:
            said = f"There is no compute host {safe(name)[:80]}."
            raise Refused("unknown", said, "`vmms hosts` shows those that there are.")
        return host

    def outlook(self, host: Host) -> Outlook:
        """Who would go where from it now."""
        state = self._context.state
        return outlook(host, state.all(Host), state.all(Server), state.all(Lease))

    def scenery(self) -> Scenery:
        """What the guards look at, as it is now."""
        state, now = self._context.state, self._context.clock.now()
        suspects = {one.id: one for one in state.all(Suspect)}
        for name in self.beginning:
            before = suspects.get(name) or Suspect(id=name, since=now)
            suspects[name] = changed(before, phase=Phase.EVACUATING)
        on = (state.get(Server, one.server_id) for one in state.live_leases())
        lent = frozenset(server.host for server in on if server is not None)
        return Scenery(hosts=tuple(state.all(Host)), suspects=tuple(suspects.values()), lent=lent, now=now)

    def evacuations(self, name: str) -> list[Operation]:
        """Those from this host that are under way."""
        live = self._context.state.live_operations()
        return [one for one in live if one.kind is OperationKind.EVACUATE and one.args.get("dead") == name]

    async def do(
        self,
        host: Host,
        kind: str,
        text: str,
        act: Callable[[Cloud], Awaitable[None]],
        say: Say,
        reason: str = "",
        *,
        again: bool = False,
    ) -> None:
        """Ask the cloud. What is wanted is durable before it is asked for, and again when it is so.

        `again`: it was asked before, and has not done it; that it is wanted is not said once more.

        Raises TryAgain, Failed, and what `act` raises but the cloud's errors.
        """
        if not again:
            await self._note(host, say("host.asked", f"the cloud is asked: {text}", reason=reason))
        try:
            await self.surroundings.change(Kind.HOSTS, act)
        except (OutcomeUnknown, CloudFault) as error:
            raise TryAgain(error.message, "Look at the host, and say it again if it is not so.") from error
        except (Busy, Unreachable) as error:
            raise TryAgain(error.message, AGAIN) from error
        except AccessDenied as error:
            raise Failed(error.message, ADMINISTRATOR) from error
        except CloudError as error:
            raise Failed(error.message, refused(error).remedy) from error
        await self._note(host, say(kind, text, reason=reason))

    async def _note(self, host: Host, said: Event) -> None:
        await self._context.ledger.commit(changed(said, host=host.name))

    async def give_up(self, host: Host, sworn: str, told: str, say: Say, *, again: bool = False) -> str:
        """Let it count as down and take no new servers, after a last look; its last sign of life after that.

        `sworn` says how it is known that nothing runs on it, `told` what the cloud keeps of that; `again` see `do`.
        Raises Refused by `not_down`, TryAgain, Failed.
        """
        text = f"{host.name} counts as down and takes no new servers: {sworn}"
        heard: list[str] = []
        act = partial(_give_up, name=host.name, reason=told, heard=heard)
        await self.do(host, "host.forced_down", text, act, say, sworn, again=again)
        return heard[-1]

    async def begin(self, name: str, sworn: str, heard: str, by: str, say: Say) -> str:
        """Begin the evacuations: of what is on it as it is now, and not as it was when this was asked for.

        What is done, in one sentence without its stop.
        """
        seen, reason = self.outlook(self.host(name)), f"host {name} is dead: {sworn}"
        under_way = {one.server_id for one in self.evacuations(name)}
        evacuees = [one.server for one in seen.evacuees if one.server.id not in under_way]
        changes = self._begun(name, evacuees, reason, heard, by)
        for server in seen.ready:
            changes += self._runner.begin_and_say(OperationKind.RECLAIM, server, actor=by, reason=reason)
        at_once = self._context.policy.hosts.servers_at_once
        ready = f"; {counted(len(seen.ready), 'ready server')} given up" if seen.ready else ""
        busy = f"; {', '.join(one.id for one in seen.busy)} not, as something is at work there" if seen.busy else ""
        text = f"{counted(len(evacuees), 'server')} of {name} are evacuated, {at_once} at a time{ready}{busy}"
        operations = [one for one in changes if isinstance(one, Operation) and one.kind is OperationKind.EVACUATE]
        said = [
            changed(
                say("server.evacuate", f"{one.server_id} leaves {name}", reason=reason),
                operation_id=one.id, server_id=one.server_id, lease_id=one.lease_id, host=name,
            )
            for one in operations
        ]  # fmt: skip
        about = changed(say("host.evacuated", text, reason=sworn), host=name)
        suspect = self._evacuating(name, sworn, heard, by, len(evacuees))
        await self._context.ledger.commit(*changes, *said, about, suspect)
        self._context.wake()
        return text

    def _begun(self, name: str, servers: Sequence[Server], reason: str, heard: str, by: str) -> list[AnyRecord]:
        changes: list[AnyRecord] = []
        for rank, server in enumerate(servers):
            changes += self._runner.begin(
                OperationKind.EVACUATE,
                server,
                actor=by,
                reason=reason,
                lease_id=server.lease_id,
                dead=name,
                seen=heard,
                rank=str(rank),
                **taken_over(self._context.state.operation_on(server.id)),
            )
        return changes

    def _evacuating(self, name: str, sworn: str, heard: str, by: str, servers: int) -> Suspect:
        now = self._context.clock.now()
        before = self._context.state.get(Suspect, name) or Suspect(id=name, since=now)
        again = before.phase in {Phase.EVACUATING, Phase.EVACUATED}
        return changed(
            before,
            phase=Phase.EVACUATING,
            phase_since=before.phase_since if before.phase is Phase.EVACUATING else now,
            fenced=sworn,
            by=by,
            last_sign=heard,
            servers=servers + (before.servers if again else 0),
            waits="",
            asks="",
            remedy="",
        )


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
