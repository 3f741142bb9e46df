"""What is looked at before a server is moved to another host, and what blocks it. Pure; the screens ask it too.

The engine asks it when a move is asked for, and again just before it asks the cloud.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice

import msgspec
from msgspec import structs

from vmms_tui.model.evacuation import is_open
from vmms_tui.model.inventory import Inventory, Needs, inventory, older
from vmms_tui.model.movecheck import Grade as Grade
from vmms_tui.model.movecheck import MoveCheck as MoveCheck
from vmms_tui.model.movecheck import block, ok, warn
from vmms_tui.model.placing import FREE, Ties
from vmms_tui.model.records import Lease, Operation, Server, ServerState
from vmms_tui.model.surroundings import Host
from vmms_tui.model.ties import breaks, of_devices, of_host

MOVABLE = frozenset({ServerState.READY, ServerState.LEASED, ServerState.STOPPED})
"""States of a server that can be moved."""
ANOTHER = "Name another host, or none: then the scheduler chooses."
MANY = 6
"""Names in a sentence."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A move that is thought of, and the world it is thought of in."""

    server: Server
    hosts: tuple[Host, ...]
    """All that the cloud tells of; none: it tells of none. Who asks of many servers makes one `Inventory` of them."""
    host: str = ""
    """Where to; empty: the scheduler chooses."""
    cold: bool = False
    lease: Lease | None = None
    work: Operation | None = None
    """What is at work on it, other than this move."""
    ties: Ties = FREE
    """What ties it to some hosts."""
    unread: str = ""
    """Why no hosts are known, in one sentence."""


def checks(question: Question) -> tuple[MoveCheck, ...]:
    """Everything that is looked at, in the order of the questions."""
    return tuple(_all(question))


def stop_of(question: Question) -> MoveCheck | None:
    """The first check that blocks; what comes after it is not looked at."""
    return blocker(_all(question))


def _all(question: Question) -> Iterator[MoveCheck]:
    if not isinstance(question.hosts, Inventory):
        question = structs.replace(question, hosts=inventory(question.hosts))
    parts: tuple[Callable[[Question], Iterable[MoveCheck]], ...] = (_of_server, _of_owner, _of_source, _where_to)
    return (check for part in parts for check in part(question))


def blocker(found: Iterable[MoveCheck]) -> MoveCheck | None:
    """The first that blocks."""
    return next((check for check in found if check.grade is Grade.BLOCK), None)


def runs(server: Server) -> bool:
    """Whether its guest is on, as far as the cloud says."""
    if server.cloud_status in {"ACTIVE", "PAUSED", "SUSPENDED"}:
        return True
    return not server.cloud_status and server.state is not ServerState.STOPPED


# The server


def _of_server(asked: Question) -> Iterator[MoveCheck]:
    server = asked.server
    if server.state not in MOVABLE or not server.cloud_id:
        yield block("state", f"{server.id} is {server.state} now.", "Wait until it is ready, leased or stopped.")
    if server.missing_since:
        yield block("cloud", f"The cloud's list does not show {server.id}.", "Look at it in the cloud first.")
    if asked.work is not None:
        what = asked.work.kind.replace("_", " ")
        remedy = "Wait for its end, or abort it on Ops."
        yield block("work", f"{asked.work.id} ({what}) is at work on {server.id}.", remedy)
    else:
        yield ok("work", "no operation is at work on it")
    yield _of_status(asked)
    named = (_named(asked, asked.server.host), _named(asked, asked.host))
    yield from of_devices(server, asked.ties, tuple(one for one in named if one is not None), cold=asked.cold)
    if server.volume_ids:
        number = len(server.volume_ids)
        yield ok(
            "volumes", f"{number} attached volume{'s go' if number > 1 else ' goes'} along as attached, not copied"
        )


def _of_status(asked: Question) -> MoveCheck:
    server = asked.server
    status = server.cloud_status
    if status == "VERIFY_RESIZE":
        said = f"A resize or migration of {server.id} waits for confirmation."
        return block("status", said, f"Confirm or revert it first: openstack server resize confirm {server.cloud_id}")
    if server.task_state.startswith("image_"):
        said = f"A snapshot of {server.id} is being made ({server.task_state})."
        return block("task", said, "Wait until that is over. Snapshots that are done are in nobody's way.")
    if server.task_state:
        said = f"The cloud is at work on {server.id} ({server.task_state})."
        return block("task", said, "Wait until that is over; a task that never ends is reset by an administrator.")
    if status in {"ACTIVE", "SHUTOFF", ""} or (status == "PAUSED" and not asked.cold):
        return _of_power(asked)
    return block("status", f"The cloud says {status} of {server.id}.", "Let it be ACTIVE or SHUTOFF first.")


def _of_power(asked: Question) -> MoveCheck:
    server = asked.server
    if asked.cold and runs(server):
        return warn("power", f"{server.id} runs: it is shut down for the way and started again on the other host.")
    if not asked.cold and not runs(server):
        return block("power", f"{server.id} is off, and only what runs moves live.", "Move it cold.")
    return ok("power", "it runs on while it moves" if not asked.cold else "it is off, and stays so")


def _of_owner(asked: Question) -> Iterator[MoveCheck]:
    lease = asked.lease
    if lease is None:
        return
    if lease.importance:
        note = f": “{lease.note}”" if lease.note else ""
        yield warn("importance", f"{asked.server.id} has importance {lease.importance} of 10{note}.")
    if asked.cold and runs(asked.server):
        yield warn("owner", f"{lease.owner} works on it, and is cut off for the way.")


# The hosts


def _of_source(asked: Question) -> Iterator[MoveCheck]:
    name = asked.server.host
    if not asked.hosts:
        why = asked.unread or "The cloud has told of none yet."
        yield block("hosts", f"No hosts are known. {why}", "Moving needs the credentials of an administrator.")
        return
    source = _named(asked, name)
    if source is None:
        yield warn("source", f"The host of {asked.server.id} is not known{f' ({name})' if name else ''}.")
    elif not source.is_up:
        said = f"{name} is {source.state or 'away'}: nothing moves away from a host that is not up."
        yield block("source", said, f"Wait until {name} is back, or have its servers evacuated.")
    else:
        yield ok("source", f"its host {name} is up")


def _where_to(asked: Question) -> Iterator[MoveCheck]:
    if not asked.hosts:
        return
    if asked.host:
        yield from _of_destination(asked)
        return
    known, here, needs = inventory(asked.hosts), asked.server.host, _needs(asked)
    others = len(known.open) - (here in known.open)
    if not others:
        said = "No other host is up and takes servers."
        yield block("destination", said, "Bring a host back, or open one to new servers.")
        return
    suiting, fitting = (_without(asked, some) for some in (known.suiting(needs), known.fitting(needs)))
    if not len(suiting):
        said = f"None of the {others} other hosts that are open would do: {_tied(asked)}."
        yield block("destination", said, "Open one that would, or change what ties it.")
    elif not len(fitting):
        yield warn("room", f"None of the {len(suiting)} other hosts seems to have room: the scheduler may find none.")
    else:
        names = ", ".join(islice(fitting, MANY)) + (" …" if len(fitting) > MANY else "")
        yield ok("destination", f"the scheduler chooses among {len(fitting)} with room: {names}")


class _Without(Collection[str]):
    """Names of hosts but for some: of a thousand nothing is copied."""

    def __init__(self, names: Collection[str], but: Collection[str]) -> None:
        self._names = names
        self._but = {name for name in but if name in names}

    def __len__(self) -> int:
        return len(self._names) - len(self._but)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if name not in self._but)

    def __contains__(self, name: object) -> bool:
        return name in self._names and name not in self._but


def _without(asked: Question, hosts: Mapping[str, Host]) -> Collection[str]:
    """But for the one where it is, and for those that its group forbids."""
    group, here = asked.ties.group, asked.server.host
    if group is not None and group.policy == "affinity" and group.hosts:
        return [name for name in dict.fromkeys(group.hosts) if name in hosts and name != here]
    apart = group.hosts if group is not None else ()
    return _Without(hosts, [here, *(name for name in apart if breaks(group, name))])


def _tied(asked: Question) -> str:
    """What ties it, in words."""
    ties = asked.ties
    parts = [f"it was asked for in zone {ties.zone}"] if ties.zone else []
    if ties.wants:
        parts.append(f"its flavor asks for an aggregate with {', '.join(f'{key}={said}' for key, said in ties.wants)}")
    if ties.group is not None:
        parts.append(f"its group {ties.group.name} has the policy {ties.group.policy}")
    return ", and ".join(parts)


def could_take(asked: Question) -> tuple[str, ...]:
    """Hosts where a server could go, the one with most free RAM first."""
    found, here = inventory(asked.hosts).roomiest(_needs(asked)), asked.server.host
    if asked.ties.group is None and here not in inventory(asked.hosts).open:
        return found
    return tuple(name for name in found if name != here and not breaks(asked.ties.group, name))


def _needs(asked: Question) -> Needs:
    """Where storage is shared nothing is copied, whatever Nova counts."""
    server, ties, source = asked.server, asked.ties, _named(asked, asked.server.host)
    disk = 0 if ties.shared_storage else server.disk_gib
    kind, version = (source.kind, "" if asked.cold else source.version) if source is not None else ("", "")
    return Needs(server.ram_mib, disk, ties.zone, ties.wants, kind, version)


def _of_destination(asked: Question) -> Iterator[MoveCheck]:
    name, host = asked.host, _named(asked, asked.host)
    if host is None:
        known = ", ".join(sorted(one.name for one in asked.hosts)[:MANY])
        yield block("destination", f"There is no host {name}.", f"There are {known}.")
        return
    if name == asked.server.host:
        yield block("destination", f"{asked.server.id} is on {name} already.", ANOTHER)
        return
    if not host.is_up:
        yield block("destination", f"{name} is {host.state or 'away'}.", ANOTHER)
    elif not is_open(host):
        why = f": {host.disabled_reason}" if host.disabled_reason else ""
        yield block("destination", f"{name} takes no new servers{why}.", "Open it first, or name another host.")
    else:
        yield ok("destination", f"{name} is up and takes servers")
    yield room(host, asked)
    yield from of_host(asked.server, asked.ties, _named(asked, asked.server.host), host, cold=asked.cold)
    yield from _alike(asked, host)


def _alike(asked: Question, host: Host) -> Iterator[MoveCheck]:
    """Whether two hosts are of one kind."""
    source = _named(asked, asked.server.host)
    if source is None:
        return
    if source.kind and host.kind and source.kind != host.kind:
        said = f"{host.name} runs {host.kind}, {source.name} {source.kind}."
        yield block("hypervisor", said, "Name a host with the same hypervisor.")
    elif not asked.cold and older(host.version, source.version):
        said = f"The hypervisor of {host.name} ({host.version}) is older than that of {source.name} ({source.version})."
        yield block("hypervisor", said, "Name a host that is as new, or move it cold.")


def room(host: Host, asked: Question) -> MoveCheck:
    """Whether a host has room for it. Where a host gives out more than it has, nobody here knows how much more."""
    server, short = asked.server, list[str]()
    for what, unit, needed, has, used in (
        ("RAM", "MiB", server.ram_mib, host.ram_mib, host.ram_used_mib),
        ("disk", "GiB", server.disk_gib, host.disk_gib, host.disk_used_gib),
        ("vCPUs", "", server.vcpus, host.vcpus, host.vcpus_used),
    ):
        if has is None or used is None or used + needed <= has:
            continue
        number = f"{max(0, has - used)} {unit}".strip()
        short.append(f"{number} {'of ' if unit else ''}{what} free, needs {needed}")
    if not short:
        return ok("room", _free(host, asked))
    said = f"{host.name} has {', '.join(short)}."
    if inventory(asked.hosts).lacks(host, _needs(asked)):
        return block("room", said, ANOTHER)
    shared = " Its disk is on shared storage and is not copied; Nova counts it all the same." * (
        bool(asked.ties.shared_storage) and " disk free" in said
    )
    return warn("room", f"{said}{shared or ' Nova may give out more than there is.'}")


def _free(host: Host, asked: Question) -> str:
    if host.ram_mib is None or host.ram_used_mib is None:
        return f"the cloud does not tell how full {host.name} is"
    server, has = asked.server, f"{host.name} has room for its {asked.server.ram_mib} MiB of RAM"
    if asked.ties.shared_storage is None:
        return f"{has} and, if it has to be copied, its disk"
    if asked.ties.shared_storage:
        return f"{has}; its disk is on shared storage and is not copied"
    return f"{has} and {server.disk_gib} GiB of disk, which is copied there"


def _named(asked: Question, name: str) -> Host | None:
    return inventory(asked.hosts).by_name.get(name)
