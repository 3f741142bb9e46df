"""Nova: servers that move between hosts (https://docs.openstack.org/api-ref/compute/, migrations)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from msgspec import field

from vmms_tui.engine.cloud.errors import BadRequest, NotFound
from vmms_tui.engine.cloud.moves import MoveRecord, MoveUnderWay
from vmms_tui.engine.cloud.openstack import convert
from vmms_tui.engine.cloud.openstack.call import COMPUTE, Call
from vmms_tui.engine.cloud.openstack.microversion import COLD_HOST, EVACUATE_AUTO, LIVE_AUTO
from vmms_tui.engine.cloud.openstack.part import Part, path

_call = partial(Call, service=COMPUTE)


class Moving(Part):
    """The calls of a project that move servers."""

    async def live_migrate(self, server_id: str, host: str = "") -> None:
        """See Cloud. Before 2.25 nobody but the caller says whether disks are copied, and so it is not asked for."""
        doing = f"live-migrate server {server_id}"
        if await self._rest.microversion(doing) < LIVE_AUTO:
            raise BadRequest("This cloud's Nova is older than Mitaka: it cannot choose how to copy disks.")
        await self._act(server_id, {"os-migrateLive": {"host": host or None, "block_migration": "auto"}}, doing)

    async def cold_migrate(self, server_id: str, host: str = "") -> None:
        """See Cloud."""
        doing = f"migrate server {server_id}"
        if host and await self._rest.microversion(doing) < COLD_HOST:
            raise BadRequest("This cloud's Nova is older than Queens: it chooses the host of a migration itself.")
        await self._act(server_id, {"migrate": {"host": host} if host else None}, doing)

    async def confirm_move(self, server_id: str) -> None:
        """See Cloud."""
        await self._act(server_id, {"confirmResize": None}, f"confirm the migration of server {server_id}")

    async def revert_move(self, server_id: str) -> None:
        """See Cloud."""
        await self._act(server_id, {"revertResize": None}, f"revert the migration of server {server_id}")

    async def evacuate(self, server_id: str, host: str = "") -> None:
        """See Cloud. With 2.95 it would be left SHUTOFF, whatever it was: what is spoken is older."""
        doing = f"evacuate server {server_id}"
        if await self._rest.microversion(doing) < EVACUATE_AUTO:
            raise BadRequest("This cloud's Nova is older than Mitaka: it cannot see whether storage is shared.")
        try:
            await self._act(server_id, {"evacuate": {"host": host} if host else {}}, doing)
        except NotFound as error:
            if host and "host" in error.message:  # Nova says 404 for a host that it does not know
                raise BadRequest(error.message, request_id=error.request_id) from error
            raise

    async def moves_under_way(self, server_id: str) -> tuple[MoveUnderWay, ...]:
        """See Cloud."""
        where, doing = path("servers", server_id, "migrations"), f"look at the migration of server {server_id}"
        return await self._rest.get(COMPUTE, where, under_way, doing=doing)

    async def move_records(self, server_id: str) -> tuple[MoveRecord, ...]:
        """See Cloud."""
        doing = f"look at the migrations of server {server_id}"
        return await self._rest.get(
            COMPUTE, "/os-migrations", records, doing=doing, params={"instance_uuid": server_id}
        )

    async def abort_move(self, server_id: str, move_id: int) -> None:
        """See Cloud."""
        where = path("servers", server_id, "migrations", str(move_id))
        await self._rest.do(_call(method="DELETE", path=where, doing=f"abort the migration of server {server_id}"))

    async def force_move(self, server_id: str, move_id: int) -> None:
        """See Cloud."""
        where, doing = path("servers", server_id, "migrations", str(move_id), "action"), "force the migration of server"
        body = {"force_complete": None}
        await self._rest.do(_call(method="POST", path=where, doing=f"{doing} {server_id}", body=body))

    async def _act(self, server_id: str, order: Mapping[str, object], doing: str) -> None:
        await self._rest.do(_call(method="POST", path=path("servers", server_id, "action"), doing=doing, body=order))


class _Migration(msgspec.Struct):
    """Both lists have it; the newer names of hosts are those of `GET /os-migrations`, too."""

    id: int
    status: Any = None
    kind: Any = field(name="migration_type", default=None)
    source: Any = field(name="source_compute", default=None)
    destination: Any = field(name="dest_compute", default=None)
    memory_total: Any = field(name="memory_total_bytes", default=None)
    memory_processed: Any = field(name="memory_processed_bytes", default=None)
    memory_remaining: Any = field(name="memory_remaining_bytes", default=None)
    disk_total: Any = field(name="disk_total_bytes", default=None)
    disk_processed: Any = field(name="disk_processed_bytes", default=None)
    disk_remaining: Any = field(name="disk_remaining_bytes", default=None)
    created: Any = field(name="created_at", default=None)
    updated: Any = field(name="updated_at", default=None)


class _Migrations(msgspec.Struct):
    migrations: list[_Migration]


def under_way(content: bytes) -> tuple[MoveUnderWay, ...]:
    """Reads `GET /servers/{id}/migrations`."""
    got = msgspec.json.decode(content, type=_Migrations)
    return tuple(
        MoveUnderWay(
            id=one.id,
            status=convert.text(one.status),
            source=convert.text(one.source),
            destination=convert.text(one.destination),
            memory_total=convert.number(one.memory_total),
            memory_processed=convert.number(one.memory_processed),
            memory_remaining=convert.number(one.memory_remaining),
            disk_total=convert.number(one.disk_total),
            disk_processed=convert.number(one.disk_processed),
            disk_remaining=convert.number(one.disk_remaining),
        )
        for one in got.migrations
    )


def records(content: bytes) -> tuple[MoveRecord, ...]:
    """Reads `GET /os-migrations`."""
    got = msgspec.json.decode(content, type=_Migrations)
    found = (
        MoveRecord(
            id=one.id,
            kind=convert.text(one.kind),
            status=convert.text(one.status),
            source=convert.text(one.source),
            destination=convert.text(one.destination),
            created=convert.instant(one.created),
            updated=convert.instant(one.updated),
        )
        for one in got.migrations
    )
    return tuple(sorted(found, key=_newest, reverse=True))


_EVER = datetime.min.replace(tzinfo=UTC)


def _newest(one: MoveRecord) -> tuple[datetime, int]:
    return one.created or _EVER, one.id
