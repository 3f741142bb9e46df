"""Asks the engine: a client for as long as one command needs it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from vmms_tui.cli.call import Call
from vmms_tui.cli.complaints import from_reply
from vmms_tui.model.commands import AnyCommand, Reply

if TYPE_CHECKING:
    from vmms_tui.client.remote import RemoteClient

T = TypeVar("T")


def ask(call: Call, work: Callable[["RemoteClient"], Awaitable[T]]) -> T:
    """What `work` gets from the running engine; `--start` starts one first.

    Raises:
        TryAgain: no engine answers.
    """
    return asyncio.run(_ask(call, work))


async def _ask(call: Call, work: Callable[["RemoteClient"], Awaitable[T]]) -> T:
    from vmms_tui.client.remote import RemoteClient

    if call.start:
        from vmms_tui.cli.background import ensure_engine

        await ensure_engine(call)
    client = RemoteClient(call.paths().socket)
    try:
        return await work(client)
    finally:
        await client.close()


def carry_out(call: Call, command: AnyCommand) -> None:
    """Send a command and say what came of it. Raises Complaint when the answer is no."""
    tell(call, ask(call, lambda client: client.send(command)))


def tell(call: Call, reply: Reply) -> None:
    """Print a reply: the sentence, and a password alone on its line, on stdout; the sentence beside it on stderr."""
    from vmms_tui.cli.output import print_json, print_line

    if not reply.ok:
        raise from_reply(reply)
    if call.json:
        print_json(reply)
    elif reply.password:
        click.echo(reply.text, err=True)
        click.echo(reply.password)
    else:
        print_line(reply.text or "Done.")
