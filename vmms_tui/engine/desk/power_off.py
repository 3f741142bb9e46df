"""Operators have the power of a compute host taken that is closed and empty: after a drain, for its repair.

It fails closed: whatever is not known for sure, or has changed since it was looked at, leaves the host as it is.
"""

from vmms_tui.engine.cloud.errors import AccessDenied, CloudError
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part, words_of
from vmms_tui.engine.keepers.looks import Looker
from vmms_tui.engine.keepers.rescue import Rescue
from vmms_tui.engine.operations.remedies import ADMINISTRATOR
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.model.commands import Command, PowerOffHost, Reply
from vmms_tui.model.errors import Failed, TryAgain
from vmms_tui.model.people import Caller
from vmms_tui.model.poweroff import being_taken, frozen, no_fence, obstacle, reason_of, servers_there
from vmms_tui.model.records import Level, changed
from vmms_tui.model.surroundings import Host, Kind
from vmms_tui.model.witness import Says


class PowerOff(Part):
    """One host at a time for each name; nothing is begun twice."""

    def __init__(self, context: Context, runner: Runner, rescue: Rescue) -> None:
        super().__init__(context, runner)
        self._rescue = rescue
        self._surroundings = rescue.surroundings
        self._looker = Looker(context)

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {PowerOffHost: self._power_off}

    async def _power_off(self, command: PowerOffHost, caller: Caller) -> Reply:
        host = self._rescue.host(command.host)
        given = words_of(command.reason)
        self._check(host)
        if stop := being_taken(self._rescue.powering, host.name):
            raise stop
        self._rescue.powering.add(host.name)
        try:
            return await self._take_power(host.name, reason_of(given, host), caller)
        finally:
            self._rescue.powering.discard(host.name)

    def _check(self, host: Host) -> None:
        """Raises Refused for whatever is in the way, as far as is known now."""
        if not self._context.policy.hosts.fence:
            raise no_fence()
        if self._context.frozen:
            raise frozen()
        if stop := obstacle(host, self._context.state):
            raise stop

    async def _take_power(self, name: str, reason: str, caller: Caller) -> Reply:
        """What is wanted is durable first; then the cloud is read, and the next thing that is done is the fence."""
        await self._note(caller, "host.power_off", f"the power of {name} is to be taken", reason, name)
        await self._context.ledger.settle()
        await self._look(name)
        host = self._rescue.host(name)
        self._check(host)
        rules = self._context.policy.hosts
        fenced = await self._context.witnesses.fence(rules, Suspected(name=host.name, address=host.address))
        why = fenced.why.rstrip(".")
        if not fenced.off:
            raise await self._failed(caller, name, reason, why)
        look = (await self._looker.at([host]))[name]
        if alive := [sign for sign in look.signs if sign.says is Says.ALIVE]:
            signs = " and ".join(f"{sign.witness} says that {sign.why}" for sign in alive)
            raise await self._failed(caller, name, reason, f"{why}, and yet {signs}")
        closed = host.disabled_reason or "nobody said why"
        text = f"{name} is off ({why}) and stays closed ({closed}): it is ready for whoever repairs it"
        await self._note(caller, "host.powered_off", text, reason, name, Level.WARNING)
        return Reply(text=f"{text}.")

    async def _look(self, name: str) -> None:
        """What is on it by the cloud's own word, now. Raises Refused, TryAgain, Failed."""
        found: list[str] = []

        async def read(cloud: Cloud) -> None:
            found.extend(await cloud.servers_on(name))

        try:
            await self._surroundings.change(Kind.HOSTS, read)
        except AccessDenied as error:
            raise Failed(error.message, ADMINISTRATOR) from error
        except CloudError as error:
            raise TryAgain(error.message, f"{name} was left as it is: nobody knows what is on it.") from error
        survey = self._surroundings.known(Kind.HOSTS)
        if survey.problem:
            raise TryAgain(survey.problem, f"{name} was left as it is: the hosts could not be read.")
        if found:
            raise servers_there(name, [self._surroundings.name_of(one) for one in found])

    async def _failed(self, caller: Caller, name: str, reason: str, why: str) -> Failed:
        """What is raised: nobody knows whether it is off, so it counts as on."""
        text = f"{name} could not be powered off: {why}"
        await self._note(caller, "host.not_powered_off", text, reason, name, Level.ERROR)
        remedy = "It counts as on. Look at its power; mend hosts.fence in vmms.toml, or switch it off by hand."
        return Failed(f"{text}.", remedy)

    async def _note(
        self, caller: Caller, kind: str, text: str, reason: str, name: str, level: Level = Level.INFO
    ) -> None:
        said = changed(self.say(caller, kind, text, reason=reason), host=name, level=level)
        await self._context.ledger.commit(changed(said, result="failed") if level is Level.ERROR else said)
