"""`vmms heal`."""

import click

from vmms_tui.cli.completing import Named
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.planned import carry_out, plan_options
from vmms_tui.model.commands import AnyCommand, HealAll, HealServer


@click.command()
@click.argument("server", required=False, default="", type=Named("server", "lease"))
@click.option("--incident", is_flag=True, help="Let all ladders go on although many servers are ill at once.")
@plan_options
@engine_options
def heal(options: Options, server: str, incident: bool, plan_only: bool, plan: str) -> int:
    """Let a server that does not work be mended now, also where the engine waits for a person. Operators only.

    SERVER is a server, or its lease. `--plan-only` shows what comes next on its ladder.
    """
    if bool(server) is incident:
        raise click.UsageError("Name a server, or give --incident for all of them.")
    command: AnyCommand = HealAll() if incident else HealServer(lease_id=server)
    if incident and plan:
        raise click.UsageError("With --incident there is no plan to hold to.")
    return carry_out(options, [command], plan_only=plan_only, plan=plan)
