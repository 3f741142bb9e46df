"""Errors as people get them: one sentence on stderr, an exit code, never a traceback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from vmms_tui.model.errors import Refused, TryAgain, VmmsError

REFUSED = 1
"""Exit code of what was refused or has failed."""
USAGE = 2
"""Exit code of a command line that says nothing that could be done."""
TRY_AGAIN = 3
"""Exit code of what may work later: no engine, a busy cloud, a request that still waits."""
LONGEST = 20_000
"""Characters of a line on stderr; what comes from outside may be long."""
_NO_UTF8 = "surrogates not allowed"
"""Python's reason where bytes of a command line that were no UTF-8 are to be sent."""


def say(text: str) -> None:
    """Words for a person, on stderr, made safe for a terminal."""
    from vmms_tui.widgets.text import plain

    for line in text.split("\n"):
        click.echo(f"vmms: {plain(line, LONGEST)}", err=True)


def one_line(text: str) -> str:
    """A sentence as one line, whatever the names in it hold."""
    return " ".join(text.splitlines())


class Complaint(click.ClickException):
    """Shown on stderr as it is, a line a sentence."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """See click.ClickException."""
        say(self.message)


@contextmanager
def plainly() -> Iterator[None]:
    """Turn every error into a Complaint. VMMS_DEBUG=1 lets errors through with their traceback."""
    try:
        yield
    except (click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except click.UsageError as error:
        raise _from_usage(error) from error
    except click.ClickException:
        raise
    except Exception as error:  # the last line before the user: whatever it is, they get a sentence
        if os.environ.get("VMMS_DEBUG") == "1":
            raise
        raise _from_error(error) from error


def _from_error(error: Exception) -> Complaint:
    if isinstance(error, Refused):
        return Complaint(one_line(str(error)), REFUSED)
    if isinstance(error, VmmsError):
        return Complaint(str(error), TRY_AGAIN if isinstance(error, TryAgain) else REFUSED)
    if isinstance(error, UnicodeEncodeError) and error.reason == _NO_UTF8:
        return Complaint("A word of this command is not UTF-8 text.", USAGE)
    said = f"A mistake in VMMS stopped this command ({type(error).__name__}: {error})."
    return Complaint(f"{said} Set VMMS_DEBUG=1 to see where.", REFUSED)


def _from_usage(error: click.UsageError) -> click.ClickException:
    """Usage errors in one line; a group that was called with nothing shows its help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    path = error.ctx.command_path if error.ctx else "vmms"
    said = _usage_sentence(error)
    stop = "" if said.endswith((".", "?")) else "."
    return Complaint(one_line(f"{said}{stop} (`{path} --help` shows how.)"), USAGE)


def _usage_sentence(error: click.UsageError) -> str:
    if isinstance(error, click.MissingParameter) or not isinstance(error, click.BadParameter):
        return error.format_message()
    hint = error.param_hint or (error.param.get_error_hint(error.ctx) if error.param and error.ctx else "")
    name = (hint if isinstance(hint, str) else " or ".join(hint)).replace("'", "")
    return f"{name}: {error.message}" if name else error.message
