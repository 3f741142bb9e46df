"""`vmms drain`, `vmms undrain`, `vmms rebalance` and `vmms moves`: servers moved some at a time."""

from datetime import timedelta
from typing import Literal

import click

from vmms_tui.cli.ask import ask
from vmms_tui.cli.completing import Named
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.planned import carry_out, plan_options
from vmms_tui.client.remote import RemoteClient
from vmms_tui.model.commands import DrainHost, Rebalance, SteerMoves, UndrainHost
from vmms_tui.model.draining import Errand, MoveQueue, queue_id, summary, why_not

Act = Literal["pause", "resume", "stop"]
_limit = click.option("--limit", type=click.IntRange(1, 20), default=None, metavar="N", help="So many at a time (2).")
_pause = click.option("--pause", "act", flag_value="pause", help="Begin no more moves until it is resumed.")
_resume = click.option("--resume", "act", flag_value="resume", help="Let it go on, and try again what failed.")
_stop = click.option("--stop", "act", flag_value="stop", help="Begin no more moves for good.")


@click.command()
@click.argument("host", type=Named("host", "host"))
@click.option("--reason", default="", metavar="TEXT", help="Why; everybody reads it.")
@_limit
@click.option("--cold", is_flag=True, help="Move what is off, too.")
@_pause
@_resume
@_stop
@plan_options
@engine_options
def drain(
    options: Options,
    host: str,
    reason: str,
    limit: int | None,
    cold: bool,
    act: Act | None,
    plan_only: bool,
    plan: str,
) -> int:
    """Close HOST and move all of ours away, some at a time. Operators only.

    Said again while it goes on it changes the limit, and tries again what failed.
    """
    if act is not None:
        return _steer(options, queue_id(Errand.DRAIN, host), act)
    command = DrainHost(host=host, reason=reason, limit=limit or 0, cold=cold)
    return carry_out(options, [command], plan_only=plan_only, plan=plan)


@click.command()
@click.argument("host", type=Named("host", "host"))
@click.option("--bring-back", is_flag=True, help="Move those back that the drain moved away.")
@_limit
@_pause
@_resume
@_stop
@plan_options
@engine_options
def undrain(
    options: Options, host: str, bring_back: bool, limit: int | None, act: Act | None, plan_only: bool, plan: str
) -> int:
    """Open HOST again once nothing is left over on it. Operators only."""
    if act is not None:
        return _steer(options, queue_id(Errand.RETURN, host), act)
    command = UndrainHost(host=host, bring_back=bring_back, limit=limit or 0)
    return carry_out(options, [command], plan_only=plan_only, plan=plan)


@click.command()
@click.option("--threshold", type=click.IntRange(1, 99), default=20, metavar="PERCENT", show_default=True)
@click.option("--margin", type=click.IntRange(1, 99), default=2, metavar="PERCENT", show_default=True)
@click.option("--most", type=click.IntRange(1, 100), default=10, metavar="N", help="Moves in all (10).")
@click.option("--hold", type=click.IntRange(0, 720), default=6, metavar="HOURS", help="Leave what moved lately (6).")
@click.option("--important", is_flag=True, help="Move important servers, too.")
@_limit
@_pause
@_resume
@_stop
@plan_options
@engine_options
def rebalance(
    options: Options,
    threshold: int,
    margin: int,
    most: int,
    hold: int,
    important: bool,
    limit: int | None,
    act: Act | None,
    plan_only: bool,
    plan: str,
) -> int:
    """Even the RAM of the open hosts by moves: first with --plan-only, then with --plan ID. Operators only."""
    if act is not None:
        return _steer(options, queue_id(Errand.REBALANCE), act)
    command = Rebalance(
        threshold=threshold,
        margin=margin,
        most=most,
        hold=timedelta(hours=hold),
        important=important,
        important_from=_threshold(options),
        limit=limit or 0,
    )
    return carry_out(options, [command], plan_only=plan_only, plan=plan)


@click.command()
@engine_options
def moves(options: Options) -> int:
    """Show the queues of moves, and what could not go and why."""
    return ask(options, lambda client: _show(options, client))


async def _show(options: Options, client: RemoteClient) -> int:
    from vmms_tui.cli.output import fields, print_json, print_table

    queues = [one for one in (await client.snapshot(("move_queue",))).records if isinstance(one, MoveQueue)]
    if options.json:
        print_json([fields(one) for one in queues])
        return 0
    print_table(("QUEUE", "PHASE", "HOW"), [(one.id, one.phase.value, summary(one)) for one in queues], "No moves.")
    legs = [(leg, one) for one in queues if one.open for leg in one.legs]
    if legs:
        click.echo()
        rows = [
            (
                leg.server_id,
                leg.source,
                leg.to,
                leg.state.value,
                why_not(leg),
            )
            for leg, _ in legs
        ]
        print_table(("SERVER", "FROM", "TO", "STATE", "WHY"), rows, "")
    return 0


def _steer(options: Options, queue: str, act: Act) -> int:
    return carry_out(options, [SteerMoves(queue=queue, act=act)], plan_only=False, plan="")


def _threshold(options: Options) -> int:
    """From which importance on servers are important here."""
    found = [7]

    async def read(client: RemoteClient) -> int:
        found[0] = (await client.snapshot(("survey",))).status.importance_threshold
        return 0

    ask(options, read)
    return found[0]
