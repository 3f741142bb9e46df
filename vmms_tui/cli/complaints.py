"""Errors as people and scripts get them: one sentence on stderr, an exit code, never a traceback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from vmms_tui.cli.call import Call
from vmms_tui.model.commands import Reply
from vmms_tui.model.errors import Refused, TryAgain, VmmsError

REFUSED = 1
"""Exit code of what was refused or has failed."""
USAGE = 2
"""Exit code of a command line that says nothing that could be done."""
TRY_AGAIN = 3
"""Exit code of what may work later: no engine, a busy cloud, a request that still waits."""
LONGEST = 20_000
"""Characters of a line on stderr; what comes from outside may be long."""

_EXIT_CODES = {"ok": 0, "queued": 0, "try_again": TRY_AGAIN}


class Complaint(click.ClickException):
    """Shown on stderr as it is; `reply` is what `--json` prints beside."""

    def __init__(self, message: str, exit_code: int, reply: Reply | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.reply = reply

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it to stderr, made safe for a terminal."""
        from vmms_tui.widgets.text import plain

        for line in self.message.split("\n"):
            click.echo(plain(line, LONGEST), file=file, err=True)


def exit_code(reply: Reply) -> int:
    """What a reply means to a shell."""
    return _EXIT_CODES.get(reply.code, REFUSED)


def from_reply(reply: Reply) -> Complaint:
    """An answer that was no."""
    return Complaint(f"{reply.text} {reply.remedy}".strip(), exit_code(reply), reply)


@contextmanager
def plainly(context: click.Context | None = None) -> Iterator[None]:
    """Turn every error into a Complaint. VMMS_DEBUG=1 lets errors through with their traceback."""
    try:
        yield
    except (click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except click.ClickException as error:
        raise _from_click(error, context) from error
    except Exception as error:  # the last line before the user: whatever it is, they get a sentence
        if os.environ.get("VMMS_DEBUG") == "1":
            raise
        complaint = _from_error(error) if isinstance(error, VmmsError) else _mistake(error)
        raise _shown(complaint, context) from error


def _shown(complaint: Complaint, context: click.Context | None) -> Complaint:
    """Print the reply for scripts, once."""
    call = context.find_object(Call) if context else None
    if call is not None and call.json and complaint.reply is not None:
        from vmms_tui.cli.output import print_json

        print_json(complaint.reply)
        complaint.reply = None
    return complaint


def _from_error(error: VmmsError) -> Complaint:
    code = "try_again" if isinstance(error, TryAgain) else "refused" if isinstance(error, Refused) else "failed"
    rule = error.rule if isinstance(error, Refused) else ""
    reply = Reply(code=code, text=error.message, remedy=error.remedy, rule=rule)
    return from_reply(reply)


def _from_click(error: click.ClickException, context: click.Context | None) -> click.ClickException:
    """Usage errors in one line; a group that was called with nothing shows its help."""
    if isinstance(error, Complaint):
        return _shown(error, context)
    if not isinstance(error, click.UsageError) or isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    path = error.ctx.command_path if error.ctx else "vmms"
    return Complaint(f"{_usage_sentence(error)} (`{path} --help` shows how.)", USAGE)


def _usage_sentence(error: click.UsageError) -> str:
    if isinstance(error, click.MissingParameter) or not isinstance(error, click.BadParameter):
        return error.format_message()
    hint = error.param_hint or (error.param.get_error_hint(error.ctx) if error.param and error.ctx else "")
    return f"{hint}: {error.message}".replace("'", "", 2) if isinstance(hint, str) and hint else error.message


def _mistake(error: Exception) -> Complaint:
    said = f"A mistake in VMMS stopped this command ({type(error).__name__}: {error})."
    return from_reply(Reply(code="failed", text=said, remedy="Set VMMS_DEBUG=1 to see where."))
