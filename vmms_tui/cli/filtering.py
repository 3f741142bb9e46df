"""`--filter`: the words of the screens' filters. Imported only where there are some."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import click

from vmms_tui.model.records import Event, Lease, Request, Server
from vmms_tui.model.tables import Tables
from vmms_tui.screens.columns import EVENTS, LEASES, POOLS, SERVERS
from vmms_tui.screens.operation_rows import OPERATIONS, OperationRow
from vmms_tui.screens.rows import EventRow, LeaseRow, RowT, ServerRow, chosen, pool_rows
from vmms_tui.settings.personal import personal_files, read_filters
from vmms_tui.widgets.column import Column


def pools(words: str, tables: Tables, now: datetime) -> set[str]:
    """The ids of the pools that a filter shows. Raises BadParameter: it says something that nobody understands."""
    return fitting(POOLS, pool_rows(tables), words, now)


def servers(words: str, tables: Tables, now: datetime) -> set[str]:
    """The same for servers."""
    there = tables.all(Server)
    rows = (ServerRow(one, tables.get(Lease, one.lease_id) if one.lease_id else None) for one in there)
    return fitting(SERVERS, rows, words, now)


def leases(words: str, tables: Tables, now: datetime) -> set[str]:
    """The same for leases, those that have ended included, and for requests."""
    held = (LeaseRow(one, tables.get(Server, one.server_id)) for one in tables.all(Lease))
    return fitting(LEASES, (*held, *(LeaseRow(one) for one in tables.all(Request))), words, now)


def operations(words: str, rows: Sequence[OperationRow], now: datetime) -> set[str]:
    """The same for operations."""
    return fitting(OPERATIONS, rows, words, now)


def events(words: str, found: Sequence[Event], now: datetime) -> set[str]:
    """The same for events, of which there are only these."""
    return fitting(EVENTS, (EventRow(one) for one in found), words, now)


def _saved(words: str) -> dict[str, str]:
    """The user's saved filters, where one is asked for. Raises Failed when they cannot be read."""
    return read_filters(personal_files().filters) if "@" in words else {}


def fitting(columns: Sequence[Column[RowT]], rows: Iterable[RowT], words: str, now: datetime) -> set[str]:
    """The ids of the rows of any list that a filter shows. Raises BadParameter as above."""
    ids, problem = chosen(columns, rows, words, now, _saved(words))
    if problem:
        raise click.BadParameter(problem, param_hint="'--filter'")
    return ids
