"""Reads the one listing of servers that everything shares, and takes its facts into the state."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from vmms_tui.engine import telling
from vmms_tui.engine.cloud.errors import CloudError, NotFound
from vmms_tui.engine.cloud.facts import TAG_LEASE, CloudServer
from vmms_tui.engine.context import Context, LastSeen, last_seen
from vmms_tui.engine.operations import tags
from vmms_tui.engine.operations.remedies import refused
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.turns import in_turns
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import (
    AnyRecord,
    LeaseState,
    Level,
    NoticeKind,
    OperationKind,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.status import CloudStatus

log = logging.getLogger(__name__)

AT_REST = timedelta(seconds=10)
COMPLETE = timedelta(minutes=15)
"""How often everything is listed, and not only what changed."""
OVERLAP = timedelta(seconds=30)
"""How far `changes-since` reaches back beyond the newest change seen: databases replicate late."""

READ_TOGETHER = 8
"""Servers that are asked for one by one at the same time."""
TAKEN_TOGETHER = 500
"""Servers of a listing that are looked at before others have their turn."""

_SHOULD_BE_SEEN = frozenset({ServerState.READY, ServerState.LEASED, ServerState.STOPPED, ServerState.FAILED})
_NEEDS_LISTING = frozenset({OperationKind.PROVISION, OperationKind.RECLAIM})


class Observer:
    """Lists, compares, remembers. Holds how we stand with the cloud."""

    def __init__(self, context: Context, runner: Runner) -> None:
        self._context = context
        self._runner = runner
        self._last: datetime | None = None
        self._complete: datetime | None = None
        self._newest: datetime | None = None
        """The latest change that the cloud told of, by its own clock: ours may differ."""
        self.status = CloudStatus(name=context.account.name)

    async def tick(self) -> None:
        """List again if it is time: every second while something is being built or removed, else every ten."""
        now = self._context.clock.now()
        if self._last and now - self._last < AT_REST and not self._in_a_hurry():
            return
        complete = self._complete is None or now - self._complete >= COMPLETE
        since = None if complete or self._newest is None else self._newest - OVERLAP
        refused: TryAgain | None = None
        try:
            await self._list(since, now)
        except CloudError as error:
            self._say_away(error, now)
            return
        except TryAgain as error:  # the cloud has answered; what it said is taken in with the next complete listing
            refused = error
        self._last = now
        if refused or since is None:
            self._complete = None if refused else now
        self._context.sightings.listed_at = now
        if not self.status.ok:
            self._say_back(now)
        self.status = CloudStatus(
            name=self.status.name,
            ok=True,
            problem="",
            since=self.status.since,
            listed_at=now,
            calls_last_minute=self._context.account.calls_last_minute(),
        )
        if refused:
            raise refused

    def away(self) -> str:
        """Why the cloud does not answer; nothing when it does."""
        return "" if self.status.ok else self.status.problem or "nobody has asked it yet"

    async def read(self, server_ids: Sequence[str]) -> tuple[str, ...]:
        """Ask for these servers now, beside each other, and take what is told into the state.

        Returns those of which the cloud told nothing: it did not answer, or they are not in it yet.
        """
        turn = asyncio.Semaphore(READ_TOGETHER)

        async def one(server_id: str) -> bool:
            async with turn:
                return await self._read_one(server_id)

        told = await asyncio.gather(*(one(server_id) for server_id in server_ids))
        return tuple(server_id for server_id, heard in zip(server_ids, told, strict=True) if not heard)

    async def _read_one(self, server_id: str) -> bool:
        server = self._context.state.need(Server, server_id)
        if not server.cloud_id or server.state is ServerState.GONE:
            return False
        try:
            seen = await self._context.cloud_of(server).get_server(server.cloud_id)
        except NotFound:
            await self._missing(server_id, self._context.clock.now())
            return True
        except CloudError as error:
            log.info("%s could not be read: %s", server_id, error.message)
            return False
        if seen.status != "DELETED":
            self._context.sightings.servers[seen.id] = last_seen(seen)
            await self._context.ledger.commit(*self._compared(seen, self._context.clock.now()))
        return True

    def _in_a_hurry(self) -> bool:
        if self._context.ledger.problem:
            return False
        return any(operation.kind in _NEEDS_LISTING for operation in self._context.state.live_operations())

    def again_completely(self) -> None:
        """Let the next tick list everything."""
        self._complete = None
        self._last = None

    @property
    def reads(self) -> dict[str, datetime]:
        """When the list of servers was last read, and when all of it."""
        told = {"servers": self.status.listed_at, "servers, all of them": self._complete}
        return {what: at for what, at in told.items() if at}

    async def _list(self, since: datetime | None, now: datetime) -> None:
        projects = {spec.project for spec in self._context.specs.values()}
        projects |= {server.project for server in self._context.state.all(Server) if server.state != ServerState.GONE}
        seen: dict[str, CloudServer] = {}
        last: dict[str, LastSeen] = {}
        gone: set[str] = set()
        for project in sorted(projects or {""}):
            listing = await self._context.account.project(project).list_servers(since)
            async for some in in_turns(listing.servers, TAKEN_TOGETHER):
                told = [self._newest, *(server.updated for server in some)]
                self._newest = max(filter(None, told), default=None)
                gone |= {server.id for server in some if server.status == "DELETED"}
                there = [server for server in some if server.status != "DELETED"]
                seen |= {server.id: server for server in there}
                last |= {server.id: last_seen(server) for server in there}
        known = self._context.sightings.servers
        if since is None:
            known.clear()
        for cloud_id in gone:
            known.pop(cloud_id, None)
        known.update(last)
        await self._take(seen, gone, complete=since is None, now=now)

    async def _take(self, seen: dict[str, CloudServer], gone: set[str], *, complete: bool, now: datetime) -> None:
        state = self._context.state
        async for some in in_turns(tuple(seen.values()), TAKEN_TOGETHER):
            changes: list[AnyRecord] = []
            for server_seen in some:
                changes += self._compared(server_seen, now)
            await self._context.ledger.commit(*changes)  # at once: it tells of servers as they are now
        missing = (
            [server.id for server in state.all(Server) if server.cloud_id and server.cloud_id not in seen]
            if complete
            else [server.id for cloud_id in gone if (server := state.server_by_cloud_id(cloud_id))]
        )
        for server_id in missing:
            await self._missing(server_id, now)

    def _compared(self, seen: CloudServer, now: datetime) -> list[AnyRecord]:
        """What a sighting changes."""
        server = self._context.state.server_by_cloud_id(seen.id)
        if (server is None or seen.metadata.get(TAG_LEASE)) and tags.is_ours(self._context, seen):
            # a store older than the cloud must not give the same numbers out again
            self._context.ledger.skip_numbers(**tags.numbers(seen))
        if server is None or server.state == ServerState.GONE:
            return []
        return self._updated(server, seen, now)

    def _updated(self, server: Server, seen: CloudServer, now: datetime) -> list[AnyRecord]:
        new = changed(
            server,
            cloud_status=seen.status,
            task_state=seen.task_state,
            task_since=(server.task_since if seen.task_state == server.task_state else now)
            if seen.task_state
            else None,
            host=seen.host or server.host,
            volume_ids=seen.volume_ids,
            missing_since=None,
        )
        said: list[AnyRecord] = []
        if self._context.state.operation_on(server.id) is None:
            new, said = self._moved_by_others(new, seen, now)
        return [new, *said] if new != server else []

    def _moved_by_others(self, server: Server, seen: CloudServer, now: datetime) -> tuple[Server, list[AnyRecord]]:
        """What others did: a server shut off from inside, or started through the cloud's own means."""
        ledger = self._context.ledger
        why = self._context.without_secrets(server.id, f"the cloud says {seen.status} {seen.fault}".strip())
        if server.state == ServerState.READY and seen.status not in {"ACTIVE", "REBOOT"} and not seen.task_state:
            bad = changed(server, state=ServerState.FAILED, since=now, failure=why)
            text = f"{server.id} is no longer ready: {why}"
            return bad, [ledger.event("server.lost", text, about=bad, level=Level.WARNING, reason=why)]
        if server.state == ServerState.LEASED and seen.status == "SHUTOFF" and not seen.task_state:
            off = changed(server, state=ServerState.STOPPED, since=now)
            return off, [
                ledger.event("server.stopped", f"{server.id} was shut off, not by VMMS", about=off, reason=why)
            ]
        if server.state == ServerState.STOPPED and seen.status == "ACTIVE" and not seen.task_state:
            lease = self._context.state.live_lease_of(server.id)
            if lease and lease.state == LeaseState.ACTIVE:
                on = changed(server, state=ServerState.LEASED, since=now)
                return on, [
                    ledger.event("server.started", f"{server.id} was started, not by VMMS", about=on, reason=why)
                ]
        return server, []

    async def _missing(self, server_id: str, now: datetime) -> None:
        """A listing does not show it. One look at the server itself decides; operations look for themselves."""
        server = self._settled(server_id)
        if server is None:
            return
        try:
            seen = await self._context.cloud_of(server).get_server(server.cloud_id)
        except NotFound:
            seen = None
        server = self._settled(server_id)
        if seen is not None and seen.status != "DELETED":
            return
        if server is None:
            return
        failure = "it was deleted in the cloud, not by VMMS"
        lost = changed(server, state=ServerState.FAILED, since=now, failure=failure, missing_since=now, cloud_status="")
        ledger = self._context.ledger
        why = f"no list of servers has it, and the cloud does not know {server.cloud_id}"
        said = ledger.event("server.lost", f"{server.id}: {failure}", about=lost, level=Level.ERROR, reason=why)
        changes: list[AnyRecord] = [lost, said]
        lease = self._context.state.live_lease_of(server.id)
        if lease:
            text = f"{server.id} was deleted in the cloud, not by VMMS. Release {lease.id} and ask for another server."
            changes.append(telling.word(self._context, NoticeKind.LOST, lease, text))
            if lease.state == LeaseState.OVERDUE and lease.stopped_at is None:
                changes += telling.stopped(self._context, lease)
        await ledger.commit(*changes)

    def _settled(self, server_id: str) -> Server | None:
        """The server, if it should be in the cloud and nothing is at work on it."""
        server = self._context.state.need(Server, server_id)
        if server.state not in _SHOULD_BE_SEEN or server.missing_since or self._context.state.operation_on(server_id):
            return None
        return server

    def _say_away(self, error: CloudError, now: datetime) -> None:
        self._last = now
        if self.status.ok or self.status.problem != error.message:
            log.warning("cloud %s: %s", self.status.name, error.message)
        self.status = CloudStatus(
            name=self.status.name,
            ok=False,
            problem=error.message,
            remedy=refused(error).remedy,
            since=self.status.since if not self.status.ok and self.status.since else now,
            listed_at=self.status.listed_at,
            calls_last_minute=self._context.account.calls_last_minute(),
        )

    def _say_back(self, now: datetime) -> None:
        log.info("cloud %s answers", self.status.name)
        self.status = CloudStatus(name=self.status.name, ok=True, problem="", since=now)
