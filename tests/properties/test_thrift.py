"""A screen that is written cell by cell looks as if it had been drawn whole, whatever was there before."""

import re
from collections.abc import Sequence
from itertools import accumulate
from random import Random

import pyte
import pyte.screens
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from wcwidth import wcwidth

from vmms_tui.widgets.thrift.cells import Row, clusters
from vmms_tui.widgets.thrift.looks import OFF, ON, Look, delta
from vmms_tui.widgets.thrift.writer import Talents, Writer

PARTS = (7, 9, 8)
"""Cells of the widgets that stand beside each other."""
WIDTH, HEIGHT = sum(PARTS), 4
COLORS = ColorSystem.TRUECOLOR
GARBAGE = "x" * WIDTH
FIRM = (*"abc  xyz--│─…漢字カナ한글éß     ", "e\N{COMBINING ACUTE ACCENT}")
ODD = ("a", "b", " ", "漢", "e\u0301", "\N{ROCKET}", "\N{HEAVY BLACK HEART}\ufe0f", "⚠", "ก็", "א", "☎")
"""What terminals are not of one mind about."""
TALENTS = st.builds(Talents, st.booleans(), st.booleans())
LOOKS = st.builds(
    Look,
    st.sets(st.sampled_from(sorted(ON))).map(sum),
    st.sampled_from(["", "31", "38;5;7", "38;2;1;2;3"]),
    st.sampled_from(["", "41", "48;5;7"]),
)
ALL = [(y, part) for y in range(HEIGHT) for part in range(len(PARTS))]
Screen = list[list[Strip]]
"""For each line the strips of its parts."""


class Scenes:
    """Screens by chance. Hypothesis chooses the seed only: so many choices of its own would take minutes."""

    def __init__(self, seed: int, letters: Sequence[str]) -> None:
        self._chance = Random(seed)
        self._letters = letters
        self._styles = [self._style() for _ in range(4)]

    def _style(self) -> Style:
        pick, yes = self._chance.choice, self._chance.random
        return Style(
            color=pick([None, "red", "#102030", "#86b98a"]),
            bgcolor=pick([None, "#15191e", "#1b2027", "blue"]),
            bold=yes() < 0.3,
            italic=yes() < 0.1,
            underline=yes() < 0.1,
            reverse=yes() < 0.1,
            strike=yes() < 0.1,
        )

    def strip(self, part: int) -> Strip:
        """Any styled text that fills a part of a line."""
        chance = self._chance
        texts = ("".join(chance.choices(self._letters, k=chance.randrange(6))) for _ in range(chance.randrange(4)))
        segments = [Segment(text, chance.choice(self._styles)) for text in texts]
        return Strip(segments).adjust_cell_length(PARTS[part], chance.choice(self._styles))

    def screen(self) -> Screen:
        """Any screen."""
        return [[self.strip(part) for part in range(len(PARTS))] for _ in range(HEIGHT)]

    def changed(self, screen: Screen) -> list[tuple[int, int]]:
        """Put other strips into some parts of a screen; which."""
        parts = self._chance.sample(ALL, self._chance.randrange(4))
        for y, part in parts:
            screen[y][part] = self.strip(part)
        return parts

    def chapters(self) -> list[str]:
        """What happens, one after the other."""
        return self._chance.choices(["change", "change", "another", "spoil"], k=self._chance.randrange(6))


class Shown:
    """A terminal, and the writer that writes to it."""

    def __init__(self, talents: Talents) -> None:
        self.writer = Writer(talents)
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed("\x1b[?7l")
        self.spoil()  # pyte erases only cells that were written before

    def spoil(self) -> None:
        """Something else has written to the terminal, and we are told."""
        self.stream.feed("".join(f"\x1b[{y + 1}H{GARBAGE}" for y in range(HEIGHT)))
        self.writer.forget()

    def paint(self, whole: Screen, parts: Sequence[tuple[int, int]]) -> str:
        """Paint some parts of a screen, by line and part; the bytes for it."""
        rows: dict[int, Row] = {}
        for y, part in parts:
            start = [0, *accumulate(PARTS)][part]
            row = rows.setdefault(y, Row(WIDTH))
            row.put(start, whole[y][part], (start, start + PARTS[part]), COLORS)
        written = self.writer.paint(rows, (WIDTH, HEIGHT), (0, 0))
        self.stream.feed(written)
        return written

    def seen(self) -> list[list[tuple[object, ...]]]:
        """What a person sees in each cell."""
        return [[_seen(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def _seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    if cell.data == " " and not (cell.underscore or cell.reverse or cell.strikethrough):
        return " ", cell.bg
    return tuple(cell)


def drawn_directly(screen: Screen) -> list[list[tuple[object, ...]]]:
    """As Textual draws it."""
    shown = Shown(Talents())
    for y, parts in enumerate(screen):
        for start, strip in zip([0, *accumulate(PARTS)], parts, strict=False):
            ansi = "".join(Strip.render_style(style, text, COLORS) if style else text for text, style, _ in strip)
            shown.stream.feed(f"\x1b[{y + 1};{start + 1}H{ansi}")
    return shown.seen()


@given(st.integers(), TALENTS)
def test_looks_as_drawn_directly(seed: int, talents: Talents) -> None:
    scenes = Scenes(seed, FIRM)
    screen, shown = scenes.screen(), Shown(talents)
    shown.paint(screen, ALL)
    assert shown.seen() == drawn_directly(screen)
    for chapter in scenes.chapters():
        if chapter == "change":
            shown.paint(screen, scenes.changed(screen))
        else:
            if chapter == "spoil":
                shown.spoil()
            screen = scenes.screen()
            shown.paint(screen, ALL)
        assert shown.seen() == drawn_directly(screen)
        assert not shown.paint(screen, ALL), "what is there already is written again"


@pytest.mark.parametrize("width", [1, 2])
@given(seed=st.integers(), talents=TALENTS)
def test_a_terminal_of_another_mind_about_widths_shows_the_same_as_after_a_full_repaint(
    width: int, seed: int, talents: Talents
) -> None:
    def opinion(character: str) -> int:
        usual = wcwidth(character)
        return width if character in "\N{ROCKET}\N{HEAVY BLACK HEART}⚠☎א" else usual

    scenes = Scenes(seed, ODD)
    screen = scenes.screen()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pyte.screens, "wcwidth", opinion)
        shown = Shown(talents)
        shown.paint(screen, ALL)
        for chapter in scenes.chapters():
            if chapter == "change":
                shown.paint(screen, scenes.changed(screen))
            else:
                screen = scenes.screen()
                shown.paint(screen, ALL)
            fresh = Shown(talents)
            fresh.paint(screen, ALL)
            assert shown.seen() == fresh.seen()
            _firm_letters_stand_in_their_places(shown, screen)


def _firm_letters_stand_in_their_places(shown: Shown, screen: Screen) -> None:
    for y, parts in enumerate(screen):
        cells = [cell for part in parts for cell in clusters(part.text)]
        for x, cell in enumerate(cells):
            if cell in {"a", "b"}:
                assert shown.screen.buffer[y][x].data == cell


@given(LOOKS, LOOKS)
def test_the_way_from_a_look_to_another_ends_there(old: Look, new: Look) -> None:
    bits, colors = old.bits, {"3": old.fore, "4": old.back}
    written = delta(old, new)
    for code in re.findall(r"[34]8;5;\d+|[34]8;2;\d+;\d+;\d+|\d+", written[2:-1]) or ["0"] * bool(written):
        if code == "0":
            bits, colors = 0, {"3": "", "4": ""}
        elif code in OFF.values():
            bits &= ~next(group for group, off in OFF.items() if off == code)
        elif code in ON.values():
            bits |= next(bit for bit, on in ON.items() if on == code)
        else:
            colors[code[0]] = "" if code in {"39", "49"} else code
    assert Look(bits, colors["3"], colors["4"]) == new
