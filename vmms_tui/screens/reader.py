"""Text to read, and to search: the help, and why something is as it is."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from vmms_tui.keys import Place, acts_at, keys_at, name_of
from vmms_tui.keys.dialogs import ScrollDown, ScrollUp, SearchText
from vmms_tui.keys.everywhere import Back
from vmms_tui.screens.dialog import Dialog, content, text
from vmms_tui.screens.footer import keys_line
from vmms_tui.widgets.line import Lines, Piece, piece, width_of
from vmms_tui.widgets.text import fit, plain, wrapped

Entry = tuple[Sequence[Piece], str]
"""What stands in front, and the words after it, which wrap beside it."""
KEYS = 11
"""Cells of the column with the keys."""
WIDEST = 90
"""Cells of the box, at most, as in vmms.tcss."""
FRAME = 5
"""Cells of its border, padding and scroll bar."""


class Reader(Dialog[None]):
    """Some text that can be scrolled and searched."""

    place = Place.READER
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home", "edge(False)", show=False),
        Binding("end", "edge(True)", show=False),
    ]

    def __init__(self, title: str, entries: Sequence[Entry]) -> None:
        super().__init__(title)
        self._entries = entries

    def inside(self) -> ComposeResult:
        """See Dialog."""
        entry = Input(placeholder="words to look for", id="search", compact=True)
        entry.cursor_blink = False
        entry.display = False
        yield entry
        with VerticalScroll(id="pages", can_focus=False):
            yield text([], id="page")
        yield Lines(id="hint", classes="hint")

    def on_mount(self) -> None:
        """Say how to read on and how to close."""
        acts = (ScrollDown, ScrollUp, SearchText, Back)
        self.query_one("#hint", Lines).show([keys_line(self.place, *acts)])
        self.on_resize()

    def on_resize(self) -> None:
        """Wrap anew."""
        self.leave_room(self.query_one("#pages"), 8 if self._search.display else 7)
        width = min(self.size.width * 94 // 100, WIDEST) - FRAME
        found = searched(self._entries, self._search.value)
        lines = [line for entry in found for line in _wrapped(entry, width)]
        if not lines:
            lines = [[piece(f"Nothing here says “{plain(self._search.value.strip())}”.", "muted")]]
        self.query_one("#page", Static).update(content(lines))

    @property
    def _search(self) -> Input:
        return self.query_one("#search", Input)

    def do_scroll_down(self) -> None:
        """A line down."""
        self.query_one("#pages").scroll_relative(y=1, animate=False)

    def do_scroll_up(self) -> None:
        """A line up."""
        self.query_one("#pages").scroll_relative(y=-1, animate=False)

    def action_page(self, pages: int) -> None:
        """So many pages down; less than none: up."""
        shown = self.query_one("#pages")
        shown.scroll_relative(y=pages * shown.scrollable_content_region.height, animate=False)

    def action_edge(self, last: bool) -> None:
        """To the last line, or to the first."""
        shown = self.query_one("#pages")
        shown.scroll_to(y=shown.max_scroll_y if last else 0, animate=False)

    def do_close_reader(self) -> None:
        """Close."""
        self.action_close()

    def do_search_text(self) -> None:
        """Type what to look for."""
        self._search.display = True
        self._search.focus()
        self.on_resize()

    def do_back(self) -> None:
        """Show everything again; then close."""
        if not self._search.display:
            self.action_close()
            return
        self._search.value = ""
        self._search.display = False
        self.set_focus(None)
        self.on_resize()

    @on(Input.Changed, "#search")
    def _typed(self) -> None:
        self.query_one("#pages").scroll_home(animate=False)
        self.on_resize()

    @on(Input.Submitted, "#search")
    def _entered(self) -> None:
        self.set_focus(None)


class HelpReader(Reader):
    """The help."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__("Keys", entries)


def searched(entries: Sequence[Entry], words: str) -> list[Entry]:
    """The entries in which all of these words stand, below their headings. Pure."""
    wanted = words.casefold().split()
    if not wanted:
        return list(entries)
    found: list[Entry] = []
    heading: Entry | None = None
    for front, said in entries:
        said_in_all = "".join(part for part, _ in front) + " " + said
        if not said:
            heading = (front, said) if front else heading
        elif all(word in said_in_all.casefold() for word in wanted):
            found += [heading] if heading else []
            heading = None
            found.append((front, said))
    return found


def _wrapped(entry: Entry, width: int) -> list[list[Piece]]:
    front, words = entry
    room = max(20, width - width_of(front))
    blank = piece(" " * width_of(front))
    return [[*(front if not row else [blank]), piece(one)] for row, one in enumerate(wrapped(plain(words), room))]


def help_entries(*places: Place, narrow: bool = False) -> list[Entry]:
    """The help for these places, from the key table as it is in force; the first is where we are."""
    entries: list[Entry] = [([], "Lower case looks, UPPER CASE (and +) changes, and asks before it does.")]
    for place in places:
        entries += [([], ""), ([piece(f"{place.value[0].upper()}{place.value[1:]}", "title")], "")]
        for act in acts_at(place):
            names = [name_of(key) for key in keys_at(act, places[0])]
            front = [piece(f" {fit(' '.join(names) or 'no key', KEYS)} ", "key" if names else "muted")]
            if narrow:
                entries.append((front, f"{act.word()}: {act.sentence()}"))
            else:
                entries.append(([*front, piece(f"{fit(act.word(), 15)} ", "strong")], act.sentence()))
    return entries
