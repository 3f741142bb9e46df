"""When a burst of requests raises a pool's `available` and `limit`, and when they come back."""

from datetime import datetime

import msgspec

from vmms_tui.engine.policy.words import counted, factor, span
from vmms_tui.model.records import Pool, changed
from vmms_tui.model.spec import Policy

STEPS = (1.0, 1.5, 2.0)
"""The only factors there are."""


class Surge(msgspec.Struct, frozen=True, kw_only=True):
    """A new factor for a pool. `why` is one line with the numbers."""

    factor: float
    why: str


def surge(pool: Pool, requests_in_window: int, policy: Policy, now: datetime) -> Surge | None:
    """The factor that a pool should have from now on, or None: it keeps the one it has.

    The measure is the share of requests in `policy.burst_window` to `pool.available` (a pool that keeps none ready
    counts as one). At or above `burst_up[0]` the factor is 1.5, at or above `burst_up[1]` it is 2, at once and from
    any step, unless there are fewer than `burst_least` requests. It falls one step at a time: below `burst_down[1]`
    from 2 to 1.5, below `burst_down[0]` from 1.5 to 1, each time no sooner than `surge_dwell` after the last change.
    A pool that is broken or retired never rises.
    """
    share = requests_in_window / max(pool.available, 1)
    step = max((i for i, value in enumerate(STEPS) if value <= pool.surge), default=0)
    wanted = 0 if pool.broken or pool.retired else _wanted(requests_in_window, share, policy)
    if wanted > step:
        return _change(pool, STEPS[wanted], requests_in_window, f">= {factor(policy.burst_up[wanted - 1])}", policy)
    if wanted == step or not _dwelt(pool, policy, now):
        return None
    below = policy.burst_down[step - 1]
    if requests_in_window == 0 or share < below:
        return _change(pool, STEPS[step - 1], requests_in_window, f"< {factor(below)}", policy)
    return None


def _wanted(requests: int, share: float, policy: Policy) -> int:
    if requests < policy.burst_least:
        return 0
    return max((i for i, least in enumerate(policy.burst_up, start=1) if share >= least), default=0)


def _dwelt(pool: Pool, policy: Policy, now: datetime) -> bool:
    return pool.surge_since is None or now - pool.surge_since >= policy.surge_dwell


def _change(pool: Pool, to: float, requests: int, threshold: str, policy: Policy) -> Surge:
    after = changed(pool, surge=to)
    share = factor(requests / max(pool.available, 1))
    return Surge(
        factor=to,
        why=f"{counted(requests, 'request')} in {span(policy.burst_window)} are {share} x available {pool.available} "
        f"({threshold}): surge {factor(pool.surge)} -> {factor(to)}, "
        f"available {pool.available_now} -> {after.available_now}, limit {pool.limit_now} -> {after.limit_now}",
    )
