"""What becomes of the samples of pools: the new one is taken in, older ones become means, the oldest go."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from vmms_tui.model.records import Pool, changed
from vmms_tui.model.tables import Drop
from vmms_tui.model.trends import FINE, KEPT, PIECE, SAMPLED, Sample, Trend


def minute(now: datetime) -> datetime:
    """The whole minute of an instant."""
    return now.replace(second=0, microsecond=0)


def piece_of(at: datetime) -> datetime:
    """When the piece begins in which an instant lies."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // PIECE * PIECE


def trend_id(pool: str, start: datetime) -> str:
    """The id of a piece."""
    return f"{pool}@{start:%Y%m%dT%H%M}"


def sample(pool: Pool, *, ready: int, used: int, asked: int, waiting: int, now: datetime) -> Sample:
    """How a pool is now. `used`: its servers that are not gone; `asked`: requests since the sample before."""
    return Sample(
        at=minute(now),
        ready=ready,
        wanted=pool.available_now,
        used=used,
        limit=pool.limit_now,
        surge=pool.surge,
        asked=asked,
        waiting=waiting,
    )


def mean(samples: Sequence[Sample]) -> Sample:
    """One for all of these, of which there is at least one; requests are added up."""
    minutes = sum(one.minutes for one in samples)

    def of(name: str) -> float:
        whole: float = sum(getattr(one, name) * one.minutes for one in samples)
        return round(whole / minutes, 2)

    return Sample(
        at=samples[0].at,
        ready=of("ready"),
        wanted=of("wanted"),
        used=of("used"),
        limit=of("limit"),
        surge=of("surge"),
        asked=sum(one.asked for one in samples),
        waiting=of("waiting"),
        minutes=minutes,
    )


def taken_in(trends: Iterable[Trend], fresh: Mapping[str, Sample], now: datetime) -> list[Trend | Drop]:
    """What changes with the samples `fresh`, by pool: few small records, however long it has been going on.

    A second sample of a minute is left out. Pieces older than KEPT go, and those that begin after now: the clock was
    set back.
    """
    known = {trend.id: trend for trend in trends}
    changes: list[Trend | Drop] = []
    for trend in known.values():
        if trend.start > now or trend.start + PIECE <= now - KEPT:
            changes.append(Drop("trend", trend.id))
        elif len(trend.samples) > 1 and trend.start + PIECE <= now - FINE:
            changes.append(changed(trend, samples=(mean(trend.samples),)))
    for pool, one in fresh.items():
        start = piece_of(one.at)
        old = known.get(trend_id(pool, start))
        if old is None:
            changes.append(Trend(id=trend_id(pool, start), pool=pool, start=start, samples=(one,)))
        elif old.samples[-1].at < one.at:
            changes.append(changed(old, samples=(*old.samples, one)))
    return changes


def last_sampled(trends: Iterable[Trend], now: datetime) -> datetime | None:
    """When the newest sample was taken that is not from the future."""
    return max((one.at for trend in trends for one in trend.samples[-1:] if one.at <= now), default=None)


def since_last(last: datetime | None, now: datetime) -> timedelta:
    """How far back requests are counted for a sample: to when they last were, but no farther than a piece."""
    return max(timedelta(0), min(PIECE, now - last)) if last is not None else SAMPLED
