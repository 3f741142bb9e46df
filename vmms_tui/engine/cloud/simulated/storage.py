"""Glance's images and Cinder's volumes, simulated."""

from vmms_tui.engine.cloud.errors import BadRequest, Conflict, NotFound
from vmms_tui.engine.cloud.facts import Image, Volume
from vmms_tui.engine.cloud.simulated import life, shown
from vmms_tui.engine.cloud.simulated.part import Part
from vmms_tui.engine.cloud.simulated.records import Effect, SimVolume, Step

DELETABLE = frozenset({"available", "error"})
ATTACHABLE = frozenset({"ACTIVE", "SHUTOFF"})


class Storage(Part):
    """Images and volumes."""

    async def images(self) -> tuple[Image, ...]:
        """See Cloud."""
        async with self._call("images"):
            return tuple(shown.image(one) for one in self._world.contents.images.values())

    async def create_volume(
        self, name: str, size_gib: int, *, description: str = "", metadata: dict[str, str] | None = None
    ) -> Volume:
        """See Cloud."""
        async with self._call("create_volume", name, changes=True) as project:
            if size_gib < 1:
                raise BadRequest(f"Volume size {size_gib} must be an integer and greater than 0.")
            volume = SimVolume(
                id=self._world.new_id(),
                name=name,
                project=project.name,
                status="creating",
                size_gib=size_gib,
                kind=self._world.settings.volume_kind,
                description=description,
                metadata=dict(metadata or {}),
                created=self._world.now(),
            )
            self._world.contents.volumes[volume.id] = volume
            self._then(volume, "available")
            return shown.volume(volume)

    async def list_volumes(self) -> tuple[Volume, ...]:
        """See Cloud. Newest first, as Cinder."""
        async with self._call("list_volumes"):
            volumes = self._world.contents.volumes.values()
            return tuple(shown.volume(one) for one in reversed(volumes) if one.project == self._project_name)

    async def get_volume(self, volume_id: str) -> Volume:
        """See Cloud."""
        async with self._call("get_volume", volume_id):
            return shown.volume(self._volume(volume_id))

    async def delete_volume(self, volume_id: str) -> None:
        """See Cloud."""
        async with self._call("delete_volume", volume_id, changes=True):
            volume = self._volume(volume_id)
            if volume.status not in DELETABLE:
                raise Conflict("Invalid volume: Volume status must be available or error and must not be attached.")
            volume.status = "deleting"
            self._then(volume, "deleted", Effect.GONE)

    async def attach_volume(self, server_id: str, volume_id: str) -> None:
        """See Cloud."""
        async with self._call("attach_volume", server_id, volume_id, changes=True):
            server = self._server(server_id)
            volume = self._volume(volume_id)
            if server.status not in ATTACHABLE or server.task_state:
                raise Conflict(f"Cannot 'attach_volume' instance {server_id} while it is in status {server.status}.")
            if volume.status != "available":
                raise Conflict(f"Invalid volume: volume {volume_id} status must be available. It is {volume.status}.")
            volume.status, volume.server_id = "attaching", server_id
            server.volume_ids = (*server.volume_ids, volume_id)
            self._then(volume, "in-use")

    async def detach_volume(self, server_id: str, volume_id: str) -> None:
        """See Cloud."""
        async with self._call("detach_volume", server_id, volume_id, changes=True):
            server = self._server(server_id)
            volume = self._volume(volume_id)
            if volume.server_id != server.id:
                raise NotFound(f"Instance {server_id} is not attached to volume {volume_id}.")
            if volume.status != "in-use":
                raise Conflict(f"Invalid volume: volume {volume_id} status must be in-use. It is {volume.status}.")
            volume.status = "detaching"
            self._then(volume, "available", Effect.DOWN)

    async def remove_attachment(self, volume_id: str, attachment_id: str) -> None:
        """See Cloud."""
        async with self._call("remove_attachment", volume_id, attachment_id, changes=True):
            volume = self._volume(volume_id)
            if not volume.server_id or shown.attachment(volume).id != attachment_id:
                raise NotFound(f"Volume attachment could not be found with filter: attachment_id = {attachment_id}.")
            server = self._world.contents.servers.get(volume.server_id)
            if server and server.deleted is None:
                raise Conflict("Detach volume from instance using the Compute API.")
            life.unplug(self._world.contents, volume)
            volume.status, volume.steps = "available", ()

    def _then(self, volume: SimVolume, status: str, effect: Effect = Effect.NONE) -> None:
        now = self._world.now()
        seconds = self._world.seconds(self._world.settings.volumes, volume.id, volume.status)
        self._world.schedule(volume, [Step(now + seconds, status, effect=effect)])

    def _volume(self, volume_id: str) -> SimVolume:
        return self._mine(self._world.contents.volumes, volume_id, "Volume")
