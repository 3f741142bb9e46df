"""Whether many are ill at once, which has one cause: over all servers in use, or in one way in one pool. Pure."""

from collections.abc import Mapping

from vmms_tui.model.healing import HealingRules, Incident, Many, Sickness

LEAST_MUTE = 3
"""So many of a pool that do not answer are enough, where their share is: perhaps it is we who do not hear them."""


def many(ill: int, of: int, rules: HealingRules) -> bool:
    """Whether so many ill at once have one cause."""
    return ill >= rules.many or (ill >= rules.least and ill > rules.share * of)


def incident(
    ill: Mapping[Many, int], in_use: Mapping[str, int], rules: HealingRules
) -> tuple[int, int, tuple[Many, ...]] | None:
    """How many are ill, of how many in use, and which; without groups: all. None: there is no incident."""
    total, of = sum(ill.values()), sum(in_use.values())
    if many(total, of, rules):
        return total, of, ()
    groups = tuple(sorted(one for one, count in ill.items() if _many_alike(one, count, in_use.get(one.pool, 0), rules)))
    if not groups:
        return None
    return sum(ill[one] for one in groups), sum(in_use.get(pool, 0) for pool in {one.pool for one in groups}), groups


def _many_alike(alike: Many, ill: int, of: int, rules: HealingRules) -> bool:
    least = min(LEAST_MUTE, rules.least) if alike.kind is Sickness.MUTE else rules.least
    return ill >= least and ill > rules.share * of


def wider(old: Incident, groups: tuple[Many, ...]) -> bool:
    """Whether it is about others now, too: then it is another one, and nobody has let their ladders go on."""
    return bool(old.groups) and not (groups and set(groups) <= set(old.groups))
