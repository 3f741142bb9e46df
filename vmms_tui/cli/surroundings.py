"""`vmms hosts`, `volumes`, `networks` and `images`: what the cloud tells, as the screens show it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from vmms_tui.cli.ask import ask, exit_code, fail, look
from vmms_tui.cli.filtering import fitting
from vmms_tui.cli.lists import only
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import fields, print_json, print_table
from vmms_tui.model.commands import Refresh
from vmms_tui.model.status import Snapshot
from vmms_tui.model.surroundings import Kind
from vmms_tui.model.tables import Tables
from vmms_tui.screens.columns_cloud import HOSTS, IMAGES, NETWORKS, VOLUMES
from vmms_tui.screens.rows import RowT
from vmms_tui.screens.rows_cloud import addresses_in, host_rows, image_rows, network_rows, volume_rows
from vmms_tui.screens.surveys import age_words, problem_words, survey_of, why_none
from vmms_tui.widgets.column import Column

fresh_option = click.option("--look", "fresh", is_flag=True, help="Let the engine read it from the cloud now.")


@click.command()
@fresh_option
@only
@engine_options
def hosts(options: Options, words: str, fresh: bool) -> int:
    """The compute hosts: which is down or closed, how full each is, and how many of its servers are ours."""
    code, snapshot = _look(options, Kind.HOSTS, fresh, "host", "server", "suspect", "move_queue")
    rows = host_rows(Tables(snapshot.records))
    told = _Told(options, snapshot, Kind.HOSTS, words, "The cloud has no compute host.")
    return code or told.tell(
        HOSTS,
        rows,
        lambda row: (
            fields(row.host)
            | {
                "ours": row.ours,
                "load": row.load,
                "judged": fields(row.suspect) if row.suspect else None,
                "moves": fields(row.queue) if row.queue else None,
            }
        ),
    )


@click.command()
@fresh_option
@only
@engine_options
def volumes(options: Options, words: str, fresh: bool) -> int:
    """The volumes of the projects in use, and what holds them."""
    code, snapshot = _look(options, Kind.VOLUMES, fresh, "volume")
    rows = volume_rows(Tables(snapshot.records))
    told = _Told(options, snapshot, Kind.VOLUMES, words, "There is no volume in the projects in use.")
    return code or told.tell(VOLUMES, rows, lambda row: fields(row.volume))


@click.command()
@fresh_option
@only
@engine_options
def networks(options: Options, words: str, fresh: bool) -> int:
    """The networks and how many addresses they have left. `--filter 10.20.4.12` shows the one that holds it."""
    code, snapshot = _look(options, Kind.NETWORKS, fresh, "network", "server")
    rows = network_rows(Tables(snapshot.records), addresses_in(words))
    told = _Told(options, snapshot, Kind.NETWORKS, words, "There is no network that we may see.")
    return code or told.tell(
        NETWORKS, rows, lambda row: fields(row.network) | {"ours": sorted({server for server, _ in row.ours})}
    )


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also those that no pool boots from.")
@fresh_option
@only
@engine_options
def images(options: Options, words: str, fresh: bool, everything: bool) -> int:
    """The images that pools boot from."""
    code, snapshot = _look(options, Kind.IMAGES, fresh, "image", "pool")
    rows = image_rows(Tables(snapshot.records), everything=everything)
    told = _Told(options, snapshot, Kind.IMAGES, words, "No pool boots from any image yet.")
    return code or told.tell(IMAGES, rows, lambda row: fields(row.image) | {"pools": row.pools, "missing": row.missing})


def _look(options: Options, kind: Kind, fresh: bool, *records: str) -> tuple[int, Snapshot]:
    """What is known, read anew before if it is asked for; a code that is not 0 when that was refused."""
    code = 0
    if fresh:
        reply = ask(options, lambda client: client.send(Refresh(kind=kind)))
        fail(reply)
        code = exit_code(reply)
    return code, look(options, *records, "survey")


class _Told:
    """One list, as a table with its age or as JSON."""

    def __init__(self, options: Options, snapshot: Snapshot, kind: Kind, words: str, none: str) -> None:
        self._options = options
        self._kind = kind
        self._words = words
        self._now, self._you = snapshot.status.now, snapshot.you
        self._survey = survey_of(Tables(snapshot.records), kind)
        self._none = none

    def tell(
        self, columns: Sequence[Column[RowT]], rows: Iterable[RowT], as_json: Callable[[RowT], dict[str, Any]]
    ) -> int:
        """Print it: the exit code, 1 when the list is not known."""
        known = list(rows)
        fit = fitting(columns, known, self._words, self._now) if self._words else {row.id for row in known}
        there = sorted((row for row in known if row.id in fit), key=columns[0].order)
        read = self._survey is not None and self._survey.read_at is not None
        if self._options.json:
            about = {"read_at": self._survey.read_at if self._survey else None, "problem": problem_words(self._survey)}
            print_json(about | {str(self._kind): [as_json(row) for row in there]})
            return 0 if read else 1
        none = "None of them fits the filter." if self._words and known else self._why_none()
        table = [[column.text(row, self._now) for column in columns] for row in there]
        print_table([column.title for column in columns], table, none)
        age, _ = age_words(self._survey, self._now)
        if there and age:
            problem = problem_words(self._survey)
            click.echo(f"\n{age.capitalize()}." + (f" The last try failed: {problem}" if problem else ""), err=True)
        return 0 if read else 1

    def _why_none(self) -> str:
        return why_none(self._survey, self._kind, self._you, self._none)
