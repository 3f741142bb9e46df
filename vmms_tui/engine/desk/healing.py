"""Operators let servers be mended that the engine does not mend by itself, or not now."""

from functools import partial

from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.keepers.mending import Mender
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.model.commands import Command, HealAll, HealServer, Reply
from vmms_tui.model.errors import Refused
from vmms_tui.model.healing import INCIDENT, Illness, Incident
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Event, Lease, changed


class Healing(Part):
    """One server, or all of an incident."""

    def __init__(self, context: Context, runner: Runner, mender: Mender) -> None:
        super().__init__(context, runner)
        self._mender = mender

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {HealServer: self._heal, HealAll: self._heal_all}

    async def _heal(self, command: HealServer, caller: Caller) -> Reply:
        lease = self.lease(command.lease_id, caller)
        server = self.free_server(lease)
        self._check_that_it_may()
        ill = self._context.state.get(Illness, server.id)
        if ill is None or ill.well_since is not None:
            by_hand = "Reboot or rebuild it yourself, if you know better."
            raise Refused("well", f"{server.id} works, as far as the engine can tell.", by_hand)
        begun = await self._mender.resume(ill, caller.name, partial(self._said, caller, lease))
        ill = self._context.state.need(Illness, server.id)
        operation = self._context.state.operation_on(server.id) if begun else None
        if begun and ill.rung:
            text = f"{server.id} gets a {ill.rung.words} now: {ill.why}."
        else:
            text = f"The ladder of {server.id} goes on. {_waits(ill)}"
        return Reply(
            text=text,
            lease_id=lease.id,
            server_id=server.id,
            operation_id=operation.id if operation else "",
        )

    def _check_that_it_may(self) -> None:
        if not self._context.policy.healing.on:
            raise Refused("healing_off", "Nothing is mended here: [healing] is off.", "Switch it on in the settings.")
        if why := self._context.frozen:
            raise Refused("frozen", f"Nothing is mended while it is frozen: {why}.", "`vmms thaw` lets it go on.")

    def _said(self, caller: Caller, lease: Lease, ahead: Illness) -> Event:
        again = "begins anew" if ahead.rung is None else f"goes on after a {ahead.rung.words}"
        return self.say(caller, "server.heal", f"the ladder of {ahead.id} {again}: {ahead.why}", about=lease)

    async def _heal_all(self, _command: HealAll, caller: Caller) -> Reply:
        incident = self._context.state.get(Incident, INCIDENT)
        if incident is None:
            raise Refused("no_incident", "There is no incident: each ladder goes its way.")
        if incident.passed_by:
            return Reply(text=f"{incident.passed_by} has let all ladders go on already.")
        text = f"{incident.words}; their ladders go on all the same"
        said = self.say(caller, "incident.passed", text)
        await self._context.ledger.commit(changed(incident, passed_by=caller.name), said)
        return Reply(text=f"{text}.")


def _waits(ill: Illness) -> str:
    if ill.asks:
        return f"It waits for a person: {ill.asks}."
    return f"It waits for {ill.waits}." if ill.waits else "The engine sees to it at its next look."
