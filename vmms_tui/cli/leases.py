"""What the owner of a lease does to it."""

import sys
from datetime import timedelta

import click

from vmms_tui.cli.asking import carry_out
from vmms_tui.cli.call import Call, common, pass_call
from vmms_tui.cli.kinds import Length
from vmms_tui.model.commands import (
    AnyCommand,
    RebootServer,
    RebuildServer,
    Release,
    Renew,
    ResetPassword,
    RevealPassword,
    StartServer,
    StopServer,
)

lease_argument = click.argument("lease", metavar="LEASE")
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask first.")


def _sure(question: str, *, yes: bool) -> None:
    """Ask a person at a terminal before something is lost; a script has decided already."""
    if not yes and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)


@click.command(context_settings={"ignore_unknown_options": True})
@lease_argument
@click.argument("time", type=Length(), metavar="TIME")
@common
@pass_call
def renew(call: Call, lease: str, time: timedelta) -> None:
    """Add TIME (8h, 2d, 1d12h) to the end of a lease.

    LEASE is the id of a lease or of its server.
    """
    carry_out(call, Renew(lease_id=lease, term=time))


@click.command()
@lease_argument
@yes_option
@common
@pass_call
def release(call: Call, lease: str, yes: bool) -> None:
    """End a lease now; its server is deleted."""
    _sure(f"Release {lease}? Its server is deleted with everything on it.", yes=yes)
    carry_out(call, Release(lease_id=lease))


@click.command()
@lease_argument
@common
@pass_call
def stop(call: Call, lease: str) -> None:
    """Shut the server of a lease off. The lease goes on."""
    carry_out(call, StopServer(lease_id=lease))


@click.command()
@lease_argument
@common
@pass_call
def start(call: Call, lease: str) -> None:
    """Start the server of a lease again."""
    carry_out(call, StartServer(lease_id=lease))


@click.command()
@lease_argument
@click.option("--hard", is_flag=True, help="Pull the plug, instead of asking the operating system.")
@common
@pass_call
def reboot(call: Call, lease: str, hard: bool) -> None:
    """Reboot the server of a lease."""
    carry_out(call, RebootServer(lease_id=lease, hard=hard))


@click.command()
@lease_argument
@yes_option
@common
@pass_call
def rebuild(call: Call, lease: str, yes: bool) -> None:
    """Put the image on the server of a lease anew. Everything on its disk is lost."""
    _sure(f"Rebuild {lease}? Everything on its disk is lost.", yes=yes)
    carry_out(call, RebuildServer(lease_id=lease))


@click.command()
@lease_argument
@click.option("--reset", is_flag=True, help="Set a new password first.")
@common
@pass_call
def password(call: Call, lease: str, reset: bool) -> None:
    """Show the password of a server, once, to its owner."""
    command: AnyCommand = ResetPassword(lease_id=lease) if reset else RevealPassword(lease_id=lease)
    carry_out(call, command)
