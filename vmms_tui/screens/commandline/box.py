"""The line or the box in which commands are typed, with what it offers below."""

import asyncio
from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from vmms_tui.keys import Place, key_name
from vmms_tui.keys.dialogs import Complete, PickNext
from vmms_tui.keys.everywhere import Back, CommandLine
from vmms_tui.screens.commandline.entries import Entry, Offer
from vmms_tui.screens.commandline.reading import Deed, read
from vmms_tui.screens.dialog import Dialog
from vmms_tui.screens.footer import keys_line
from vmms_tui.widgets.line import Lines, Piece, piece, width_of
from vmms_tui.widgets.text import fit, plain

OFFERED = 9
"""Lines of the list."""
LINE = 26
"""Cells of what would be typed, at most."""
ROOMY = 76
"""From this width on, each line says which key does the same."""


class CommandBox(Dialog[Deed | None]):
    """Asks for one command; ends with what is to be done."""

    place = Place.COMMAND_LINE
    AUTO_FOCUS = "#command"

    def __init__(self, offer: Offer, *, box: bool, remember: Callable[[str], None], typed: str = "") -> None:
        """`box`: in the middle of the screen; else a line at its bottom. `remember` is told what was run."""
        super().__init__("Command")
        self.set_class(not box, "-line")
        self.offer = offer
        self._remember = remember
        self._typed = typed
        self._entries: list[Entry] = []
        self._picked = -1
        self._back = 0
        """Steps back in what was given before."""
        self._remark = ("", "")
        """A line that was written for the user, and what is to be said while it stands there."""
        self._own = typed
        """What the user has typed, before going through the past."""

    def inside(self) -> ComposeResult:
        """See Dialog."""
        wanted = f"{key_name(CommandLine, self.offer.here)} command or name".lstrip()
        entry = Input(self._typed, id="command", compact=True, select_on_focus=False, placeholder=wanted)
        entry.cursor_blink = False
        yield entry
        yield Lines(id="offers")
        yield Lines(id="hint")

    def on_mount(self) -> None:
        """Offer what there is, and read what has changed since the last time."""
        self._offer()
        self.run_worker(self._renew(), group="objects", exit_on_error=True)

    def on_resize(self) -> None:
        """Fit the lines."""
        self._show()

    async def _renew(self) -> None:
        for _ in self.offer.objects.renewals(self.offer.mirror.tables):
            await asyncio.sleep(0)
        self._offer()

    @property
    def entry(self) -> Input:
        """Where it is typed."""
        return self.query_one("#command", Input)

    @property
    def entries(self) -> list[Entry]:
        """What is offered."""
        return self._entries

    def _offer(self) -> None:
        if self.is_attached:
            self._entries = self.offer.entries(self.entry.value)
            self._picked = min(self._picked, len(self._entries) - 1)
            self._show()

    def _show(self, said: str = "") -> None:
        if not self.is_attached:
            return
        high = max(3, min(OFFERED, self.size.height - 9))
        offers = self.query_one("#offers", Lines)
        offers.styles.height = high
        first = max(0, min(self._picked - high // 2, len(self._entries) - high))
        shown = range(first, min(len(self._entries), first + high))
        width = (self.size.width - 4) if self.has_class("-line") else min(self.size.width * 94 // 100, 100) - 4
        offers.show([entry_line(self._entries[row], width, picked=row == self._picked) for row in shown])
        keys = [*keys_line(self.place, Complete, PickNext), piece("enter", "key"), piece(":run  ")]
        said = said or (self._remark[1] if self.entry.value == self._remark[0] else "")
        more = len(self._entries) - len(shown)
        keys += [*keys_line(self.place, Back), piece(f"+{more} more", "muted") if more > 0 else piece("")]
        self.query_one("#hint", Lines).show([[piece(plain(said), "warn")] if said else keys])

    # Keys

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        if event.value != self._past(self._back):
            self._back, self._own = 0, event.value
        self._picked = -1
        self._offer()

    def do_complete(self) -> None:
        """Write what is picked, or what is likeliest."""
        if self._entries:
            self._write(self._entries[max(0, self._picked)].line)

    def do_pick_next(self) -> None:
        """Down the list; out of the past first."""
        if self._back:
            self._recall(self._back - 1)
        elif self._entries:
            self._picked = min(self._picked + 1, len(self._entries) - 1)
            self._show()

    def do_pick_before(self) -> None:
        """Up the list; above it is the past."""
        if self._picked >= 0:
            self._picked -= 1
            self._show()
        else:
            self._recall(self._back + 1)

    def _past(self, steps: int) -> str:
        """The line so many steps back, of those that begin as what was typed; at 0 what was typed."""
        if not steps:
            return self._own
        fitting = [line for line in self.offer.past if line.startswith(self._own)]
        return fitting[-steps] if steps <= len(fitting) else ""

    def _recall(self, steps: int) -> None:
        line = self._past(steps)
        if line or not steps:
            self._back = steps
            self._write(line)

    def _write(self, line: str) -> None:
        self.entry.value = line
        self.entry.cursor_position = len(line)

    @on(Input.Submitted)
    def _entered(self) -> None:
        if self._picked >= 0:
            self._take(self._entries[self._picked])
            return
        deed = self._read(self.entry.value)
        if isinstance(deed, Deed):
            self._end(deed, self.entry.value)
        elif self._entries and self.entry.value.strip():
            self._take(self._entries[0], deed)
        else:
            self._show(deed)

    def _take(self, entry: Entry, unless: str = "") -> None:
        """Run what is offered. What changes something, and was not picked, is only written: it has to be read first."""
        if entry.why_not:
            self._show(f"{entry.line.strip()}: {entry.why_not}")
        elif not entry.whole or (unless and entry.changes):
            self._remark = (entry.line, unless if entry.whole else "")
            self._write(entry.line)
        else:
            deed = self._read(entry.line)
            if isinstance(deed, Deed):
                self._end(deed, entry.line)
            else:
                self._show(deed)

    def _read(self, line: str) -> Deed | str:
        return read(line, self.offer.words, self.offer.objects, self.offer.mirror.now, self.offer.shell)

    def _end(self, deed: Deed, line: str) -> None:
        self._remember(line.strip().removeprefix(":").strip())
        self.dismiss(deed)


def entry_line(entry: Entry, width: int, *, picked: bool) -> list[Piece]:
    """One line of the list, in at most `width` cells."""
    tail = [piece(" CHANGES", "warn")] if entry.changes else []
    if entry.where and width >= ROOMY:
        tail.append(piece(f"  {plain(entry.where)}", "key"))
    if entry.why_not:
        tail.append(piece(f"  {plain(entry.why_not)}", "warn"))
    if width_of(tail) > width // 2:
        tail = [piece(fit("".join(text for text, _ in tail), width // 2), "warn")]
    wide = min(LINE, width // 3)
    line = fit(plain(entry.line.rstrip()), wide)
    room = width - 2 - wide - 2 - width_of(tail)
    tone = "shout" if picked else "muted" if entry.why_not else "strong"
    return [piece("> " if picked else "  "), piece(line, tone), piece("  "), piece(fit(plain(entry.says), room)), *tail]
