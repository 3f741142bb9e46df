"""Commands that change a lease or a request. LEASE is a lease's id, or the name of its server."""

from datetime import timedelta

import click

from vmms_tui.cli.ask import do
from vmms_tui.cli.options import Duration, Options, engine_options
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
    ShowQuota,
    StartServer,
    StopServer,
    TellOwner,
    Thaw,
)

_lease = click.argument("lease")


@click.command()
@click.argument("request")
@engine_options
def cancel(options: Options, request: str) -> int:
    """Take a queued request back."""
    return do(options, CancelRequest(request_id=request))


# An unknown option is taken as an argument here, so that `renew LEASE -3h` is told what is wrong with its time.
@click.command(context_settings={"ignore_unknown_options": True})
@_lease
@click.argument("term", type=Duration(), metavar="TIME")
@engine_options
def renew(options: Options, lease: str, term: timedelta) -> int:
    """Add TIME (8h, 2d, 1d12h) to the end of a lease."""
    return do(options, Renew(lease_id=lease, term=term))


@click.command()
@_lease
@engine_options
def release(options: Options, lease: str) -> int:
    """End a lease now. Its server is deleted with all that is on it."""
    return do(options, Release(lease_id=lease))


@click.command()
@_lease
@engine_options
def stop(options: Options, lease: str) -> int:
    """Shut a lease's server off."""
    return do(options, StopServer(lease_id=lease))


@click.command()
@_lease
@engine_options
def start(options: Options, lease: str) -> int:
    """Start a lease's server."""
    return do(options, StartServer(lease_id=lease))


@click.command()
@_lease
@click.option("--hard", is_flag=True, help="Pull the plug instead of asking the server to reboot.")
@engine_options
def reboot(options: Options, lease: str, hard: bool) -> int:
    """Reboot a lease's server."""
    return do(options, RebootServer(lease_id=lease, hard=hard))


@click.command()
@_lease
@engine_options
def rebuild(options: Options, lease: str) -> int:
    """Put the pool's image on a lease's server anew. Everything on its disk is lost."""
    return do(options, RebuildServer(lease_id=lease))


@click.command()
@_lease
@click.option("--reset", is_flag=True, help="Make a new password first.")
@engine_options
def password(options: Options, lease: str, reset: bool) -> int:
    """Show the first password of a lease's server, once, to its owner."""
    return do(options, ResetPassword(lease_id=lease) if reset else RevealPassword(lease_id=lease))


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
