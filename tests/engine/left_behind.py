"""Things that a game leaves in the cloud with our tag, and how they may and may not go."""

import contextlib
import re
from datetime import datetime, timedelta

from tests.engine.leak_stage import Made, mark, tagged
from tests.engine.world import World
from vmms_tui.engine.cloud.errors import CloudError
from vmms_tui.model.leaks import Kind
from vmms_tui.model.records import Event, Server, ServerState

WAIT = timedelta(minutes=2)
"""`leaks.age` of the games."""
LENT_OR_READY = {ServerState.READY, ServerState.LEASED}


class LeftBehind:
    """Of servers that are gone, and second ones of servers that live; some in a stranger's use."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._nobodys = Made(world)
        self._used = Made(world)
        self._since: dict[str, datetime] = {}
        self._looked = ""
        """The last event that was looked at."""

    async def leave(self, kind: Kind | None, number: int) -> None:
        """Something of a server that is gone; None: all that it had, attached as it was."""
        gone = [server for server in self._world.state.all(Server) if server.state == ServerState.GONE]
        if not gone:
            return
        server = gone[number % len(gone)]
        with contextlib.suppress(CloudError):  # a fault of the game
            await self._make(kind, server.id)
        self._date(server.since)

    async def _make(self, kind: Kind | None, server_id: str) -> None:
        port_id = ""
        if kind in {Kind.PORT, None}:
            port_id = await self._nobodys.port(f"{server_id}-0", mark(server_id))
        if kind in {Kind.FLOATING_IP, None}:
            await self._nobodys.floating_ip(mark(server_id), port_id)
        if kind in {Kind.SERVER, None}:
            await self._nobodys.server(server_id, *filter(None, [port_id]), **tagged(server_id))
        if kind in {Kind.VOLUME, None}:
            await self._nobodys.volume(f"{server_id}-data", **tagged(server_id))

    async def double(self, number: int) -> None:
        """A second server with the id of one that is ready or lent."""
        alive = [one for one in self._world.state.all(Server) if one.state in LENT_OR_READY and one.cloud_id]
        if alive:
            server_id = alive[number % len(alive)].id
            with contextlib.suppress(CloudError):
                await self._nobodys.server(server_id, **tagged(server_id))
            self._date(None)

    async def lend_to_a_stranger(self, number: int) -> None:
        """A floating IP of a server that is gone, on somebody's port."""
        gone = [server for server in self._world.state.all(Server) if server.state == ServerState.GONE]
        if gone:
            server = gone[number % len(gone)]
            with contextlib.suppress(CloudError):
                port_id = await self._used.port("web", "somebody's")
                await self._used.floating_ip(mark(server.id), port_id)
            of_ports = self._world.account.world.contents.floating_ips.values()
            # an answer may be lost, and the floating IP be there all the same
            self._used.ids[Kind.FLOATING_IP] = [one.id for one in of_ports if one.port_id in self._used.all]
            self._date(server.since)

    def _date(self, made: datetime | None) -> None:
        """The cloud says that what is new was made when its server went, so that age alone never keeps it."""
        has = self._world.account.world.contents
        for made_id in (self._nobodys.all | self._used.all) - self._since.keys():
            self._since[made_id] = self._world.clock.now()
            for things in (has.servers, has.ports, has.floating_ips, has.volumes):
                if made and made_id in things:
                    things[made_id].created = made.timestamp()

    def check(self) -> None:
        """Whatever went was nobody's, and was seen for long enough, also by the engine that removed it."""
        for event in self._new():
            found = re.search(r"\((\S+)\) from the cloud", event.text)
            assert found, event.text
            seen_since = self._since.get(found[1], self._world.started[0])
            engine = max(start for start in self._world.started if start <= event.at)
            assert event.at - max(seen_since, engine) >= WAIT, event.text
            assert found[1] not in self._used.all
            for server in self._world.state.all(Server):
                if server.state != ServerState.GONE:
                    assert found[1] not in {server.cloud_id, server.floating_ip_id, *server.port_ids}

    def _new(self) -> list[Event]:
        new: list[Event] = []
        events = self._world.state.all(Event)
        for event in reversed(events):
            if event.id <= self._looked:
                break
            if event.kind == "leak.removing":
                new.append(event)
        self._looked = events[-1].id if events else ""
        return new

    async def wait_for_the_end(self) -> None:
        """A few things go after each look: time for all that a long game has left behind."""
        for _ in range(len(self._nobodys.all)):
            if not self._nobodys.there():
                return
            self._world.clock.advance(300)
            await self._world.pass_time_at_rest(30)

    async def check_the_end(self) -> None:
        """All is gone but what strangers use, which then is taken away."""
        assert not self._nobodys.there()
        assert self._used.there() == self._used.all
        for floating_ip_id in self._used.ids[Kind.FLOATING_IP]:
            assert (await self._world.cloud.get_floating_ip(floating_ip_id)).port_id in self._used.ids[Kind.PORT]
            await self._world.cloud.delete_floating_ip(floating_ip_id)
