"""What ties a server to its host, and whether another would do: zone, aggregate, group, processor, devices. Pure.

Nova refuses what does not fit before anything is copied (its scheduler's filters, and the checks of
`nova/compute/api.py`); what it would refuse is said here before it is asked.
"""

from collections.abc import Iterator

from vmms_tui.model.movecheck import MoveCheck, block, ok, warn
from vmms_tui.model.placing import FREE, PLACING, Placing, ServerGroup, Tie, Ties, matches
from vmms_tui.model.records import Server, ServerState
from vmms_tui.model.surroundings import Host
from vmms_tui.model.world import World

COLD = "Move it cold."
NO_WAY = "Nova moves it in no way: build it anew elsewhere, or wait for its end."
MDEV_FROM = (8, 1)
"""QEMU moves mediated devices (vGPUs) live from this version on."""
_SLOW_PORTS = frozenset({"direct", "direct-physical", "macvtap", "vdpa", "remote-managed"})
_DEAD_PORTS = frozenset({"accelerator-direct", "accelerator-direct-physical"})
HARDWARE = _SLOW_PORTS | _DEAD_PORTS
"""Kinds of ports that are a piece of hardware of a host (Neutron, `binding:vnic_type`)."""


def ties_of(server: Server, world: World) -> Ties:
    """What is known to tie a server."""
    placing = world.get(Placing, PLACING)
    if placing is None:
        return FREE
    at = placing.group_of.get(server.id)
    return Ties(
        zone=placing.zones.get(server.pool, ""),
        extra=placing.extra.get(server.pool, {}),
        devices=placing.devices.get(server.id, ()),
        group=_tie(server, placing.groups[at], world) if at is not None else None,
        shared_storage=placing.shared_storage,
    )


def _tie(server: Server, group: ServerGroup, world: World) -> Tie:
    others = (world.get(Server, name) for name in group.members if name != server.id)
    there = (one for one in others if one is not None and one.host and one.state is not ServerState.GONE)
    hosts = tuple(one.host for one in there)
    return Tie(name=group.name, policy=group.policy, most=group.most, hosts=hosts)


def suits(host: Host, zone: str, wants: tuple[tuple[str, str], ...]) -> bool:
    """Whether a host is in the zone, and its aggregates are as a flavor asks for."""
    return (not zone or not host.zone or host.zone == zone) and not _unmet(host, wants)


def breaks(group: Tie | None, host: str) -> bool:
    """Whether a host breaks the rule of a group that Nova keeps to."""
    if group is None:
        return False
    if group.policy == "affinity":
        return bool(group.hosts) and host not in group.hosts
    return group.policy == "anti-affinity" and group.hosts.count(host) >= group.most


def of_host(server: Server, ties: Ties, source: Host | None, host: Host, *, cold: bool) -> Iterator[MoveCheck]:
    """What is looked at of a host that was named."""
    if ties.zone and host.zone and host.zone != ties.zone:
        said = f"{server.id} was asked for in zone {ties.zone}, and {host.name} is in {host.zone}."
        yield block("zone", said, f"Name a host in zone {ties.zone}, or none.")
    elif source is not None and source.zone and host.zone and source.zone != host.zone:
        said = f"{host.name} is in zone {host.zone}, {source.name} in {source.zone}"
        yield warn("zone", f"{said}: Nova refuses what is bound to a zone.")
    if unmet := _unmet(host, ties.wants):
        yield block("aggregate", _no_aggregate(server, host, unmet), "Name a host of such an aggregate, or none.")
    elif ties.wants:
        yield ok("aggregate", f"{host.name} is in an aggregate as its flavor asks for")
    yield from _of_group(server, ties.group, host.name)
    if source is not None:
        yield from _of_processor(source, host, cold=cold)


def _unmet(host: Host, wants: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """What a flavor asks for and no aggregate of the host has."""
    return tuple(
        f"{key}={wanted}"
        for key, wanted in wants
        if not any(matches(said, wanted) for name, said in host.properties if name == key)
    )


def _no_aggregate(server: Server, host: Host, unmet: tuple[str, ...]) -> str:
    its = f"it is in {', '.join(host.aggregates)}" if host.aggregates else "it is in none"
    return (
        f"The flavor of {server.id} asks for an aggregate with {', '.join(unmet)}, and {host.name} has no such: {its}."
    )


def _of_group(server: Server, group: Tie | None, host: str) -> Iterator[MoveCheck]:
    if group is None or not group.hosts:
        return
    apart = "anti" in group.policy
    said = (
        f"{host} has others of its group {group.name}" if apart else f"no other of its group {group.name} is on {host}"
    )
    if breaks(group, host):
        remedy = "Name a host without them, or none." if apart else "Its group moves together, or not at all."
        yield block("group", f"{server.id} must not go there: {said} ({group.policy}).", remedy)
    elif group.policy.startswith("soft") and (host in group.hosts) is apart:
        yield warn("group", f"{said if apart else said.replace('no other', 'No other', 1)} ({group.policy}).")
    else:
        yield ok("group", f"its group {group.name} ({group.policy}) allows {host}")


def _of_processor(source: Host, host: Host, *, cold: bool) -> Iterator[MoveCheck]:
    if not source.cpu or not host.cpu:
        return
    kinds = source.cpu.split()[0], host.cpu.split()[0]
    if kinds[0] != kinds[1]:
        said = (
            f"{host.name} has {kinds[1]} processors, {source.name} {kinds[0]}: nothing built for one runs on the other."
        )
        yield block("processor", said, "Name a host with the same processors.")
    elif source.cpu == host.cpu:
        yield ok("processor", f"both hosts have {host.cpu}")
    elif not cold:
        said = f"{host.name} has {host.cpu}, {source.name} {source.cpu}"
        yield warn("processor", f"{said}: Nova refuses it where {host.name} lacks what the guest was promised.")


# What it holds of its own host


def of_devices(server: Server, ties: Ties, hosts: tuple[Host, ...], *, cold: bool) -> Iterator[MoveCheck]:
    """What of a host a server holds for itself. `hosts` are its own and the one that was named, as far as known."""
    for kind in sorted(set(ties.devices)):
        yield _of_port(server, kind, cold=cold)
    for key, said in sorted(ties.extra.items()):
        name, what = f"{key}={said}", f"The flavor of {server.id} asks for {key}={said}"
        if key == "accel:device_profile":
            yield block("devices", f"{what}: Nova moves no server with an accelerator.", NO_WAY)
        elif key == "pci_passthrough:alias":
            yield _pinned(f"{what}, a device of its host", name, cold=cold)
        elif key.partition(":")[0].startswith("resources") and key.endswith(":VGPU") and said != "0":
            yield _vgpu(what, name, hosts, cold=cold)
        elif key == "hw:mem_encryption" and said.lower() in {"true", "1", "yes"}:
            yield _pinned(f"{what}, and encrypted memory is not copied", name, cold=cold)
        elif key == "hw:tpm_version" and ties.extra.get("hw:tpm_secret_security") != "host":
            yield _pinned(f"{what}, and the secret of its TPM stays where it is", name, cold=cold)
        elif key in _NUMA and not cold and said not in {"shared", "any", "small"}:
            yield warn(
                "devices", f"{what}: the same must be free on the other host; Nova older than Train refuses it live."
            )


_NUMA = frozenset({"hw:cpu_policy", "hw:mem_page_size", "hw:numa_nodes"})


def _pinned(what: str, name: str, *, cold: bool) -> MoveCheck:
    if not cold:
        return block("devices", f"{what}: Nova does not move it live.", COLD)
    return warn("devices", f"The other host must have free what its flavor asks for: {name}.")


def _vgpu(what: str, name: str, hosts: tuple[Host, ...], *, cold: bool) -> MoveCheck:
    old = next((host for host in hosts if (version := _version(host)) and version < MDEV_FROM), None)
    if cold:
        return _pinned(what, name, cold=True)
    if old is not None:
        return block(
            "devices", f"{what}, and QEMU {old.version} on {old.name} does not move that live (8.1 does).", COLD
        )
    return warn("devices", f"{what}: it moves live only where both hosts' drivers can, and one like it is free.")


def _version(host: Host) -> tuple[int, ...]:
    parts = host.version.split(".")
    return tuple(map(int, parts)) if host.kind in {"QEMU", "KVM"} and all(part.isdecimal() for part in parts) else ()


def _of_port(server: Server, kind: str, *, cold: bool) -> MoveCheck:
    what = f"A port of {server.id} is a device of its host (vnic_type {kind})"
    if kind in _DEAD_PORTS:
        return block("devices", f"{what}: Nova moves no server with an accelerator.", NO_WAY)
    if cold:
        return warn("devices", f"{what}: the other host must have one like it free.")
    return warn("devices", f"{what}: it is taken off for the way, and the network stands still; Nova may refuse it.")
