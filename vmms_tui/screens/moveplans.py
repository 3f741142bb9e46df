"""What a move of a server to another host would do, what speaks against it, and where it could go. Pure."""

from collections.abc import Iterable
from datetime import timedelta

from vmms_tui.keys import Place, address_of, press
from vmms_tui.keys.ops import Abort, Force
from vmms_tui.model.commands import MigrateServer
from vmms_tui.model.inventory import Inventory
from vmms_tui.model.migration import Moving, dirty, endless, estimate, pause, rate, share
from vmms_tui.model.moving import Grade, Question, checks, runs
from vmms_tui.model.people import Caller
from vmms_tui.model.placing import Ties
from vmms_tui.model.plans import move_asked
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import Operation, Server
from vmms_tui.model.steering import no_force
from vmms_tui.model.surroundings import Host
from vmms_tui.model.tables import Tables
from vmms_tui.model.ties import ties_of
from vmms_tui.screens.effect import Effect
from vmms_tui.screens.wording import span
from vmms_tui.screens.wording_cloud import BYTES, MIB, amount

LIVE_ANY, COLD_ANY = "live", "cold"
"""Entries of the menu that leave the host to the scheduler."""


def effects(command: MigrateServer, tables: Tables) -> tuple[tuple[str, str, str], ...]:
    """Sentences with whether each can be undone, and the verb that several servers share."""
    asked = move_asked(command, tables)
    if asked is None:
        return ()
    server = asked.server
    to, back = command.host or "a host that the scheduler chooses", f"move it back to {server.host}"
    source = server.host or "its host"
    how = "live" if not command.cold else "cold"
    verb = f"move {how} to {to}:"
    if not command.cold:
        said = [
            (f"move {server.id} live from {source} to {to}: it runs on", back if server.host else "move it back", verb),
            ("at the very end it stands still, mostly for less than a second", "-", ""),
        ]
    elif runs(server):
        said = [
            (f"shut {server.id} down and move it from {source} to {to}", back, verb),
            ("start it again there: whoever works on it is cut off for the way", "-", ""),
            ("make it final when it answers, else take it back", "-", ""),
        ]
    else:
        said = [(f"move {server.id}, which is off, from {source} to {to}", back, verb)]
    address = address_of(server)
    keeps = f"keep its disk and its address{f' {address}' if address else ''}; its lease goes on"
    return (*said, (keeps, "-", ""))


def looked_at(command: MigrateServer, tables: Tables, you: Caller) -> Iterable[tuple[str, str, str]]:
    """Every check as mark, sentence and remedy."""
    if you.operator:
        yield "ok", "you are an operator", ""
    else:
        yield "BLOCK", "This is for operators.", "Ask one."
    asked = move_asked(command, tables)
    if asked is not None:
        for one in checks(asked):
            yield one.grade.value, one.text, one.remedy


def places(server: Server, tables: Tables) -> list[tuple[str, str, str]]:
    """Where it could go, as the menu has it: what is returned, what it says, and why not."""
    alive = runs(server)
    any_host = [(LIVE_ANY, "live, to the host that the scheduler chooses", "" if alive else "It is off: move it cold.")]
    any_host.append((COLD_ANY, f"cold, to the host that the scheduler chooses{', off meanwhile' * alive}", ""))
    hosts = Inventory(sorted(tables.all(Host), key=lambda host: host.name))
    return any_host + [_place(server, host, hosts, ties_of(server, tables), cold=not alive) for host in hosts]


def _place(server: Server, host: Host, hosts: Inventory, ties: Ties, *, cold: bool) -> tuple[str, str, str]:
    found = checks(Question(server=server, hosts=hosts, host=host.name, cold=cold, ties=ties))
    why_not = next((one for one in found if one.name in _NO and one.grade is Grade.BLOCK), None)
    said = f"{'cold' if cold else 'live'}, to {host.name}"
    if host.name == server.host:
        return f"host {host.name}", f"{said}  no: it is there", why_not.text if why_not else ""
    if why_not is not None:
        return f"host {host.name}", f"{said}  no: {_NO[why_not.name]}", why_not.text
    free = [part for part in (_free(host.vcpus, host.vcpus_used, " vCPU"), _free_ram(host)) if part]
    return f"host {host.name}", f"{said}  free: {', '.join(free)}" if free else said, ""


_NO = {
    "destination": "closed or down",
    "room": "no room",
    "zone": "another zone",
    "aggregate": "not in its aggregate",
    "group": "its group forbids it",
    "processor": "other processors",
    "hypervisor": "another hypervisor",
}
"""What blocks a host, shortly."""


def _free(has: int | None, used: int | None, unit: str) -> str:
    return f"{max(0, has - used)}{unit}" if has is not None and used is not None else ""


def _free_ram(host: Host) -> str:
    if host.ram_mib is None or host.ram_used_mib is None:
        return ""
    return f"{amount(max(0, host.ram_mib - host.ram_used_mib), MIB)} RAM"


def command_for(server: Server, chosen: str) -> MigrateServer:
    """What an entry of the menu asks for."""
    host = chosen.removeprefix("host ") if chosen.startswith("host ") else ""
    return MigrateServer(server_id=server.id, host=host, cold=chosen == COLD_ANY or not runs(server))


def forced(operation: Operation) -> tuple[Effect, ...]:
    """What it does to complete a live move by force."""
    copying = operation.moving.copying if operation.moving is not None else None
    longest = pause(copying) if copying is not None else None
    how = f", for about {_for_long(longest)}" if longest is not None else ""
    server = operation.server_id
    stands = f"hold {server} until the rest of it is copied{how}"
    return (
        Effect(stands, "no", "hold until the rest is copied:", server),
        Effect("whoever works on it waits meanwhile; its connections stay, if they bear that", "-"),
        Effect("where Nova copies the rest afterwards (post-copy), it runs on, slower, and dies if a host does", "-"),
    )


# How it goes


def facts(operation: Operation) -> tuple[tuple[str, str], ...]:
    """What the strip of Ops says of a move, beside its steps."""
    moving = operation.moving
    if moving is None:
        return ()
    return (
        ("way", f"{moving.source} > {moving.destination or operation.args.get('host') or '?'}"),
        *((("copied", copied(moving)), ("pause", forecast(moving))) if is_live(operation) else ()),
        ("forced", f"by {moving.forced_by}: it stands still until the rest is copied" if moving.forced_by else ""),
        ("ending", f"{moving.ending}: it is being taken back" if moving.ending else ""),
    )


def sentences(operation: Operation) -> Iterable[str]:
    """The same as sentences, for why it stands where it stands."""
    moving = operation.moving
    if moving is None:
        return
    if said := copied(moving):
        yield f"It is copied to {said}."
    if said := forecast(moving):
        yield f"It would stand still for {said}."
    if moving.forced_by:
        yield f"{moving.forced_by} has it completed by force: it stands still until the rest is copied."
    if moving.ending:
        yield f"It is being taken back: {moving.ending}."


def way_of(operation: Operation | None) -> str:
    """Where a server moves to, for its own facts; empty: it does not."""
    moving = operation.moving if operation is not None else None
    if operation is None or moving is None:
        return ""
    done = (
        f", {int(share(moving.copying) * 100)} % copied" if moving.copying is not None and moving.copying.total else ""
    )
    back = ", being taken back" if moving.ending else ""
    to = moving.destination or operation.args.get("host") or "a host of the scheduler's choice"
    return f"from {moving.source} to {to}{done}{back}"


def copied(moving: Moving) -> str:
    """How far the copying is: `81 %: memory 1.6 of 2.0 GiB, 812 MiB/s, written anew 200 MiB/s, 4s left`."""
    copying = moving.copying
    if copying is None or not copying.total:
        return ""
    parts = [f"memory {_bytes(copying.memory_left)} of {_bytes(copying.memory_total)} left"]
    if copying.disk_total:
        parts.append(f"disk {_bytes(copying.disk_left)} of {_bytes(copying.disk_total)} left")
    if (sends := rate(copying)) is not None:
        parts.append(f"{_bytes(int(sends))}/s")
    if writes := dirty(copying):
        parts.append(f"written anew {_bytes(int(writes))}/s")
    left = estimate(copying)
    parts += [f"{span(left)} to go"] if left is not None else []
    return f"{int(share(copying) * 100)} %: {', '.join(parts)}"


def forecast(moving: Moving) -> str:
    """For how long it would stand still if the rest were sent now."""
    copying = moving.copying
    longest = pause(copying) if copying is not None else None
    if copying is None or longest is None:
        return ""
    rest = f"{_for_long(longest)} if the rest were sent now"
    return f"{rest}; it writes as fast as it is copied" if endless(copying) else rest


def _for_long(pause: timedelta) -> str:
    """A forecast, to the tenth of a second while it is short."""
    return f"{pause.total_seconds():.1f} s" if pause < timedelta(minutes=1) else span(pause)


def way_out(operation: Operation) -> str:
    """What can be done about a live move that does not come to an end by itself; empty: it does, or is seen to."""
    moving = operation.moving
    if moving is None or moving.copying is None or no_force(operation) is not None or not endless(moving.copying):
        return ""
    force, abort = press(Force, Place.OPS), press(Abort, Place.OPS)
    return f"It does not end by itself: {force} holds the server until the rest is copied, {abort} takes it back."


def _bytes(number: int) -> str:
    return amount(number, BYTES)
