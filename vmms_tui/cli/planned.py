"""Changes with a plan: `--plan-only` shows what would happen, `--plan` carries it out if nothing has changed since."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from vmms_tui.cli.ask import ask, exit_code
from vmms_tui.cli.options import Options
from vmms_tui.client.remote import RemoteClient
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.plans import bulk_id, planned
from vmms_tui.model.records import changed
from vmms_tui.model.status import Snapshot
from vmms_tui.model.tables import Tables

if TYPE_CHECKING:
    from vmms_tui.screens.plans import Plan

KINDS = (
    "lease",
    "server",
    "request",
    "operation",
    "pool",
    "host",
    "survey",
    "illness",
    "incident",
    "move_queue",
    "suspect",
    "placing",
)
"""Records that a plan is made from."""
Change = Callable[..., Any]


def plan_options(command: Change) -> Change:
    """Give a command `--plan-only` and `--plan`."""
    only = click.option("--plan-only", is_flag=True, help="Show what would happen, and do nothing.")
    plan = click.option("--plan", default="", metavar="ID", help="Do it only if this plan still holds.")
    return only(plan(command))


def carry_out(options: Options, commands: Sequence[AnyCommand], *, plan_only: bool, plan: str) -> int:
    """Show the plan of some commands, or do them; the exit code."""
    if plan_only:
        return ask(options, lambda client: _show(options, client, commands))
    return ask(options, lambda client: _do(options, client, commands, plan))


async def _do(options: Options, client: RemoteClient, commands: Sequence[AnyCommand], plan: str) -> int:
    from vmms_tui.cli.output import fields, print_json, tell

    wanted = list(commands)
    if plan and len(wanted) > 1:
        tables = Tables((await client.snapshot(KINDS)).records)
        wanted = [planned(one, tables) for one in commands]
        if (now := bulk_id([getattr(one, "plan", "") for one in wanted])) != plan:
            text = f"Plan {plan} does not hold any more: something changed, or these are other things ({now})."
            return tell(options, _changed(text))
    elif plan:
        wanted = [changed(one, plan=plan) for one in commands]
    replies = [await client.send(one) for one in wanted]
    if len(replies) == 1:
        return tell(options, replies[0])
    if options.json:
        print_json([fields(reply) for reply in replies])
        return max(map(exit_code, replies))
    return max([tell(options, reply) for reply in replies])


def _changed(text: str) -> Reply:
    return Reply(code="refused", rule="plan_changed", text=text, remedy="Look at it again with --plan-only.")


async def _show(options: Options, client: RemoteClient, commands: Sequence[AnyCommand]) -> int:
    from vmms_tui.cli.output import tell

    snapshot = await client.snapshot(KINDS)
    plan = _plan(commands, snapshot)
    if plan is None:
        return tell(options, Reply(code="refused", rule="unknown", text="There is nothing with that id."))
    plan, read_at = await _read(client, commands, plan)
    _print(options, plan, read_at)
    return 1 if plan.blocked else 0


async def _read(client: RemoteClient, commands: Sequence[AnyCommand], plan: "Plan") -> tuple["Plan", datetime | None]:
    """The plan from what the cloud says now, and when it said it."""
    from vmms_tui.model.commands import ReadServers
    from vmms_tui.screens.plans import Reading, read_live

    if not plan.server_ids:
        return plan, None
    reply = await client.send(ReadServers(server_ids=plan.server_ids))
    snapshot = await client.snapshot(KINDS)
    again = _plan(commands, snapshot) or plan
    return read_live(again, Reading.of(reply), snapshot.status.now), reply.read_at if reply.ok else None


def _plan(commands: Sequence[AnyCommand], snapshot: Snapshot) -> "Plan | None":
    from vmms_tui.screens.plans import plan_of

    plan = plan_of(commands, Tables(snapshot.records), snapshot.you, snapshot.status.now, status=snapshot.status)
    return plan if plan is not None and len(plan.parts) == len(commands) else None


def _print(options: Options, plan: "Plan", read_at: datetime | None) -> None:
    from vmms_tui.cli.output import print_facts, print_json, print_table

    if options.json:
        print_json(_as_data(plan, read_at))
        return
    print_facts(
        [("plan", plan.id), ("does", plan.title), ("read live", read_at and f"{read_at:%Y-%m-%d %H:%M:%S} UTC")]
    )
    click.echo()
    print_table(("WHAT WILL HAPPEN", "CAN IT BE UNDONE?"), [(one.what, one.undone) for one in plan.effects], "")
    click.echo()
    checks = [(one.mark, " ".join(part for part in (one.text, one.remedy) if part)) for one in plan.folded]
    print_table(("CHECK", ""), checks, "")
    click.echo()
    print_facts([("do it", line) for line in plan.command_lines])


def _as_data(plan: "Plan", read_at: datetime | None) -> dict[str, object]:
    return {
        "plan": plan.id,
        "title": plan.title,
        "blocked": plan.blocked,
        "effects": [{"what": one.what, "undone": one.undone} for one in plan.effects],
        "checks": [{"mark": one.mark, "text": one.text, "remedy": one.remedy} for one in plan.checks],
        "commands": plan.command_lines,
        "read_at": read_at,
    }
