"""What closing a compute host to new servers, or opening it, does, and what is looked at before. Pure."""

from collections.abc import Iterable

from vmms_tui.model import commands as c
from vmms_tui.model.evacuation import is_open
from vmms_tui.model.plans import host_named
from vmms_tui.model.surroundings import Host
from vmms_tui.model.tables import Tables
from vmms_tui.screens import evacuationplans, poweroffplans
from vmms_tui.screens.check import BLOCK, OK, WARN, Check, Scene, for_operators
from vmms_tui.screens.effect import Effect
from vmms_tui.screens.listage import list_age
from vmms_tui.screens.wording import count
from vmms_tui.screens.wording_cloud import GIB, MIB, amount

FORGETFUL = "say why, and close it again"


def effects(command: c.HostCommand, tables: Tables) -> tuple[Effect, ...]:
    """What such a command does."""
    host = host_named(command.host, tables)
    if host is None:
        return ()
    if isinstance(command, c.EvacuateHost):
        return evacuationplans.effects(host, tables)
    if isinstance(command, c.PowerOffHost):
        return poweroffplans.effects(command, host)
    if isinstance(command, c.EnableHost):
        said = Effect(f"let new servers come to {host.name} again", FORGETFUL, "open to new servers:", host.name)
        up = Effect(f"let {host.name} count as up when its service says so", "no", "let count as up:", host.name)
        return (up, said) if host.forced_down else (said,)
    stay = f"its {count(host.servers, 'server')} stay" if host.servers else "its servers stay"
    return (
        Effect(f"let no new server come to {host.name}: {_reason(command)}", "open it", "close:", host.name),
        Effect(f"{stay} and run on; none is moved", "-", "their servers stay and run on", ""),
    )


def _reason(command: c.HostCommand) -> str:
    return command.reason if isinstance(command, c.DisableHost) else ""


def checks(command: c.HostCommand, scene: Scene) -> Iterable[Check]:
    """What is looked at for it."""
    host = host_named(command.host, scene.tables)
    yield for_operators(scene.you)
    if host is None:
        yield Check(BLOCK, f"There is no compute host {command.host}.", "Look at Hosts for those that there are.")
        return
    if isinstance(command, c.EvacuateHost):
        yield from evacuationplans.checks(command, host, scene)
        return
    yield list_age(scene, WARN)
    if isinstance(command, c.PowerOffHost):
        yield from poweroffplans.checks(host, scene)
        return
    if isinstance(command, c.EnableHost):
        yield from _enabling(host)
    else:
        yield from _disabling(host, scene.tables)


def _enabling(host: Host) -> Iterable[Check]:
    if host.status.lower() == "enabled" and not host.forced_down:
        yield Check(BLOCK, f"{host.name} takes new servers already.")
    if host.forced_down:
        yield Check(WARN, "It was given up as dead: restart its nova-compute first, so that what is left there goes.")
    elif not host.is_up:
        yield Check(WARN, f"{host.name} is {host.state or 'in no known state'}: nothing can be built there now.")
    if host.disabled_reason:
        yield Check(WARN, f"It was closed because of: {host.disabled_reason}")


def _disabling(host: Host, tables: Tables) -> Iterable[Check]:
    if host.status.lower() == "disabled":
        said = f"{host.name} takes no new servers already: {host.disabled_reason or 'nobody said why'}."
        yield Check(BLOCK, said, "Open it first to give another reason.")
    others = [one for one in tables.all(Host) if one.name != host.name and is_open(one)]
    if not others:
        yield Check(WARN, "No other host is up and open: nothing new can be built anywhere.")
        return
    yield Check(OK, f"{count(len(others), 'other host')} up and open{_free(others)}")


def _free(hosts: Iterable[Host]) -> str:
    """What is free on them, as far as the cloud tells of all of them."""
    parts = (
        ("RAM", [_left(one.ram_mib, one.ram_used_mib) for one in hosts], MIB),
        ("disk", [_left(one.disk_gib, one.disk_used_gib) for one in hosts], GIB),
    )
    known = [f"{amount(sum(left), units)} {what}" for what, some, units in parts if (left := _all(some)) is not None]
    return f", {' and '.join(known)} free" if known else ""


def _left(whole: int | None, used: int | None) -> int | None:
    return None if whole is None or used is None else max(0, whole - used)


def _all(numbers: Iterable[int | None]) -> list[int] | None:
    known = list(numbers)
    return None if None in known else [one for one in known if one is not None]
