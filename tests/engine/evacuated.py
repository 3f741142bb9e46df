"""Watches what engines ask of the cloud about hosts, from outside: who is built anew elsewhere, and from where."""

from collections import Counter
from typing import Any

from tests.engine.world import World
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION
from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.engine.cloud.simulated.journeys import ENDED
from vmms_tui.engine.cloud.simulated.records import SimServer
from vmms_tui.model.evacuation import AT_ONCE
from vmms_tui.model.records import Event, Operation, OperationKind

OVER = ENDED | {"done"}
"""Statuses of an evacuation that is under way no more."""


class Evacuated:
    """Hears every order to evacuate a server just before the cloud does, and keeps what was wrong about it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._looked = 0
        """The last move of the cloud that was looked at."""
        self.wrong: list[str] = []
        self.asked: Counter[str] = Counter()
        """Orders by host."""
        world.before_call = self.hear

    def hear(self, call: str, about: tuple[Any, ...]) -> None:
        """One call of an engine's."""
        if call == "evacuate":
            cloud = self._world.account.world
            cloud.settle()
            server = cloud.contents.servers.get(about[0])
            if server is not None and server.deleted is None:
                self.wrong += [f"{server.name} of {server.host}: {why}" for why in self._judge(server)]
                self.asked[server.host] += 1

    def _judge(self, server: SimServer) -> list[str]:
        cloud, state = self._world.account.world, self._world.state
        host = cloud.contents.hosts.get(server.host)
        if host is None or host.counts_as_up:
            return []  # Nova itself refuses that
        wrong: list[str] = []
        if cloud.hosts.guests_run(host.name):
            wrong.append("its host lives")
        if not host.forced_down:
            wrong.append("its host is not forced down")
        if server.metadata.get(TAG_INSTALLATION) != "test":
            wrong.append("it is not ours")
        own = state.server_by_cloud_id(server.id)
        work = state.operation_on(own.id) if own is not None else None
        if work is None or work.kind is not OperationKind.EVACUATE or work.args.get("dead") != host.name:
            wrong.append("no operation says so")
        elif not self._witnessed(work, host.name):
            wrong.append(f"nobody swore to it {work}")
        if sum(one.status not in OVER for one in self._moves()) >= AT_ONCE:
            wrong.append(f"{AT_ONCE} others are under way")
        return wrong

    def _witnessed(self, work: Operation, host: str) -> bool:
        """Whether an operator said before why they know that the host is dead."""
        state = self._world.state
        oaths = [one for one in state.all(Event) if one.kind == "host.forced_down" and one.host == host]
        return any(one.reason and one.actor != "engine" and one.at <= work.started for one in oaths)

    def _moves(self) -> list[Any]:
        return [one for one in self._world.account.world.contents.moves.values() if one.kind == EVACUATION]

    def check(self) -> None:
        """Nothing was wrong, nothing ran twice, nothing was built anew twice from one death of its host."""
        twice = self._world.account.world.contents.twice
        assert not twice, f"{twice} ran on two hosts at once"
        assert not self.wrong, "; ".join(self.wrong)
        under_way = Counter(one.server_id for one in self._moves() if one.status not in OVER)
        assert not [server for server, number in under_way.items() if number > 1], "evacuated twice at once"
