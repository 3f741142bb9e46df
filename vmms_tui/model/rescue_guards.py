"""Why a host that is dead is not evacuated now all the same: too many are down, or are being rescued already. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import msgspec

from vmms_tui.model.errors import Refused
from vmms_tui.model.evacuation import LIFE
from vmms_tui.model.hostcommands import EvacuateHost
from vmms_tui.model.records import Server, ServerState, changed
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import RESCUED, Phase, Suspect
from vmms_tui.model.witness import HostRules

LONG_BEFORE = timedelta(hours=1)
"""What was over and done with so long before another host fell did not fall together with it."""
SHARE, OTHERS = "share", "at_once"
"""The names of the two rules."""
WORDS = {SHARE: "--despite-share", OTHERS: "--despite-others"}
"""The word that lets an operator pass each of them."""
_DONE_WITH = frozenset({Phase.DEAD, Phase.EVACUATED})


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings allow."""

    share: float = HostRules().share
    at_once: int = HostRules().at_once


class Scenery(msgspec.Struct, frozen=True, kw_only=True):
    """All that the guards look at."""

    hosts: tuple[Host, ...]
    suspects: tuple[Suspect, ...]
    lent: Collection[str]
    """The hosts that hold something of somebody's."""
    now: datetime


def occupied(servers: Iterable[Server]) -> frozenset[str]:
    """The hosts that hold something of somebody's."""
    return frozenset(one.host for one in servers if one.lease_id and one.state is not ServerState.GONE)


def down(scene: Scenery) -> tuple[int, int]:
    """How many hosts are down, of how many.

    Neither counts a host that fell long before those that are not done with yet, and holds nothing of anybody's any
    more: it was evacuated, or was empty when it died, or somebody had closed it. What nobody knows for sure counts.
    """
    suspects = {one.id: one for one in scene.suspects}
    open_ones = [one.since for one in scene.suspects if one.phase not in _DONE_WITH or one.id in scene.lent]
    first = min(open_ones, default=scene.now)
    gone = [host for host in scene.hosts if not host.is_up]
    old = sum(
        1 for host in gone if host.name not in scene.lent and _is_old(host, suspects.get(host.name), first, scene)
    )
    return len(gone) - old, len(scene.hosts) - old


def _is_old(host: Host, suspect: Suspect | None, first: datetime, scene: Scenery) -> bool:
    """Whether the fall of an empty host was over long before the first of those that are not done with."""
    if suspect is not None:
        since = suspect.phase_since
        return suspect.phase in _DONE_WITH and since is not None and first - since >= LONG_BEFORE
    if host.status.lower() != "disabled" or host.seen is None:
        return False
    lives = host.forced_down and abs(scene.now - host.seen) < LIFE  # it is back, and waits to be opened
    return lives or first - host.seen >= LONG_BEFORE


def too_many(gone: int, of: int, share: float = HostRules().share) -> bool:
    """Whether so many hosts are down, and not only one, that the fault is likelier ours: our network, our eyes."""
    return gone > 1 and gone > share * of


def guards(host: str, scene: Scenery, limits: Limits) -> tuple[Refused, ...]:
    """What speaks against the evacuation of this host now, whoever swears to it. One word each lets it pass."""
    found: list[Refused] = []
    gone, of = down(scene)
    if too_many(gone, of, limits.share):
        share = f"more than {100 * limits.share:.0f} %"
        said = f"{gone} of {of} hosts are down at once, {share}: likelier the network, or this engine, is at fault."
        found.append(Refused(SHARE, said, f"If you are sure that it is not, say so: `{WORDS[SHARE]}`."))
    under_way = sorted(one.id for one in scene.suspects if one.phase in RESCUED)
    if host not in under_way and len(under_way) >= limits.at_once:
        said = f"{' and '.join(under_way)} {'are' if len(under_way) > 1 else 'is'} being rescued, and no more at once."
        found.append(Refused(OTHERS, said, f"Wait for the end of that, or say `{WORDS[OTHERS]}`."))
    return tuple(found)


def passed(command: EvacuateHost, stop: Refused) -> bool:
    """Whether whoever asks has the word for it."""
    return command.despite_share if stop.rule == SHARE else command.despite_others


def insisted(command: EvacuateHost, stop: Refused) -> EvacuateHost:
    """The same with the word for it."""
    if stop.rule == SHARE:
        return changed(command, despite_share=True)
    return changed(command, despite_others=True)
