"""Operators close compute hosts to new servers, open them again, and evacuate those that are dead."""

from functools import partial

from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.leftovers import NAMED, left_behind
from vmms_tui.engine.desk.part import Handler, Part, words_of
from vmms_tui.engine.keepers.rescue import LONGEST_TOLD, Rescue
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.model.commands import Command, DisableHost, EnableHost, EvacuateHost, Reply
from vmms_tui.model.draining import Errand, MoveQueue, queue_id
from vmms_tui.model.errors import Refused
from vmms_tui.model.evacuation import obstacle
from vmms_tui.model.people import Caller
from vmms_tui.model.poweroff import being_taken
from vmms_tui.model.rescue_guards import Limits, guards, passed
from vmms_tui.model.surroundings import Host, Kind
from vmms_tui.model.suspects import Suspect


def told_of(caller: Caller, reason: str) -> str:
    """What the cloud keeps of why a host is closed."""
    return f"{reason} ({caller.name}, VMMS)"[:LONGEST_TOLD]


class Hosts(Part):
    """Disable, enable and evacuate."""

    def __init__(self, context: Context, runner: Runner, rescue: Rescue) -> None:
        super().__init__(context, runner)
        self._rescue = rescue

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {DisableHost: self._disable, EnableHost: self._enable, EvacuateHost: self._evacuate}

    async def _disable(self, command: DisableHost, caller: Caller) -> Reply:
        host = self._rescue.host(command.host)
        reason = words_of(command.reason)
        if not reason:
            raise Refused("reason", "A host is not closed without a reason.", "Say why: other operators read it.")
        if (host := await self.read_if_closed(host)).status.lower() == "disabled":
            why = host.disabled_reason or "nobody said why"
            raise Refused("disabled", f"{host.name} takes no new servers already: {why}.", "Enable it first.")
        text = await self.close(caller, host, reason)
        return Reply(text=f"{text}. Those that are there run on.")

    async def close(self, caller: Caller, host: Host, reason: str) -> str:
        """Let no new servers come to it. What is done, in one sentence without its stop."""
        text = f"{host.name} takes no new servers: {reason}"
        say, told = partial(self.say, caller), told_of(caller, reason)
        await self._rescue.do(
            host, "host.disabled", text, lambda cloud: cloud.disable_host(host.name, told), say, reason
        )
        return text

    async def _enable(self, command: EnableHost, caller: Caller) -> Reply:
        host = self._rescue.host(command.host)
        if host.status.lower() == "enabled" and not host.forced_down:
            raise Refused("enabled", f"{host.name} takes new servers already.")
        drain = self._context.state.get(MoveQueue, queue_id(Errand.DRAIN, host.name))
        if drain is not None and drain.open:
            said = f"{host.name} is being emptied: what leaves would only come back."
            raise Refused("draining", said, f"`vmms undrain {host.name}` ends that, and opens it.")
        await self.check_return(host.name)
        was = f"; it did not because of: {host.disabled_reason}" if host.disabled_reason else ""
        text = f"{host.name} takes new servers again"
        say = partial(self.say, caller)
        await self._rescue.do(host, "host.enabled", f"{text}{was}", partial(self.open_again, host), say)
        return Reply(text=f"{text}.")

    async def read_if_closed(self, host: Host) -> Host:
        """As it is now, if it is said to be closed: somebody may have opened it since. Raises Refused, TryAgain."""
        if host.status.lower() != "disabled":
            return host
        await self._rescue.surroundings.read(Kind.HOSTS)
        return self._rescue.host(host.name)

    async def open_again(self, host: Host, cloud: Cloud) -> None:
        """Let new servers come to a host, and let it count as up; not while its power is being taken."""
        if stop := being_taken(self._rescue.powering, host.name):
            raise stop
        if host.forced_down:
            await cloud.force_down(host.name, down=False)
        await cloud.enable_host(host.name)

    async def check_return(self, name: str) -> None:
        """Whether nothing of an evacuation stands in the way of opening a host. Raises Refused, TryAgain, Failed."""
        if stop := being_taken(self._rescue.powering, name):
            raise stop
        if left := self._rescue.evacuations(name):
            said = f"{len(left)} of its servers are still being evacuated."
            raise Refused("evacuating", f"{name} is not opened now: {said}", "Wait for their end; see Ops.")
        if stale := await left_behind(self._context, name):
            said = f"{', '.join(stale[:NAMED])} {'were' if len(stale) > 1 else 'was'} evacuated from {name}"
            raise Refused(
                "left_behind",
                f"{said}, and what is left of them there was not removed yet.",
                f"Restart nova-compute on {name}: at its start it removes them. Then say it again.",
            )

    async def _evacuate(self, command: EvacuateHost, caller: Caller) -> Reply:
        host = self._rescue.host(command.host)
        sworn = words_of(command.sworn, "What is sworn")
        if stop := obstacle(host, sworn, self._context.state.get(Suspect, host.name)):
            raise stop
        although = self._despite(command, host)
        say = partial(self.say, caller)
        self._rescue.beginning.add(host.name)
        try:
            heard = await self._rescue.give_up(host, sworn + although, f"dead: {sworn} ({caller.name}, VMMS)", say)
            text = await self._rescue.begin(host.name, sworn + although, heard, caller.name, say)
        finally:
            self._rescue.beginning.discard(host.name)
        return Reply(text=f"{text}.")

    def _despite(self, command: EvacuateHost, host: Host) -> str:
        """What it is done in spite of, for the audit. Raises Refused by `share` or `at_once`: the word for it lacks."""
        rules = self._context.policy.hosts
        stops = guards(host.name, self._rescue.scenery(), Limits(share=rules.share, at_once=rules.at_once))
        for stop in stops:
            if not passed(command, stop):
                raise stop
        return "".join(f", although {stop.message.rstrip('.')}" for stop in stops)
