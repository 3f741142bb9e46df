"""The network that the compute hosts are seen in: a bridge of their own, with an address for each that has power.

A host without power has no address there: whoever calls it is not answered by anybody, and not refused either.
"""

import subprocess

from lab.openstack.settings import Lab, LabError

OURS = 254
"""Where this machine is in that network."""


def up(lab: Lab) -> None:
    """Make it, unless it is there."""
    if not _ip("link", "show", "dev", lab.bridge, good=(0, 1)):
        _ip("link", "add", lab.bridge, "type", "bridge")
    _ip("address", "replace", f"{lab.network}.{OURS}/24", "dev", lab.bridge)
    _ip("link", "set", lab.bridge, "up")


def down(lab: Lab) -> None:
    """Remove it, with all addresses."""
    _ip("link", "delete", lab.bridge, good=(0, 1))


def join(lab: Lab, host: str) -> None:
    """Give a host its address."""
    _ip("address", "replace", f"{lab.address(host)}/32", "dev", lab.bridge)


def leave(lab: Lab, host: str) -> None:
    """Let nobody have that address."""
    _ip("address", "delete", f"{lab.address(host)}/32", "dev", lab.bridge, good=(0, 1, 2))


def has_joined(lab: Lab, host: str) -> bool:
    """Whether a host has its address."""
    return f"inet {lab.address(host)}/" in _ip("-4", "-o", "address", "show", "dev", lab.bridge, good=(0, 1))


def _ip(*words: str, good: tuple[int, ...] = (0,)) -> str:
    try:
        done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise LabError("there is no command ip: apt-get install iproute2") from error
    if done.returncode not in good:
        raise LabError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout
