"""What `vmms show` says of what the cloud tells: hosts, networks, volumes and images. As the screens say it."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from vmms_tui.cli.output import fields
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import Record
from vmms_tui.model.status import Snapshot
from vmms_tui.model.surroundings import Host, Image, Network, Surrounding, Volume
from vmms_tui.model.tables import Tables
from vmms_tui.screens import details_cloud as words
from vmms_tui.screens.details import Details
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.rows_cloud import host_rows, image_rows, living, network_rows, volume_rows

KINDS: tuple[type[Record], ...] = (Host, Network, Volume, Image)
"""What is shown here."""
MOST = 5
"""Ids of things of one name that are told."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """All that there is to say of one thing."""

    record: Record
    details: Details
    why: Sequence[str]
    more: dict[str, Any]
    """What is known of it beside its record."""


def find_in_cloud(tables: Tables, thing: str) -> Record | None:
    """What has this id in the cloud, or is called so; also an image that a pool names and the cloud does not have.

    Raises Refused where several things are called so.
    """
    images = [row.image for row in image_rows(tables, everything=True)]
    known: list[Surrounding] = [*tables.all(Host), *tables.all(Network), *tables.all(Volume), *images]
    if found := next((one for one in known if thing and one.id == thing), None):
        return found
    called = [one for one in known if thing and one.name == thing]
    if len(called) > 1:
        ids = ", ".join(one.id for one in called[:MOST]) + (" …" if len(called) > MOST else "")
        raise Refused(
            "several", f"{len(called)} things in the cloud are called {thing}.", f"Name one by its id: {ids}."
        )
    return called[0] if called else None


def shown(record: Record, snapshot: Snapshot) -> Shown:
    """What the screen of its kind says of it."""
    mirror = Mirror(lambda: 0.0)
    mirror.take(snapshot)
    return _MAKE[type(record)](record, mirror)


def _host(record: Record, mirror: Mirror) -> Shown:
    row = next(one for one in host_rows(mirror.tables) if one.id == record.id)
    ours = sorted(one.id for one in living(mirror.tables) if one.host == row.host.name)
    judged = fields(row.suspect) if row.suspect else None
    moves = fields(row.queue) if row.queue else None
    told = words.host_details(row, mirror), words.host_why(row, mirror)
    return _shown(row.host, *told, ours=ours, judged=judged, moves=moves)


def _network(record: Record, mirror: Mirror) -> Shown:
    row = next(one for one in network_rows(mirror.tables) if one.id == record.id)
    ours = sorted({server for server, _ in row.ours})
    return _shown(row.network, words.network_details(row, mirror), words.network_why(row, mirror), ours=ours)


def _volume(record: Record, mirror: Mirror) -> Shown:
    row = next(one for one in volume_rows(mirror.tables) if one.id == record.id)
    return _shown(row.volume, words.volume_details(row, mirror), words.volume_why(row, mirror))


def _image(record: Record, mirror: Mirror) -> Shown:
    row = next(one for one in image_rows(mirror.tables, everything=True) if one.id == record.id)
    return _shown(
        row.image, words.image_details(row, mirror), words.image_why(row, mirror), pools=row.pools, missing=row.missing
    )


def _shown(record: Record, details: Details, why: Sequence[str], **more: Any) -> Shown:
    return Shown(record=record, details=details, why=why, more=more)


_MAKE: dict[type[Record], Callable[[Record, Mirror], Shown]] = {
    Host: _host,
    Network: _network,
    Volume: _volume,
    Image: _image,
}
