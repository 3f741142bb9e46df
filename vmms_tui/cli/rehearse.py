"""What is only rehearsed: `vmms rehearse host-down`."""

import click

from vmms_tui.cli.ask import ask, exit_code, fail
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import fields, print_json
from vmms_tui.model.commands import RehearseHostDown


@click.group()
def rehearse() -> None:
    """See what would happen, in a simulated cloud that is made from what the engine knows now."""


@rehearse.command("host-down")
@click.argument("host")
@engine_options
def host_down(options: Options, host: str) -> int:
    """See what would happen if HOST died now: who would go where, what would not fit, and how long it takes.

    Nothing is done, and nobody is told. Operators and viewers only. Exit code 1: not all would come through.
    """
    from vmms_tui.screens.paragraphs import text_of
    from vmms_tui.screens.rehearsing import page

    reply = ask(options, lambda client: client.send(RehearseHostDown(host=host)))
    told = reply.rehearsal
    if told is None:
        fail(reply)
        return exit_code(reply)
    if options.json:
        print_json(fields(told))
    else:
        for paragraph in page(told):
            click.echo(text_of(paragraph).rstrip())
    return 1 if told.left_over else 0
