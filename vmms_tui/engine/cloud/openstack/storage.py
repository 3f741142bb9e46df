"""Glance's images and Cinder's volumes (https://docs.openstack.org/api-ref/image/v2/, …/block-storage/v3/)."""

from functools import partial

from vmms_tui.engine.cloud.errors import BadRequest, Conflict
from vmms_tui.engine.cloud.facts import Image, Volume
from vmms_tui.engine.cloud.openstack import convert
from vmms_tui.engine.cloud.openstack.call import BLOCK_STORAGE, Call
from vmms_tui.engine.cloud.openstack.part import Part, path

PAGE = "1000"
"""Volumes asked for at a time; Cinder gives fewer where its own limit is lower."""

_call = partial(Call, service=BLOCK_STORAGE)


class Storage(Part):
    """The image and volume calls of a project. Without Cinder every volume call raises NotFound, saying so."""

    async def images(self) -> tuple[Image, ...]:
        """See Cloud."""
        return await self._names.images.fresh()

    async def create_volume(
        self, name: str, size_gib: int, *, description: str = "", metadata: dict[str, str] | None = None
    ) -> Volume:
        """See Cloud."""
        body = {"name": name, "size": size_gib, "description": description, "metadata": metadata or {}}
        call = _call(method="POST", path="/volumes", doing=f"create volume {name!r}", body={"volume": body})
        return await self._rest.act(call, convert.volume)

    async def list_volumes(self) -> tuple[Volume, ...]:
        """See Cloud. Without `all_tenants` an administrator's list, too, holds the project's own alone."""
        params = {"limit": PAGE}
        rows = await self._rest.pages(
            BLOCK_STORAGE, "/volumes/detail", convert.volumes, doing="list volumes", params=params
        )
        return tuple({row.id: row for row in rows}.values())

    async def get_volume(self, volume_id: str) -> Volume:
        """See Cloud."""
        return await self._rest.get(
            BLOCK_STORAGE, path("volumes", volume_id), convert.volume, doing=f"look at volume {volume_id}"
        )

    async def remove_attachment(self, volume_id: str, attachment_id: str) -> None:
        """See Cloud. Cinder asks Nova, and refuses while the server is there (since 2023, CVE-2023-2088)."""
        doing = f"take the attachment {attachment_id} off volume {volume_id}"
        body = {"os-detach": {"attachment_id": attachment_id}}
        call = _call(method="POST", path=path("volumes", volume_id, "action"), doing=doing, body=body)
        await self._in_state(call)

    async def delete_volume(self, volume_id: str) -> None:
        """See Cloud."""
        call = _call(method="DELETE", path=path("volumes", volume_id), doing=f"delete volume {volume_id}")
        await self._in_state(call)

    async def _in_state(self, call: Call) -> None:
        """Cinder answers 400 for a volume in the wrong state."""
        try:
            await self._rest.do(call)
        except BadRequest as error:
            raise Conflict(error.message, request_id=error.request_id) from error
