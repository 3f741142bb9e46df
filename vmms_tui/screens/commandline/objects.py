"""Everything that has a name, found by any of its words in what is known already; nobody is asked. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress, islice, repeat
from operator import contains

from vmms_tui.keys import Place, address_of
from vmms_tui.model.records import Lease, LeaseState, Pool, Record, Request, RequestState, Server, ServerState
from vmms_tui.model.surroundings import Host
from vmms_tui.model.tables import TYPES, Tables, type_of
from vmms_tui.screens.wording import count, lease_state, server_state, span

SHOWN_AT: dict[str, Place] = {
    "pool": Place.POOLS,
    "lease": Place.LEASES,
    "request": Place.LEASES,
    "server": Place.SERVERS,
    "host": Place.HOSTS,
    "network": Place.NETS,
    "volume": Place.STORE,
    "image": Place.REPOS,
    "operation": Place.OPS,
    "owner": Place.LEASES,
}
"""Where things of a type are shown, by its tag. An owner is no record, but has a name all the same."""
SHORTEST = 2
"""Letters from which on objects are looked for."""
CHUNK = 2000
"""Records that are read between two breaths."""
_OVER: frozenset[object] = frozenset({LeaseState.ENDED, ServerState.GONE, *(set(RequestState) - {RequestState.QUEUED})})
_SILENT = {"ssh_key", "host_key", "cloud_status", "task_state", "matched"}
_ADDRESS = re.compile(r"[0-9a-f][.:]")
_WHOLE_ADDRESS = re.compile(r"[0-9a-f:.]*[0-9a-f][.:][0-9a-f:.]+", re.IGNORECASE)
_PARTS = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")


def looks_like_address(said: str) -> bool:
    """Whether it is an IP address, or a part of one, and no name."""
    return _WHOLE_ADDRESS.fullmatch(said) is not None


@dataclass(frozen=True)
class Thing:
    """Something with a name."""

    kind: str
    """The tag of its type, or `owner`."""
    id: str
    record: Record | None = field(default=None, compare=False)
    held: int = 0
    """Leases of an owner."""

    @property
    def called(self) -> str:
        """What people call it, and type for it."""
        return self.record.name if isinstance(self.record, Host) and self.record.name else self.id


@dataclass
class _Kind:
    """All things of one type, side by side: id, what it is found by, and the record."""

    ids: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    records: dict[str, Record | None] = field(default_factory=dict)

    def take(self, thing_id: str, words: str, record: Record | None) -> None:
        """One more."""
        self.ids.append(thing_id)
        self.words.append(words)
        self.records[thing_id] = record


Found = tuple[str, str, str]
"""Type, id and words of a thing."""


class Objects:
    """All things by name, with the words under which each is found. Kept up by `renewals`, a part at a time."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._held: dict[str, int] = {}

    def renewals(self, tables: Tables) -> Iterator[None]:
        """Take the tables in; only what changed is read. It may be left between any two steps, and begun anew."""
        fresh: dict[str, _Kind] = {}
        owners: dict[str, int] = {}
        for kind in [one for one in SHOWN_AT if one in TYPES]:
            taken = fresh[kind] = _Kind()
            had = self._kinds.get(kind, _Kind())
            known = dict(zip(had.ids, had.words, strict=True))
            for number, record in enumerate(tables.all(TYPES[kind]), 1):
                if number % CHUNK == 0:
                    yield
                if getattr(record, "state", None) in _OVER:
                    continue
                same = had.records.get(record.id) is record
                taken.take(record.id, known[record.id] if same else _words_of(record), record)
                if isinstance(record, Lease | Request):
                    owners[record.owner] = owners.get(record.owner, 0) + isinstance(record, Lease)
        people = fresh["owner"] = _Kind()
        for name in owners:
            people.take(name, f"{name}\nowner {name}".casefold(), None)
        self._kinds, self._held = fresh, owners

    def find(self, said: str, kinds: Collection[str] = (), *, most: int = 50) -> list[Thing]:
        """Things in which all these words stand: those called so first, then those whose name begins so.

        `kinds` are tags; empty: any. Where nothing is found, runs of letters and of digits count as words of their own,
        so that `lease12` finds lease-12; but not of an address, which would be another's then.
        """
        wanted = said.casefold().strip()
        found = self._with(wanted.split(), kinds)
        if not found and wanted and not _ADDRESS.search(wanted):
            found = self._with(_PARTS.findall(wanted), kinds)
        called = [thing] if (thing := self.named(said.strip(), kinds)) else []
        words = [one[2] for one in found]
        begins = compress(found, map(str.startswith, words, repeat(wanted)))
        whole = compress(found, map(contains, words, repeat(wanted)))
        closest = [self._thing(one[0], one[1]) for one in (*islice(begins, most), *islice(whole, most), *found[:most])]
        return list(islice(dict.fromkeys([*called, *closest]), most))

    def _with(self, parts: Sequence[str], kinds: Collection[str]) -> list[Found]:
        """In whose words all of these stand; the longest are looked for first: few have them."""
        longest, *others = sorted(dict.fromkeys(parts), key=len, reverse=True) or [""]
        found: list[Found] = []
        for kind, there in self._kinds.items():
            if kinds and kind not in kinds:
                continue
            holds = map(contains, there.words, repeat(longest))  # no Python for each thing: there are many
            found += compress(zip(repeat(kind), there.ids, there.words), holds)
        for part in others:
            found = [one for one in found if part in one[2]]
        return found

    def named(self, said: str, kinds: Collection[str] = ()) -> Thing | None:
        """The one thing of exactly this name; for the name of a server also its lease, if leases are meant."""
        for kind in kinds or SHOWN_AT:
            if said in self._records(kind):
                return self._thing(kind, said)
            if kind == "host" and (host := self._host(said)):
                return self._thing(kind, host.id)
        server = self._records("server").get(said)
        if isinstance(server, Server) and server.lease_id in self._records("lease"):
            return self._thing("lease", server.lease_id) if "lease" in kinds else None
        return None

    def _host(self, name: str) -> Host | None:
        return next((one for one in self._records("host").values() if isinstance(one, Host) and one.name == name), None)

    def _records(self, kind: str) -> Mapping[str, Record | None]:
        there = self._kinds.get(kind)
        return there.records if there else {}

    def _thing(self, kind: str, thing_id: str) -> Thing:
        held = self._held.get(thing_id, 0) if kind == "owner" else 0
        return Thing(kind, thing_id, self._kinds[kind].records[thing_id], held)


def _words_of(record: Record) -> str:
    """Every word of a record: its id first, then all that it says. Read by its fields, so that any type will do."""
    said = [record.id]
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, str) and value and name != "id" and name not in _SILENT:
            said.append(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], str):
            said += value
    return "\n".join(said).casefold()


def describe(thing: Thing, tables: Tables, now: datetime) -> str:
    """What a thing is, in a few words that may come from outside."""
    record = thing.record
    if isinstance(record, Lease):
        server = tables.get(Server, record.server_id)
        address = address_of(server) if server else ""
        left = span(record.end - now)
        said = (record.owner, record.server_id, address, lease_state(record, server)[0], f"{left} left", record.note)
    elif isinstance(record, Server):
        said = (record.pool, server_state(record)[0], address_of(record), record.host, record.failure, "")
    elif isinstance(record, Pool):
        said = (" ".join(record.purposes), record.flavor, record.broken or record.paused, "", "", "")
    elif isinstance(record, Request):
        said = (record.owner, f"waits, place {record.position}", record.pool, record.reason, record.note, "")
    elif thing.kind == "owner":
        said = (f"has {count(thing.held, 'lease')}", "", "", "", "", "")
    else:
        name, status = getattr(record, "name", ""), getattr(record, "status", "")
        said = (type_of(record) if record else thing.kind, str(name), str(status), "", "", "")
    return ", ".join(one for one in said if one)
