"""All hosts of a cloud, with what all questions about them have in common: found once, when first asked for. Pure.

There may be a thousand hosts and twenty thousand servers: what is asked of each server must not look at each host.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from vmms_tui.model.evacuation import is_open
from vmms_tui.model.surroundings import Host
from vmms_tui.model.ties import suits


class Needs(NamedTuple):
    """What a server needs of a host. Many servers need the same."""

    ram_mib: int
    disk_gib: int
    zone: str = ""
    wants: tuple[tuple[str, str], ...] = ()
    """Of an aggregate, as key and value."""
    kind: str = ""
    """The hypervisor that it runs on; empty: nobody knows."""
    version: str = ""
    """Of that; the new host's must not be older. Empty: no matter."""


class Inventory(tuple[Host, ...]):
    """The hosts as they were read. It stands for a tuple of them everywhere."""

    @cached_property
    def by_name(self) -> dict[str, Host]:
        """The first of each name."""
        return {host.name: host for host in reversed(self)}

    @cached_property
    def open(self) -> dict[str, Host]:
        """Those that are up and take new servers, by name."""
        return {host.name: host for host in self if is_open(host)}

    @cached_property
    def gives_more(self) -> frozenset[str]:
        """Of what some host has given out more than it has: `ram`, `disk`."""
        found = set()
        for host in self:
            if _more(host.ram_mib, host.ram_used_mib):
                found.add("ram")
            if _more(host.disk_gib, host.disk_used_gib):
                found.add("disk")
        return frozenset(found)

    @cached_property
    def _suiting(self) -> dict[Needs, dict[str, Host]]:
        return {}

    def suiting(self, needs: Needs) -> dict[str, Host]:
        """Open hosts in such a zone and such an aggregate, with such a hypervisor, whatever room they have."""
        about = Needs(0, 0, *needs[2:])
        if about == Needs(0, 0):
            return self.open
        known = self._suiting.get(about)
        if known is None:
            known = {
                name: host
                for name, host in self.open.items()
                if suits(host, needs.zone, needs.wants) and not unlike(host, needs.kind, needs.version)
            }
            self._suiting[about] = known
        return known

    @cached_property
    def _fitting(self) -> dict[Needs, dict[str, Host]]:
        return {}

    def fitting(self, needs: Needs) -> dict[str, Host]:
        """Those of them with room for that, too. Servers have few sizes: each is looked for once."""
        known = self._fitting.get(needs)
        if known is None:
            known = {name: host for name, host in self.suiting(needs).items() if not self.lacks(host, needs)}
            self._fitting[needs] = known
        return known

    @cached_property
    def _roomiest(self) -> dict[Needs, tuple[str, ...]]:
        return {}

    def roomiest(self, needs: Needs) -> tuple[str, ...]:
        """Where that fits, the host with most free RAM first; where it fits nowhere, all that suit."""
        known = self._roomiest.get(needs)
        if known is None:
            found = self.fitting(needs) or self.suiting(needs)
            known = self._roomiest[needs] = tuple(sorted(found, key=lambda name: _most_free(found[name])))
        return known

    def lacks(self, host: Host, needs: Needs) -> bool:
        """Whether it has no room for that, as far as anybody can know."""
        return self.short(host.ram_mib, host.ram_used_mib, needs.ram_mib, "ram") or self.short(
            host.disk_gib, host.disk_used_gib, needs.disk_gib, "disk"
        )

    def short(self, has: int | None, used: int | None, needed: int, key: str) -> bool:
        """Whether so much is not there. Where hosts give out more than they have, nobody knows how much more."""
        if has is None or used is None or used + needed <= has:
            return False
        return needed > has or key not in self.gives_more


def inventory(hosts: Iterable[Host]) -> Inventory:
    """The same hosts; what is known of them in common already stays known."""
    return hosts if isinstance(hosts, Inventory) else Inventory(hosts)


class Latest:
    """The inventory as it is now: what was found out about the hosts holds until one of them changes."""

    def __init__(self) -> None:
        self._known = Inventory()

    def of(self, hosts: Iterable[Host]) -> Inventory:
        """The one for these hosts. Records that are the same ones are not compared field by field."""
        found = Inventory(hosts)
        if found != self._known:
            self._known = found
        return self._known


def unlike(host: Host, kind: str, version: str) -> bool:
    """Whether it runs another hypervisor than this kind, or an older version. What nobody knows is no other."""
    return bool(kind and host.kind and host.kind != kind) or older(host.version, version)


def older(one: str, other: str) -> bool:
    """Whether a version comes before another; what cannot be compared does not."""
    parts = [text.split(".") for text in (one, other)]
    if not all(part.isdecimal() for words in parts for part in words):
        return False
    first, second = ([int(part) for part in words] for words in parts)
    return first < second


def _more(has: int | None, used: int | None) -> bool:
    return has is not None and used is not None and used > has


def _most_free(host: Host) -> tuple[int, str]:
    return -((host.ram_mib or 0) - (host.ram_used_mib or 0)), host.name
