"""What the evacuation of a dead host does, and what is looked at before. Pure."""

from collections.abc import Iterable
from datetime import datetime

from vmms_tui.model import commands as c
from vmms_tui.model.errors import Refused
from vmms_tui.model.evacuation import Evacuee, Outlook, obstacle, outlook, still_alive
from vmms_tui.model.plans import host_named
from vmms_tui.model.records import Lease, Server
from vmms_tui.model.rescue_guards import Limits, Scenery, guards, occupied, passed
from vmms_tui.model.status import EngineStatus
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import CLOUD, Suspect, Verdict
from vmms_tui.model.tables import Tables
from vmms_tui.screens import suspects
from vmms_tui.screens.check import BLOCK, OK, WARN, Check, Scene
from vmms_tui.screens.effect import Effect
from vmms_tui.screens.listage import list_age
from vmms_tui.screens.wording import count

NAMED = 6
"""Names in a line."""


def outlook_of(host: Host, tables: Tables) -> Outlook:
    """Who would go where, as far as is known here."""
    return outlook(host, tables.all(Host), tables.all(Server), tables.all(Lease))


def how_many(name: str, tables: Tables) -> int:
    """Servers that somebody has on a host."""
    host = host_named(name, tables)
    return len(outlook_of(host, tables).evacuees) if host is not None else 0


def effects(host: Host, tables: Tables) -> tuple[Effect, ...]:
    """What is done to the host and to what is on it."""
    seen = outlook_of(host, tables)
    said = [
        Effect(f"let {host.name} count as down, and take no new servers when it is back", "`vmms enable` it then"),
    ]
    for to, some in _by_host(seen.evacuees).items():
        nowhere = "wherever there is room" if seen.unsure else "nowhere: no host has room"
        where = f"to {to}" if to else nowhere
        said.append(Effect(f"{count(len(some), 'server')} {where}: {_names(some)}", "no: what was in memory is lost"))
    if seen.evacuees:
        said.append(Effect("they keep their names, addresses, leases and volumes", "-"))
        said.append(Effect("disks that are not on shared storage are made anew from the image", "no"))
    if seen.ready:
        said.append(Effect(f"{count(len(seen.ready), 'ready server')} given up: the pools build others", "no"))
    if seen.others:
        said.append(Effect(f"{count(seen.others, 'server')} of others there: nothing is done with them", "-"))
    return tuple(said)


def _by_host(evacuees: Iterable[Evacuee]) -> dict[str, list[Evacuee]]:
    """Those that go to each host; those that go nowhere last."""
    found: dict[str, list[Evacuee]] = {}
    for one in sorted(evacuees, key=lambda one: (not one.to, one.to)):
        found.setdefault(one.to, []).append(one)
    return found


def _names(some: list[Evacuee]) -> str:
    names = " ".join(one.server.id for one in some[:NAMED])
    return f"{names} and {len(some) - NAMED} more" if len(some) > NAMED else names


def checks(command: c.EvacuateHost, host: Host, scene: Scene) -> Iterable[Check]:
    """What is looked at: the witnesses first."""
    yield list_age(scene, BLOCK)
    suspect = scene.tables.get(Suspect, host.name)
    if stop := obstacle(host, command.sworn, suspect):
        yield Check(BLOCK, stop.message, stop.remedy)
    else:
        yield Check(OK, f"the cloud says that {host.name} is down, and you swear to it: {command.sworn}")
    if suspect is not None and suspect.verdict is not Verdict.ALIVE:
        yield _witnesses(suspect, scene)
    if still_alive(host, scene.now):
        yield Check(WARN, f"{host.name} gave a sign of life less than a minute ago: it may only be late.")
    for guard in guards_of(host, scene.tables, scene.status, scene.now):
        yield Check(WARN, guard.message) if passed(command, guard) else Check(BLOCK, guard.message, guard.remedy)
    seen = outlook_of(host, scene.tables)
    if seen.busy:
        names = " ".join(one.id for one in seen.busy[:NAMED])
        yield Check(WARN, f"Something is at work on {names}: evacuate the host once more when that is over.")
    yield _room(seen)


def guards_of(host: Host, tables: Tables, status: EngineStatus | None, now: datetime) -> tuple[Refused, ...]:
    """What speaks against it whoever swears, as far as is known here."""
    limits = Limits(share=status.most_down, at_once=status.most_rescued) if status is not None else Limits()
    scenery = Scenery(
        hosts=tuple(tables.all(Host)),
        suspects=tuple(tables.all(Suspect)),
        lent=occupied(tables.all(Server)),
        now=now,
    )
    return guards(host.name, scenery, limits)


def _witnesses(suspect: Suspect, scene: Scene) -> Check:
    """What others than the cloud say."""
    words = "; ".join(suspects.said(one, scene.now) for one in suspect.signs if one.witness != CLOUD)
    if suspect.verdict is Verdict.DEAD:
        return Check(OK, f"its witnesses call it dead, {suspect.looks} looks in a row: {words}")
    why = suspect.why or "they were not asked yet"
    return Check(WARN, f"Its witnesses do not call it dead for sure: {why}.")


def _room(seen: Outlook) -> Check:
    if not seen.evacuees:
        return Check(WARN, "Nothing that is lent is on it: only ready servers are given up.")
    if (over := seen.left_over) and seen.unsure:
        said = (
            f"On hosts that tell what is free no room is found for {count(len(over), 'server')}: {_names(list(over))}."
        )
        return Check(WARN, f"{said} Nobody knows of {', '.join(seen.unsure[:NAMED])}.")
    if over:
        said = f"No host has room for {count(len(over), 'server')}: {_names(list(over))}."
        return Check(WARN, f"{said} They stay where they are until there is.")
    many = len(seen.evacuees)
    return Check(OK, "there is room for it" if many == 1 else f"there is room for all {many} servers")
