"""The compute microversion that is spoken: the highest that both we and the cloud know.

Source: https://docs.openstack.org/nova/latest/reference/api-microversion-history.html. What goes with an older cloud:

- below 2.93, a server that boots from a volume cannot be rebuilt;
- below 2.57 (before Queens), a rebuild cannot bring new user data;
- below 2.56 (before Queens), a cold migration cannot name its host;
- below 2.53 (before Pike), the service of a host is changed by its name;
- below 2.84 (before Wallaby), an action tells an administrator where it broke, and nobody why;
- below 2.64 (before Rocky), a server group tells its policy as a list, and not how many may be together;
- below 2.61 (before Rocky), flavors do not tell their extra specs;
- below 2.47 (before Pike), a server names its flavor by id only, and its name is looked up in the list;
- below 2.37 (before Newton), a server without ports gets whatever network the project has;
- below 2.25 (before Mitaka), nothing is live-migrated: Nova cannot choose by itself how to copy disks. Progress is told
  from 2.23 on, and an end can be forced from 2.22 and aborted from 2.24 on;
- below 2.14 (before Mitaka), nothing is evacuated: Nova cannot see by itself whether storage is shared.

From 2.95 on an evacuated server is left SHUTOFF; we speak 2.93, with which it comes up as it was.

All else works down to 2.1.
"""

Version = tuple[int, int]

OURS: Version = (2, 93)
"""The newest that we know. Nothing that we use needs more."""

OLDEST: Version = (2, 1)
FORCED_DOWN: Version = (2, 11)
EVACUATE_AUTO: Version = (2, 14)
LIVE_AUTO: Version = (2, 25)
NETWORKS_REQUIRED: Version = (2, 37)
FLAVOR_NAMES: Version = (2, 47)
SERVICE_BY_ID: Version = (2, 53)
"""The first with which the service of a host is changed by its id."""
COLD_HOST: Version = (2, 56)
REBUILD_USER_DATA: Version = (2, 57)
HYPERVISOR_NUMBERS: Version = (2, 87)
"""The last with which a hypervisor tells its vCPUs, RAM, disk and servers. Newer clouds still speak it."""


def negotiate(lowest: Version | None, highest: Version | None) -> Version:
    """What to speak with a cloud that knows `lowest` to `highest`; nothing known means the API as it began, 2.1."""
    if highest is None or highest < OLDEST:
        return OLDEST
    return max(min(OURS, highest), lowest or OLDEST)


def parse(text: str) -> Version | None:
    """ "2.93" as numbers; nothing for anything else, such as the empty text of a cloud without microversions."""
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None


def spell(version: Version) -> str:
    """As it is written in headers."""
    return f"{version[0]}.{version[1]}"
