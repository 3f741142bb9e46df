"""What a rehearsal of the death of a host has found, in words. Pure."""

from collections.abc import Iterable
from datetime import timedelta

from vmms_tui.model.rehearsal import Rehearsal, Rehearsed
from vmms_tui.screens import reserving
from vmms_tui.screens.paragraphs import Paragraph, heading, labelled, line
from vmms_tui.screens.wording import count, instant, span
from vmms_tui.widgets.text import fit, plain

COLUMNS = {"#": 3, "server": 12, "lease": 14, "owner": 10, "imp": 3, "goes to": 14, "asked": 6, "works": 6}
"""The columns of the table and their cells: it fits into a frame of 80."""


def page(told: Rehearsal) -> list[Paragraph]:
    """All of it."""
    left = told.left_over
    well = len(told.servers) - len(left)
    said = [
        heading(f"If {told.host} died now"),
        labelled("as of", f"{instant(told.at)}, what the engine knew then; nothing was done, and nobody is told"),
        labelled("evacuated", f"{well} of {count(len(told.servers), 'server')} work on other hosts", _tone(told)),
        labelled("takes", _takes(told)),
        labelled("pace", _pace(told)),
        labelled("reserve", _reserve(told)),
        labelled("left there", _others(told)),
    ]
    if told.ready:
        ready = f"{count(len(told.ready), 'ready server')}, nobody's: their pools build others later"
        said.append(labelled("given up", ready))
    if told.busy:
        busy = f"{', '.join(told.busy)}: something is at work there; evacuate once more when that is over"
        said.append(labelled("busy", busy, "warn"))
    if told.unsure:
        unsure = f"{', '.join(told.unsure)}: the cloud does not say how full; nobody was put there"
        said.append(labelled("not known", unsure, "warn"))
    if told.servers:
        said += [line(), heading("Who goes where, in this order"), line(_row(COLUMNS), "muted")]
        said += [_server(number, one) for number, one in enumerate(told.servers, start=1)]
    if left:
        said += [line(), heading("Who does not come through")]
        said += [line(f"  {one.server_id}{_whose(one)}: {one.problem or 'it did not end'}", "bad") for one in left]
    return said


def _tone(told: Rehearsal) -> str:
    return "bad" if told.left_over else ""


def _takes(told: Rehearsal) -> str:
    if not told.servers:
        return "nothing is lent there"
    words = f"{_span(told.took)} from the order to the last server, on a simulated clock"
    return words if told.whole else f"{words}; it was not over then"


def _pace(told: Rehearsal) -> str:
    low, high = told.pace
    much = f"{low:.0f} to {high:.0f} s for each"
    if told.measured:
        return f"{much}, as measured in {count(told.measured, 'evacuation')} here"
    return f"{much}: assumed, as nothing was evacuated here yet; a real cloud may take minutes"


def _reserve(told: Rehearsal) -> str:
    fits = "all find room" if not told.left_over else "not all come through"
    if told.reserve is None:
        return f"none is kept (hosts.reserve is 0); {fits}"
    return f"{fits}; {reserving.sentence(told.reserve)}"


def _others(told: Rehearsal) -> str:
    if told.others is None:
        return "the cloud does not say how many servers are there that are not ours"
    return f"{count(told.others, 'server')} that are not ours" if told.others else "nothing that is not ours"


def _whose(one: Rehearsed) -> str:
    return f" of {one.owner} ({one.lease_id})" if one.lease_id else ""


def _span(time: timedelta | None) -> str:
    return "-" if time is None else span(time)


def _server(number: int, one: Rehearsed) -> Paragraph:
    values = (
        *(str(number), one.server_id, one.lease_id or "-", one.owner or "-", str(one.importance)),
        *(one.to or "NOWHERE!", _span(one.asked), _span(one.ended)),
    )
    return line(_row(values), "" if one.well else "bad")


def _row(values: Iterable[str]) -> str:
    cells = (fit(plain(cell), width) for cell, width in zip(values, COLUMNS.values(), strict=True))
    return f"  {' '.join(cells)}".rstrip()
