"""Running the app in a terminal: its look, what was typed ahead, signals, and the end.

The app itself is loaded while the terminal thinks about its colours.
"""

import asyncio
import contextlib
import gc
import locale
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vmms_tui.model.errors import Failed
from vmms_tui.widgets.background import AUTO, Heard, asking, fitting, wants_answer

if TYPE_CHECKING:
    from vmms_tui.app import VmmsApp
    from vmms_tui.attached import ClientFactory
    from vmms_tui.client.protocol import EngineClient


def run_app(
    client: "ClientFactory | EngineClient",
    make: "Callable[..., VmmsApp] | None" = None,
    *,
    theme: str = AUTO,
    log_file: Path | None = None,
) -> int:
    """Run VMMS in this terminal until the user leaves, and say goodbye to the engine. Returns the exit code.

    `make` makes the app from the client, if it is not the usual one. `theme` is the name of a look, or `auto`;
    `log_file` is where a mistake of ours is written down.

    SIGTERM and SIGHUP, that is also a lost line, end it in good order with 128 and the signal's number. Afterwards they
    do nothing, so that what is left to do is done.

    Raises:
        Failed: there was a mistake in a screen. The terminal is in order.
    """
    with asked(theme) as hear:
        from vmms_tui.app import VmmsApp
        from vmms_tui.widgets.driver import CarefulDriver
        from vmms_tui.widgets.glyphs import Ascii, is_poor

        gc.freeze()  # what has been loaded stays
        gc.enable()
        heard = hear()
    look = fitting(os.environ, heard.colour) if theme == AUTO else theme
    filters = [Ascii(locale.getpreferredencoding(False))] if is_poor(os.environ) else []
    driver = None if "TEXTUAL_DRIVER" in os.environ else CarefulDriver  # a browser's screen has another
    app = (make or VmmsApp)(client, theme=look, filters=filters, driver=driver)
    app.typed_ahead = heard.typed
    code = asyncio.run(_run(app))
    if app.failure:
        where = f"What happened stands in {log_file}." if log_file else ""
        raise Failed(f"A mistake in VMMS ended the screen ({app.failure}).", f"{where} `vmms` shows it again.".strip())
    return code


def asked(theme: str) -> contextlib.AbstractContextManager[Callable[[], Heard]]:
    """See `asking`; the terminal is asked only where its answer decides."""
    if theme == AUTO and wants_answer(os.environ):
        return asking(sys.stdin.fileno(), sys.stdout.fileno())
    return contextlib.nullcontext(Heard)


async def _run(app: "VmmsApp") -> int:
    loop = asyncio.get_running_loop()

    def end(number: int, _frame: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and the program is on its way out
            loop.call_soon_threadsafe(app.end_by_signal, number)

    # Not the loop's own handlers: these stay when it has ended. A terminal that is closed sends more than one signal.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        await app.run_async(mouse=False)
    finally:
        await app.farewell()
    return app.return_code or 0
