"""Asks the running engine."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from vmms_tui.cli.absent import why_nobody
from vmms_tui.cli.options import Options
from vmms_tui.client.remote import PATIENCE, RemoteClient
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.status import Snapshot

T = TypeVar("T")


def ask(options: Options, act: Callable[[RemoteClient], Awaitable[T]], *, patience: float = PATIENCE) -> T:
    """Do something with the engine, which gets `patience` seconds; with `--start`, one is started if none runs.

    Raises:
        TryAgain: no engine answers here.
    """
    if options.start:
        from vmms_tui.cli.background import ensure_engine

        ensure_engine(options)

    async def work() -> T:
        client = options.remote("command", patience=patience)
        try:
            return await act(client)
        except TryAgain as away:
            raise why_nobody(options) or away from None
        finally:
            await client.close()

    return asyncio.run(work())


def look(options: Options, *kinds: str, mine: bool = False, patience: float = PATIENCE) -> Snapshot:
    """The records of some kinds, all of them or our own, and the engine's status."""
    return ask(options, lambda client: client.snapshot(kinds, mine=mine), patience=patience)


def do(options: Options, command: AnyCommand) -> int:
    """Let the engine do it, tell the answer; the exit code."""
    from vmms_tui.cli.output import tell

    return tell(options, ask(options, lambda client: client.send(command)))


def exit_code(reply: Reply) -> int:
    """0 for what was done or taken on, 3 for what may go later, 1 for everything else."""
    if reply.ok:
        return 0
    return 3 if reply.code == "try_again" else 1


def fail(reply: Reply) -> None:
    """Say why not, on stderr."""
    from vmms_tui.cli.complaints import one_line, say

    if not reply.ok:
        say(one_line(f"{reply.text} {reply.remedy}".strip()))


def echo(text: str) -> None:
    """Text from the engine, safe to draw."""
    from vmms_tui.widgets.text import plain_lines

    for line in plain_lines(text):
        click.echo(line)
