"""The menu of a row, and the ways from a thing to who uses it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from vmms_tui.keys import Act, Place, acts_at, key_name
from vmms_tui.keys.rows import OpenRow, RowMenu
from vmms_tui.model.records import Lease, LeaseState, Pool, Record, Request, Server
from vmms_tui.model.tables import Tables
from vmms_tui.screens.menu import MenuItem
from vmms_tui.widgets import filtering


def row_items(place: Place, refusal: Callable[[type[Act]], str]) -> list[MenuItem]:
    """Everything that can be done with a row in this place, each with its key, or why it cannot be done."""
    return [
        MenuItem(key_name(act, place), act.id, f"{act.word():15} {no or act.sentence()}", no)
        for act in acts_at(place)
        if act not in {OpenRow, RowMenu}
        for no in [refusal(act)]
    ]


@dataclass(frozen=True)
class Way:
    """Where to go from a row: a filter of Leases, or a lease."""

    narrow: str = ""
    lease_id: str = ""


def way_to_users(record: Record, tables: Tables) -> Way | str:
    """From a thing to its lease, from a lease to all of its owner's, from a pool to its leases; or why there is no way.

    A record of any type leads on by its `lease_id`, `server_id` or `attached_to`, where it has one.
    """
    if isinstance(record, Lease | Request):
        return Way(narrow=_only("owner", record.owner))
    if isinstance(record, Pool):
        return Way(narrow=_only("pool", record.id))
    if lease := _lease_of(record, tables):
        return Way(lease_id=lease.id)
    owner = getattr(record, "owner", "")
    if owner and not isinstance(record, Server):
        return Way(narrow=_only("owner", owner))
    return f"Nobody has {record.id} on a lease."


def _lease_of(record: Record, tables: Tables) -> Lease | None:
    ids = [getattr(record, "lease_id", "")]
    for server_id in (getattr(record, "server_id", ""), *getattr(record, "attached_to", ())):
        server = tables.get(Server, server_id)
        ids.append(server.lease_id if server else "")
    leases = (tables.get(Lease, lease_id) for lease_id in ids if lease_id)
    return next((lease for lease in leases if lease and lease.state is not LeaseState.ENDED), None)


def _only(key: str, word: str) -> str:
    return filtering.write([filtering.Word(word.casefold(), key)])
