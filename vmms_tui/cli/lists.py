"""`vmms pools`, `leases` and `servers`."""

from collections import Counter
from datetime import datetime
from typing import Literal

import click

from vmms_tui.cli import notices
from vmms_tui.cli.ask import look
from vmms_tui.cli.completing import complete_filter
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import fields, print_json, print_table
from vmms_tui.cli.words import address_of, lease_word, pool_note, pool_word, server_word
from vmms_tui.model.records import (
    UNFINISHED,
    Lease,
    LeaseState,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.model.tables import Tables
from vmms_tui.screens.wording import instant, span
from vmms_tui.settings.people import unix_user

only = click.option(
    "--filter",
    "words",
    default="",
    metavar="WORDS",
    shell_complete=complete_filter,
    help="Only those that this filter shows on the screen.",
)
"""The words of the screens' filters, for every list."""


def _fitting(kind: Literal["pools", "servers", "leases"], words: str, tables: Tables, now: datetime) -> set[str] | None:
    """The ids of what a filter shows; None: there is no filter, and all are shown."""
    if not words:
        return None
    from vmms_tui.cli import filtering

    of = {"pools": filtering.pools, "servers": filtering.servers, "leases": filtering.leases}
    return of[kind](words, tables, now)


def _no(words: str, text: str) -> str:
    return "None of them fits the filter." if words else text


@click.command()
@only
@engine_options
def pools(options: Options, words: str) -> int:
    """The pools: what they offer, how full they are, and what holds them back."""
    snapshot = look(options, "pool", "server", "request")
    tables, now = Tables(snapshot.records), snapshot.status.now
    fit = _fitting("pools", words, tables, now)
    counted = [(pool, _counts(tables, pool)) for pool in tables.all(Pool) if fit is None or pool.id in fit]
    if options.json:
        print_json([fields(pool) | counts for pool, counts in counted])
        return 0
    titles = ("POOL", "STATE", "READY/WANT", "USED/LIMIT", "LEASED", "QUEUED", "FLAVOR", "IMAGE", "PURPOSES", "NOTE")
    rows = [
        (
            pool.id,
            pool_word(pool, counts["ready"], counts["used"], counts["building"]),
            f"{counts['ready']}/{pool.available_now}",
            f"{counts['used']}/{pool.limit_now}",
            counts["leased"],
            counts["queued"],
            pool.flavor,
            pool.image,
            ",".join(pool.purposes),
            pool_note(pool, now),
        )
        for pool, counts in counted
    ]
    print_table(titles, rows, _no(words, "There are no pools: the settings name none."))
    return 0


def _counts(tables: Tables, pool: Pool) -> dict[str, int]:
    """Servers of a pool by what they are to it."""
    states = Counter(server.state for server in tables.all(Server) if server.pool == pool.id)
    leased = sum(1 for server in tables.all(Server) if server.pool == pool.id and server.lease_id)
    waiting = [request for request in tables.all(Request) if request.state is RequestState.QUEUED]
    return {
        "ready": states[ServerState.READY],
        "building": sum(states[state] for state in UNFINISHED),
        "leased": leased,
        "failed": states[ServerState.FAILED],
        "used": states.total() - states[ServerState.GONE],
        "queued": sum(1 for request in waiting if request.pool == pool.id),
    }


@click.command()
@click.option("--mine", is_flag=True, help="Only your own.")
@click.option("--brief", is_flag=True, help="At most one line, on what needs your answer most: for the login message.")
@click.option("--all", "ended", is_flag=True, help="Also those that have ended and are still remembered.")
@only
@engine_options
def leases(options: Options, mine: bool, brief: bool, ended: bool, words: str) -> int:
    """Leases, requests that wait for one, and notices to you.

    With --mine, what needs your answer stands first. What was shown to you counts as delivered.
    """
    if brief:
        return notices.brief(options, unix_user())
    snapshot = look(options, "lease", "request", "server", "notice", mine=mine)
    tables, now = Tables(snapshot.records), snapshot.status.now
    me = unix_user()
    held = [lease for lease in tables.all(Lease) if ended or lease.state is not LeaseState.ENDED]
    held = [lease for lease in held if not mine or lease.owner == me]
    waiting = [request for request in tables.all(Request) if request.state is RequestState.QUEUED]
    waiting = [request for request in waiting if not mine or request.owner == me]
    waiting.sort(key=lambda request: (request.pool, request.position))
    fit = _fitting("leases", words, tables, now)
    if fit is not None:
        held, waiting = [one for one in held if one.id in fit], [one for one in waiting if one.id in fit]
    if options.json:
        told = notices.other_notices(tables, me, ())
        listed = {"leases": [_lease_fields(tables, one) for one in held], "requests": waiting, "notices": told}
        print_json(listed)
        return 0
    shown = notices.print_what_needs_an_answer(tables, me, now) if mine else []
    if shown:
        click.echo()
    titles = ("LEASE", "SERVER", "POOL", "STATE", "OWNER", "PURPOSE", "IMPORTANCE", "LEFT", "ENDS", "ADDRESS", "NOTE")
    about: list[Lease | Request] = [*held, *waiting]
    rows = [_lease_row(tables, one, now) for one in about]
    print_table(titles, rows, _no(words, f"{me} has no leases." if mine else "There are no leases."))
    others = notices.other_notices(tables, me, shown)
    notices.print_the_rest(others, now)
    notices.prove(options, [*shown, *others])
    return 0


def _lease_fields(tables: Tables, lease: Lease) -> dict[str, object]:
    server = tables.get(Server, lease.server_id)
    return fields(lease) | {"address": address_of(server) if server else ""}


def _lease_row(tables: Tables, about: Lease | Request, now: datetime) -> tuple[object, ...]:
    if isinstance(about, Request):
        wait = f"about {span(about.estimate)}" if about.estimate is not None else ""
        note = "; ".join(part for part in (f"place {about.position}", about.reason, about.note) if part)
        return (
            *(about.id, "", about.pool, "QUEUED", about.owner, about.purpose, about.importance, wait),
            *(f"{span(about.term)} long", "", note),
        )
    server = tables.get(Server, about.server_id)
    state = lease_word(about, server)
    left, end = span(about.end - now), instant(about.end)
    address = address_of(server) if server else ""
    return (
        *(about.id, about.server_id, about.pool, state, about.owner, about.purpose, about.importance),
        *(left, end, address, about.note),
    )


@click.command()
@only
@engine_options
def servers(options: Options, words: str) -> int:
    """The servers of all pools."""
    snapshot = look(options, "server", "lease")
    tables, now = Tables(snapshot.records), snapshot.status.now
    fit = _fitting("servers", words, tables, now)
    known = tables.all(Server)
    there = [one for one in known if one.state is not ServerState.GONE and (fit is None or one.id in fit)]
    if options.json:
        print_json([fields(server) for server in there])
        return 0
    titles = ("SERVER", "POOL", "STATE", "AGE", "ADDRESS", "FLAVOR", "HOST", "LEASE", "OWNER", "NOTE")
    rows = [(*_server_row(server, now), *_lent(tables, server)) for server in there]
    print_table(titles, rows, _no(words, "There are no servers."))
    return 0


def _server_row(server: Server, now: datetime) -> tuple[object, ...]:
    age = span(now - server.created)
    return (server.id, server.pool, server_word(server), age, address_of(server), server.flavor, server.host)


def _lent(tables: Tables, server: Server) -> tuple[object, ...]:
    lease = tables.get(Lease, server.lease_id) if server.lease_id else None
    return (server.lease_id, lease.owner if lease else "", server.failure or server.task_state)
