"""Hosts for tests: real sshd, sudo and cloud-init in kernel namespaces, on a copy of this machine's own Debian.

Each host has its own network, process, mount, name and IPC namespace, and a copy-on-write disk in memory. It boots
cloud-init with the user data it is given, as a server of a cloud does, and shows what it says on a console.
"""

from lab.hosts.host import Host, HostError

__all__ = ["Host", "HostError"]
