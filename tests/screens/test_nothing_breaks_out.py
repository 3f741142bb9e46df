"""Names that have broken programs, in every list and dialog at three sizes: each line is as wide as the screen."""

import unicodedata

import pytest
from rich.cells import cell_len
from rich.segment import Segment

from vmms_tui.model.commands import Reply
from vmms_tui.model.records import AnyRecord, Level, changed
from vmms_tui.screens.frame import Frame
from vmms_tui.widgets.column import Placed
from vmms_tui.widgets.table import WIDE, VirtualTable

from .cloudland import NOW, OPERATIONS, POOLS, STATUS, event, lent, minutes, reminder
from .driver import Driver, running
from .looks import SIZES
from .scripted import ScriptedClient, hours

NASTY = {
    "cjk": "漢字かな交じり文のとても長い名前" * 3,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇩🇪❤️" * 4,
    "combining": "e\u0301\u0302\u0303" * 20 + "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "long": "x" * 200,
    "markup": "[bold]not bold[/bold] [/red] [link=https://example.org]x[/]",
    "escapes": "\x1b[31mred\x1b[0m \x1b]0;title\a \x9b2J \x07",
    "bidi": "\u202eturned\u202c שלום عالم \u2066x\u2069",
    "blanks": "tab\there\nline\r\nnew\u00a0nbsp\u3000wide\u200bzero\ufeff",
    "hangul": "각각각" * 10 + "ᄀᆞᆨ",
}


def nasty(name: str) -> ScriptedClient:
    """A world where everything that has a name has this one."""
    on, lease = lent(1, "el9-ci", name, hours(1), note=name, matched=name, purpose=name)
    pool = changed(POOLS[0], flavor=name, image=name, purposes=(name,), paused=name)
    records: tuple[AnyRecord, ...] = (
        *(pool, *POOLS[1:], changed(on, host=name, failure=name, floating_ip=name), lease),
        *lent(2, "el9-dev", "ada", hours(2)),
        changed(OPERATIONS[0], reason=name, waiting_for=name, actor=name),
        event(1, minutes(1), name, name, Level.ERROR, detail=name, server_id="vm-00001", owner=name, actor=name),
        event(2, minutes(2), "calm", "a calm one", server_id="vm-00002"),
        changed(reminder(1), owner=name, text=name, command=name),
    )
    status = changed(STATUS, problem=name, cloud=changed(STATUS.cloud, name=name, problem=name, ok=True, since=NOW))
    client = ScriptedClient(records, status, actor=name)
    client.answer = lambda _command: Reply(text=name, remedy=name, password=name)
    return client


WAYS = {
    "pools": ["g"],
    "servers": ["g", "enter"],
    "leases": ["3"],
    "leases, wide": ["3", "w", "right", "right"],
    "events": ["8", "g"],
    "filter": ["3", "/", "x"],
    "request": ["n"],
    "request, purposes": ["n", "enter"],
    "why": ["3", "g", "x"],
    "copy": ["3", "g", "c"],
    "copied": ["3", "g", "c", "a"],
    "order": ["3", "o"],
    "renew": ["3", "g", "+"],
    "preflight": ["3", "g", "D"],
    "server menu": ["3", "g", "S"],
    "password": ["3", "g", "P", "right", "enter"],
    "quit": ["q"],
}
"""Every list and dialog, and the keys that lead there."""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("what", NASTY)
async def test_nothing_breaks_out_of_its_cell(what: str, size: tuple[int, int]) -> None:
    async with running(nasty(NASTY[what]), size=size) as driver:
        for way, keys in WAYS.items():
            await driver.press(*keys)
            whole(driver, way)
            tables = driver.app.screen.query(VirtualTable)
            if tables:
                columns_stand(driver, tables.first(), way)
            while not isinstance(driver.app.screen, Frame):
                await driver.press("escape")
            await driver.press("escape", "escape", "escape", "w" if "wide" in way else "escape", "2")


def whole(driver: Driver, way: str) -> None:
    """Each line is as wide as the screen, and holds nothing that a terminal obeys."""
    strips = driver.app.screen._compositor.render_strips(driver.app.size)
    for y, strip in enumerate(strips):
        text = "".join(one.text for one in strip)
        assert cell_len(text) == driver.app.size.width, (way, y, text)
        assert strip.cell_length == driver.app.size.width, (way, y, text)
        bad = [one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"}]
        assert not bad, (way, y, bad)


def columns_stand(driver: Driver, table: VirtualTable, way: str) -> None:
    """Every column begins at the same cell in every row, after a gap of spaces."""
    gap = 2 if table.size.width >= WIDE else 1
    at = 3
    edges = []
    for placed in table._placed:
        at += placed.width
        edges.append((at, placed))
        at += gap
    if table.wide:
        edges = edges[: table._fixed()]
    for y in range(1, min(table.size.height, len(table.ids) + 1)):
        segments = list(table.render_line(y))
        for edge, placed in edges[:-1]:
            if edge + gap >= table.size.width:  # a name that fills the whole screen, when columns are shown whole
                break
            assert between(segments, edge, gap) == " " * gap, (way, y, placed.column.key)
        assert cell_len("".join(one.text for one in segments)) == table.size.width
    assert isinstance(edges[0][1], Placed)


def between(segments: list[Segment], start: int, length: int) -> str:
    """What stands in these cells; a letter that is cut in two stands in none."""
    text, cell = "", 0
    for character in "".join(one.text for one in segments):
        if start <= cell < start + length and cell_len(character):
            text += character
        cell += cell_len(character)
    return text
