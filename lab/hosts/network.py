"""One bridge for all hosts, and a network namespace with one cable for each."""

from pathlib import Path

from lab.hosts.shell import call

BRIDGE = "vmms-hosts"
NETWORK = "10.77.0"
FIRST, LAST = 11, 250


def namespace(name: str) -> str:
    """The network namespace of a host."""
    return f"vmms-{name}"


def plug(name: str, address: str) -> None:
    """Make the namespace of a host with its cable in the bridge. What is there already stays."""
    if not _exists(BRIDGE):
        call("ip", "link", "add", BRIDGE, "type", "bridge")
        call("ip", "address", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        call("ip", "link", "set", BRIDGE, "up")
    space, cable = namespace(name), _cable(name)
    if Path("/run/netns", space).exists():
        return
    call("ip", "netns", "add", space)
    call("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
    call("ip", "link", "set", cable, "master", BRIDGE, "up")
    call("ip", "-n", space, "link", "set", "lo", "up")
    call("ip", "-n", space, "address", "add", f"{address}/24", "dev", "eth0")
    call("ip", "-n", space, "link", "set", "eth0", "up")
    call("ip", "-n", space, "route", "add", "default", "via", f"{NETWORK}.1")


def link(name: str, *, up: bool) -> None:
    """Pull or plug the cable of a host. Whoever calls it meanwhile gets no answer, not even a refusal."""
    call("ip", "link", "set", _cable(name), "up" if up else "down")


def deafen(address: str) -> None:
    """What this machine sends to a host reaches nobody: it goes to a card that does not exist."""
    call("ip", "neigh", "replace", address, "lladdr", "02:00:00:00:00:01", "nud", "permanent", "dev", BRIDGE)


def hear(address: str) -> None:
    """Undo `deafen`; that it was not called is no error."""
    call("ip", "neigh", "del", address, "dev", BRIDGE, check=False)


def unplug(name: str, *, last: bool) -> None:
    """Take the namespace away, and with the last host the bridge."""
    call("ip", "link", "delete", _cable(name), check=False)
    call("ip", "netns", "delete", namespace(name), check=False)
    if last:
        call("ip", "link", "delete", BRIDGE, check=False)


def _cable(name: str) -> str:
    return f"vmms-{name}"


def _exists(device: str) -> bool:
    return Path("/sys/class/net", device).exists()
