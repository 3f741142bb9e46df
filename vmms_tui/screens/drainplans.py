"""What emptying a host, opening it again, and evening the load do, and what is looked at before. Pure."""

from collections.abc import Iterable

from vmms_tui.model import commands as c
from vmms_tui.model.draining import LIMIT, Errand, MoveQueue, moved_away, queue_id, summary
from vmms_tui.model.evacuation import is_open
from vmms_tui.model.inventory import Inventory
from vmms_tui.model.moving import Question, runs, stop_of
from vmms_tui.model.plans import balance_of, host_named
from vmms_tui.model.records import Server, ServerState
from vmms_tui.model.surroundings import Host
from vmms_tui.model.tables import Tables
from vmms_tui.model.ties import ties_of
from vmms_tui.screens import steerplans
from vmms_tui.screens.check import BLOCK, OK, WARN, Check, Scene
from vmms_tui.screens.effect import Effect
from vmms_tui.screens.evacuationplans import outlook_of
from vmms_tui.screens.listage import list_age
from vmms_tui.screens.wording import count

NAMED = 6
"""Names in a line."""
Wanted = c.DrainHost | c.UndrainHost | c.Rebalance | c.SteerMoves


def effects(command: Wanted, tables: Tables) -> tuple[Effect, ...]:
    """What such a command does."""
    match command:
        case c.Rebalance():
            shifts = balance_of(command, tables).shifts
            return tuple(Effect(f"move {one.text}", "stop the rest") for one in shifts) or (
                Effect("move nothing", "-"),
            )
        case c.SteerMoves():
            return steerplans.effects(command, tables)
        case c.UndrainHost():
            return _opening(command, tables)
        case c.DrainHost():
            return _emptying(command, tables)


def _emptying(command: c.DrainHost, tables: Tables) -> tuple[Effect, ...]:
    host = host_named(command.host, tables)
    if host is None:
        return ()
    lent, ready = _on(host, tables)
    said = []
    if host.status.lower() != "disabled":
        said.append(Effect(f"let no new server come to {host.name}: {command.reason}", "open it"))
    if lent:
        many = command.limit or LIMIT
        words = f"move {count(len(lent), 'server')} away, {many} at a time: {_names(lent)}"
        said.append(Effect(words, "bring them back"))
    if ready:
        said.append(Effect(f"give up {count(len(ready), 'ready server')}: the pools build others elsewhere", "no"))
    mine = len(lent) + len(ready)
    if host.servers is not None and host.servers > mine:
        said.append(Effect(f"leave {count(host.servers - mine, 'server')} of others there, as it was read last", "-"))
    return tuple(said)


def how_many(command: c.DrainHost | c.Rebalance, tables: Tables) -> int:
    """Servers that it moves."""
    if isinstance(command, c.Rebalance):
        return len(balance_of(command, tables).shifts)
    host = host_named(command.host, tables)
    return len(_on(host, tables)[0]) if host is not None else 0


def _opening(command: c.UndrainHost, tables: Tables) -> tuple[Effect, ...]:
    host = host_named(command.host, tables)
    if host is None:
        return ()
    opened = host.status.lower() == "enabled" and not host.forced_down
    again = Effect(f"let new servers come to {host.name} again", "drain it again")
    said = [Effect(f"leave {host.name} open, as it is", "-") if opened else again]
    if command.bring_back:
        drain = tables.get(MoveQueue, queue_id(Errand.DRAIN, host.name))
        legs = moved_away(drain)
        names = " ".join(one.server_id for one in legs[:NAMED])
        back = f"move back what the drain moved ({len(legs)}), if it is lent still: {names}"
        said.append(Effect(back, "drain it") if legs else Effect("nothing was moved away that could come back", "-"))
    return tuple(said)


def _on(host: Host, tables: Tables) -> tuple[list[Server], list[Server]]:
    """Those that somebody has there, and those that are ready."""
    here = [one for one in tables.all(Server) if one.host == host.name and one.state is not ServerState.GONE]
    return [one for one in here if one.lease_id], [one for one in here if one.state is ServerState.READY]


def _names(some: list[Server]) -> str:
    names = " ".join(one.id for one in some[:NAMED])
    return f"{names} and {len(some) - NAMED} more" if len(some) > NAMED else names


def looked_at(command: Wanted, scene: Scene) -> Iterable[Check]:
    """What is looked at for it."""
    match command:
        case c.Rebalance():
            yield list_age(scene, WARN)
            yield from _of_balance(command, scene)
        case c.SteerMoves():
            yield steerplans.check(command, scene.tables)
        case c.UndrainHost() | c.DrainHost():
            host = host_named(command.host, scene.tables)
            if host is None:
                yield Check(BLOCK, f"There is no compute host {command.host}.", "Look at Hosts for those there are.")
                return
            yield list_age(scene, WARN)
            yield from (
                _drain(command, host, scene) if isinstance(command, c.DrainHost) else _undrain(command, host, scene)
            )


def _undrain(command: c.UndrainHost, host: Host, scene: Scene) -> Iterable[Check]:
    if host.status.lower() == "enabled" and not host.forced_down:
        away = command.bring_back and moved_away(scene.tables.get(MoveQueue, queue_id(Errand.DRAIN, host.name)))
        yield Check(OK if away else BLOCK, f"{host.name} takes new servers already.")
        return
    if host.forced_down:
        yield Check(WARN, "It was given up as dead: restart its nova-compute first, so that what is left there goes.")
    elif not host.is_up:
        yield Check(BLOCK, f"{host.name} is {host.state or 'in no known state'}.", "Start its nova-compute first.")
    else:
        yield Check(OK, f"{host.name} is up")
    if host.disabled_reason:
        yield Check(WARN, f"It was closed because of: {host.disabled_reason}")
    yield Check(OK, "what is left of evacuations is looked for before it is opened")


def _drain(command: c.DrainHost, host: Host, scene: Scene) -> Iterable[Check]:
    closed = host.status.lower() == "disabled"
    if not host.is_up:
        yield Check(BLOCK, f"{host.name} is {host.state or 'away'}: nothing moves away.", "Evacuate it if it is dead.")
    if not command.reason.strip() and not closed:
        yield Check(BLOCK, "A host is not emptied without a reason.", "Say why: other operators read it.")
    old = scene.tables.get(MoveQueue, queue_id(Errand.DRAIN, host.name))
    if old is not None and old.open:
        yield Check(OK, f"it goes on: {summary(old)}")
    hosts = Inventory(scene.tables.all(Host))
    if not any(is_open(one) for one in hosts if one.name != host.name):
        yield Check(WARN, "No other host is up and open: nothing can go.", "Open one first.")
        return
    lent, _ = _on(host, scene.tables)
    stopped = 0
    for server in lent:
        ties = ties_of(server, scene.tables)
        asked = Question(server=server, hosts=hosts, cold=command.cold and not runs(server), ties=ties)
        if stop := stop_of(asked):
            stopped += 1
            remedy = f"Agree to a cold move: vmms drain {host.name} --cold" if stop.name == "power" else stop.remedy
            yield Check(WARN, f"Something is in its way as yet: {stop.text}", remedy)
    if lent and not stopped:
        yield Check(OK, f"nothing stands in the way of {count(len(lent), 'server')}")
    yield from _room(host, scene.tables)


def _room(host: Host, tables: Tables) -> Iterable[Check]:
    """Whether all of them find room at once, placed as an evacuation places them."""
    seen = outlook_of(host, tables)
    if over := [one.server for one in seen.left_over]:
        unsure = f" Nobody knows of {', '.join(seen.unsure[:NAMED])}." if seen.unsure else ""
        said = f"No host has room for {count(len(over), 'server')}: {_names(over)}.{unsure}"
        yield Check(WARN, said, "They wait there until there is some.")
    elif seen.evacuees:
        yield Check(OK, "there is room for all of them on other hosts")


def _of_balance(command: c.Rebalance, scene: Scene) -> Iterable[Check]:
    found = balance_of(command, scene.tables)
    old = scene.tables.get(MoveQueue, queue_id(Errand.REBALANCE))
    if old is not None and old.open:
        yield Check(BLOCK, f"The load is being evened already: {summary(old)}.", "Stop it first, or wait.")
    was, then = found.spread
    if not found.shifts:
        said = f"The fullest and the emptiest host are {was} % of RAM apart: no move is worth it."
        yield Check(BLOCK, said, "A lower threshold or margin finds more.")
    else:
        yield Check(OK, f"the fullest and the emptiest host are {was} % of RAM apart, and {then} % after it")
    for name, why in list(found.stay.items())[:NAMED]:
        yield Check(OK, f"{name} stays: {why.rstrip('.')}")
    if len(found.stay) > NAMED:
        yield Check(OK, f"{len(found.stay) - NAMED} more stay, too")
