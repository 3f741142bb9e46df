"""The request form: what is wanted, what one would get, and the same as a command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, Input, Label, Static

from vmms_tui.keys import Place, Target, key_name, press
from vmms_tui.keys.everywhere import Back
from vmms_tui.keys.leases import RevealPassword
from vmms_tui.model.commands import Reply, RequestServer
from vmms_tui.model.records import Pool, Request, RequestState
from vmms_tui.screens import footer, header
from vmms_tui.screens.binding import bindings, rebound
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.desk import Desk, reply_text
from vmms_tui.screens.dialog import button, content, text
from vmms_tui.screens.frame import MirrorChanged
from vmms_tui.screens.menu import Menu, MenuItem
from vmms_tui.screens.offers import KEY_KINDS, Asked, offer, read_form
from vmms_tui.screens.rows import pool_rows
from vmms_tui.screens.wording import both, parse_term, short_term, span
from vmms_tui.widgets.choice import Choice
from vmms_tui.widgets.line import Lines, Piece, piece
from vmms_tui.widgets.text import plain, wrapped

KEY_FILE = Path("~/.ssh/id_ed25519.pub")
"""Offered as SSH key where it exists."""
FIELDS = (
    ("purpose", "Purpose", "← → choose, enter lists them", "← → choose"),
    ("size", "Size", "flavor, or vCPU/RAM as 4/8G; empty: any", "flavor or 4/8G, or any"),
    ("term", "For", "how long: 8h, 2d, 1d12h", "8h, 2d, 1d12h"),
    ("importance", "Importance", "0 to 10; high: kept for days past its end", "0 to 10"),
    ("note", "Note", "a word for others; may be empty", "may be empty"),
    ("key", "SSH key", "your public key, or its file; empty: none", "a key, or its file"),
)
"""Name, label, hint and short hint of each field."""
NARROW = 80
"""Screens with fewer columns show the short hints."""
LONGEST_KEY_FILE = 20_000
"""Bytes that are read of a key file."""


def read_key_file(name: str) -> str:
    """The start of a file; OSError when it cannot be read, UnicodeDecodeError when it is no text."""
    with Path(name).expanduser().open("rb") as file:
        return file.read(LONGEST_KEY_FILE).decode("utf-8")


class RequestScreen(Screen[None]):
    """Asks for a server. Nothing is sent before ctrl-n or the button."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.FORM)]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]  # noqa: RUF012 declared so by Textual
    AUTO_FOCUS = "#purpose"

    def __init__(self, desk: Desk, purpose: str) -> None:
        super().__init__()
        self.desk = desk
        self._bindings = rebound(self._bindings, Place.FORM)
        self._purpose = purpose
        self._reply: Reply | None = None
        self._sending = False
        self._built = False
        self._said: Piece | None = None
        self._last_default = ""

    # The frame

    def compose(self) -> ComposeResult:
        """See Screen."""
        with Horizontal(id="top"):
            yield Lines(id="header")
            yield Lines(id="age")
        yield Lines(id="form-title")
        with VerticalScroll(id="form", can_focus=False):
            for name, label, *_ in FIELDS:
                with Horizontal(classes="field"):
                    yield Label(f" {label}", classes="label", markup=False)
                    yield self._entry(name)
                    yield Lines(id=f"hint-{name}", classes="field-hint")
            yield text([[]], id="offer")
        with Horizontal(classes="buttons"):
            yield button("Cancel", "cancel")
            yield button("Send", "send")
        yield Lines(id="footer")

    def _entry(self, name: str) -> Choice | Input:
        if name == "purpose":
            return Choice(self._purposes(), self._purpose, id=name)
        self._last_default = self._default_term()
        key = str(KEY_FILE) if KEY_FILE.expanduser().is_file() else ""
        first = {"term": self._last_default, "importance": "0", "key": key}
        entry = Input(first.get(name, ""), id=name, compact=True)
        entry.cursor_blink = False
        return entry

    def _pools(self) -> list[Pool]:
        return [pool for pool in self.desk.mirror.tables.all(Pool) if not pool.retired]

    def _purposes(self) -> list[str]:
        return sorted({purpose for pool in self._pools() for purpose in pool.purposes})

    def _default_term(self) -> str:
        purpose = self._purpose or next(iter(self._purposes()), "")
        pool = next((pool for pool in self._pools() if purpose in pool.purposes), None)
        return short_term(pool.default_term) if pool else "8h"

    @property
    def ready(self) -> bool:
        """Whether everything stands on the screen: no longer being built, not yet being taken down."""
        return self._built and bool(self.query("#footer"))

    def on_mount(self) -> None:
        """Show what the empty form means."""
        self._built = True
        self._show_title("nothing is sent yet")
        self.tick()

    def _show_title(self, words: str) -> None:
        self.query_one("#form-title", Lines).show([[piece(" New request", "title"), piece(f"  {words}", "muted")]])

    def on_resize(self, _event: events.Resize) -> None:
        """Wrap anew."""
        self.call_after_refresh(self.tick)

    def on_mirror_changed(self, _message: MirrorChanged) -> None:
        """Pools may have changed."""
        if not self.ready:
            return
        self.query_one("#purpose", Choice).offer(self._purposes())
        self.tick()

    def tick(self) -> None:
        """Bring everything to the present time."""
        if not self.ready:
            return
        mirror = self.desk.mirror
        played = self.desk.playback.header() if self.desk.playback else ()
        bars = header.bars(mirror, self.size.width, self.desk.heard, played)
        for name, line in zip(("header", "age"), bars, strict=True):
            self.query_one(f"#{name}", Lines).show([line])
        asked = self.asked()
        self._show_hints(asked)
        self._show_offer(asked)
        keys = [] if self._sent else footer.footer((Place.FORM,), Target(), self.size.width)[1]
        closing = [piece(f" {key_name(Back, Place.FORM)}", "key"), piece(":close")]
        said = [self._said] if self._said else self._error_in_focus(asked)
        self.query_one("#footer", Lines).show([said, [*keys, *closing]])

    @property
    def _sent(self) -> bool:
        """Whether the engine has taken the request."""
        return self._reply is not None and self._reply.ok

    def show_message(self, words: str, tone: str) -> None:
        """Put a sentence into the footer."""
        self._said = piece(f" {plain(words)}", tone) if words else None
        self.tick()

    def _error_in_focus(self, asked: Asked) -> list[Piece]:
        """The sentence beside the field, in whole, also where there is little room: in the footer."""
        at = self.focused.id if self.focused is not None and self.focused.id in asked.errors else None
        error = asked.errors[at] if at else next(iter(asked.errors.values()), "")
        return [piece(f" {plain(error)}", "bad")] if error else []

    # What the form says

    def values(self) -> dict[str, str]:
        """The texts of all fields."""
        texts = {entry.id or "": entry.value for entry in self.query(Input)}
        return {**texts, "purpose": self.query_one("#purpose", Choice).value}

    def asked(self) -> Asked:
        """What the form means now."""
        return read_form(self.values(), self._pools(), read_key_file)

    def _show_hints(self, asked: Asked) -> None:
        for name, _label, hint, short in FIELDS:
            lines = self.query_one(f"#hint-{name}", Lines)
            if name in asked.errors:
                lines.show([[piece(f"! {plain(asked.errors[name])}", "bad")]])
            else:
                lines.show([[piece(self._meaning(name) or (short if self.size.width < NARROW else hint), "muted")]])

    def _meaning(self, name: str) -> str:
        """The end of the lease beside the field that sets it."""
        if name != "term" or self.desk.mirror.status is None:
            return ""
        now = self.desk.mirror.now
        end = now + parse_term(self.values()["term"])
        return f"until {end:%m-%d %H:%M} UTC" if self.size.width < NARROW else f"until {both(end, now)}"

    def _show_offer(self, asked: Asked) -> None:
        width = max(30, self.size.width - 4)
        lines: list[list[Piece]] = [_rule("What you will get" if self._reply is None else "The answer", width)]
        if self._reply is not None:
            lines += self._answer(self._reply, width)
        elif asked.command is not None:
            lines += self._offer(asked.command, width)
        else:
            lines.append([piece(" Mend the fields marked with ! first.", "warn")])
        self.query_one("#offer", Static).update(content(lines))

    def _offer(self, command: RequestServer, width: int) -> list[list[Piece]]:
        mirror = self.desk.mirror
        waiting: dict[str, int] = {}
        for request in mirror.tables.all(Request):
            if request.state is RequestState.QUEUED:
                waiting[request.pool] = waiting.get(request.pool, 0) + 1
        said = offer(command, pool_rows(mirror.tables), waiting, mirror.now)
        lines = [
            [piece(f" {one}", "warn" if one.startswith("!") else "")]
            for text in said
            for one in wrapped(plain(text), width)
        ]
        key = self.values()["key"].strip()
        key_file = "" if key.startswith(KEY_KINDS) else key
        same = wrapped(plain(command_line(command, key_file)), width - 9)
        return lines + [
            [piece(" same as " if not row else " " * 9, "muted"), piece(one)] for row, one in enumerate(same)
        ]

    def _answer(self, reply: Reply, width: int) -> list[list[Piece]]:
        words, tone = reply_text(reply)
        lines = [[piece(f" {one}", tone)] for one in wrapped(plain(words), width)]
        request = self.desk.mirror.tables.get(Request, reply.request_id) if reply.request_id else None
        if request is not None and request.state is RequestState.QUEUED:
            wait = f"about {span(request.estimate)}" if request.estimate is not None else "nobody can tell how long"
            place = f"Place {request.position} in the queue of {plain(request.pool)}" if request.pool else "It waits"
            lines.append([piece(f" {place}; {wait}.")])
        elif request is not None and request.lease_id:
            lines.append([piece(f" Lease {request.lease_id} is yours now.", "good")])
        if reply.ok:
            shows = f"{press(RevealPassword, Place.LEASES)} there shows the first password"
            lines.append([piece(f" Close shows it on Leases; {shows}.", "muted")])
        return lines

    # What can be done

    def action_do(self, act_id: str) -> None:
        """Do what a key stands for."""
        if act_id == "send":
            self.send()
        elif act_id == "next_field":
            self.focus_next()
        else:
            self.close()

    @on(Input.Changed)
    @on(Choice.Changed)
    def _changed(self) -> None:
        if not self.ready:
            return
        entry = self.query_one("#term", Input)
        self._purpose = self.query_one("#purpose", Choice).value
        if entry.value == self._last_default != self._default_term():
            self._last_default = entry.value = self._default_term()
        if self._reply is not None and not self._reply.ok:
            self._reply = None
        self._said = None
        self.tick()

    @on(Choice.Open)
    def _open_purposes(self) -> None:
        choice = self.query_one("#purpose", Choice)

        def chosen(purpose: str | None) -> None:
            if purpose is not None:
                choice.choose(purpose)

        items = [MenuItem("", purpose, purpose) for purpose in choice.options]
        self.app.push_screen(Menu("Purpose", items, at=choice.value), chosen)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.close()

    @on(Button.Pressed, "#send")
    def send(self) -> None:
        """Send the request, once."""
        if self._sent:
            return
        asked = self.asked()
        if asked.command is None:
            self._focus_first(list(asked.errors))
        elif not self._sending:
            self._sending = True
            self.show_message("Asking …", "muted")
            self.app.run_worker(self._send(asked.command), group="request", exit_on_error=True)

    def _focus_first(self, wrong: Sequence[str]) -> None:
        self.query_one(f"#{next(name for name, *_ in FIELDS if name in wrong)}").focus()
        self.tick()

    async def _send(self, command: RequestServer) -> None:
        reply = await self.desk.send(command)
        self._sending = False
        self._reply = reply
        self._said = None
        if not self.ready:
            self.desk.say(*reply_text(reply))
            return
        if reply.ok:
            self._show_title("it was sent")
            self.query_one("#cancel", Button).label = content([[piece(" Close ")]])
            self.query_one("#send").display = False
            self.query_one("#cancel").focus()
        self.tick()

    def close(self) -> None:
        """Leave the form; after a grant, to the lease, also where it came while the answer was read."""
        reply = self._reply
        self.app.pop_screen()
        if reply is not None and reply.ok:
            request = self.desk.mirror.tables.get(Request, reply.request_id) if reply.request_id else None
            lease_id = reply.lease_id or (request.lease_id if request else "")
            self.desk.go(Place.LEASES, row_id=lease_id or reply.request_id)


def _rule(title: str, width: int) -> list[Piece]:
    line = "─" * max(0, width - cell_len(title) - 3)
    return [piece(" ── ", "muted"), piece(title, "strong"), piece(f" {line}", "muted")]
