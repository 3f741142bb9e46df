"""What ties servers to some hosts: zones, flavors, server groups, devices. A fact that is read with the hosts."""

from collections.abc import Callable

import msgspec

from vmms_tui.model.record import Record

PLACING = "placing"
"""The id of the one record."""
SCOPE = "aggregate_instance_extra_specs:"
"""What a flavor asks of an aggregate of hosts (Nova, AggregateInstanceExtraSpecsFilter) begins with this."""


class ServerGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Servers that are to be together, or apart."""

    name: str
    policy: str
    """`affinity`, `anti-affinity`, `soft-affinity` or `soft-anti-affinity`."""
    most: int = 1
    """Of servers that are to be apart: so many may be on one host."""
    members: tuple[str, ...] = ()
    """Ours, by their ids."""


class Placing(Record, frozen=True, tag="placing"):
    """What is known of all servers."""

    zones: dict[str, str] = msgspec.field(default_factory=dict)
    """The zone that a pool asks for, by pool; those that ask for none are left out."""
    extra: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    """The extra specs of a pool's flavor, by pool; those without any are left out."""
    groups: tuple[ServerGroup, ...] = ()
    group_of: dict[str, int] = msgspec.field(default_factory=dict)
    """Where in `groups` the group of a server is."""
    devices: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Kinds of ports that are a piece of hardware (Neutron, `binding:vnic_type`), by server."""
    shared_storage: bool | None = None
    """Whether disks are on storage that all hosts share; None: nobody said."""


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """The group of a server, seen from it."""

    name: str
    policy: str
    most: int = 1
    hosts: tuple[str, ...] = ()
    """Where the others are."""


class Ties(msgspec.Struct, frozen=True, kw_only=True):
    """What ties one server."""

    zone: str = ""
    """The zone that it was asked for in; empty: in any."""
    extra: dict[str, str] = {}
    """The extra specs of its flavor."""
    devices: tuple[str, ...] = ()
    """Kinds of its ports that are a piece of hardware."""
    group: Tie | None = None
    shared_storage: bool | None = None

    @property
    def wants(self) -> tuple[tuple[str, str], ...]:
        """What its flavor asks of an aggregate, as key and value."""
        found = ((key.removeprefix(SCOPE), said) for key, said in self.extra.items() if key.startswith(SCOPE))
        return tuple(sorted(found))


FREE = Ties()
"""Of a server that nothing ties, as far as anybody knows."""


def matches(said: str, wanted: str) -> bool:
    """Whether the value of an aggregate is what a flavor asks for (Nova, extra_specs_ops). Nonsense matches nothing."""
    operator, _, rest = wanted.strip().partition(" ")
    rest = rest.strip()
    if operator == "<or>":
        return said in [word for word in wanted.split() if word != "<or>"]
    if operator in _WORDS:
        return bool(rest) and _WORDS[operator](said, rest)
    if operator in _NUMBERS:
        try:
            return _NUMBERS[operator](float(said), float(rest))
        except ValueError:
            return False
    return said == wanted


_WORDS: dict[str, Callable[[str, str], bool]] = {
    "<in>": lambda said, rest: rest.split()[0] in said,
    "<all-in>": lambda said, rest: all(word in said for word in rest.split()),
    "s==": lambda said, rest: said == rest,
    "s!=": lambda said, rest: said != rest,
    "s<": lambda said, rest: said < rest,
    "s<=": lambda said, rest: said <= rest,
    "s>": lambda said, rest: said > rest,
    "s>=": lambda said, rest: said >= rest,
}
_NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda said, rest: said >= rest,
    "==": lambda said, rest: said == rest,
    "!=": lambda said, rest: said != rest,
    ">=": lambda said, rest: said >= rest,
    "<=": lambda said, rest: said <= rest,
}
