"""The panels of Dash as lines of text. Pure. Each number stands beside its bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.cells import cell_len

from vmms_tui.model.records import Operation
from vmms_tui.screens import reserving
from vmms_tui.screens.details import operation_text
from vmms_tui.screens.overview import DAYS, HostRoom, Overview
from vmms_tui.screens.trendlines import TEN, added, asked_in_steps, in_steps, pool_plot
from vmms_tui.screens.wording import span
from vmms_tui.widgets.bars import Glyphs, bar, columns, spark
from vmms_tui.widgets.line import Piece, piece
from vmms_tui.widgets.text import fit, plain

Panel = tuple[str, list[list[Piece]]]
"""A title and lines."""
RULES = 4
"""Cells of the rules and spaces around a title."""
WIDE = 56
"""From so many cells on there is room for whole sentences."""
LEAST_BAR = 6
"""Cells of a bar: where it would be shorter, the numbers beside it make room."""
LEAST_BESIDE = 2
"""Lines of a panel that are needed for what else is in it."""
FULL = 0.9
"""From this share on, what is used is shown as a warning."""


@dataclass(frozen=True)
class Share:
    """How much of how much of something is used."""

    name: str
    used: float
    of: float
    unit: str = ""

    @property
    def part(self) -> float:
        """1 is all of it."""
        return self.used / self.of if self.of > 0 else 0.0

    @property
    def words(self) -> str:
        """Both numbers."""
        return f"{self.used:,g}/{self.of:,g}{self.unit}" if self.of > 0 else "?"


def _shares(shares: Sequence[Share], width: int, glyphs: Glyphs) -> list[list[Piece]]:
    """A line for each: its name, a bar, the numbers where there is room, the share; all bars of one length."""
    label = min(max(cell_len(plain(one.name)) for one in shares), 16, max(7, width // 3))
    numbers = max(len(one.words) for one in shares)
    if width - label - numbers - 10 < LEAST_BAR:
        numbers = -1
    cells = max(LEAST_BAR, min(24, width - label - numbers - 10))
    said = []
    for one in shares:
        tone = "bad" if one.part >= 1 else "warn" if one.part >= FULL else ""
        share = f"{one.part:4.0%}" if one.of > 0 else "   ?"
        words = f"{fit(one.words, numbers, right=True)} " if numbers >= 0 else ""
        line = f"{bar(one.used, one.of, cells, glyphs)} {words}{share}"
        mark = "!" if one.part >= FULL else " "
        said.append([piece(f" {fit(plain(one.name), label)} "), piece(line + mark, tone)])
    return said


def capacity(facts: Overview, width: int, lines: int, glyphs: Glyphs) -> Panel:
    """How many servers there are of how many there may be: in all, and in the fullest pools."""
    pools = [row for row in facts.pools if not row.pool.retired]
    if not pools:
        return "Capacity", [[piece(" No pools yet.", "muted")]]
    kept = _kept(facts, width) if lines > LEAST_BESIDE else []
    lines -= len(kept)
    used, of = sum(row.used for row in pools), sum(row.pool.limit_now for row in pools)
    shares = [Share("servers", used, of), *_hosts_in_all(facts.hosts)[: max(0, lines - 1 - min(2, len(pools)))]]
    each = [Share(row.id, row.used, row.pool.limit_now) for row in pools]
    shares += sorted(each, key=lambda one: (-one.part, one.name))
    title = "Capacity" if len(shares) <= lines else f"Capacity ({len(pools)} pools, the fullest)"
    if cell_len(title) > width - RULES:
        title = f"Capacity ({len(pools)} pools)"
    return title, [*_shares(shares[:lines], width, glyphs), *kept]


def _kept(facts: Overview, width: int) -> list[list[Piece]]:
    """The room for hosts that die."""
    if facts.reserve is None:
        return []
    words, tone = reserving.brief(facts.reserve, width - 2)
    return [[piece(f" {fit(words, width - 2)}", tone)]]


def _hosts_in_all(hosts: Sequence[HostRoom]) -> list[Share]:
    """What is fuller comes first."""
    cpus = [one.cpu for one in hosts if one.cpu]
    rams = [one.ram for one in hosts if one.ram]
    said = [Share("vCPU", sum(used for used, _ in cpus), sum(of for _, of in cpus))] if cpus else []
    if rams:
        said.append(Share("RAM", _gib(sum(used for used, _ in rams)), _gib(sum(of for _, of in rams)), "G"))
    return sorted(said, key=lambda one: -one.part)


def _gib(mib: float) -> int:
    return round(mib / 1024)


def leases(facts: Overview, width: int, lines: int) -> Panel:
    """How many leases, what today brought, and how long people wait."""
    n, waits = facts.leases, facts.waits
    pairs = (
        (("active", f"{n.active:,}", ""), ("queued", f"{n.queued:,}", "warn" if n.queued else "")),
        (("end <1h", f"{n.soon:,}", ""), ("overdue", f"{n.overdue:,}", "bad" if n.overdue else "")),
        (("today", f"+{n.begun_today:,}", ""), ("ended", f"-{n.ended_today:,}", "")),
    )
    half = min(24, width // 2)
    said = [[one for label, number, tone in pair for one in _number(label, number, tone, half)] for pair in pairs]
    if waits.number:
        word = " request to ready " if width >= 36 else " ready in"
        said.append([piece(word, "muted"), piece(f" p50 {span(waits.half)}  p95 {span(waits.most)}")])
    else:
        said.append([piece(" nobody got a server lately", "muted")])
    return "Leases", said[:lines]


def _number(label: str, number: str, tone: str, width: int) -> list[Piece]:
    return [piece(f" {label:7}", "muted"), piece(fit(number, width - 9, right=True), tone), piece(" ")]


def running(facts: Overview, width: int, lines: int) -> Panel:
    """What the engine does just now, the oldest first; the last line says how many more there are."""
    title = f"Running ({len(facts.running)})"
    if not facts.running:
        return title, [[piece(" Nothing is under way.", "muted")]]
    shown = facts.running[:lines] if len(facts.running) <= lines else facts.running[: lines - 1]
    said = [[piece(f" {plain(_work(one, facts.now, width))}")] for one in shown]
    if len(shown) < len(facts.running):
        said.append([piece(f" and {len(facts.running) - len(shown)} more", "muted")])
    return title, said


def _work(work: Operation, now: datetime, width: int) -> str:
    kind = work.kind.value.replace("_", " ")
    if width < WIDE:
        return f"{work.server_id} {kind}, {work.step} {span(now - work.started)}"
    return f"{work.id}  {work.server_id}  {operation_text(work, now)}"


def requests(facts: Overview, width: int, lines: int, glyphs: Glyphs) -> Panel:
    """Requests of ten minutes each, and ready servers against wanted ones in the pool that lacks most."""
    now, worst = facts.now, facts.worst
    name = f"{worst.ready} of {worst.pool.available_now} {plain(worst.id)}" if worst is not None else ""
    words = min(max(cell_len(name), len("1,000 in 10h00m")), width // 2)
    cells = max(6, min(72, width - words - 9))
    asked = added([asked_in_steps(one, now, TEN, cells) for one in facts.samples.values()] or [[None] * cells])
    hours = span(cells * TEN)
    total = sum(value for value in asked if value is not None)
    said = [_spark_line("asked", asked, f"{total:,.0f} in {hours}", glyphs)]
    if worst is not None:
        samples = facts.samples.get(worst.id, [])
        ready = in_steps(samples, now, TEN, cells, lambda one: one.ready)
        wanted = in_steps(samples, now, TEN, cells, lambda one: one.wanted)
        surge = in_steps(samples, now, TEN, cells, lambda one: one.surge - 1)
        top = max([1.0, *(value for value in (*ready, *wanted) if value is not None)])
        said.append(_spark_line("ready", ready, name, glyphs, top))
        said.append(_spark_line("wanted", wanted, f"{worst.pool.available_now} {plain(worst.id)}", glyphs, top))
        said.append(_spark_line("surge", surge, f"x{worst.pool.surge:g} {plain(worst.id)}", glyphs, 1))
    return f"Requests and ready servers, {hours}", said[:lines]


def _spark_line(
    label: str, values: Sequence[float | None], words: str, glyphs: Glyphs, top: float | None = None
) -> list[Piece]:
    return [piece(f" {label:6} ", "muted"), piece(spark(values, glyphs, top)), piece(f" {words}")]


def plot(facts: Overview, width: int, lines: int, glyphs: Glyphs) -> Panel:
    """The plot of the pool that lacks most."""
    worst = facts.worst
    if worst is None:
        return "Pools", [[piece(" No pools yet.", "muted")]]
    drawn = pool_plot(facts.samples.get(worst.id, []), facts.now, width - 2, lines, glyphs)
    return f"{plain(worst.id)}, the last two hours", [[piece(f" {line}")] for line in drawn]


def week(facts: Overview, width: int, lines: int, glyphs: Glyphs) -> Panel:
    """How many leases end on each day of the coming week: the numbers, bars, and the days."""
    cells = max(2, (width - 2) // DAYS - 1)
    ends = facts.leases.week
    days = [facts.now + timedelta(days=day) for day in range(DAYS)]
    names = " ".join(
        fit("today" if not day and cells >= len("today") else f"{at:%a}", cells) for day, at in enumerate(days)
    )
    numbers = " ".join(fit(brief(number, cells), cells) for number in ends)
    said = [[piece(f" {numbers}", "strong")]]
    said += [[piece(f" {line}")] for line in columns(ends, max(1, lines - 2), cells, glyphs)]
    said.append([piece(f" {names}", "muted")])
    return f"Ends of the week ({sum(ends):,})", said


def brief(number: int, cells: int) -> str:
    """A number that is not cut in so many cells: `1,109`, `1109`, `1.1k`, `1k`."""
    forms = (f"{number:,}", str(number), f"{number // 100 / 10}k", f"{number // 1000}k")
    return next((form for form in forms if len(form) <= cells), forms[-1])


def hosts(facts: Overview, width: int, lines: int, glyphs: Glyphs) -> Panel:
    """The fullest hosts, by what is fuller in each."""
    title = f"Hosts ({len(facts.hosts)}), the fullest"
    if not facts.hosts:
        return "Hosts", [[piece(" No host is known.", "muted")]]
    shares = []
    for one in facts.hosts[:lines]:
        kind, pair = max((("cpu", one.cpu or (0, 0)), ("ram", one.ram or (0, 0))), key=lambda of: _part(of[1]))
        used, of = pair if kind == "cpu" else (_gib(pair[0]), _gib(pair[1]))
        shares.append(
            Share(f"{one.name} {'DOWN!' if one.state == 'down' else kind}", used, of, "" if kind == "cpu" else "G")
        )
    return title, _shares(shares, width, glyphs)


def _part(pair: tuple[int, int]) -> float:
    return pair[0] / pair[1] if pair[1] else 0.0
