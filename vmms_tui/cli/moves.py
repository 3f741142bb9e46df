"""`vmms migrate`: servers to other hosts."""

import click

from vmms_tui.cli.completing import Named
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.planned import carry_out, plan_options
from vmms_tui.model.commands import MigrateServer


@click.command()
@click.argument("server", nargs=-1, required=True, type=Named("server", "server"))
@click.option("--to", "host", default="", metavar="HOST", help="Where to; without it the scheduler chooses.")
@click.option("--cold", is_flag=True, help="Shut it down for the way; the only way for a server that is off.")
@plan_options
@engine_options
def migrate(options: Options, server: tuple[str, ...], host: str, cold: bool, plan_only: bool, plan: str) -> int:
    """Move a server, or several, to another host while it runs. Operators only."""
    commands = [MigrateServer(server_id=one, host=host, cold=cold) for one in server]
    return carry_out(options, commands, plan_only=plan_only, plan=plan)
