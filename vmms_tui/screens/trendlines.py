"""How pools did, as rows of numbers and as plots. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil

from vmms_tui.model.tables import Tables
from vmms_tui.model.trends import Sample, Trend
from vmms_tui.screens.wording import count, span
from vmms_tui.widgets.bars import Glyphs, spark
from vmms_tui.widgets.text import fit

MINUTE = timedelta(minutes=1)
TEN = timedelta(minutes=10)
LATELY = timedelta(hours=2)
"""What a sparkline of a pool covers."""
FEW, NARROWEST, LOWEST = 2, 24, 6
"""Samples, cells and lines without which there is no plot."""
_ASCII = str.maketrans("┌┐└┘┤├┬┴┼│─•", "+++++++++|-*")


def samples_of(tables: Tables) -> dict[str, list[Sample]]:
    """The samples of each pool, in their order."""
    pieces: dict[str, list[Trend]] = {}
    for trend in tables.all(Trend):
        pieces.setdefault(trend.pool, []).append(trend)
    return {
        pool: [one for trend in sorted(found, key=lambda trend: trend.start) for one in trend.samples]
        for pool, found in pieces.items()
    }


def in_steps(
    samples: Iterable[Sample], now: datetime, length: timedelta, number: int, of: Callable[[Sample], float]
) -> list[float | None]:
    """The mean of a number in each of the last `number` steps of time, the last one up to now; None where none is."""
    sums, weights = [0.0] * number, [0] * number
    for one in samples:
        place = number - 1 - (now - one.at) // length
        if 0 <= place < number:
            sums[place] += of(one) * one.minutes
            weights[place] += one.minutes
    return [total / weight if weight else None for total, weight in zip(sums, weights, strict=True)]


def asked_in_steps(samples: Iterable[Sample], now: datetime, length: timedelta, number: int) -> list[float | None]:
    """The requests in each of the last `number` steps of time; None where nobody counted."""
    found: list[float | None] = [None] * number
    for one in samples:
        place = number - 1 - (now - one.at) // length
        if 0 <= place < number:
            found[place] = (found[place] or 0) + one.asked
    return found


def added(rows: Sequence[Sequence[float | None]]) -> list[float | None]:
    """The sums of several rows, step by step; None where none of them knows."""
    return [
        sum(known) if (known := [value for value in step if value is not None]) else None
        for step in zip(*rows, strict=True)
    ]


def ready_lately(samples: Iterable[Sample], now: datetime, glyphs: Glyphs) -> str:
    """A sparkline of the servers that were ready in the last two hours; what was wanted at most is its full height."""
    known = of_lately(samples, now)
    if not known:
        return ""
    ready = in_steps(known, now, TEN, LATELY // TEN, lambda one: one.ready)
    return spark(ready, glyphs, max(max(one.wanted, one.ready) for one in known))


def of_lately(samples: Iterable[Sample], now: datetime) -> list[Sample]:
    """Those of the last two hours."""
    return [one for one in samples if timedelta(0) <= now - one.at < LATELY]


def lately(samples: Sequence[Sample], now: datetime, glyphs: Glyphs) -> str:
    """How a pool did in the last two hours, in one line; empty when nobody looked."""
    known = of_lately(samples, now)
    if not known:
        return ""
    least, most = (extreme(one.ready for one in known) for extreme in (min, max))
    few = sum(one.minutes for one in known if one.ready < one.wanted) / sum(one.minutes for one in known)
    asked, waited = sum(one.asked for one in known), max(one.waiting for one in known)
    ready = f"{ready_lately(known, now, glyphs)} {least:g} to {most:g} ready"
    lasts = span(now - known[0].at + MINUTE)
    return f"{ready}, too few for {few:.0%} of {lasts}; {count(asked, 'request')}, {waited:g} waited"


def pool_plot(samples: Sequence[Sample], now: datetime, width: int, height: int, glyphs: Glyphs) -> list[str]:
    """The last two hours of a pool as lines of text without colours: ready servers, how many were wanted, requests.

    Each has its own sign. Imports the library that plots only now: it is not needed for a first frame.
    """
    known = of_lately(samples, now)
    if len(known) < FEW:
        return ["Too little is known yet: pools are looked at once a minute."]
    if width < NARROWEST or height < LOWEST:
        return [fit(lately(samples, now, glyphs), width).rstrip()]
    from textual_plotext.plot import Plot

    plot = Plot()
    plot.theme("clear")
    plot.plotsize(width, height)
    ago = [-((now - one.at) / MINUTE) for one in known]
    highest = max(1.0, *(max(one.ready, one.wanted, one.asked) for one in known))
    plot.plot(ago, [one.wanted for one in known], marker="-" if glyphs.ascii else "─", label="wanted")
    plot.plot(ago, [one.ready for one in known], marker="#" if glyphs.ascii else "█", label="ready")
    asked = [(at, one.asked) for at, one in zip(ago, known, strict=True) if one.asked]
    if asked:
        plot.scatter(
            [at for at, _ in asked],
            [number for _, number in asked],
            marker="+" if glyphs.ascii else "○",
            label="requests a minute",
        )
    plot.xlim(-(LATELY / MINUTE), 0)
    plot.ylim(0, highest)
    plot.xticks([-120, -90, -60, -30, 0], ["-2h", "-90m", "-1h", "-30m", "now"])
    steps = sorted({0.0, float(ceil(highest / 2)), float(ceil(highest))})
    plot.yticks(steps, [f"{step:g}" for step in steps])
    lines = [line.rstrip() for line in plot.uncolorize(plot.build()).split("\n")]
    return [line.translate(_ASCII) if glyphs.ascii else line for line in lines if line][:height]
