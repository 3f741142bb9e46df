"""Which moves even the load of the open hosts: the share of their RAM that is used. Pure; the screens ask it too."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from vmms_tui.model.evacuation import is_open
from vmms_tui.model.moving import MOVABLE, Question, blocker, checks, runs
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
    """Servers on the fullest hosts that are left there, and why."""


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
) -> Balance:
    """The moves, the largest gain first. `leases` and `work` by server; `held` moved lately and stay.

    Each move takes from the fullest host that has one to give to the emptiest one. It never widens the spread: the
    host that takes is no fuller after it than the one that gives was.
    """
    known, mine = tuple(hosts), [one for one in servers if one.state in MOVABLE]
    loads = {one.name: load for one in known if is_open(one) and (load := _load(one)) is not None}
    if len(loads) < 2:
        return Balance()
    before, stay, shifts, gone = _spread(loads), dict[str, str](), list[Shift](), set[str]()
    free = dict[str, list[Server]]()
    for server in mine:
        if server.host in loads:
            if why := _stays(server, leases.get(server.id), work.get(server.id), server.id in held, known, wish):
                stay[server.id] = why
            else:
                free.setdefault(server.host, []).append(server)
    while len(shifts) < wish.most and _spread(loads) > wish.threshold / 100:
        best = _best(loads, free, gone, known, wish)
        if best is None:
            break
        shifts.append(best)
        gone.add(best.server_id)
    return Balance(tuple(shifts), (_percent(before), _percent(_spread(loads))), stay)


def _stays(
    server: Server, lease: Lease | None, work: Operation | None, held: bool, hosts: Sequence[Host], wish: Wish
) -> str:
    if lease is not None and lease.importance >= wish.important_from:
        return f"it has importance {lease.importance}"
    if held:
        return "it was moved lately"
    if not runs(server):
        return "it is off, and only what runs moves live"
    stop = blocker(checks(Question(server=server, hosts=tuple(hosts), lease=lease, work=work)))
    return stop.text if stop is not None else ""


def _best(
    loads: dict[str, _Load], free: Mapping[str, Sequence[Server]], gone: set[str], hosts: tuple[Host, ...], wish: Wish
) -> Shift | None:
    """The best move from the fullest to the emptiest host, taken; None: none brings enough."""
    order = sorted(loads.values(), key=lambda one: (-one.share(), one.host.name))
    low = order[-1]
    for high in order[:-1]:
        gap = high.share() - low.share()
        if gap <= wish.threshold / 100:
            return None
        found: list[tuple[float, str, Server]] = []
        for server in free.get(high.host.name, ()):
            if server.id in gone or low.used + server.ram_mib > low.whole or not _goes(server, low, hosts):
                continue
            gain = gap - abs(high.share(-server.ram_mib) - low.share(server.ram_mib))
            if server.ram_mib > 0 and gain >= wish.margin / 100 and gain > 0:
                found.append((-gain, server.id, server))
        if found:
            return _take(min(found, key=lambda one: one[:2])[2], high, low)
    return None


def _goes(server: Server, low: _Load, hosts: tuple[Host, ...]) -> bool:
    return blocker(checks(Question(server=server, hosts=hosts, host=low.host.name))) is None


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
