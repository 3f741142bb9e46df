"""Reads servers in the cloud anew for somebody who is about to change them."""

from vmms_tui.engine.context import Context
from vmms_tui.engine.desk.part import Handler, Part
from vmms_tui.engine.keepers.observe import Observer
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.rights import check_owner
from vmms_tui.engine.policy.words import counted
from vmms_tui.model.commands import Command, ReadServers, Reply
from vmms_tui.model.errors import Refused
from vmms_tui.model.people import Caller
from vmms_tui.model.records import Lease, Server

MOST_READ = 50
"""Servers that one question reads. Of the others the reply says that they were not."""


class Reading(Part):
    """ReadServers."""

    def __init__(self, context: Context, runner: Runner, observer: Observer) -> None:
        super().__init__(context, runner)
        self._observer = observer

    def handlers(self) -> dict[type[Command], Handler]:
        """See Part."""
        return {ReadServers: self._read}

    async def _read(self, command: ReadServers, caller: Caller) -> Reply:
        ids = tuple(dict.fromkeys(command.server_ids))
        for server_id in ids:
            self._check(server_id, caller)
        if problem := self._observer.away():
            text = f"Nothing could be read live: {problem}"
            return Reply(code="try_again", text=text, unread=ids, read_at=self._observer.status.listed_at)
        unread = (*await self._observer.read(ids[:MOST_READ]), *ids[MOST_READ:])
        said = f"{counted(len(ids) - len(unread), 'server')} read live."
        return Reply(text=said, read_at=self._context.clock.now(), unread=unread)

    def _check(self, server_id: str, caller: Caller) -> None:
        state = self._context.state
        server = state.get(Server, server_id)
        if server is None:
            raise Refused("unknown", f"There is no server {server_id}.", "`vmms servers` shows those that there are.")
        if caller.sees_all:
            return
        lease = state.get(Lease, server.lease_id) if server.lease_id else None
        check_owner(caller, lease.owner if lease else "", f"server {server_id}")
