"""What the inspector says: the engine's figures, which `vmms inspect` shows too, and this screen's. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vmms_tui.model.inspection import CallsOfKind, Inspection
from vmms_tui.screens.paragraphs import Paragraph, heading, labelled, line
from vmms_tui.screens.wording import ago, count, span
from vmms_tui.widgets.text import fit

OWN = {"counters", "guard", "secret"}
"""Records that the engine keeps for itself."""
CALL = 34
"""Cells of the name of a call."""
NUMBERS = {"1 min": 6, "all": 7, "failed": 7, "p50": 6, "p95": 6, "slowest": 8}
"""The columns beside it and their cells: with two before it all it fits into a frame of 80."""


@dataclass(frozen=True)
class Here:
    """This screen's own figures. Bytes and seconds."""

    total: int
    a_second: float
    last_second: int
    key: str
    of_key: int
    before: str
    of_before: int
    round_trip: float | None
    embedded: bool


def amount(size: float) -> str:
    """Bytes as words: `940 B`, `12.4 kB`, `3.1 MB`."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def milliseconds(seconds: float | None) -> str:
    """A latency in a narrow column: `0.4ms`, `38ms`, `1.2s`; a dash for none."""
    if seconds is None:
        return "-"
    if seconds >= 1:
        return f"{seconds:.1f}s"
    return f"{seconds * 1000:.0f}ms" if seconds >= 0.001 else f"{seconds * 1000:.1f}ms"


def calls_table(calls: Sequence[CallsOfKind]) -> list[str]:
    """A line for each kind of call, under its titles."""
    names = [f"{one.service} {one.call}" for one in calls]
    width = min(CALL, max(map(len, names), default=4))
    told = [fit("call", width) + "".join(f"{title:>{cells}}" for title, cells in NUMBERS.items())]
    for name, one in zip(names, calls, strict=True):
        numbers = (one.last_minute, one.total, one.failed, *map(milliseconds, (one.p50, one.p95, one.slowest)))
        told.append(fit(name, width) + "".join(map("{:>{}}".format, numbers, NUMBERS.values())))
    return told


def errors(calls: Sequence[CallsOfKind], now: datetime) -> list[tuple[str, str]]:
    """The last error of each kind of call, with its age."""
    return [
        (
            f"{one.service} {one.call}",
            one.last_error + (f" ({ago(one.last_error_at, now)})" if one.last_error_at else ""),
        )
        for one in calls
        if one.last_error
    ]


def engine_page(told: Inspection, now: datetime) -> list[Paragraph]:
    """The engine's part."""
    minute = sum(one.last_minute for one in told.calls)
    kinds = {name: number for name, number in told.records.items() if number and name not in OWN}
    records = ", ".join(count(number, name.replace("_", " ")) for name, number in kinds.items())
    page = [
        heading("Engine"),
        labelled("version", f"{told.version}, process {told.pid}, up {span(now - told.started)}"),
        labelled("memory", amount(told.memory) if told.memory else "this system does not say"),
        labelled("viewers", count(told.viewers, "screen")),
        labelled("records", records or "none"),
        line(),
        heading(f"Calls to the cloud: {minute} in the last minute"),
        *(line(f"  {one}") for one in calls_table(told.calls)),
    ]
    failed = errors(told.calls, now)
    if failed:
        page += [line(), heading("Last errors"), *(line(f"  {call}: {said}", "warn") for call, said in failed)]
    page += [line(), heading("When what was read from the cloud")]
    page += [line(f"  {fit(what, 28)} {ago(at, now)}") for what, at in told.reads.items()]
    page += [line(), heading("Loops: last run")]
    for loop in told.loops:
        last = ago(loop.last_end, now) if loop.last_end else "never"
        trouble = f"  {loop.error}" if loop.error else "  LATE!" if loop.late else ""
        page.append(line(f"  {fit(loop.name, 14)} every {fit(f'{loop.interval:g} s', 6)} {last}{trouble}"))
    return page


def screen_page(here: Here) -> list[Paragraph]:
    """This screen's part."""
    to_engine = "in this program" if here.embedded else "over its socket"
    trip = (
        f"{milliseconds(here.round_trip)} there and back, {to_engine}" if here.round_trip is not None else "not asked"
    )
    return [
        heading("This screen"),
        labelled("engine", trip),
        labelled("bytes", f"{amount(here.total)} to the terminal since it began"),
        labelled(
            "a second", f"{amount(here.a_second)} on average of the last minute, {amount(here.last_second)} in the last"
        ),
        labelled("last key", f"{here.key or 'none'}: {amount(here.of_key)} since it was pressed"),
        labelled("key before", f"{here.before}: {amount(here.of_before)} until the next" if here.before else "none"),
    ]
