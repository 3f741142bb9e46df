"""`vmms watch`: what changes, a line for each, for screen readers, logs and `less`."""

import asyncio
import time
from contextlib import aclosing
from typing import Any

import click

from vmms_tui.cli.ask import ask
from vmms_tui.cli.complaints import one_line, say
from vmms_tui.cli.lists import only
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import json_line
from vmms_tui.client.remote import RemoteClient
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.status import Reading

FIRST_WAIT, LONGEST_WAIT = 0.5, 5.0
"""Seconds between two attempts to come back to an engine that went away."""


@click.command()
@click.argument("what", type=click.Choice(["leases", "pools", "events", "operations"]), metavar="WHAT")
@only
@engine_options
def watch(options: Options, what: str, words: str) -> int:
    """What changes from now on, a line for each change, until ctrl-c."""
    from vmms_tui.cli.watching import KINDS, Watch
    from vmms_tui.widgets.filtering import parse

    kind = KINDS[what]
    if problem := parse(words, {column.key: column.kind for column in kind.columns}).problem:
        raise click.BadParameter(problem, param_hint="'--filter'")
    try:
        ask(options, lambda client: _follow(client, Watch(kind, words), what, as_json=options.json))
    except KeyboardInterrupt:
        return 0  # that is how it ends
    return 0


async def _follow(client: RemoteClient, watch: Any, what: str, *, as_json: bool) -> None:
    """Print what changes for as long as we are let; an engine that goes away is waited for."""
    from vmms_tui.screens.mirror import Mirror
    from vmms_tui.screens.wording import count

    mirror, wait = Mirror(time.monotonic), FIRST_WAIT
    while True:
        try:
            async with aclosing(client.follow()) as stream:
                async for news in stream:
                    if isinstance(news, Reading):
                        continue
                    known, delta = mirror.status is not None, mirror.take(news)
                    if not known:
                        watch.begin(mirror.tables, mirror.now)
                        say(f"{count(watch.count, what[:-1])} now; each change is a line, ctrl-c ends.")
                        continue
                    if wait > FIRST_WAIT:
                        wait = FIRST_WAIT
                        say("The engine is back.")
                    for change in watch.take(mirror.tables, delta, mirror.now):
                        click.echo(json_line(change) if as_json else change.line())
            why = "It has closed the line."
        except TryAgain as away:
            if mirror.status is None:
                raise
            why = str(away)
        if wait == FIRST_WAIT:
            say(one_line(f"The engine is away; waiting for it. {why}"))
        await asyncio.sleep(wait)
        wait = min(LONGEST_WAIT, wait * 2)
