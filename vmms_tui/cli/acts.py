"""Commands that change a lease or a request. LEASE is a lease's id, or the name of its server."""

from datetime import timedelta

import click

from vmms_tui.cli.ask import do
from vmms_tui.cli.completing import Named
from vmms_tui.cli.options import Duration, Options, engine_options
from vmms_tui.cli.planned import carry_out, plan_options
from vmms_tui.model.commands import (
    CancelRequest,
    Freeze,
    RebootServer,
    RebuildServer,
    Release,
    ReloadSettings,
    Renew,
    ResetPassword,
    RevealPassword,
    Shorten,
    ShowQuota,
    StartServer,
    StopServer,
    TellOwner,
    Thaw,
)

_lease = click.argument("lease", type=Named("lease", "lease"))
_leases = click.argument("lease", nargs=-1, required=True, type=Named("lease", "lease"))


@click.command()
@click.argument("request", type=Named("request", "request"))
@plan_options
@engine_options
def cancel(options: Options, request: str, plan_only: bool, plan: str) -> int:
    """Take a queued request back."""
    return carry_out(options, [CancelRequest(request_id=request)], plan_only=plan_only, plan=plan)


# An unknown option is taken as an argument here, so that `renew LEASE -3h` is told what is wrong with its time.
@click.command(context_settings={"ignore_unknown_options": True})
@_leases
@click.argument("term", type=Duration(), metavar="TIME")
@plan_options
@engine_options
def renew(options: Options, lease: tuple[str, ...], term: timedelta, plan_only: bool, plan: str) -> int:
    """Add TIME (8h, 2d, 1d12h) to the end of a lease, or of several."""
    return carry_out(options, [Renew(lease_id=one, term=term) for one in lease], plan_only=plan_only, plan=plan)


@click.command(context_settings={"ignore_unknown_options": True})
@_lease
@click.argument("term", type=Duration(), metavar="TIME")
@plan_options
@engine_options
def shorten(options: Options, lease: str, term: timedelta, plan_only: bool, plan: str) -> int:
    """Take TIME off the end of a lease again."""
    return carry_out(options, [Shorten(lease_id=lease, term=term)], plan_only=plan_only, plan=plan)


@click.command()
@_leases
@plan_options
@engine_options
def release(options: Options, lease: tuple[str, ...], plan_only: bool, plan: str) -> int:
    """End a lease now, or several. Their servers are deleted with all that is on them."""
    return carry_out(options, [Release(lease_id=one) for one in lease], plan_only=plan_only, plan=plan)


@click.command()
@_leases
@plan_options
@engine_options
def stop(options: Options, lease: tuple[str, ...], plan_only: bool, plan: str) -> int:
    """Shut a lease's server off, or those of several."""
    return carry_out(options, [StopServer(lease_id=one) for one in lease], plan_only=plan_only, plan=plan)


@click.command()
@_leases
@plan_options
@engine_options
def start(options: Options, lease: tuple[str, ...], plan_only: bool, plan: str) -> int:
    """Start a lease's server, or those of several."""
    return carry_out(options, [StartServer(lease_id=one) for one in lease], plan_only=plan_only, plan=plan)


@click.command()
@_leases
@click.option("--hard", is_flag=True, help="Pull the plug instead of asking the server to reboot.")
@plan_options
@engine_options
def reboot(options: Options, lease: tuple[str, ...], hard: bool, plan_only: bool, plan: str) -> int:
    """Reboot a lease's server, or those of several."""
    commands = [RebootServer(lease_id=one, hard=hard) for one in lease]
    return carry_out(options, commands, plan_only=plan_only, plan=plan)


@click.command()
@_lease
@plan_options
@engine_options
def rebuild(options: Options, lease: str, plan_only: bool, plan: str) -> int:
    """Put the pool's image on a lease's server anew. Everything on its disk is lost."""
    return carry_out(options, [RebuildServer(lease_id=lease)], plan_only=plan_only, plan=plan)


@click.command()
@_lease
@click.option("--reset", is_flag=True, help="Make a new password first.")
@plan_options
@engine_options
def password(options: Options, lease: str, reset: bool, plan_only: bool, plan: str) -> int:
    """Show the first password of a lease's server, once, to its owner."""
    command = ResetPassword(lease_id=lease) if reset else RevealPassword(lease_id=lease)
    return carry_out(options, [command], plan_only=plan_only, plan=plan)


@click.command()
@_lease
@click.option("--how", default="", metavar="TEXT", help="How they were told: by telephone, say.")
@engine_options
def told(options: Options, lease: str, how: str) -> int:
    """State that the owner of a lease was told of its end, in some other way. Operators only."""
    return do(options, TellOwner(lease_id=lease, how=how))


@click.command()
@click.option("--of", default="", metavar="NAME", help="Of somebody else. For operators.")
@engine_options
def quota(options: Options, of: str) -> int:
    """Show how much you have of how much, and your projects."""
    return do(options, ShowQuota(of=of))


@click.command()
@engine_options
def reload(options: Options) -> int:
    """Let the engine read its settings file again now."""
    return do(options, ReloadSettings())


@click.command()
@click.argument("reason", nargs=-1, required=True, metavar="REASON")
@engine_options
def freeze(options: Options, reason: tuple[str, ...]) -> int:
    """Let the engine stop, delete and take back nothing of its own accord until `vmms thaw`. Operators only.

    Leases run on past their end. Requests, renewals, releases and builds go on.
    """
    return do(options, Freeze(reason=" ".join(reason)))


@click.command()
@engine_options
def thaw(options: Options) -> int:
    """Let stopping, deleting and taking back go on after `vmms freeze` or a jump of the clock. Operators only."""
    return do(options, Thaw())
