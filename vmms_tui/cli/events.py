"""`vmms events`: what happened, from the engine's archive."""

from collections.abc import Iterable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from vmms_tui.cli.ask import ask
from vmms_tui.cli.complaints import REFUSED, say
from vmms_tui.cli.lists import only
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import Columns, JsonList, fields
from vmms_tui.client.remote import RemoteClient
from vmms_tui.model.audit import EventPage, EventQuery
from vmms_tui.model.durations import parse_duration
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import Event, Level
from vmms_tui.screens.wording import both

DEFAULT_SINCE = timedelta(days=1)
TITLES = ("AT", "LEVEL", "WHO", "WHAT", "ABOUT", "RESULT", "TEXT")
LONG_TITLES = ("AT", "LEVEL", "WHO", "FROM", "WHAT", "ABOUT", "RESULT", "WHY", "TEXT")


class Instant(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.5
    """A length of time back from now, or an instant; UTC where it names no zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta | datetime:
        """As a timedelta or an aware datetime."""
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            try:
                return parse_duration(value)
            except Refused:
                said = f"{value!r} is neither a length of time (2h, 1d) nor an instant (2026-03-02T12:00Z)."
                self.fail(said, param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=UTC)


@click.command()
@click.option("--since", type=Instant(), metavar="TIME", help="For the last 2h, or since an instant; 1d unless said.")
@click.option("--until", type=Instant(), metavar="TIME", help="Up to 2h ago, or to an instant.")
@click.option("--who", default="", metavar="NAME", help="Only what this person did; `engine` for what it did itself.")
@click.option("--what", default="", metavar="KIND", help="Only of this kind: `lease.` for all about leases.")
@click.option("--about", default="", metavar="NAME", help="Only about this server, lease, request, pool or owner.")
@click.option("--level", type=click.Choice([level.value for level in Level]), default="info", help="At least so loud.")
@click.option("--last", type=click.IntRange(1), metavar="NUMBER", help="Only the last so many, however long ago.")
@only
@click.option("--long", is_flag=True, help="With whence it came and why.")
@engine_options
def events(
    options: Options,
    since: timedelta | datetime | None,
    until: timedelta | datetime | None,
    who: str,
    what: str,
    about: str,
    level: str,
    last: int | None,
    words: str,
    long: bool,
) -> int:
    """What happened: when, who, from where, what, why, and the result; the oldest first."""
    if since is None and last is None:
        since = DEFAULT_SINCE
    query = EventQuery(
        since=since if isinstance(since, datetime) else None,
        since_ago=since if isinstance(since, timedelta) else None,
        until=until if isinstance(until, datetime) else None,
        until_ago=until if isinstance(until, timedelta) else None,
        actor=who,
        kind=what,
        about=about,
        level=Level(level),
        newest_first=last is not None,
    )
    paper = _Json() if options.json else _Table(long)
    remarks = ask(options, lambda client: _print(client, query, last, paper, words))
    for remark in remarks:
        say(remark)
    return REFUSED if remarks else 0


async def _print(
    client: RemoteClient, query: EventQuery, last: int | None, paper: "_Json | _Table", words: str
) -> list[str]:
    """Print pages as they come, or the last events when they are known. Returns what could not be read."""
    remarks: list[str] = []
    kept: list[Event] = []
    page: EventPage | None = None
    async with aclosing(client.events(query)) as pages:
        async for page in pages:
            remarks += page.remarks
            shown = _fitting(page, words)
            if last is None:
                paper.add(shown)
            elif len(kept := kept + shown) >= last:
                break
    paper.add(reversed(kept[:last]))
    if page is not None:
        paper.end(page)
    return remarks


def _fitting(page: EventPage, words: str) -> list[Event]:
    """The events of a page that a filter shows. Raises BadParameter for one that nobody understands."""
    if not words:
        return list(page.events)
    from vmms_tui.cli import filtering

    fit = filtering.events(words, page.events, page.now)
    return [event for event in page.events if event.id in fit]


class _Json:
    def __init__(self) -> None:
        self._list = JsonList()

    def add(self, events: Iterable[Event]) -> None:
        self._list.add(fields(event) for event in events)

    def end(self, _page: EventPage) -> None:
        self._list.end()


class _Table:
    def __init__(self, long: bool) -> None:
        self._long = long
        self._columns = Columns(LONG_TITLES if long else TITLES)

    def add(self, events: Iterable[Event]) -> None:
        self._columns.add(_row(event, self._long) for event in events)

    def end(self, page: EventPage) -> None:
        if self._columns.empty:
            when = f" since {both(page.since, page.now)}" if page.since else ""
            click.echo(f"Nothing of the kind has happened{when}.")


def _row(event: Event, long: bool) -> tuple[object, ...]:
    about = event.server_id or event.lease_id or event.request_id or event.host or event.pool
    origin, why = ((event.origin,), (event.reason,)) if long else ((), ())
    at = f"{event.at:%Y-%m-%d %H:%M:%S}Z"
    return (at, event.level, event.actor, *origin, event.kind, about, event.result, *why, event.text)
