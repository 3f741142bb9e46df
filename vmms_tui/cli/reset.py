"""`vmms reset-terminal`: puts a terminal in order that a killed program left in disorder."""

import contextlib
import os
import sys
import termios

import click

from vmms_tui.cli.options import Options, json_option

RESETS = (
    (
        "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1016l",
        "the mouse is the terminal's own",
    ),
    ("\x1b[?1004l", "it does not tell of its focus"),
    ("\x1b[?2004l", "pasted text is not marked"),
    ("\x1b[?2048l", "it does not tell of its size"),
    ("\x1b[?2026l", "it draws at once"),
    ("\x1b[<u", "keys are sent as ever (kitty keyboard protocol)"),
    ("\x1b[?1049l", "the screen that stood there before is back"),
    ("\x1b[?7h", "long lines wrap"),
    ("\x1b[?25h", "the cursor is shown"),
    ("\x1b(B\x1b[m", "letters are letters, without colour"),
)
"""Escape sequences (xterm control sequences; kitty keyboard protocol), and what holds after each."""


@click.command()
@json_option
def reset_terminal(options: Options) -> int:
    """Put this terminal in order again, after a program was killed in it."""
    if options.json:
        from vmms_tui.cli.output import print_json

        print_json([{"sequence": sequence, "then": then} for sequence, then in RESETS])
        return 0
    # The last one may still be in the middle of a sequence of its own: that is cancelled first.
    click.echo("\x18" + "".join(sequence for sequence, _ in RESETS), nl=False, color=True)
    for file in (sys.stdin, sys.stdout):
        with contextlib.suppress(OSError, ValueError, termios.error):
            _make_sane(file.fileno())
    return 0


def _make_sane(file: int) -> None:
    """Lines, echo and signals as a shell wants them, as `stty sane` does (termios(3))."""
    if not os.isatty(file):
        return
    now = termios.tcgetattr(file)
    now[0] |= termios.ICRNL | termios.IXON | termios.BRKINT
    now[0] &= ~(termios.INLCR | termios.IGNCR)
    now[1] |= termios.OPOST | termios.ONLCR
    now[3] |= termios.ECHO | termios.ECHOE | termios.ECHOK | termios.ICANON | termios.ISIG | termios.IEXTEN
    now[6][termios.VMIN], now[6][termios.VTIME] = 1, 0
    termios.tcsetattr(file, termios.TCSANOW, now)
