"""What an evacuation of a dead host would do: who would go where, what would not fit, what forbids it. Pure.

The cloud's scheduler chooses the hosts in the end; this is what it does by default: the open host with most free RAM
(Nova, scheduler weights). Of vCPUs a host gives out more than it has, so they are no limit here.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from vmms_tui.model.errors import Refused
from vmms_tui.model.records import Lease, LeaseState, Server, ServerState
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Phase, Suspect, Verdict
from vmms_tui.model.witness import Says

LIFE = timedelta(minutes=1)
"""Who gave a sign of life so lately may only be late with the next."""
EVACUATED = frozenset({ServerState.LEASED, ServerState.STOPPED})
"""States of servers that are somebody's: they are built anew elsewhere."""
_GIVEN_UP = frozenset({Phase.EVACUATING, Phase.EVACUATED})
"""In these phases nobody is asked any more: the verdict is an old one."""
_BUSY = frozenset({ServerState.HEALING, ServerState.MOVING, ServerState.PREPARING})


class Evacuee(msgspec.Struct, frozen=True, kw_only=True):
    """A server of somebody's on a dead host."""

    server: Server
    lease: Lease | None = None
    to: str = ""
    """The host where there is room for it; empty: there is none, or nobody knows."""

    @property
    def importance(self) -> int:
        """As its lease says."""
        return self.lease.importance if self.lease else 0


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the servers on a host that is dead."""

    host: Host
    evacuees: tuple[Evacuee, ...] = ()
    """In the order in which they are evacuated: the most important first."""
    busy: tuple[Server, ...] = ()
    """Lent, and being mended, moved or set up by an operation: they can be evacuated when that is over."""
    ready: tuple[Server, ...] = ()
    """Nobody's yet: their pools build others."""
    others: int | None = None
    """Servers there that are not ours: nothing is done with them. None: the cloud does not say how many there are."""
    unsure: tuple[str, ...] = ()
    """Open hosts of which the cloud does not tell what is free."""

    @property
    def left_over(self) -> tuple[Evacuee, ...]:
        """Those for which there is no room on the hosts of which it is known."""
        return tuple(one for one in self.evacuees if not one.to)


def outlook(host: Host, hosts: Iterable[Host], servers: Iterable[Server], leases: Iterable[Lease]) -> Outlook:
    """Who would go where if this host were evacuated now."""
    here = [one for one in servers if one.host == host.name and one.state is not ServerState.GONE]
    lease_of = {lease.server_id: lease for lease in leases if lease.state is not LeaseState.ENDED}
    evacuees = sorted(
        (Evacuee(server=one, lease=lease_of.get(one.id)) for one in here if one.state in EVACUATED), key=_rank
    )
    left = {one.name: _free(one) for one in hosts if one.name != host.name and is_open(one)}
    room = {name: free for name, free in left.items() if free is not None}
    return Outlook(
        host=host,
        evacuees=tuple(_placed(one, room) for one in evacuees),
        busy=tuple(one for one in here if one.state in _BUSY and one.id in lease_of),
        ready=tuple(one for one in here if one.state is ServerState.READY),
        others=None if host.servers is None else max(0, host.servers - len(here)),
        unsure=tuple(name for name in left if name not in room),
    )


def _rank(one: Evacuee) -> tuple[int, int, str]:
    """The most important first, of these the largest: it finds room while there is some."""
    return -one.importance, -one.server.ram_mib, one.server.id


def is_open(host: Host) -> bool:
    """Whether something new can be built there."""
    return host.is_up and host.status.lower() == "enabled"


def _free(host: Host) -> list[int] | None:
    """MiB of RAM and GiB of disk that are free; None: the cloud does not say."""
    numbers = (host.ram_mib, host.ram_used_mib, host.disk_gib, host.disk_used_gib)
    if any(number is None for number in numbers):
        return None
    ram, ram_used, disk, disk_used = (number or 0 for number in numbers)
    return [ram - ram_used, disk - disk_used]


def _placed(one: Evacuee, room: dict[str, list[int]]) -> Evacuee:
    """The same with its host; its room there is taken."""
    server = one.server
    fitting = [name for name, (ram, disk) in room.items() if ram >= server.ram_mib and disk >= server.disk_gib]
    if not fitting:
        return one
    to = max(fitting, key=lambda name: (room[name][0], name))
    room[to][0] -= server.ram_mib
    room[to][1] -= server.disk_gib
    return Evacuee(server=server, lease=one.lease, to=to)


def still_alive(host: Host, now: datetime) -> bool:
    """Whether it gave a sign of life so lately that it may only be late."""
    return not host.forced_down and host.seen is not None and now - host.seen < LIFE


def obstacle(host: Host, sworn: str, suspect: Suspect | None = None) -> Refused | None:
    """Why a host is not evacuated on somebody's word: others say that it lives, or nothing was said."""
    if host.state.lower() != "down":
        said = f"The cloud says that {host.name} is {host.state or 'in no known state'}: its servers may well run."
        return Refused("not_down", said, "Move them while it lives (`vmms migrate`), or wait until the cloud sees it.")
    if suspect is not None and suspect.phase not in _GIVEN_UP and suspect.verdict is Verdict.ALIVE:
        alive = next((one for one in suspect.signs if one.says is Says.ALIVE), None)
        why = f" to {alive.witness}: {alive.why}" if alive is not None else ""
        said = f"{host.name} gave a sign of life at the last look{why}."
        return Refused("alive", said, "Take its power first; a moment later its witnesses say so, too.")
    if not sworn.strip():
        said = f"{host.name} is not evacuated on the cloud's word alone: it may only be cut off."
        return Refused(
            "not_sworn", said, "Say how you know that nothing runs on it any more: power pulled, console seen."
        )
    return None
