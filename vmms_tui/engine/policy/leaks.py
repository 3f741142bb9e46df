"""What an object in the cloud that carries our tag is to us. Whatever is not certain is left for a person.

An object without our tag is never judged; but one may stand in the way: what a stranger uses is not removed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from vmms_tui.engine.policy.words import instant
from vmms_tui.model.leaks import Kind, Verdict
from vmms_tui.model.records import Server, ServerState

LATE = timedelta(minutes=15)
"""How long after a server's end something of it may still come up in the cloud, and how far clocks may differ."""
COMPUTE = "compute:"
"""How the owner of a port begins that a server uses (Neutron's `device_owner`)."""

Key = tuple[Kind, str]
"""Kind and id."""


class Thing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object that carries our installation's tag, whatever its kind."""

    kind: Kind
    id: str
    name: str
    """A floating IP has its address here."""
    server_id: str
    """Our server that its tag names."""
    pool: str = ""
    project: str = ""
    created: datetime | None = None
    going: bool = False
    """The cloud is deleting it already."""
    holders: tuple[str, ...] = ()
    """Ids of what it is attached to: a floating IP's port, a port's device, a volume's servers."""
    holder_kind: str = ""
    """A port's `device_owner`."""
    lease_id: str = ""
    """The lease that a server's metadata tell of."""
    lease_end: str = ""
    """Its end, as it stands there."""

    @property
    def key(self) -> Key:
        """Kind and id."""
        return (self.kind, self.id)


class Seen(Protocol):
    """One complete look: every kind was listed to its end, in all projects in use."""

    @property
    def things(self) -> Mapping[Key, Thing]:
        """Ours."""
        ...

    def is_server(self, cloud_id: str) -> bool:
        """Whether there is a server with this id, whosever it is."""
        ...

    def attached_to(self, holder_id: str) -> tuple[Key, ...]:
        """What is attached to a port or a server, whosever it is."""
        ...


class Known(Protocol):
    """What the store knows, at this instant."""

    @property
    def now(self) -> datetime:
        """The engine's time."""
        ...

    @property
    def certain_since(self) -> datetime | None:
        """From when on nothing of ours is made without this store knowing of it; None: never."""
        ...

    @property
    def forgets_after(self) -> timedelta:
        """How long servers that are gone are remembered."""
        ...

    def server(self, server_id: str) -> Server | None:
        """Our server with this id; None when it is forgotten, or never was."""
        ...

    def at_work(self, server_id: str) -> str:
        """The operation that is at work on this server, or nothing."""
        ...

    def lease_on(self, server_id: str) -> str:
        """The live lease that this server is on, or nothing."""
        ...

    def gave(self, server_id: str) -> bool:
        """Whether this store itself gave this id out."""
        ...

    def has_pool(self, pool: str) -> bool:
        """Whether the settings name it."""
        ...


class Judgement(msgspec.Struct, frozen=True):
    """The verdict, and why, in words without a full stop."""

    verdict: Verdict
    why: str
    after: str = ""
    """What must go before a thing that is left over, if something must."""


def judge(thing: Thing, seen: Seen, known: Known) -> Judgement:
    """What a thing is to us."""
    server = known.server(thing.server_id)
    usual = _usual(thing, server, known)
    if usual:
        return Judgement(Verdict.EXPECTED, usual)
    doubt = _doubt(thing, server, known)
    if doubt:
        return Judgement(Verdict.PERSON, doubt) if server else _unknown(thing, doubt, known)
    doubt = _doubt_of_neighbours(thing, server, seen, known)
    if doubt:
        return Judgement(Verdict.PERSON, doubt)
    return Judgement(Verdict.LEFT_OVER, _left_over(server, thing), _after(thing, seen))


def made_here(given: bool, created: datetime | None, certain_since: datetime | None) -> bool:
    """Whether a thing was made under this store: its id is one that this store gave out, at a time it is certain of.

    If the store no longer knows its server, that server is not taken on again: there may be somebody's data in it.
    """
    return given and created is not None and certain_since is not None and created >= certain_since


def _usual(thing: Thing, server: Server | None, known: Known) -> str:
    """Why it should be there: its server lives, or somebody works on it."""
    if thing.going:
        return "the cloud is deleting it"
    operation = known.at_work(thing.server_id)
    if operation:
        return f"{operation} is at work on {thing.server_id}"
    if _is_double(thing, server):
        return ""
    if server is not None and server.state is not ServerState.GONE:
        return f"{server.id} is {server.state}"
    lease = known.lease_on(thing.server_id)
    return f"{lease} is on {thing.server_id}" if lease else ""


def _is_double(thing: Thing, server: Server | None) -> bool:
    """Whether it is a second server with the id of one that lives."""
    if thing.kind is not Kind.SERVER or server is None or server.state is ServerState.GONE:
        return False
    return server.cloud_id not in {"", thing.id}


def _unknown(thing: Thing, doubt: str, known: Known) -> Judgement:
    """The store knows nothing of its server, and is not certain that there is nothing to know."""
    own = made_here(known.gave(thing.server_id), thing.created, known.certain_since)
    if thing.kind is Kind.SERVER and known.has_pool(thing.pool) and not own:
        return Judgement(Verdict.ADOPT, f"{doubt}; the next start of the engine takes it on")
    return Judgement(Verdict.PERSON, doubt)


def _doubt(thing: Thing, server: Server | None, known: Known) -> str:
    """Why the store is not certain that nobody needs it."""
    return (
        _doubt_of_number(thing, known)
        or _doubt_of_age(thing, server, known)
        or _doubt_of_name(thing)
        or _doubt_of_lease(thing, known)
    )


def _doubt_of_number(thing: Thing, known: Known) -> str:
    if known.gave(thing.server_id):
        return ""
    if not thing.server_id:
        return "its tags name no server"
    return f"its tag names {thing.server_id}, an id that this store did not give out"


def _doubt_of_age(thing: Thing, server: Server | None, known: Known) -> str:
    """Made before the store knew, or when its server was not: by another engine with our tag, say."""
    made, begun = thing.created, known.certain_since
    if made is None:
        return "the cloud does not say when it was made"
    if begun is None or made < begun:
        since = f" ({instant(begun)})" if begun else ""
        return f"it was made before this store began{since}"
    if server is None and made > known.now - known.forgets_after:
        return f"it was made when {thing.server_id} was long gone; is there a second engine with our tag?"
    if server is None:
        return ""
    if server.state is ServerState.GONE and made > server.since + LATE:
        return f"it was made after {server.id} was gone; is there a second engine with our tag?"
    if made < server.created - LATE:
        return f"it is older than {server.id}; is there a second engine with our tag?"
    return ""


def _doubt_of_name(thing: Thing) -> str:
    """We name things after their server; a floating IP has no name."""
    own = thing.name == thing.server_id or thing.name.startswith(f"{thing.server_id}-")
    return "" if own or thing.kind is Kind.FLOATING_IP else "somebody has given it another name"


def _doubt_of_lease(thing: Thing, known: Known) -> str:
    if not thing.lease_id and not thing.lease_end:
        return ""
    try:
        end = datetime.fromisoformat(thing.lease_end)
    except ValueError:
        return f"it carries {thing.lease_id or 'a lease'}, and no end that can be read"
    if end.tzinfo is None:
        return f"it carries {thing.lease_id or 'a lease'}, and an end without a time zone"
    if end > known.now:
        return f"it carries {thing.lease_id or 'a lease'}, which ends at {instant(end)}"
    return ""


def _doubt_of_neighbours(thing: Thing, server: Server | None, seen: Seen, known: Known) -> str:
    if _is_double(thing, server):
        doubt = _doubt_of_double(thing, server, seen)
        if doubt:
            return doubt
    if thing.kind is Kind.PORT and thing.holder_kind and not thing.holder_kind.startswith(COMPUTE):
        return f"it is used by {thing.holder_kind}, which is no server"
    doubts = (_doubt_of_holder(thing, holder, server, seen, known) for holder in thing.holders)
    doubt = next(filter(None, doubts), "")
    if doubt:
        return doubt
    doubts = (_doubt_of_guest(thing, guest, seen, known) for guest in _guests(thing, seen))
    return next(filter(None, doubts), "")


def _guests(thing: Thing, seen: Seen) -> tuple[Key, ...]:
    """What is attached to it, and to that in turn: a server's ports and volumes, and the ports' floating IPs."""
    near = seen.attached_to(thing.id)
    return (*near, *(far for _, object_id in near for far in seen.attached_to(object_id)))


def _doubt_of_double(thing: Thing, server: Server | None, seen: Seen) -> str:
    first = seen.things.get((Kind.SERVER, server.cloud_id)) if server else None
    if first is None or first.server_id != thing.server_id or first.going:
        return f"{thing.server_id} is in use with another server in the cloud, which this look does not show"
    if thing.lease_id or thing.lease_end:
        return f"{thing.server_id} is in use with another server in the cloud, and both are lent by their tags"
    return ""


def _doubt_of_holder(thing: Thing, holder: str, server: Server | None, seen: Seen, known: Known) -> str:
    """What it is attached to must be left over itself, or be its own server that is gone for certain."""
    kind = Kind.PORT if thing.kind is Kind.FLOATING_IP else Kind.SERVER
    held = seen.things.get((kind, holder))
    if held is not None and held.server_id == thing.server_id:
        found = judge(held, seen, known)
        if found.verdict is Verdict.LEFT_OVER or held.going:
            return ""
        return f"it is on {kind} {holder}, which stays: {found.why}"
    if held is not None or kind is Kind.PORT or seen.is_server(holder):
        return f"it is on {kind} {holder}, which is not of {thing.server_id}"
    if server is None or server.cloud_id != holder:
        return f"it is on server {holder}, of which nothing is known"
    return ""


def _doubt_of_guest(thing: Thing, guest: Key, seen: Seen, known: Known) -> str:
    """What is attached to it goes with it, or loses it: so it must be ours and of the same server."""
    found = seen.things.get(guest)
    if found is None:
        return f"{guest[0]} {guest[1]} is attached to it and does not carry our tag"
    if found.server_id != thing.server_id:
        return f"{guest[0]} {guest[1]} of {found.server_id} is attached to it"
    server = known.server(found.server_id)
    if server is not None and server.state is not ServerState.GONE:
        return f"{guest[0]} {guest[1]} is attached to it, and {found.server_id} lives"
    return ""


def _left_over(server: Server | None, thing: Thing) -> str:
    if server is None:
        return f"{thing.server_id} is gone and long forgotten"
    if server.state is ServerState.GONE:
        return f"{server.id} is gone since {instant(server.since)}"
    return f"{server.id} exists twice, and the one in use is {server.cloud_id}"


def _after(thing: Thing, seen: Seen) -> str:
    """Floating IP, server, port, volume: what goes before this one, if that is still there."""
    for kind, object_id in _guests(thing, seen):
        if kind is Kind.FLOATING_IP:
            return f"{kind} {object_id}"
    if thing.kind in {Kind.PORT, Kind.VOLUME}:
        for holder in thing.holders:
            if seen.is_server(holder):
                return f"server {holder}"
    return ""


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """Since when complete looks, one after the other, have said the same of a thing."""

    verdict: Verdict
    first: float
    """Seconds of the monotonic clock: the wall's may jump."""
    last: float
    first_at: datetime
    looks: int = 1


def sighted(before: Sighting | None, verdict: Verdict, now: datetime, monotonic: float) -> Sighting:
    """The sighting with one more complete look; a verdict that changes begins anew."""
    if before is None or before.verdict is not verdict:
        return Sighting(verdict=verdict, first=monotonic, last=monotonic, first_at=now)
    return Sighting(
        verdict=verdict, first=before.first, last=monotonic, first_at=before.first_at, looks=before.looks + 1
    )


def is_settled(sighting: Sighting, age: timedelta) -> bool:
    """Whether two complete looks at least so far apart, and all between, have said the same."""
    return sighting.looks > 1 and sighting.last - sighting.first >= age.total_seconds()


_ORDER = {kind: place for place, kind in enumerate(Kind)}


def in_order(candidates: Iterable[tuple[Thing, Sighting]], age: timedelta) -> tuple[Thing, ...]:
    """Which things may be removed now, in order: kind by kind, of a kind those that were seen first."""
    settled = [
        (thing, sighting)
        for thing, sighting in candidates
        if sighting.verdict is Verdict.LEFT_OVER and is_settled(sighting, age)
    ]
    settled.sort(key=lambda one: (_ORDER[one[0].kind], one[1].first, one[0].id))
    return tuple(thing for thing, _ in settled)
