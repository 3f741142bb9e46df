"""Watches what engines ask of the cloud about hosts, from outside: who is built anew elsewhere, and from where."""

from collections import Counter
from typing import Any

from tests.engine.overheard import Overheard
from tests.engine.world import World
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION
from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.engine.cloud.simulated.journeys import ENDED
from vmms_tui.engine.cloud.simulated.records import SimServer
from vmms_tui.model.records import Event, Operation, OperationKind
from vmms_tui.model.suspects import Phase, Suspect

OVER = ENDED | {"done"}
"""Statuses of an evacuation that is under way no more."""


class Evacuated:
    """Hears every order to evacuate a server just before the cloud does, and keeps what was wrong about it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.wrong: list[str] = []
        self.judges = True
        """Else only the cloud itself says what came of it."""
        self.asked: Counter[str] = Counter()
        """Orders, by who gave the host up: `engine`, or an operator."""
        world.before_call = self.hear
        self.witnesses = world.witnesses = Overheard(world.account, self._of_the_engine)

    def hear(self, call: str, about: tuple[Any, ...]) -> None:
        """One call of an engine's."""
        if call == "evacuate" and self.judges:
            cloud = self._world.account.world
            cloud.settle()
            server = cloud.contents.servers.get(about[0])
            host = cloud.contents.hosts.get(server.host) if server is not None and server.deleted is None else None
            if server is not None and host is not None and not host.counts_as_up:  # else Nova itself refuses
                self.wrong += [f"{server.name} of {host.name} is evacuated: {why}" for why in self._judge(server)]

    def _judge(self, server: SimServer) -> list[str]:
        cloud, state = self._world.account.world, self._world.state
        host = cloud.contents.hosts[server.host]
        wrong: list[str] = []
        if cloud.hosts.guests_may_run(host.name):
            wrong.append("its host lives")
        if not host.forced_down:
            wrong.append("its host is not forced down")
        if server.metadata.get(TAG_INSTALLATION) != "test":
            wrong.append("it is not ours")
        own = state.server_by_cloud_id(server.id)
        work = state.operation_on(own.id) if own is not None else None
        if work is None or work.kind is not OperationKind.EVACUATE or work.args.get("dead") != host.name:
            wrong.append(f"that is not the work on it: {work}")
        else:
            wrong += self._by_whom(work, host.name)
        most = self._world.policy.hosts.servers_at_once
        if sum(one.status not in OVER for one in self._evacuations()) >= most:
            wrong.append(f"{most} others are under way")
        return wrong

    def _by_whom(self, work: Operation, host: str) -> list[str]:
        """Somebody said how they know that the host is dead: an operator, or the engine, which had it fenced."""
        lines = [one for one in self._world.state.all(Event) if one.kind == "host.forced_down" and one.host == host]
        self.asked[work.actor] += 1
        if not any(one.reason for one in lines):
            return ["nobody swore to it"]
        if all(one.actor == "engine" for one in lines) and host not in self.witnesses.fenced:
            return ["the engine gave it up, and did not fence it"]
        return []

    def _of_the_engine(self, name: str) -> set[str]:
        """Hosts but this one that the engine fences or evacuates now without a person."""
        live = self._world.state.live_operations()
        ours = {one.args["dead"] for one in live if one.kind is OperationKind.EVACUATE and one.actor == "engine"}
        fenced = {one.id for one in self._world.state.all(Suspect) if one.phase in {Phase.FENCING, Phase.FENCED}}
        return (ours | fenced) - {name}

    def _evacuations(self) -> list[Any]:
        return [one for one in self._world.account.world.contents.moves.values() if one.kind == EVACUATION]

    def check(self) -> None:
        """Nothing ran on two hosts, and nothing was wrong about any fence or evacuation."""
        twice = self._world.account.world.contents.twice
        assert not twice, f"{twice} ran on two hosts at once"
        wrong = self.witnesses.wrong + self.wrong
        assert not wrong, "; ".join(wrong)
