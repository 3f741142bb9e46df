"""Room that is kept free for hosts that die: whether it is there, and how much may still be built. Pure.

What counts is what an evacuation needs: RAM and disk (see `evacuation`). The servers of each single open host must find
room on the others, and so must those of the fullest hosts together, as many as the settings say. Two proofs do:

1. *Any order*: every other host is cut into pieces as large as the largest of these servers, in RAM and in disk. Where
   there are as many pieces as servers, each finds one, whatever host the cloud's scheduler chooses for the others.
2. *The scheduler's order*: they are placed as an evacuation places them, and then all of them, the largest first.

Ready servers and those that are being built count as lent: they may be lent before the host dies. Servers of others
count as so many of the same size, by what the hypervisor says is used. Servers that wait on dead hosts, and builds that
no reading of the hosts has seen yet, take their room first.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from vmms_tui.model.evacuation import EVACUATED, is_open
from vmms_tui.model.records import Server, ServerState
from vmms_tui.model.surroundings import Host

Size = tuple[int, int]
"""MiB of RAM and GiB of disk."""
MOST_TOLD = 100
"""Of how many more servers it is looked whether they may be built."""
NOT_READ = "the compute hosts were not read yet"
"""It will be known in a moment."""
NO_HOSTS = "no open compute host is known"
_NOTHING_THERE = frozenset({ServerState.GONE, ServerState.RECLAIMING, ServerState.FAILED, ServerState.REQUESTED})
"""States of servers that nobody builds anew."""


class Reserve(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with the room that is kept free."""

    hosts: int
    """The servers of so many must find room on the others."""
    holds: bool | None = None
    """None: nobody knows; `why` says why not."""
    why: str = ""
    """Why it does not hold, or why nobody knows; without its stop."""
    reserved_mib: int = 0
    """RAM that the servers of the fullest hosts need on the others."""
    free_mib: int = 0
    """RAM that is free on these others."""
    more: dict[str, int] = {}
    """How many servers more each pool may build before it does not hold; not above MOST_TOLD."""

    @property
    def beyond_mib(self) -> int:
        """RAM that is free beyond what is kept; below zero: so much is missing."""
        return self.free_mib - self.reserved_mib


class _Need(NamedTuple):
    """A server that must find room."""

    ram_mib: int
    disk_gib: int
    rank: tuple[int, int, str] | None = None
    """Its place in an evacuation that begins now; None: it would not be evacuated, as it is nobody's yet."""


class Ground:
    """The hosts as they were read, with what must find room when they die."""

    def __init__(
        self, hosts: Iterable[Host], servers: Iterable[Server], importance: Mapping[str, int] | None = None
    ) -> None:
        """`importance` by the ids of servers that are lent."""
        known = list(hosts)
        opened = [one for one in known if is_open(one)]
        self.unsure = sorted(one.name for one in opened if None in _numbers(one))
        self.unknown = NO_HOSTS if not opened else self._unsure_words()
        self._free: dict[str, Size] = {}
        self._on: dict[str, list[_Need]] = {one.name: [] for one in opened}
        self._waiting: list[Size] = []
        self.seen: set[str] = set()
        """Our servers that these numbers hold already."""
        if not self.unknown:
            self._fill(opened, {one.name for one in known if not one.is_up}, servers, importance or {})

    def _unsure_words(self) -> str:
        if not self.unsure:
            return ""
        more = f" and {len(self.unsure) - 1} more" if len(self.unsure) > 1 else ""
        return f"the cloud does not say how full {self.unsure[0]}{more} is"

    def _fill(
        self, opened: Sequence[Host], down: set[str], servers: Iterable[Server], importance: Mapping[str, int]
    ) -> None:
        ours: dict[str, list[Server]] = defaultdict(list)
        for server in servers:
            if server.host and server.state is not ServerState.GONE:
                ours[server.host].append(server)
                self.seen.add(server.id)
        for host in opened:
            ram, ram_used, disk, disk_used, number = (value or 0 for value in _numbers(host))
            self._free[host.name] = ram - ram_used, disk - disk_used
            mine = ours.get(host.name, [])
            self._on[host.name] = [_need(one, importance) for one in mine if one.state not in _NOTHING_THERE]
            others = number - len(mine)
            if others > 0:
                rest_ram = ram_used - sum(one.ram_mib for one in mine)
                rest_disk = disk_used - sum(one.disk_gib for one in mine)
                size = _Need(max(0, -(-rest_ram // others)), max(0, -(-rest_disk // others)))
                self._on[host.name] += [size] * others
        for name in sorted(down):
            lent = [one for one in ours.get(name, []) if one.id in importance or one.state in EVACUATED]
            self._waiting += [(one.ram_mib, one.disk_gib) for one in lent]

    def proved(self, number: int, extra: Sequence[Size] = ()) -> bool:
        """Whether the servers of this many hosts find room when so much more is built. False, too: nobody knows."""
        return not self.unknown and _Proof(self._free, self._on).holds(number, [*self._waiting, *extra])

    def more(self, number: int, size: Size, pending: Sequence[Size] = (), most: int = MOST_TOLD) -> int:
        """How many servers of a size may be built so that it holds, and with one more would not; not above `most`."""
        if most <= 0 or self.proved(number, [*pending, *[size] * most]):
            return max(0, most)
        low, high = -1, most  # it holds with `low`, and not with `high`
        while high - low > 1:
            middle = (low + high) // 2
            if self.proved(number, [*pending, *[size] * middle]):
                low = middle
            else:
                high = middle
        return max(0, low)

    def amounts(self, number: int, pending: Sequence[Size] = ()) -> tuple[int, int]:
        """MiB that the servers of the fullest hosts need, and that are free on the others."""
        fullest = set(_fullest(self._on, number))
        need = sum(one.ram_mib for name in fullest for one in self._on[name])
        free = sum(max(0, ram) for name, (ram, _) in self._free.items() if name not in fullest)
        return need, free - sum(ram for ram, _ in (*self._waiting, *pending))

    def stands(self, number: int, pools: Mapping[str, tuple[Size, int]], pending: Sequence[Size] = ()) -> Reserve:
        """All of it. `pools`: the size of each pool's servers, and how many more it may ever build."""
        if self.unknown:
            return Reserve(hosts=number, why=self.unknown)
        need, free = self.amounts(number, pending)
        holds = self.proved(number, pending)
        told: dict[tuple[Size, int], int] = {}
        for size, most in pools.values():
            if (size, most) not in told:
                told[size, most] = self.more(number, size, pending, min(most, MOST_TOLD)) if holds else 0
        return Reserve(
            hosts=number,
            holds=holds,
            why="" if holds else _lack(number, len(self._on)),
            reserved_mib=need,
            free_mib=free,
            more={name: told[wish] for name, wish in pools.items()},
        )


def _lack(number: int, opened: int) -> str:
    if opened <= number:
        return f"only {opened} {'host is' if opened == 1 else 'hosts are'} open"
    which = "a host" if number == 1 else f"one host, or of the {number} fullest,"
    return f"the servers of {which} do not all find room on the others"


def _numbers(host: Host) -> tuple[int | None, int | None, int | None, int | None, int | None]:
    return host.ram_mib, host.ram_used_mib, host.disk_gib, host.disk_used_gib, host.servers


def _need(server: Server, importance: Mapping[str, int]) -> _Need:
    rank = (-importance.get(server.id, 0), -server.ram_mib, server.id) if server.state in EVACUATED else None
    return _Need(server.ram_mib, server.disk_gib, rank)


def _fullest(on: Mapping[str, Sequence[_Need]], number: int) -> list[str]:
    """The hosts whose servers need most room elsewhere."""
    return heapq.nlargest(number, on, key=lambda name: (sum(one.ram_mib for one in on[name]), name))


class _Proof:
    """One look: what is free, and what is where, with what is built meanwhile."""

    def __init__(self, free: Mapping[str, Size], on: Mapping[str, list[_Need]]) -> None:
        self._free = dict(free)
        self._on = dict(on)
        self._pieces: dict[Size, int] = {}

    def holds(self, number: int, built: Sequence[Size]) -> bool:
        """Whether `built` finds room, and then the servers of each host, and of the `number` fullest."""
        heap = _heap(self._free)
        for size in built:
            where = _placed(heap, size)
            if not where:
                return False
            ram, disk = self._free[where]
            self._free[where] = ram - size[0], disk - size[1]
            self._on[where] = [*self._on[where], _Need(*size)]
        if len(self._on) <= number:
            return False
        dead = [[name] for name in self._on]
        return all(self._survives(some) for some in ([*dead, _fullest(self._on, number)] if number > 1 else dead))

    def _survives(self, dead: Sequence[str]) -> bool:
        needs = [one for name in dead for one in self._on[name]]
        if not needs:
            return True
        piece = max(one.ram_mib for one in needs), max(one.disk_gib for one in needs)
        if self._pieces_in_all(piece) - sum(_pieces(self._free[name], piece) for name in dead) >= len(needs):
            return True
        room = {name: free for name, free in self._free.items() if name not in dead}
        now = sorted(((one.rank, one) for one in needs if one.rank is not None), key=lambda pair: pair[0])
        later = sorted(needs, key=lambda one: (-one.ram_mib, -one.disk_gib))
        return _all_placed(room, [one for _, one in now]) and _all_placed(room, later)

    def _pieces_in_all(self, piece: Size) -> int:
        if piece not in self._pieces:
            self._pieces[piece] = sum(_pieces(free, piece) for free in self._free.values())
        return self._pieces[piece]


def _pieces(free: Size, piece: Size) -> int:
    return max(0, min(free[0] // max(1, piece[0]), free[1] // max(1, piece[1])))


_Heap = list[tuple[int, tuple[int, ...], str, int]]
"""Hosts, the one with most free RAM first; of equals the one whose name is last, as `evacuation` chooses."""


def _heap(free: Mapping[str, Size]) -> _Heap:
    heap = [(-ram, _backwards(name), name, disk) for name, (ram, disk) in free.items()]
    heapq.heapify(heap)
    return heap


def _backwards(name: str) -> tuple[int, ...]:
    """Sorts names the other way round; the end of a name counts as less than anything."""
    return (*(-ord(letter) for letter in name), 1)


def _placed(heap: _Heap, size: Size) -> str:
    """The host that takes it, with its room taken; empty: none does."""
    passed: _Heap = []
    found = ""
    while heap and -heap[0][0] >= size[0]:
        ram, back, name, disk = heapq.heappop(heap)
        if disk >= size[1]:
            found = name
            passed.append((ram + size[0], back, name, disk - size[1]))
            break
        passed.append((ram, back, name, disk))
    for one in passed:
        heapq.heappush(heap, one)
    return found


def _all_placed(room: Mapping[str, Size], needs: Sequence[_Need]) -> bool:
    heap = _heap(room)
    return all(_placed(heap, (one.ram_mib, one.disk_gib)) for one in needs)
