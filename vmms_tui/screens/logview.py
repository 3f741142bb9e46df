"""The last lines of a server's console."""

from collections.abc import Sequence

from textual.timer import Timer

from vmms_tui.keys import Place, key_name
from vmms_tui.keys.reading import Follow
from vmms_tui.keys.rows import Log
from vmms_tui.model.commands import ReadConsole, Reply
from vmms_tui.screens.consoletext import console_lines, has_times, without_times
from vmms_tui.screens.desk import Desk, reply_text
from vmms_tui.screens.objectpages import ObjectPages, Subject
from vmms_tui.screens.paragraphs import Paragraph, line
from vmms_tui.screens.wording import ago
from vmms_tui.widgets.line import Piece, piece

LINES = 500
EVERY = 5.0
"""Seconds between two readings while it is followed."""
LONGEST_FOLLOW = 120
"""Readings after which following ends by itself: a screen that somebody forgot must not ask the cloud all night."""


class LogView(ObjectPages):
    """What the server printed, read when it is opened, and again and again while it is followed."""

    place = Place.LOG
    shows = Log.id

    def __init__(self, title: str, desk: Desk, subject: Subject) -> None:
        super().__init__(title, desk, subject)
        self._reply: Reply | None = None
        self._lines: list[str] = []
        self._trouble = ""
        self._asking = False
        self._times = True
        self._timer: Timer | None = None
        self._readings = 0

    def on_mount(self) -> None:
        """Read it."""
        self.read_again()

    @property
    def stays_at_end(self) -> bool:
        """See Pages."""
        return True

    @property
    def following(self) -> bool:
        """Whether it is read again and again."""
        return self._timer is not None

    # Reading

    def why_not_again(self) -> str:
        """See Pages."""
        return "it is being read." if self._asking else ""

    def read_again(self) -> None:
        """See Pages."""
        if not self._asking:
            self._asking = True
            self.run_worker(self._ask(), group="console", exclusive=True)
            self.tick()

    async def _ask(self) -> None:
        server = self.target().server
        try:
            reply = await self.desk.send(ReadConsole(server=server.id if server else "", lines=LINES))
        finally:
            self._asking = False
        if reply.ok:
            self._reply, self._trouble = reply, ""
            self._lines = console_lines(reply.body)
        else:
            self._trouble = reply_text(reply)[0]
        self.tick()

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        if self._reply is None:
            return [line(self._trouble, "bad") if self._trouble else line("Reading the console …", "muted")]
        lines = self._lines if self._times else without_times(self._lines)
        shown = [line(one) for one in lines] or [line("The console is empty: nothing was printed yet.", "muted")]
        return [*shown, *([line(), line(self._trouble, "bad")] if self._trouble else [])]

    def tick(self) -> None:
        """See Pages."""
        super().tick()
        if self.stands:
            self._hint()

    def status(self) -> Piece | None:
        """See Pages."""
        at = self._reply.read_at if self._reply else None
        age = f"read {ago(at, self.desk.mirror.now)}" if at else "reading" if self._asking else "not read"
        return piece(f"{'following, ' if self._timer else ''}{age} ", "strong" if self._timer else "muted")

    # What keys do

    def do_follow_log(self) -> None:
        """Begin to follow, or end it."""
        if self._timer is not None:
            self._stop_following()
            self.say("Not followed any more.")
            return
        self._readings = 0
        self._timer = self.set_interval(EVERY, self._next)
        self.do_last()
        self.read_again()

    def _next(self) -> None:
        self._readings += 1
        if self._readings >= LONGEST_FOLLOW:
            self._stop_following()
            key = key_name(Follow, self.place)
            on = f"; {key} goes on" if key else ""
            self.say(f"Not followed any more after {LONGEST_FOLLOW * EVERY / 60:.0f} minutes{on}.", "warn")
        else:
            self.read_again()

    def _stop_following(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def do_times(self) -> None:
        """With times, or without."""
        if not has_times(self._lines):
            self.say("No line begins with a time.", "warn")
            return
        self._times = not self._times
        self.tick()
