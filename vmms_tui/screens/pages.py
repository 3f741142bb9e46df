"""A text over the whole screen that can be read, searched and copied: help, details, why, raw, log, bell, inspector.

Only a window of it is drawn, and of that only the cells that change: a long log costs a slow line no more than a short.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from vmms_tui.keys import Act, Place, Target, key_name, why_not
from vmms_tui.keys.inforce import acts_in
from vmms_tui.keys.reading import Again, Wrap
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.dialog import Dialog
from vmms_tui.screens.footer import item
from vmms_tui.screens.paragraphs import Paragraph, Row, finds, first_row, laid_out, lit, shifted, text_of
from vmms_tui.widgets.line import Lines, Piece, piece, width_of
from vmms_tui.widgets.text import plain

FRAME = 4
"""Cells beside the text: border and padding on both sides."""
CHROME = 4
"""Lines around it: border, hint and the line above that."""
IN_TEXTS = {Place.READING, Place.LOG, Place.RAW}
"""Where what is done is done in the text itself."""
SIDEWAYS = 16
"""Cells that the window moves to the side."""


class Pages(Dialog[str | None]):
    """A text to read. Ends with the id of what is wanted instead, or with None."""

    place = Place.READING
    shows: ClassVar[str] = ""
    """The id of the act that opens it: its key closes it, too."""
    only_hits: ClassVar[bool] = False
    """Whether a search leaves out what does not fit; `make` then asks for `needle`."""
    AUTO_FOCUS = ""

    def __init__(self, title: str, desk: Desk) -> None:
        super().__init__(title)
        self.desk = desk
        self._paragraphs: list[Paragraph] = []
        self._rows: list[Row] = []
        self._top = 0
        self._left = 0
        self._wrap = True
        self.needle = ""
        """What was searched for last."""
        self._hit = -1
        """The paragraph of the place that was found last."""
        self._said: Piece | None = None
        self._built = False

    # Said by subclasses

    def make(self) -> Sequence[Paragraph]:
        """The text as it is now."""
        return self._paragraphs

    def target(self) -> Target:
        """What keys act on."""
        return Target(you=self.desk.mirror.you)

    def why_not_again(self) -> str:
        """Why it cannot be read again; empty when it can."""
        return "this is brought up to date by itself."

    def read_again(self) -> None:
        """Ask anew."""

    # The frame

    def inside(self) -> ComposeResult:
        """See Dialog."""
        yield Lines(id="text")
        entry = Input(placeholder="find", id="needle", compact=True, select_on_focus=False)
        entry.cursor_blink = False
        yield entry
        yield Lines(id="hint", classes="hint")

    def on_mount(self) -> None:
        """Show it."""
        self._built = True
        self.query_one("#needle").display = False
        self.tick()
        self._lay()

    def on_resize(self, _event: events.Resize) -> None:
        """Wrap anew."""
        if self._built:
            self._lay()

    @property
    def stands(self) -> bool:
        """Whether its parts are there: the clock ticks, too, while it is taken away."""
        return self._built and bool(self.query("#hint"))

    def on_mirror_changed(self, _message: Message) -> None:
        """Bring it up to date with what the engine told."""
        self.tick()

    def tick(self) -> None:
        """Bring it to the present."""
        if not self.stands:
            return
        fresh = list(self.make())
        if fresh != self._paragraphs:
            stays = self.at_end
            self._paragraphs = fresh
            self._lay()
            if stays and self.stays_at_end:
                self._go(len(self._rows))

    @property
    def stays_at_end(self) -> bool:
        """Whether a reader at the end stays at it when more comes."""
        return False

    @property
    def at_end(self) -> bool:
        """Whether the last line is in the window."""
        return self._top >= len(self._rows) - self.page

    @property
    def page(self) -> int:
        """Lines that fit."""
        return max(1, self.size.height - CHROME - self.above)

    def leave_above(self, lines: int) -> None:
        """Let so many lines at the top be somebody else's, with an empty one before them."""
        above = lines + 1 if lines else 0
        if above != self.above:
            self.above = above
            if self._built:
                self._lay()

    @property
    def width(self) -> int:
        """Cells of a line that fit."""
        return max(1, self.size.width - FRAME)

    def _lay(self) -> None:
        self._rows = laid_out(self._paragraphs, self.width, wrap=self._wrap)
        self._go(self._top)

    def _go(self, top: int) -> None:
        """Let this line be the first in the window, or the nearest that can be."""
        self._top = max(0, min(top, len(self._rows) - self.page))
        self._draw()

    def _draw(self) -> None:
        window = self._rows[self._top : self._top + self.page]
        shown = [shifted(lit(row.pieces, self.needle), self._left) for row in window]
        text = self.query_one("#text", Lines)
        if text.styles.height is None or text.styles.height.value != len(shown):
            text.styles.height = len(shown)
        text.show(shown)
        last = min(len(self._rows), self._top + self.page)
        where = "" if len(self._rows) <= self.page else f" {self._top + 1}-{last} of {len(self._rows)} "
        self.query_one(".box", Vertical).border_subtitle = Content(where)
        self._hint()

    # The line below

    def say(self, text: str, tone: str = "") -> None:
        """Put a sentence into the line below, until the next key."""
        self._said = piece(plain(text), tone) if text else None
        if self._built:
            self._hint()

    def show_message(self, text: str, tone: str) -> None:
        """See Frame."""
        self.say(text, tone)

    def status(self) -> Piece | None:
        """What stands before the keys."""
        return None

    def _hint(self) -> None:
        if self._said is not None:
            self.query_one("#hint", Lines).show([[self._said]])
            return
        status, target = self.status(), self.target()
        line = [status] if status else []
        for act in self.hints():
            more = item(act, self.place, target)
            if width_of(line) + width_of(more) <= self.width:
                line += more
        self.query_one("#hint", Lines).show([line])

    def hints(self) -> list[type[Act]]:
        """What the line below names: what is on the first row of footers, closing first."""
        acts = [act for act in acts_in(self.place) if act.row and act.id != self.shows]
        return sorted(acts, key=lambda act: act.id != "close_text")

    # What keys do

    def action_do(self, act_id: str) -> None:
        """Do what a key stands for, or say why not."""
        act = next(one for one in acts_in(self.place) if one.id == act_id)
        self.say("")
        if no := self._refusal(act):
            self.say(f"{key_name(act, self.place)} {act.word()}: {no}", "warn")
        elif act_id == self.shows:
            self.dismiss(None)
        elif IN_TEXTS & set(act.places):
            getattr(self, f"do_{act_id}")()
        else:
            self.dismiss(act_id)

    def _refusal(self, act: type[Act]) -> str:
        target = self.target()
        return act.refusal(target) if act.allowed(target.you) else why_not(target.you)

    def action_close(self) -> None:
        """Leave the search, then the text."""
        if self.query_one("#needle").display or (self.only_hits and self.needle):
            self.needle = ""
            self._end_search()
        else:
            self.dismiss(None)

    def do_back(self) -> None:
        """See action_close."""
        self.action_close()

    def do_close_text(self) -> None:
        """Back to the list."""
        self.dismiss(None)

    def do_down(self) -> None:
        """One line down."""
        self._go(self._top + 1)

    def do_up(self) -> None:
        """One line up."""
        self._go(self._top - 1)

    def do_first(self) -> None:
        """To the beginning."""
        self._go(0)

    def do_last(self) -> None:
        """To the end."""
        self._go(len(self._rows))

    def do_half_down(self) -> None:
        """Half a page down."""
        self._go(self._top + max(1, self.page // 2))

    def do_half_up(self) -> None:
        """Half a page up."""
        self._go(self._top - max(1, self.page // 2))

    def do_page_down(self) -> None:
        """A page down."""
        self._go(self._top + self.page)

    def do_page_up(self) -> None:
        """A page up."""
        self._go(self._top - self.page)

    def do_wrap(self) -> None:
        """Wrap, or cut and move."""
        here = self._rows[self._top].of if self._rows else 0
        self._wrap, self._left = not self._wrap, 0
        self._lay()
        self._go(next((number for number, row in enumerate(self._rows) if row.of == here), 0))

    def do_leftwards(self) -> None:
        """Move the window to the left."""
        self._sideways(-SIDEWAYS)

    def do_rightwards(self) -> None:
        """Move the window to the right."""
        self._sideways(SIDEWAYS)

    def _sideways(self, cells: int) -> None:
        if self._wrap:
            key = key_name(Wrap, self.place)
            cuts = f"; {key} cuts them, and the window can be moved" if key else ""
            self.say(f"Lines are wrapped{cuts}.", "warn")
            return
        longest = max((width_of(row.pieces) for row in self._rows), default=0)
        self._left = max(0, min(self._left + cells, longest - self.width + 1))
        self._draw()

    def do_copy_text(self) -> None:
        """Copy all of it."""
        self.desk.copy("\n".join(text_of(one).rstrip() for one in self._paragraphs))

    def do_again(self) -> None:
        """Ask anew."""
        if no := self.why_not_again():
            self.say(f"{key_name(Again, self.place)} {Again.word()}: {no}".lstrip(), "warn")
        else:
            self.read_again()

    # Searching

    def do_search(self) -> None:
        """Type what to find."""
        entry = self.query_one("#needle", Input)
        entry.display = True
        self.query_one("#hint").display = False
        entry.value = self.needle
        entry.focus()

    def _end_search(self) -> None:
        entry = self.query_one("#needle", Input)
        entry.display = False
        self.query_one("#hint").display = True
        self.set_focus(None)
        self.tick()
        self._draw()

    @on(Input.Changed, "#needle")
    def _typed(self, event: Input.Changed) -> None:
        if event.input.display:
            self.needle = event.value
            self.tick()
            self._draw()

    @on(Input.Submitted, "#needle")
    def _entered(self, event: Input.Submitted) -> None:
        self.needle, self._hit = event.value, -1
        self._end_search()
        if self.needle:
            self._to_hit(1)

    def do_next_hit(self) -> None:
        """To the next place."""
        self._to_hit(1)

    def do_previous_hit(self) -> None:
        """To the place before."""
        self._to_hit(-1)

    def _to_hit(self, step: int) -> None:
        if not self.needle:
            self.do_search()
            return
        hits = finds(self.needle, self._paragraphs)
        if not hits:
            self.say(f"“{plain(self.needle)}” is not in this text.", "warn")
            return
        here = self._hit if self._hit >= 0 else (self._rows[self._top].of - step if self._rows else 0)
        onwards = [hit for hit in hits if (hit > here if step > 0 else hit < here)]
        self._hit = (onwards or hits)[0 if step > 0 else -1]
        round_again = "" if onwards else ", from the other end"
        row = first_row(self._rows, self._hit, self.needle)
        if not self._top <= row < self._top + self.page:
            self._go(row - self.page // 2)
        self.say(f"place {hits.index(self._hit) + 1} of {len(hits)}{round_again}")
        self._draw()
