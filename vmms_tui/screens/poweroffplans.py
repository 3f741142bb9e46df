"""What taking the power of a compute host does, and what is looked at before. Pure."""

from collections.abc import Iterable

from vmms_tui.model.commands import PowerOffHost
from vmms_tui.model.poweroff import frozen, no_fence, obstacle, reason_of
from vmms_tui.model.surroundings import Host
from vmms_tui.screens.check import BLOCK, OK, WARN, Check, Scene
from vmms_tui.screens.effect import Effect


def effects(command: PowerOffHost, host: Host) -> tuple[Effect, ...]:
    """What it does."""
    reason = reason_of(command.reason, host)
    return (
        Effect(f"read the cloud once more: with any server on {host.name} nothing is done", "-"),
        Effect(f"take the power of {host.name} by the fence command, with its proof: {reason}", "by hand only"),
        Effect(f"leave {host.name} closed, with a line that it is ready for whoever repairs it", "-"),
    )


def checks(host: Host, scene: Scene) -> Iterable[Check]:
    """What is looked at for it."""
    if scene.status is not None:
        stops = ((not scene.status.fences, no_fence()), (scene.status.frozen is not None, frozen()))
        yield from (Check(BLOCK, stop.message, stop.remedy) for so, stop in stops if so)
    if stop := obstacle(host, scene.tables):
        yield Check(BLOCK, stop.message, stop.remedy)
    else:
        yield Check(OK, f"{host.name} is closed, and the cloud's list shows no server on it")
    if not host.is_up:
        yield Check(WARN, f"{host.name} is {host.state or 'in no known state'} already: it may be off.")
    if alive := [one.name for one in host.agents or () if one.alive]:
        yield Check(WARN, f"Also away with it: {', '.join(alive)}.", "See that others do their work.")
