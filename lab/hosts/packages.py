"""Debian packages that hosts need on this machine, since they run on a copy of its disk."""

import os
import subprocess
from pathlib import Path

from lab.hosts.shell import HostError

_NEEDED = {
    "openssh-server": Path("/usr/sbin/sshd"),
    "cloud-init": Path("/usr/bin/cloud-init"),
    "sudo": Path("/usr/bin/sudo"),
    "iproute2": Path("/usr/sbin/ip"),
    "tmux": Path("/usr/bin/tmux"),
}
_COMPUTE = {
    "libvirt-daemon-system": Path("/usr/sbin/libvirtd"),
    "libvirt-clients": Path("/usr/bin/virsh"),
    "qemu-system-x86": Path("/usr/bin/qemu-system-x86_64"),
    "glusterfs-server": Path("/usr/sbin/glusterd"),
    "glusterfs-client": Path("/usr/sbin/mount.glusterfs"),
}
_POLICY = Path("/usr/sbin/policy-rc.d")
_DISABLED = Path("/etc/cloud/cloud-init.disabled")


def possible() -> str:
    """Why no hosts can be made here; empty when they can."""
    if os.geteuid() != 0:
        return "hosts need root"
    if not Path("/etc/debian_version").exists():
        return "hosts need Debian"
    return ""


def install() -> None:
    """Install what is missing. cloud-init is kept from ever running on this machine itself. Raises HostError."""
    if not _NEEDED["cloud-init"].exists():
        _DISABLED.parent.mkdir(parents=True, exist_ok=True)
        _DISABLED.write_text("The tests of VMMS installed cloud-init for their hosts only.\n")
    fetch(_NEEDED)


def install_compute() -> None:
    """Install what compute hosts run, too; none of it is started on this machine itself. Raises HostError."""
    install()
    ours = not _POLICY.exists()
    if ours:
        _POLICY.write_text("#!/bin/sh\nexit 101\n")  # invoke-rc.d(8): nothing may be started
        _POLICY.chmod(0o755)
    try:
        fetch(_COMPUTE)
    finally:
        if ours:
            _POLICY.unlink(missing_ok=True)


def fetch(needed: dict[str, Path]) -> None:
    """Install those packages whose program is not there. Raises HostError."""
    missing = [package for package, program in needed.items() if not program.exists()]
    if not missing:
        return
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise HostError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
