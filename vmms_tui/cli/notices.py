"""What people have to answer before something is taken from them: `vmms leases --mine`, `--brief`, `vmms notices`."""

import contextlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import click

from vmms_tui.cli.ask import ask, do, echo, look
from vmms_tui.cli.completing import complete_filter
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import fields, print_json, print_table
from vmms_tui.model.commands import Seen, TryChannels
from vmms_tui.model.errors import VmmsError
from vmms_tui.model.records import Lease, Notice
from vmms_tui.model.tables import Tables
from vmms_tui.screens.reminding import to_answer
from vmms_tui.screens.wording import ago, both

LAST_NOTICES = 3
"""How many notices are shown again that were delivered."""
BRIEF_PATIENCE = 2.0
"""Seconds that a login waits for an engine."""


def print_what_needs_an_answer(tables: Tables, me: str, now: datetime) -> list[Notice]:
    """Each with its times, what happens, and the command. Returns what was printed."""
    waiting = to_answer(tables, me)
    if waiting:
        click.echo("These need your answer:")
    for notice, lease in waiting:
        _print_one(notice, lease, now)
    return [notice for notice, _ in waiting]


def _print_one(notice: Notice, lease: Lease, now: datetime) -> None:
    ended = "ended" if lease.end <= now else "ends"
    echo(f"  {lease.id} ({lease.server_id}) {ended} {here_and_utc(lease.end)}, {ago(lease.end, now)}")
    at = lease.grace_until or notice.happens_at
    when = f"{here_and_utc(at)}, {ago(at, now)}" if at and at > now else "Some minutes after you have read this"
    echo(f"    {when}: {notice.happens}")
    keep = f"Keep it: {notice.command}" if notice.command else "It cannot be renewed any more: save your work."
    echo(f"    {keep}")


def here_and_utc(at: datetime) -> str:
    """An instant in the zone of whoever reads it, and in UTC: `2026-03-02 19:00 CET (18:00 UTC)`."""
    here, utc = at.astimezone(), at.astimezone(UTC)
    if here.utcoffset() == timedelta(0):
        return f"{utc:%Y-%m-%d %H:%M} UTC"
    other_day = f"{utc:%Y-%m-%d} " if here.date() != utc.date() else ""
    return f"{here:%Y-%m-%d %H:%M} {here.tzname()} ({other_day}{utc:%H:%M} UTC)"


def print_the_rest(notices: Sequence[Notice], now: datetime) -> None:
    """What else there was to tell."""
    if notices:
        click.echo("\nNotices to you:")
        for notice in notices:
            echo(f"{both(notice.at, now)}  {notice.text}")


def other_notices(tables: Tables, owner: str, shown: Sequence[Notice]) -> list[Notice]:
    """What an owner has not been told yet beside what was shown, or else the last they were told; the newest last."""
    known = {notice.id for notice in shown}
    own = [one for one in tables.all(Notice) if one.owner == owner and one.id not in known and not one.void]
    return [notice for notice in own if notice.delivered_at is None] or own[-LAST_NOTICES:]


def somebody_reads() -> bool:
    """Whether stdout is a terminal: what a script or a job swallows is no proof that anybody was told."""
    return sys.stdout.isatty()


def prove(options: Options, printed: Sequence[Notice]) -> None:
    """Tell the engine what its owner's shell has printed. What cannot be told now is told again the next time."""
    ids = tuple(notice.id for notice in printed if notice.open)
    if ids and somebody_reads():
        with contextlib.suppress(VmmsError):
            ask(options, lambda client: client.send(Seen(notice_ids=ids, by="shell")))


def brief(options: Options, me: str) -> int:
    """One line for whoever logs in, or none; never an error, and soon."""
    with contextlib.suppress(VmmsError, OSError):
        snapshot = look(options, "lease", "notice", mine=True, patience=BRIEF_PATIENCE)
        tables, now = Tables(snapshot.records), snapshot.status.now
        waiting = to_answer(tables, me)
        if options.json:
            print_json({"line": brief_line(waiting, now)})
        elif waiting:
            echo(brief_line(waiting, now))
            prove(options, [waiting[0][0]])
    return 0


def brief_line(waiting: Sequence[tuple[Notice, Lease]], now: datetime) -> str:
    """The most urgent, and how many more there are; empty: nothing needs an answer."""
    if not waiting:
        return ""
    notice, lease = waiting[0]
    end = f"{_day(lease.end, now)} {lease.end.astimezone():%H:%M %Z}"
    left = lease.end - now
    told = f"ends {end}, in {_words(left)}" if left > timedelta(0) else f"ended {end}, {_words(-left)} ago"
    more = f" ({len(waiting) - 1} more: vmms leases --mine)" if len(waiting) > 1 else ""
    answer = notice.command or "vmms leases --mine"
    return f"VMMS: {lease.id} ({lease.server_id}) {told}: {answer}{more}"


def _day(at: datetime, now: datetime) -> str:
    """`today`, `tomorrow`, or the date, where the reader is."""
    days = (at.astimezone().date() - now.astimezone().date()).days
    return {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days) or f"{at.astimezone():%Y-%m-%d}"


def _words(left: timedelta) -> str:
    """`3 h`, `25 min`, `2 d`: the greatest unit, never rounded up."""
    seconds = int(left.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= (2 * size if unit == "d" else size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


@click.command()
@click.option("--test", is_flag=True, help="Send a trial to your own channels; operators only.")
@click.option("--open", "only_open", is_flag=True, help="Only what has not reached its people yet.")
@click.option(
    "--filter",
    "words",
    default="",
    metavar="WORDS",
    shell_complete=complete_filter,
    help="Only those that this filter shows: `to:ada arrived:yet`.",
)
@engine_options
def notices(options: Options, test: bool, only_open: bool, words: str) -> int:
    """Notices about leases: to whom, and whether, when and how they arrived."""
    if test:
        return do(options, TryChannels())
    from vmms_tui.cli.filtering import fitting
    from vmms_tui.screens.columns_told import NOTICES

    snapshot = look(options, "notice")
    now = snapshot.status.now
    told = [one for one in Tables(snapshot.records).all(Notice) if one.open or not only_open]
    if words:
        fit = fitting(NOTICES, told, words, now)
        told = [one for one in told if one.id in fit]
    if options.json:
        print_json([fields(one) for one in told])
        return 0
    rows = [[column.text(one, now) for column in NOTICES] for one in told]
    none = "None of them fits the filter." if words else "There are no notices."
    print_table([column.title for column in NOTICES], rows, none)
    return 0
