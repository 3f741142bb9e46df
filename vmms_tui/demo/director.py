"""Plays a scene on a stage: does at each step what it says, and knows the caption."""

from datetime import timedelta

from vmms_tui.demo.show import (
    Ask,
    CloudAway,
    CloudBack,
    Deed,
    HostDies,
    HostGivenUp,
    HostsBack,
    NewImage,
    RenewTheirs,
    Scene,
    Step,
)
from vmms_tui.demo.stage import Stage
from vmms_tui.engine.cloud.simulated.faults import Fault
from vmms_tui.model.commands import Renew, RequestServer
from vmms_tui.model.records import Lease, LeaseState, Server, changed


class Director:
    """Opened stage, one scene. The stage calls `act` at each of its steps."""

    def __init__(self, stage: Stage, scene: Scene) -> None:
        self.scene = scene
        self.done = 0
        """How many steps have begun."""
        self.speed = scene.speed
        """How fast the last of them wants time to go."""
        self._stage = stage
        self._began = stage.now
        self._away: Fault | None = None
        self._dead: list[str] = []
        stage.actors.insert(0, self.act)

    @property
    def caption(self) -> str:
        """What is going on, for who looks."""
        if not self.done:
            return self.scene.title
        return f"{self.done}/{len(self.scene.steps)}  {self.scene.steps[self.done - 1].says}"

    def begins(self, step: Step) -> float:
        """Seconds from now until a step begins; below zero: it has begun."""
        return (self._began + step.at - self._stage.now).total_seconds()

    async def act(self) -> None:
        """Begin every step whose time has come."""
        while self.done < len(self.scene.steps) and self.begins(step := self.scene.steps[self.done]) <= 0:
            self.done += 1
            self.speed = step.speed or self.speed
            for deed in step.does:
                await self._do(deed)

    async def _do(self, deed: Deed) -> None:
        match deed:
            case Ask():
                self._ask(deed)
            case RenewTheirs(owner=owner, term=term):
                for lease in self._leases_of(owner):
                    self._stage.crowd.later(self._stage.now, owner, Renew(lease_id=lease.id, term=term))
            case NewImage(pool=pool, image=image):
                await self._stage.settle_on(
                    [changed(spec, image=image) if spec.name == pool else spec for spec in self._stage.pools]
                )
            case _:
                self._to_the_cloud(deed)

    def _to_the_cloud(self, deed: Deed) -> None:
        world = self._stage.account.world
        match deed:
            case HostDies(owner=owner):
                server = self._stage.get(Server, self._leases_of(owner)[0].server_id)
                if server is not None:
                    self._dead.append(server.host)
                    world.host_down(server.host)
            case HostGivenUp():
                for host in self._dead:
                    world.give_up_host(host)
            case HostsBack():
                for host in self._dead:
                    world.host_up(host)
            case CloudAway():
                self._away = world.faults.unreachable()
            case CloudBack() if self._away is not None:
                world.faults.remove(self._away)

    def _ask(self, deed: Ask) -> None:
        between = deed.over / max(1, len(deed.owners) - 1)
        command = RequestServer(purpose=deed.purpose, term=deed.term, importance=deed.importance, note=deed.note)
        for number, owner in enumerate(deed.owners):
            at = self._stage.now + timedelta(seconds=int((between * number).total_seconds()))
            self._stage.crowd.later(at, owner, command)

    def _leases_of(self, owner: str) -> list[Lease]:
        live = {LeaseState.ACTIVE, LeaseState.OVERDUE}
        return [lease for lease in self._stage.all(Lease) if lease.owner == owner and lease.state in live]
