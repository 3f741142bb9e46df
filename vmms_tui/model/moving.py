"""What is looked at before a server is moved to another host, and what blocks it. Pure; the screens ask it too.

The engine asks it when a move is asked for, and again just before it asks the cloud.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice

import msgspec
from msgspec import structs

from vmms_tui.model.evacuation import is_open
from vmms_tui.model.inventory import Inventory, inventory, is_up
from vmms_tui.model.records import Lease, Operation, Server, ServerState
from vmms_tui.model.surroundings import Host

MOVABLE = frozenset({ServerState.READY, ServerState.LEASED, ServerState.STOPPED})
"""States of a server that can be moved."""
ANOTHER = "Name another host, or none: then the scheduler chooses."
MANY = 6
"""Names in a sentence."""


class Grade(StrEnum):
    """What comes of a check. The values are what is shown."""

    OK = "ok"
    WARN = "WARN"
    BLOCK = "BLOCK"


class MoveCheck(msgspec.Struct, frozen=True):
    """Something that was looked at. What blocks says what to do about it."""

    name: str
    grade: Grade
    text: str
    remedy: str = ""


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


def _ok(name: str, text: str) -> MoveCheck:
    return MoveCheck(name, Grade.OK, text)


def _warn(name: str, text: str) -> MoveCheck:
    return MoveCheck(name, Grade.WARN, text)


def _block(name: str, text: str, remedy: str) -> MoveCheck:
    return MoveCheck(name, Grade.BLOCK, text, remedy)


# The server


def _of_server(asked: Question) -> Iterator[MoveCheck]:
    server = asked.server
    if server.state not in MOVABLE or not server.cloud_id:
        yield _block("state", f"{server.id} is {server.state} now.", "Wait until it is ready, leased or stopped.")
    if server.missing_since:
        yield _block("cloud", f"The cloud's list does not show {server.id}.", "Look at it in the cloud first.")
    if asked.work is not None:
        what = asked.work.kind.replace("_", " ")
        remedy = "Wait for its end, or abort it on Ops."
        yield _block("work", f"{asked.work.id} ({what}) is at work on {server.id}.", remedy)
    else:
        yield _ok("work", "no operation is at work on it")
    yield _of_status(asked)
    if server.volume_ids:
        number = len(server.volume_ids)
        yield _ok(
            "volumes", f"{number} attached volume{'s go' if number > 1 else ' goes'} along as attached, not copied"
        )


def _of_status(asked: Question) -> MoveCheck:
    server = asked.server
    status = server.cloud_status
    if status == "VERIFY_RESIZE":
        said = f"A resize or migration of {server.id} waits for confirmation."
        return _block("status", said, f"Confirm or revert it first: openstack server resize confirm {server.cloud_id}")
    if server.task_state:
        said = f"The cloud is at work on {server.id} ({server.task_state})."
        return _block("task", said, "Wait until that is over; a task that never ends is reset by an administrator.")
    if status in {"ACTIVE", "SHUTOFF", ""} or (status == "PAUSED" and not asked.cold):
        return _of_power(asked)
    return _block("status", f"The cloud says {status} of {server.id}.", "Let it be ACTIVE or SHUTOFF first.")


def _of_power(asked: Question) -> MoveCheck:
    server = asked.server
    if asked.cold and runs(server):
        return _warn("power", f"{server.id} runs: it is shut down for the way and started again on the other host.")
    if not asked.cold and not runs(server):
        return _block("power", f"{server.id} is off, and only what runs moves live.", "Move it cold.")
    return _ok("power", "it runs on while it moves" if not asked.cold else "it is off, and stays so")


def _of_owner(asked: Question) -> Iterator[MoveCheck]:
    lease = asked.lease
    if lease is None:
        return
    if lease.importance:
        note = f": “{lease.note}”" if lease.note else ""
        yield _warn("importance", f"{asked.server.id} has importance {lease.importance} of 10{note}.")
    if asked.cold and runs(asked.server):
        yield _warn("owner", f"{lease.owner} works on it, and is cut off for the way.")


# The hosts


def _of_source(asked: Question) -> Iterator[MoveCheck]:
    name = asked.server.host
    if not asked.hosts:
        why = asked.unread or "The cloud has told of none yet."
        yield _block("hosts", f"No hosts are known. {why}", "Moving needs the credentials of an administrator.")
        return
    source = _named(asked, name)
    if source is None:
        yield _warn("source", f"The host of {asked.server.id} is not known{f' ({name})' if name else ''}.")
    elif not is_up(source):
        said = f"{name} is {source.state or 'away'}: nothing moves away from a host that is not up."
        yield _block("source", said, f"Wait until {name} is back, or have its servers evacuated.")
    else:
        yield _ok("source", f"its host {name} is up")


def _where_to(asked: Question) -> Iterator[MoveCheck]:
    if not asked.hosts:
        return
    if asked.host:
        yield from _of_destination(asked)
        return
    known, here = inventory(asked.hosts), asked.server.host
    others = len(known.open) - (here in known.open)
    fitting = known.fitting(_needs(asked.server))
    number = len(fitting) - (here in fitting)
    if not others:
        said = "No other host is up and takes servers."
        yield _block("destination", said, "Bring a host back, or open one to new servers.")
    elif not number:
        yield _warn("room", f"None of the {others} other hosts seems to have room: the scheduler may find none.")
    else:
        names = ", ".join(islice((name for name in fitting if name != here), MANY)) + (" …" if number > MANY else "")
        yield _ok("destination", f"the scheduler chooses among {number} with room: {names}")


def could_take(server: Server, hosts: Inventory) -> tuple[str, ...]:
    """Hosts where a server could go, the one with most free RAM first."""
    found = hosts.roomiest(_needs(server))
    return tuple(name for name in found if name != server.host) if server.host in hosts.open else found


def _needs(server: Server) -> tuple[int, int]:
    return server.ram_mib, server.disk_gib


def _of_destination(asked: Question) -> Iterator[MoveCheck]:
    name, host = asked.host, _named(asked, asked.host)
    if host is None:
        known = ", ".join(sorted(one.name for one in asked.hosts)[:MANY])
        yield _block("destination", f"There is no host {name}.", f"There are {known}.")
        return
    if name == asked.server.host:
        yield _block("destination", f"{asked.server.id} is on {name} already.", ANOTHER)
        return
    if not is_up(host):
        yield _block("destination", f"{name} is {host.state or 'away'}.", ANOTHER)
    elif not is_open(host):
        why = f": {host.disabled_reason}" if host.disabled_reason else ""
        yield _block("destination", f"{name} takes no new servers{why}.", "Open it first, or name another host.")
    else:
        yield _ok("destination", f"{name} is up and takes servers")
    yield room(host, asked.server, asked.hosts)
    yield from _alike(asked, host)


def _alike(asked: Question, host: Host) -> Iterator[MoveCheck]:
    """Whether two hosts are of one kind. What their processors can do Nova compares before anything is copied."""
    source = _named(asked, asked.server.host)
    if source is None:
        return
    if source.zone and host.zone and source.zone != host.zone:
        said = (
            f"{host.name} is in zone {host.zone}, {source.name} in {source.zone}: Nova refuses what is bound to a zone."
        )
        yield _warn("zone", said)
    if source.kind and host.kind and source.kind != host.kind:
        said = f"{host.name} runs {host.kind}, {source.name} {source.kind}."
        yield _block("hypervisor", said, "Name a host with the same hypervisor.")
    elif not asked.cold and _older(host.version, source.version):
        said = f"The hypervisor of {host.name} ({host.version}) is older than that of {source.name} ({source.version})."
        yield _block("hypervisor", said, "Name a host that is as new, or move it cold.")


def room(host: Host, server: Server, hosts: Sequence[Host]) -> MoveCheck:
    """Whether a host has room for it. Where a host gives out more than it has, nobody here knows how much more."""
    known, short = inventory(hosts), list[str]()
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
        return _ok("room", _free(host, server))
    said = f"{host.name} has {', '.join(short)}."
    if known.lacks(host, _needs(server)):
        return _block("room", said, ANOTHER)
    return _warn("room", f"{said} Nova may give out more than there is.")


def _free(host: Host, server: Server) -> str:
    if host.ram_mib is None or host.ram_used_mib is None:
        return f"the cloud does not tell how full {host.name} is"
    return f"{host.name} has room for its {server.ram_mib} MiB of RAM and, if it has to be copied, its disk"


def _named(asked: Question, name: str) -> Host | None:
    return inventory(asked.hosts).by_name.get(name)


def _older(one: str, other: str) -> bool:
    """Whether a version comes before another; what cannot be compared does not."""
    parts = [text.split(".") for text in (one, other)]
    if not all(part.isdecimal() for words in parts for part in words):
        return False
    first, second = ([int(part) for part in words] for words in parts)
    return first < second
