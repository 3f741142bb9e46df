"""`vmms show`: all that is known of one thing."""

from datetime import datetime, timedelta
from typing import Any

import click
import msgspec

from vmms_tui.cli.ask import echo, look
from vmms_tui.cli.completing import Named
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import fields, print_facts, print_json
from vmms_tui.cli.show_cloud import KINDS, find_in_cloud, shown
from vmms_tui.model.durations import format_duration
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import Event, Lease, Operation, Pool, Record, Request, Server
from vmms_tui.model.status import Snapshot
from vmms_tui.model.tables import Tables, type_of
from vmms_tui.screens.operation_rows import counted_text
from vmms_tui.screens.wording import both

COMPLETED = ("lease", "server", "request", "pool", "operation", "host", "network", "volume", "image")
"""Types whose names a shell completes."""
LAST_EVENTS = 10
"""How many events about it are shown."""


@click.command()
@click.argument("thing", metavar="ID", type=Named("thing", *COMPLETED))
@engine_options
def show(options: Options, thing: str) -> int:
    """What is known of a lease, server, request, pool, operation or event; of a host, network, volume or image.

    ID is its id or name; for a server also its id in the cloud, or one of its addresses.
    """
    snapshot = look(options)
    tables = Tables(snapshot.records)
    found = find(tables, thing)
    if found is None:
        raise Refused("unknown", f"There is nothing with the id {thing}.", "`vmms leases` and `vmms servers` list ids.")
    if isinstance(found, KINDS):
        return _in_cloud(options, found, snapshot)
    others, events = _related(tables, found), _events(tables, found)
    if options.json:
        named = {type_of(other): fields(other) for other in others}
        print_json(
            {"type": type_of(found)} | fields(found) | {"related": named, "events": [fields(event) for event in events]}
        )
        return 0
    now = snapshot.status.now
    print_facts(_facts(found, now))
    for other in others:
        click.echo()
        print_facts(_facts(other, now))
    if events:
        click.echo()
        print_facts((f"{event.at:%Y-%m-%d %H:%M:%S}Z", event.text) for event in events)
    return 0


def _in_cloud(options: Options, found: Record, snapshot: Snapshot) -> int:
    """Show what the cloud tells of one thing."""
    told, now = shown(found, snapshot), snapshot.status.now
    if options.json:
        said = {"details": dict(told.details.facts), "why": list(told.why)}
        print_json({"type": type_of(found)} | fields(found) | told.more | said)
        return 0
    print_facts([(type_of(found), told.details.title), *told.details.facts])
    click.echo()
    for sentence in told.why:
        echo(sentence)
    click.echo()
    print_facts(_facts(found, now))
    return 0


def find(tables: Tables, thing: str) -> Record | None:
    """The record with this id; else the server with this id in the cloud, or address; else what the cloud calls so."""
    for kind in (Lease, Server, Request, Pool, Operation, Event):
        record = tables.get(kind, thing)
        if record is not None:
            return record
    for server in tables.all(Server):
        if thing and thing in {server.cloud_id, server.floating_ip, server.address}:
            return server
    return find_in_cloud(tables, thing)


def _related(tables: Tables, record: Record) -> list[Record]:
    """The lease of a server, the server of a lease, and the operation at work on it."""
    server_id = getattr(record, "server_id", "") or (record.id if isinstance(record, Server) else "")
    others: list[Record | None] = []
    if not isinstance(record, Lease):
        others.append(tables.get(Lease, getattr(record, "lease_id", "")))
    if not isinstance(record, Server):
        others.append(tables.get(Server, server_id))
    if not isinstance(record, Operation) and server_id:
        acts = [act for act in tables.all(Operation) if act.server_id == server_id]
        others.append(acts[-1] if acts else None)
    return [other for other in others if other is not None]


def _events(tables: Tables, record: Record) -> list[Event]:
    """The last events about it."""
    name = {Pool: "pool", Server: "server_id", Lease: "lease_id", Request: "request_id"}.get(type(record))
    if name is None:
        return []
    return [event for event in tables.all(Event) if getattr(event, name) == record.id][-LAST_EVENTS:]


def _facts(record: Record, now: datetime) -> list[tuple[str, object]]:
    """Each field that says something, with times both ways."""
    facts: list[tuple[str, object]] = [(type_of(record), record.id)]
    facts += [
        (name.replace("_", " "), _words(getattr(record, name), now))
        for name in record.__struct_fields__
        if name not in {"id", "amount"} and getattr(record, name) not in (None, "", (), {}, False)
    ]
    if isinstance(record, Operation):
        facts.append(("counted", counted_text(record, now)))
    return facts


def _words(value: Any, now: datetime) -> str:
    if isinstance(value, datetime):
        return both(value, now)
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, tuple):
        return ", ".join(_words(part, now) for part in value)
    if isinstance(value, msgspec.Struct):
        said = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return " ".join(f"{name}={_words(one, now)}" for name, one in said if one not in (None, "", ()))
    if isinstance(value, dict):
        return ", ".join(f"{name}={said}" for name, said in value.items())
    return str(value)
