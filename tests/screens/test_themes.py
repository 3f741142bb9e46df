"""The looks: which fits which terminal, nothing said by colour alone, the cursor seen in each, ASCII where need be."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from vmms_tui.app import VmmsApp
from vmms_tui.keys import Place
from vmms_tui.model.records import Lease, Request
from vmms_tui.screens.rows import lease_row, pool_rows
from vmms_tui.screens.wording import LEVEL_WORDS, lease_state, pool_state
from vmms_tui.widgets.background import AUTO, Rgb, fitting, wants_answer
from vmms_tui.widgets.glyphs import ASCII, Ascii, in_ascii, is_poor, is_utf8
from vmms_tui.widgets.themes import THEMES, set_theme

from .cloudland import STATUS, WORLD, lent, minutes
from .driver import Driver
from .looks import play
from .scripted import ScriptedClient, frozen, mirror_of

WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
RGB_OR_256 = re.compile(r"#[0-9a-f]{6}|color\((?:1[6-9]|[2-9]\d|\d{3})\)")


@pytest.mark.parametrize(
    ("environ", "background", "name"),
    [
        ({"TERM": "xterm-256color"}, None, "dark"),
        ({"TERM": "xterm-256color"}, BLACK, "dark"),
        ({"TERM": "xterm-256color"}, WHITE, "light"),
        ({"TERM": "tmux-256color"}, (0.99, 0.96, 0.89), "light"),
        ({"TERM": "xterm-kitty"}, (0.0, 0.17, 0.21), "dark"),
        ({"TERM": "linux"}, WHITE, "terminal"),
        ({"TERM": "xterm-16color"}, WHITE, "terminal"),
        ({"TERM": "vt100"}, WHITE, "mono"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, WHITE, "mono"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, WHITE, "light"),
        ({}, None, "dark"),
    ],
)
def test_the_theme_fits_the_terminal(environ: Mapping[str, str], background: Rgb | None, name: str) -> None:
    assert fitting(environ, background) == name
    assert wants_answer(environ) is (name in {"dark", "light"})


Look = list[list[tuple[str, Style]]]
"""The lines of a screen, each as pieces of text with their styles."""


async def look(theme: str, keys: list[str], filters: tuple[Ascii, ...] = (), world: tuple[object, ...] = WORLD) -> Look:
    """The screen after these keys."""
    client = ScriptedClient(world, STATUS)  # type: ignore[arg-type]  # records
    app = VmmsApp(client, monotonic=frozen, theme=theme, filters=filters, start=Place.POOLS)
    async with app.run_test(size=(80, 24)) as pilot:
        await play(app, client, keys)(pilot)
        strips = app.screen._compositor.render_strips(app.size)
        return [[(one.text, one.style or Style()) for one in strip] for strip in strips]


def words(shown: Look) -> str:
    """What a person without colours reads."""
    return "\n".join("".join(text for text, _ in line) for line in shown)


SCREENS = {"pools": [], "leases": ["3", "j", "space"], "events": ["8"], "request": ["n"], "preflight": ["3", "g", "D"]}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("screen", SCREENS)
async def test_the_words_are_the_same_in_every_theme(theme: str, screen: str) -> None:
    """Nothing is said by colour alone: without the colours all themes are the same text, and each state is a word."""
    shown = words(await look(theme, SCREENS[screen]))
    assert shown == words(await look("dark", SCREENS[screen]))
    tables = mirror_of(WORLD, STATUS).tables
    if screen == "pools":
        for row in pool_rows(tables):
            assert re.search(rf"{row.id} +{pool_state(row.pool, row.ready, row.used, row.building)[0]}", shown)
    if screen == "leases":
        for lease in tables.all(Lease):
            lent_row = lease_row(tables, lease.id)
            assert lent_row
            assert re.search(rf"{lease.id} .*{lease_state(lease, lent_row.server)[0]}", shown)
        assert all(f"{one.id} " in shown and "QUEUED" in shown for one in tables.all(Request))
        assert re.search(r"^ \* lease-00012", shown, re.M)
        assert re.search(r"^>  lease-00018", shown, re.M)
    if screen == "events":
        assert all(word in shown for word, _ in LEVEL_WORDS.values())
    if screen == "preflight":
        assert "WARN" in shown


@pytest.mark.parametrize("theme", THEMES)
async def test_the_cursors_row_is_seen_in_every_theme(theme: str) -> None:
    lines = await look(theme, ["3", "j", "j"])
    here = next(y for y, line in enumerate(lines) if words([line]).startswith(">"))
    texts = slice(1, 6)
    for (_, mine), (_, other) in zip(lines[here][texts], lines[here + 1][texts], strict=True):
        assert mine.reverse or mine.bgcolor != other.bgcolor


@pytest.mark.parametrize("screen", [*SCREENS, "help"])
async def test_sixteen_colours_are_sixteen_and_none_are_none(screen: str) -> None:
    keys = SCREENS.get(screen, ["?"])
    for theme in ("terminal", "mono"):
        used = {
            (place, colour.name)
            for line in await look(theme, keys)
            for _, style in line
            for place, colour in (("text", style.color), ("ground", style.bgcolor))
            if colour is not None and not colour.is_default
        }
        assert not any(RGB_OR_256.fullmatch(name) for _, name in used)
        assert {name for _, name in used} <= {f"color({number})" for number in (1, 2, 3, 6)}
        assert not any(place == "ground" for place, _ in used), "the ground is the terminal's own"
        if theme == "mono":
            assert not used


async def test_a_focused_field_and_button_are_seen_without_colours() -> None:
    field = await look("mono", ["n", "tab"])
    assert any(style.reverse for _, style in field[3]), "the cursor in the field"
    button = await look("mono", ["3", "g", "D"])
    reversed_texts = [text for line in button for text, style in line if style.reverse]
    assert "  Cancel  " in reversed_texts
    assert not any("Release" in text for text in reversed_texts)


async def test_the_theme_can_be_changed_while_it_runs() -> None:
    client = ScriptedClient(WORLD, STATUS)
    app = VmmsApp(client, monotonic=frozen)
    async with app.run_test(size=(80, 24)) as pilot:
        await play(app, client, [])(pilot)
        driver = Driver(app, client, pilot)
        set_theme(app, "light")
        await driver.until(lambda: app.theme == "light")
        assert "There is no theme pink; there is dark, light, terminal, mono." in set_theme(app, "pink")
        assert app.theme == "light"


def test_the_command_line_knows_the_themes() -> None:
    from vmms_tui.cli.root import vmms

    option = next(param for param in vmms.params if param.name == "theme")
    assert set(option.type.choices) == {AUTO, *THEMES}  # type: ignore[attr-defined]  # it is a Choice


# ASCII


@pytest.mark.parametrize("screen", [*SCREENS, "help"])
async def test_an_old_terminal_gets_ascii_of_the_same_width(screen: str) -> None:
    keys = SCREENS.get(screen, ["?"])
    world = (*WORLD, *lent(99, "el9-ci", "漢字👩‍👩‍👧", minutes(1)))
    old, new = await look("mono", keys, (Ascii("ascii"),), world), await look("mono", keys, (), world)
    assert words(old).isascii()
    for before, after in zip(new, old, strict=True):
        assert cell_len(words([before])) == cell_len(words([after])) == 80
    if screen in {"preflight", "help"}:
        assert re.search(r"\+-.*-\+", words(old))
        assert "| " in words(old)


@given(st.text(max_size=40), st.sampled_from(["ascii", "latin-1", "iso8859-15", "utf-8"]))
def test_ascii_is_as_wide_and_can_be_written(text: str, encoding: str) -> None:
    drawn = in_ascii(text, encoding)
    assert cell_len(drawn) == cell_len(text)
    if encoding != "utf-8":
        drawn.encode(encoding)


def test_a_linux_console_keeps_its_letters() -> None:
    assert in_ascii("│ Grüße …", "utf-8") == "| Grüße ~"
    style = Style(bold=True)
    assert Ascii("utf-8").apply([Segment("─", style)], None) == [Segment("-", style)]  # type: ignore[arg-type]
    assert all(cell_len(chr(one)) == 1 for one in ASCII)


@pytest.mark.parametrize(("term", "poor"), [("linux", True), ("vt100", True), ("xterm-256color", False)])
def test_which_terminals_are_poor(term: str, poor: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getpreferredencoding", lambda _set: "UTF-8")
    assert is_poor({"TERM": term}) is poor
    monkeypatch.setattr("locale.getpreferredencoding", lambda _set: "ISO-8859-1")
    assert is_poor({"TERM": term})


@pytest.mark.parametrize(
    ("name", "utf8"), [("UTF-8", True), ("utf8", True), ("ANSI_X3.4-1968", False), ("what", False)]
)
def test_names_of_utf8(name: str, utf8: bool) -> None:
    assert is_utf8(name) is utf8
