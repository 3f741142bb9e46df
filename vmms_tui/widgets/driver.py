"""Textual's driver for Unix terminals, with an ear for what is no key, and a cursor that can be seen."""

import contextlib
import os
import selectors
import time
from codecs import getincrementaldecoder
from collections.abc import Callable

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from vmms_tui.widgets.intake import Intake

TURN = 0.1
"""Seconds without a byte after which what has begun is taken as it is."""
SHOW_CURSOR = "\x1b[?25h"
"""DECTCEM: Textual hides the cursor; screen readers and magnifiers follow the one that they see."""


class CarefulDriver(LinuxDriver):
    """Reads keys as LinuxDriver does, through an Intake."""

    def start_application_mode(self) -> None:
        """See LinuxDriver."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # it is not typed in Textual
        self.write(SHOW_CURSOR)
        self.flush()

    def _sigcont_application(self, *words: object) -> None:
        """See LinuxDriver, which starts a second time when it was not stopped: a line that is cut sends SIGCONT, too.

        The threads of the first start would then go on for good, and the program with them.
        """
        if self._must_signal_resume:
            super()._sigcont_application(*words)

    def run_input_thread(self) -> None:
        """See LinuxDriver, which has no place between its bytes and its keys."""
        parser, intake = XTermParser(self._debug), Intake(time.monotonic)
        decode = getincrementaldecoder("utf-8")("replace").decode

        def hear(data: bytes, *, guarded: bool = True) -> None:
            messages = list(parser.feed(text)) if (text := decode(data)) else []
            free = not guarded or self._takes_text()
            for message in [*intake.sift(messages, takes_text=free), *parser.tick()]:
                self.process_message(message)

        hear(intake.take(getattr(self._app, "typed_ahead", b"")), guarded=False)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                self._turn(selector, intake, hear)
        with contextlib.suppress(EOFError, ParseError):
            list(parser.feed(""))

    def _turn(self, selector: selectors.BaseSelector, intake: Intake, hear: Callable[[bytes], None]) -> None:
        """Wait a moment for keys. A terminal that is gone is always ready, and says nothing."""
        if not selector.select(TURN):
            hear(intake.give_up())
        elif data := os.read(self.fileno, 4096):
            hear(intake.take(data))
        else:
            self.exit_event.wait(TURN)

    def _takes_text(self) -> bool:
        """Whether typed text goes into a field just now. Asked from this thread: it may be a moment old."""
        return bool(getattr(self._app, "takes_text", False))
