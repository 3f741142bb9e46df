"""`vmms needs` and `vmms acknowledge`."""

from datetime import datetime

import click

from vmms_tui.cli.ask import do, look
from vmms_tui.cli.lists import only
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import fields, print_json, print_table
from vmms_tui.model.commands import Acknowledge, Unacknowledge
from vmms_tui.model.tables import Tables
from vmms_tui.screens.needs import NEEDS, NeedRow, need_rows, seen_words, sentence, step, subject
from vmms_tui.screens.wording import instant

KINDS = (
    *("pool", "server", "lease", "request", "operation", "notice", "acknowledgement", "host", "suspect"),
    *("illness", "incident", "move_queue"),
)
"""Records that needs are found in."""


@click.command()
@only
@engine_options
def needs(options: Options, words: str) -> int:
    """What waits for you: on call, all that the engine cannot mend by itself; else your own leases."""
    snapshot = look(options, *KINDS)
    now = snapshot.status.now
    rows = need_rows(Tables(snapshot.records), snapshot.status, snapshot.you, now)
    if words:
        from vmms_tui.cli import filtering

        fit = filtering.fitting(NEEDS, rows, words, now)
        rows = [row for row in rows if row.id in fit]
    if options.json:
        print_json([_fields(row, now) for row in rows])
        return 0
    titles = ("NEED", "SEVERITY", "WHAT", "SEEN BY", "NEXT")
    empty = "None of them fits the filter." if words else f"Nothing needs you, as of {instant(now)}."
    print_table(titles, [_cells(row, now) for row in rows], empty)
    return 0


def _cells(row: NeedRow, now: datetime) -> tuple[object, ...]:
    seen = seen_words(row.said, now) if row.said else ""
    return (row.id, row.need.severity.name, f"{subject(row)}: {sentence(row, now)}", seen, step(row).command)


def _fields(row: NeedRow, now: datetime) -> dict[str, object]:
    need, todo = row.need, step(row)
    return {
        "id": row.id,
        "severity": need.severity.name,
        "subject": subject(row),
        "text": sentence(row, now),
        "since": need.since,
        "due": need.due,
        "owner": need.owner,
        "next": todo.words,
        "command": todo.command,
        "acknowledged": fields(row.said) if row.said else None,
    }


@click.command()
@click.argument("need")
@click.option("--note", default="", metavar="TEXT", help="What all on call should know.")
@click.option("--undo", is_flag=True, help="Take it back: it waits again.")
@engine_options
def acknowledge(options: Options, need: str, note: str, undo: bool) -> int:
    """Say to all on call that somebody sees to NEED, until it is over. Operators only."""
    if undo and note:
        raise click.UsageError("With --undo there is no note to keep.")
    return do(options, Unacknowledge(need_id=need) if undo else Acknowledge(need_id=need, note=note))
