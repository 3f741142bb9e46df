"""How simulated servers of dead hosts come to others: what the steps of an evacuation do.

Source: what Nova 33 did.
"""

from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.engine.cloud.simulated import journeys
from vmms_tui.engine.cloud.simulated.hosts import NO_VALID_HOST, Hosts
from vmms_tui.engine.cloud.simulated.records import Contents, Effect, SimServer, Step


def steps(now: float, seconds: float, *, running: bool) -> list[Step]:
    """From the request to the server on its new host."""
    return [
        Step(now, "REBUILD", "rebuilding"),
        Step(now + 0.2 * seconds, "REBUILD", "rebuilding", Effect.LEAVE_DEAD),
        Step(now + 0.6 * seconds, "REBUILD", "rebuild_spawning"),
        Step(now + seconds, "ACTIVE" if running else "SHUTOFF", "", Effect.BUILT_ANEW),
    ]


def under_way(contents: Contents, server: SimServer) -> bool:
    """Whether it is being built anew elsewhere: what happens to it waits for its old host no more."""
    move = journeys.of_server(contents, server)
    return move is not None and move.kind == EVACUATION


def leave_dead(contents: Contents, hosts: Hosts, server: SimServer, step: Step) -> None:
    """The scheduler finds a host, or it is in ERROR where it was."""
    move = journeys.of_server(contents, server)
    if move is None:
        return
    chosen = "" if step.text else hosts.fitting(server, move.wanted)
    if not chosen:
        journeys.end(contents, hosts, server, "error", step.at)
        server.status, server.task_state, server.steps = "ERROR", "", ()
        server.fault = step.text or NO_VALID_HOST
        return
    move.destination, move.status, move.updated = chosen, "pre-migrating", step.at
    hosts.hold(server, chosen)


def built_anew(contents: Contents, hosts: Hosts, server: SimServer, step: Step) -> None:
    """It is on its new host, with its ports; if the old one only was cut off, it runs twice from now on."""
    move = journeys.of_server(contents, server)
    if move is None:
        return
    if move.ran_on:
        contents.twice.append(server.id)
    server.disk += move.with_disk  # it was on the dead host alone
    hosts.change_over(server)
    contents.hosts[move.source].stale.append(server.id)
    server.fault = ""
    if step.status == "ACTIVE":
        server.booted, server.halted = step.at, None
    for port_id in server.port_ids:
        port = contents.ports.get(port_id)
        if port and (ip := contents.floating_ips.get(port.floating_ip_id)):
            ip.dead = move.dead_address
    journeys.end(contents, hosts, server, "done", step.at)


def cleared(contents: Contents, host: str, now: float) -> None:
    """A host is back, and has removed what was evacuated from it."""
    stale = set(contents.hosts[host].stale)
    contents.hosts[host].stale.clear()
    for move in contents.moves.values():
        if move.kind == EVACUATION and move.source == host and move.status == "done" and move.server_id in stale:
            move.status, move.updated = "completed", now


EFFECTS = {Effect.LEAVE_DEAD: leave_dead, Effect.BUILT_ANEW: built_anew}
