"""Which moves even the load of the open hosts: the share of their RAM that is used. Pure; the screens ask it too."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from vmms_tui.model.evacuation import is_open
from vmms_tui.model.inventory import Inventory, inventory
from vmms_tui.model.moving import MOVABLE, Question, runs, stop_of
from vmms_tui.model.placing import FREE, Ties
from vmms_tui.model.records import Lease, Operation, Server
from vmms_tui.model.surroundings import Host


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """When the load is uneven, and what a move must bring. Shares are per cent of RAM."""

    threshold: int = 20
    """The fullest and the emptiest host may differ by so much."""
    margin: int = 2
    """A move must bring the two hosts so much closer."""
    most: int = 10
    """Moves in one plan."""
    important_from: int = 5
    """Servers with this importance or more stay."""


@dataclass(frozen=True)
class Shift:
    """One move, with the shares of both hosts before and after it, in per cent."""

    server_id: str
    source: str
    to: str
    before: tuple[int, int]
    after: tuple[int, int]

    @property
    def text(self) -> str:
        """In one line."""
        was, now = self.before, self.after
        return f"{self.server_id} from {self.source} ({was[0]} % -> {now[0]} %) to {self.to} ({was[1]} % -> {now[1]} %)"


@dataclass(frozen=True)
class Balance:
    """What would even the load."""

    shifts: tuple[Shift, ...] = ()
    spread: tuple[int, int] = (0, 0)
    """Between the fullest and the emptiest host, before and after."""
    stay: dict[str, str] = field(default_factory=dict)
    """Servers on the hosts that were to give one, and that are left there, and why."""


@dataclass
class _Load:
    host: Host
    used: int
    whole: int

    def share(self, more: int = 0) -> float:
        return (self.used + more) / self.whole


def balance(
    hosts: Iterable[Host],
    servers: Iterable[Server],
    leases: Mapping[str, Lease],
    work: Mapping[str, Operation],
    held: Collection[str],
    wish: Wish,
    ties: Callable[[Server], Ties] = lambda _server: FREE,
) -> Balance:
    """The moves of servers on leases, the largest gain first.

    `leases` and `work` by server; `held` moved lately and stay.

    Each move takes from the fullest host that has one to give to the emptiest one. It never widens the spread: the
    host that takes is no fuller after it than the one that gives was.
    """
    known = inventory(hosts)
    loads = {one.name: load for one in known if is_open(one) and (load := _load(one)) is not None}
    if len(loads) < 2:
        return Balance()
    plan = _Plan(known, leases, work, held, wish, ties, _by_host(servers, leases))
    before, shifts = _spread(loads), list[Shift]()
    while len(shifts) < wish.most and _spread(loads) > wish.threshold / 100:
        best = plan.best(loads)
        if best is None:
            break
        shifts.append(best)
    return Balance(tuple(shifts), (_percent(before), _percent(_spread(loads))), plan.stay)


def deviations(hosts: Iterable[Host]) -> dict[str, int]:
    """How much fuller than the mean of the open hosts each one is, in points of its share of RAM; below zero: emptier.

    By name; without those of which nobody knows how full they are.
    """
    loads = [load for one in hosts if (load := _load(one)) is not None]
    there = [load.share() for load in loads if is_open(load.host)]
    if not there:
        return {}
    mean = sum(there) / len(there)
    return {load.host.name: round(100 * (load.share() - mean)) for load in loads}


def _by_host(servers: Iterable[Server], leases: Mapping[str, Lease]) -> dict[str, list[Server]]:
    """Ready ones are lent or given up where they are."""
    found = dict[str, list[Server]]()
    for server in servers:
        if server.id in leases and server.state in MOVABLE:
            found.setdefault(server.host, []).append(server)
    return found


@dataclass
class _Plan:
    """What is known while the moves are looked for. A host is looked at when its turn comes, and only once."""

    hosts: Inventory
    leases: Mapping[str, Lease]
    work: Mapping[str, Operation]
    held: Collection[str]
    wish: Wish
    ties: Callable[[Server], Ties]
    unseen: dict[str, list[Server]]
    """Servers by host, of the hosts that were not looked at yet."""
    free: dict[str, dict[str, Server]] = field(default_factory=dict)
    """Those that can move, by host and id, of the hosts that were."""
    stay: dict[str, str] = field(default_factory=dict)

    def best(self, loads: Mapping[str, _Load]) -> Shift | None:
        """The best move from the fullest to the emptiest host, taken; None: none brings enough."""
        order = sorted(loads.values(), key=lambda one: (-one.share(), one.host.name))
        low = order[-1]
        for high in order[:-1]:
            gap = high.share() - low.share()
            if gap <= self.wish.threshold / 100:
                return None
            server = self._first_to_go(high, low, gap)
            if server is not None:
                del self.free[high.host.name][server.id]
                return _take(server, high, low)
        return None

    def _first_to_go(self, high: _Load, low: _Load, gap: float) -> Server | None:
        """The one that brings the two closest; whether it can go there is asked only of the best."""
        found: list[tuple[float, str, Server]] = []
        for server in self._movable(high.host.name).values():
            gain = gap - abs(high.share(-server.ram_mib) - low.share(server.ram_mib))
            fits = server.ram_mib > 0 and low.used + server.ram_mib <= low.whole
            if fits and gain >= self.wish.margin / 100 and gain > 0:
                found.append((-gain, server.id, server))
        best = sorted(found, key=lambda one: one[:2])
        return next((one for _, _, one in best if self._goes(one, low.host.name)), None)

    def _movable(self, host: str) -> dict[str, Server]:
        """Those of a host that can move; of the others it is noted why not."""
        for server in self.unseen.pop(host, ()):
            if why := self._stays(server):
                self.stay[server.id] = why
            else:
                self.free.setdefault(host, {})[server.id] = server
        return self.free.get(host, {})

    def _stays(self, server: Server) -> str:
        lease = self.leases[server.id]
        if lease.importance >= self.wish.important_from:
            return f"it has importance {lease.importance}"
        if server.id in self.held:
            return "it was moved lately"
        if not runs(server):
            return "it is off, and only what runs moves live"
        work, ties = self.work.get(server.id), self.ties(server)
        stop = stop_of(Question(server=server, hosts=self.hosts, lease=lease, work=work, ties=ties))
        return stop.text if stop is not None else ""

    def _goes(self, server: Server, host: str) -> bool:
        return stop_of(Question(server=server, hosts=self.hosts, host=host, ties=self.ties(server))) is None


def _take(server: Server, high: _Load, low: _Load) -> Shift:
    before = (_percent(high.share()), _percent(low.share()))
    high.used -= server.ram_mib
    low.used += server.ram_mib
    return Shift(server.id, high.host.name, low.host.name, before, (_percent(high.share()), _percent(low.share())))


def _load(host: Host) -> _Load | None:
    if not host.ram_mib or host.ram_used_mib is None:
        return None
    return _Load(host, host.ram_used_mib, host.ram_mib)


def _spread(loads: Mapping[str, _Load]) -> float:
    shares = [one.share() for one in loads.values()]
    return max(shares) - min(shares)


def _percent(share: float) -> int:
    return round(100 * share)
