"""What is done to compute hosts: `vmms disable`, `vmms enable`, `vmms evacuate` and `vmms power-off`."""

from collections.abc import Sequence

import click

from vmms_tui.cli.completing import Named
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.planned import carry_out, plan_options
from vmms_tui.model.commands import DisableHost, EnableHost, EvacuateHost, PowerOffHost

_host = click.argument("host", type=Named("host", "host"))


@click.command()
@_host
@click.argument("reason", nargs=-1, required=True, metavar="REASON")
@plan_options
@engine_options
def disable(options: Options, host: str, reason: Sequence[str], plan_only: bool, plan: str) -> int:
    """Let no new server come to HOST; those that are there stay and run on. Operators only."""
    return carry_out(options, [DisableHost(host=host, reason=" ".join(reason))], plan_only=plan_only, plan=plan)


@click.command()
@_host
@plan_options
@engine_options
def enable(options: Options, host: str, plan_only: bool, plan: str) -> int:
    """Let new servers come to HOST again. Operators only."""
    return carry_out(options, [EnableHost(host=host)], plan_only=plan_only, plan=plan)


@click.command()
@_host
@click.option("--sworn", default="", metavar="TEXT", help="How you know that nothing runs on it any more.")
@click.option("--despite-share", is_flag=True, help="Although more hosts are down at once than hosts.share allows.")
@click.option("--despite-others", is_flag=True, help="Although as many are being rescued as hosts.at_once allows.")
@plan_options
@engine_options
def evacuate(
    options: Options, host: str, sworn: str, despite_share: bool, despite_others: bool, plan_only: bool, plan: str
) -> int:
    """Build the lent servers of HOST, which is dead, anew elsewhere, with their names and addresses. Operators only.

    The cloud must say that it is down, and you must swear to it: a server that runs on two hosts at once destroys its
    disk.
    """
    command = EvacuateHost(host=host, sworn=sworn, despite_share=despite_share, despite_others=despite_others)
    return carry_out(options, [command], plan_only=plan_only, plan=plan)


@click.command("power-off")
@_host
@click.option("--reason", default="", metavar="TEXT", help="Why; else as it says why the host is closed.")
@plan_options
@engine_options
def power_off(options: Options, host: str, reason: str, plan_only: bool, plan: str) -> int:
    """Take the power of HOST, which is closed and empty, by the fence command of the settings. Operators only."""
    return carry_out(options, [PowerOffHost(host=host, reason=reason)], plan_only=plan_only, plan=plan)
