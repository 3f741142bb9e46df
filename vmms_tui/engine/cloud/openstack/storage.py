"""Glance's images and Cinder's volumes (https://docs.openstack.org/api-ref/image/v2/, …/block-storage/v3/)."""

from functools import partial

from vmms_tui.engine.cloud.errors import BadRequest, Conflict
from vmms_tui.engine.cloud.facts import Image, Volume
from vmms_tui.engine.cloud.openstack import convert
from vmms_tui.engine.cloud.openstack.call import BLOCK_STORAGE, Call
from vmms_tui.engine.cloud.openstack.part import Part, path

_call = partial(Call, service=BLOCK_STORAGE)


class Storage(Part):
    """The image and volume calls of a project. Without Cinder every volume call raises NotFound, saying so."""

    async def images(self) -> tuple[Image, ...]:
        """See Cloud."""
        return await self._names.images.fresh()

    async def create_volume(self, name: str, size_gib: int) -> Volume:
        """See Cloud. Raises QuotaExceeded, BadRequest."""
        call = _call(
            method="POST",
            path="/volumes",
            doing=f"create volume {name!r}",
            body={"volume": {"name": name, "size": size_gib}},
        )
        return await self._rest.act(call, convert.volume)

    async def get_volume(self, volume_id: str) -> Volume:
        """See Cloud."""
        return await self._rest.get(
            BLOCK_STORAGE, path("volumes", volume_id), convert.volume, doing=f"look at volume {volume_id}"
        )

    async def delete_volume(self, volume_id: str) -> None:
        """See Cloud. Cinder answers 400 for a volume in the wrong state."""
        try:
            await self._rest.do(
                _call(method="DELETE", path=path("volumes", volume_id), doing=f"delete volume {volume_id}")
            )
        except BadRequest as error:
            raise Conflict(error.message, request_id=error.request_id) from error
