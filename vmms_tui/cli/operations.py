"""`vmms operations`, and what can be done with one: pause, resume, abort, retry."""

from datetime import datetime

import click

from vmms_tui.cli.ask import look
from vmms_tui.cli.lists import only
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.planned import carry_out, plan_options
from vmms_tui.model.commands import AbortOperation, ForceOperation, PauseOperation, ResumeOperation, RetryOperation
from vmms_tui.model.progress import eta, is_live, place, rate, share, steps_of, worth_showing
from vmms_tui.model.records import Operation
from vmms_tui.model.tables import Tables

_operations = click.argument("operation", nargs=-1, required=True)


@click.command()
@click.option("--all", "ended", is_flag=True, help="Also those that ended long ago and are still remembered.")
@only
@engine_options
def operations(options: Options, ended: bool, words: str) -> int:
    """What the engine does just now, and what it did lately."""
    from vmms_tui.cli import filtering
    from vmms_tui.cli.output import fields, print_json, print_table
    from vmms_tui.screens import operation_rows as shown

    snapshot = look(options, "operation")
    now = snapshot.status.now
    rows = [
        shown.OperationRow(one) for one in Tables(snapshot.records).all(Operation) if ended or worth_showing(one, now)
    ]
    if words:
        fit = filtering.operations(words, rows, now)
        rows = [row for row in rows if row.id in fit]
    found = [row.operation for row in shown.in_order(rows)]
    if options.json:
        print_json([fields(one) | _progress(one, now) for one in found])
        return 0
    titles = ("ID", "WHAT", "OBJECT", "STEP", "DONE", "RATE", "ETA", "BY", "STATE", "NOTE")
    lines = [
        (
            *(one.id, one.kind.replace("_", " "), one.server_id, shown.step_text(one)),
            *(f"{int(share(one, now) * 100)}%", shown.rate_text(one, now), shown.eta_text(one, now)),
            *(one.actor, shown.state_of(one)[0], shown.note_of(one)),
        )
        for one in found
    ]
    empty = "None of them fits the filter." if words else "Nothing is under way, and nothing was in the last hour."
    print_table(titles, lines, empty)
    return 0


def _progress(operation: Operation, now: datetime) -> dict[str, object]:
    at, of = place(operation)
    where = {"step_number": at, "steps": steps_of(operation.kind), "step_count": of, "live": is_live(operation)}
    return where | {"share": share(operation, now), "rate": rate(operation, now), "eta": eta(operation, now)}


@click.command()
@_operations
@plan_options
@engine_options
def pause(options: Options, operation: tuple[str, ...], plan_only: bool, plan: str) -> int:
    """Let an operation, or several, stand still before the next step. Operators only."""
    commands = [PauseOperation(operation_id=one) for one in operation]
    return carry_out(options, commands, plan_only=plan_only, plan=plan)


@click.command()
@_operations
@plan_options
@engine_options
def resume(options: Options, operation: tuple[str, ...], plan_only: bool, plan: str) -> int:
    """Let a paused operation go on, or several. Operators only."""
    commands = [ResumeOperation(operation_id=one) for one in operation]
    return carry_out(options, commands, plan_only=plan_only, plan=plan)


@click.command()
@_operations
@plan_options
@engine_options
def abort(options: Options, operation: tuple[str, ...], plan_only: bool, plan: str) -> int:
    """End an operation, or several, before it is done, where nothing is left half done by it."""
    commands = [AbortOperation(operation_id=one) for one in operation]
    return carry_out(options, commands, plan_only=plan_only, plan=plan)


@click.command("force-complete")
@_operations
@plan_options
@engine_options
def force_complete(options: Options, operation: tuple[str, ...], plan_only: bool, plan: str) -> int:
    """Let a live move, or several, end now: the server stands still until the rest is copied. Operators only."""
    commands = [ForceOperation(operation_id=one) for one in operation]
    return carry_out(options, commands, plan_only=plan_only, plan=plan)


@click.command()
@_operations
@plan_options
@engine_options
def retry(options: Options, operation: tuple[str, ...], plan_only: bool, plan: str) -> int:
    """Begin anew an operation that failed, or several."""
    commands = [RetryOperation(operation_id=one) for one in operation]
    return carry_out(options, commands, plan_only=plan_only, plan=plan)
