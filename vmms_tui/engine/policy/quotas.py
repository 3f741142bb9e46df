"""What a person and a project may hold at once, and who would hold too much.

Held is what is on a lease until its owner gives it back or it is over; a server that is being taken back is nobody's
any more. Whoever asks must have room for what they hold, what they wait for and what they ask for; when their turn
comes, for what they hold and this one. So nobody ever holds more than their quota, unless it was lowered below what
they hold: they keep that, and renew nothing until they are within it again. Operators are people like all others.
"""

from typing import Literal

import msgspec

from vmms_tui.engine.policy.words import counted, ram, span
from vmms_tui.model.errors import Refused
from vmms_tui.model.spec import Allowance, QuotaRules

Key = tuple[Literal["person", "project"], str]
"""Who holds: a person, or a project that has a name."""

ASK_FOR_MORE = "ask an operator for a larger quota"
_MEASURES = ("servers", "vcpus", "ram_mib")


class OverQuota(Refused):
    """Somebody would hold more than they may. `rule` is `quota`."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__("quota", message, remedy)


class Usage(msgspec.Struct, frozen=True, gc=False):
    """How much is held, waited for or asked for."""

    servers: int = 0
    vcpus: int = 0
    ram_mib: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.servers + other.servers, self.vcpus + other.vcpus, self.ram_mib + other.ram_mib)

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(self.servers - other.servers, self.vcpus - other.vcpus, self.ram_mib - other.ram_mib)


NOTHING = Usage()
_NO_QUOTA = Allowance()


class Holder(msgspec.Struct, frozen=True):
    """A person or a project, and what it may hold."""

    key: Key
    allowance: Allowance

    @property
    def words(self) -> str:
        """As sentences name it."""
        kind, name = self.key
        return name if kind == "person" else f"project {name}"


def keys(owner: str, project: str) -> tuple[Key, ...]:
    """Whose quotas a lease or a request counts against. No project: only its owner's."""
    return (("person", owner), ("project", project)) if project else (("person", owner),)


def holders(owner: str, project: str, rules: QuotaRules) -> tuple[Holder, ...]:
    """Those of them that have a quota at all."""
    persons = rules.people.get(owner, rules.person)
    found: tuple[Holder, ...] = (Holder(("person", owner), persons),) if persons != _NO_QUOTA else ()
    if project and (projects := rules.projects.get(project, rules.project)) != _NO_QUOTA:
        found += (Holder(("project", project), projects),)
    return found


def check_more(holder: Holder, held: Usage, waiting: Usage, more: Usage) -> None:
    """Whether a holder has room for one more server. Raises OverQuota with the first measure that has none."""
    for measure in _MEASURES:
        most, has, waits, asks = (getattr(of, measure) for of in (holder.allowance, held, waiting, more))
        if most is not None and has + waits + asks > most:
            raise _no_room(holder, measure, most, has, waits, asks)


def check_kept(holder: Holder, held: Usage) -> None:
    """Whether a holder may keep for longer what it holds. Raises OverQuota when the quota was lowered below it."""
    for measure in _MEASURES:
        most, has = getattr(holder.allowance, measure), getattr(held, measure)
        if most is not None and has > most:
            message = f"{holder.words} has {_amount(measure, has)}, more than the quota of {_number(measure, most)}."
            raise OverQuota(message, f"Release a server before you renew one, or {ASK_FOR_MORE}.")


def told(holder: Holder, held: Usage, waiting: Usage) -> str:
    """How much a holder has of how much, and how long their leases may be, in a sentence."""
    may = holder.allowance
    amounts = [
        f"{_number(measure, getattr(held, measure))} of {_amount(measure, most)}"
        for measure in _MEASURES
        if (most := getattr(may, measure)) is not None
    ]
    said = [f"{holder.words} has {', '.join(amounts) or counted(held.servers, 'server')}"]
    if waiting.servers:
        said.append(f"waits for {counted(waiting.servers, 'server')} more")
    if may.longest is not None:
        said.append(f"no lease ends later than {span(may.longest)} from now")
    if may.total is not None:
        said.append(f"no lease is longer than {span(may.total)} with all renewals")
    if may.requests_per_minute is not None:
        said.append(f"{counted(may.requests_per_minute, 'request')} a minute")
    return "; ".join(said) + "."


def _no_room(holder: Holder, measure: str, most: int, has: int, waits: int, asks: int) -> OverQuota:
    waiting = f" and waits for {_number(measure, waits)} more" if waits else ""
    this = "" if measure == "servers" else f"; this server has {_number(measure, asks)}"
    message = f"{holder.words} has {_number(measure, has)} of {_amount(measure, most)}{waiting}{this}."
    if asks <= most:
        less = "Release a server, take back a request" if waits else "Release a server"
    elif most:
        less = "Ask for a smaller server"
    else:
        return OverQuota(message, f"{ASK_FOR_MORE.capitalize()}.")
    return OverQuota(message, f"{less}, or {ASK_FOR_MORE}.")


def _number(measure: str, value: int) -> str:
    return ram(value) if measure == "ram_mib" else str(value)


def _amount(measure: str, value: int) -> str:
    if measure == "ram_mib":
        return f"{ram(value)} of RAM"
    return counted(value, "server" if measure == "servers" else "vCPU")
