"""Nova: servers, flavors, limits, hypervisors (https://docs.openstack.org/api-ref/compute/)."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from vmms_tui.engine.cloud.errors import BadRequest, Conflict, NotFound
from vmms_tui.engine.cloud.facts import CloudServer, ComputeService, Flavor, Hypervisor, Listing, NewServer, Quota
from vmms_tui.engine.cloud.openstack import convert
from vmms_tui.engine.cloud.openstack.call import COMPUTE, Call
from vmms_tui.engine.cloud.openstack.microversion import (
    FLAVOR_NAMES,
    HYPERVISOR_NUMBERS,
    NETWORKS_REQUIRED,
    REBUILD_USER_DATA,
)
from vmms_tui.engine.cloud.openstack.part import Part, path
from vmms_tui.engine.cloud.openstack.wording import clean

PAGE = "1000"
"""Servers asked for at a time; Nova gives fewer where its own limit is lower."""

_LITERAL = re.compile(r"[\w.-]+", re.ASCII)

_call = partial(Call, service=COMPUTE)


class Compute(Part):
    """The compute calls of a project."""

    async def flavors(self) -> tuple[Flavor, ...]:
        """See Cloud."""
        return await self._names.flavors.fresh()

    async def quota(self) -> Quota:
        """See Cloud."""
        return await self._rest.get(COMPUTE, "/limits", convert.quota, doing="read the compute limits")

    async def hypervisors(self) -> tuple[Hypervisor, ...]:
        """See Cloud."""
        return await self._rest.pages(
            COMPUTE,
            "/os-hypervisors/detail",
            convert.hypervisors,
            doing="list compute hosts",
            newest=HYPERVISOR_NUMBERS,
        )

    async def compute_services(self) -> tuple[ComputeService, ...]:
        """See Cloud."""
        return await self._rest.get(
            COMPUTE,
            "/os-services",
            convert.compute_services,
            doing="list the services of compute hosts",
            params={"binary": "nova-compute"},
        )

    async def list_servers(self, changes_since: datetime | None = None) -> Listing:
        """See Cloud. The instant is sent in UTC and whole seconds, rounded down, as Nova compares it."""
        params = {"changes-since": f"{changes_since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"} if changes_since else {}
        servers = await self._servers(params, "list servers")
        return Listing(servers=servers, complete=changes_since is None)

    async def get_server(self, server_id: str) -> CloudServer:
        """See Cloud."""
        doing = f"look at server {server_id}"
        read = convert.server(await self._flavor_names(doing))
        return await self._rest.get(COMPUTE, path("servers", server_id), read, doing=doing)

    async def find_servers(self, name: str) -> tuple[CloudServer, ...]:
        """See Cloud. Nova takes a regular expression in the dialect of its database, so only plain names are sent."""
        params = {"name": f"^{name}$"} if _LITERAL.fullmatch(name) else {}
        servers = await self._servers(params, f"look for servers called {name!r}")
        return tuple(server for server in servers if server.name == name)

    async def create_server(self, new: NewServer) -> CloudServer:
        """See Cloud. What comes back is what was asked for, with the id that Nova gave."""
        doing = f"create server {new.name!r}"
        flavor_id = await self._names.flavors.id_of(new.flavor)
        image_id = await self._names.images.id_of(new.image)
        flavor = await self._flavor_name(flavor_id)
        user_data = _encoded(new.user_data)
        body: dict[str, object] = {
            "name": new.name,
            "flavorRef": flavor_id,
            "imageRef": image_id,
            "metadata": dict(new.metadata),
            **await self._networks_of(new, doing),
            **({"availability_zone": new.availability_zone} if new.availability_zone else {}),
            **({"user_data": user_data} if user_data else {}),
        }
        call = _call(method="POST", path="/servers", doing=doing, body={"server": body}, secrets=(user_data,))
        server_id = await self._rest.act(call, convert.server_id)
        return CloudServer(
            id=server_id, name=new.name, status="BUILD", metadata=dict(new.metadata), flavor=flavor, image_id=image_id
        )

    async def delete_server(self, server_id: str) -> None:
        """See Cloud."""
        doing = f"delete server {server_id}"
        await self._on_server(server_id, _call(method="DELETE", path=path("servers", server_id), doing=doing))

    async def stop_server(self, server_id: str) -> None:
        """See Cloud."""
        await self._order(server_id, {"os-stop": None}, "stop")

    async def start_server(self, server_id: str) -> None:
        """See Cloud."""
        await self._order(server_id, {"os-start": None}, "start")

    async def reboot_server(self, server_id: str, *, hard: bool) -> None:
        """See Cloud."""
        await self._order(server_id, {"reboot": {"type": "HARD" if hard else "SOFT"}}, "reboot")

    async def rebuild_server(self, server_id: str, image: str, *, user_data: bytes = b"") -> None:
        """See Cloud. Without user data the old stays. Raises BadRequest where Nova is too old for it (2.57)."""
        body = {"imageRef": await self._names.images.id_of(image)}
        encoded = _encoded(user_data)
        if encoded:
            if await self._rest.microversion(f"rebuild server {server_id}") < REBUILD_USER_DATA:
                raise BadRequest("This cloud's Nova is older than Queens: a rebuild cannot bring new user data.")
            body["user_data"] = encoded
        await self._order(server_id, {"rebuild": body}, "rebuild", encoded)

    async def change_password(self, server_id: str, password: str) -> None:
        """See Cloud. A hypervisor driver that has no such order makes Nova answer 409, or 501 in older releases."""
        order = {"changePassword": {"adminPass": password}}
        try:
            await self._order(server_id, order, "change the password of", password)
        except BadRequest as error:
            if "not implemented" in error.message.lower() or "not supported" in error.message.lower():
                raise Conflict(error.message, request_id=error.request_id) from error
            raise

    async def set_metadata(self, server_id: str, values: dict[str, str]) -> None:
        """See Cloud."""
        doing = f"set metadata of server {server_id}"
        where = path("servers", server_id, "metadata")
        call = _call(method="POST", path=where, doing=doing, body={"metadata": values})
        await self._on_server(server_id, call)

    async def delete_metadata(self, server_id: str, key: str) -> None:
        """See Cloud."""
        doing = f"delete metadata of server {server_id}"
        try:
            await self._rest.do(_call(method="DELETE", path=path("servers", server_id, "metadata", key), doing=doing))
        except NotFound:
            await self.get_server(server_id)

    async def show_server(self, server_id: str) -> dict[str, object]:
        """See Cloud."""
        doing = f"look at server {server_id}"
        return await self._rest.get(COMPUTE, path("servers", server_id), convert.as_it_is, doing=doing)

    async def console_log(self, server_id: str, lines: int = 200) -> str:
        """See Cloud. Nova says 404 for no server and for no console yet, and 409 for a server not yet on a host."""
        call = _call(
            method="POST",
            path=path("servers", server_id, "action"),
            doing=f"read the console of server {server_id}",
            body={"os-getConsoleOutput": {"length": lines}},
            reads=True,
        )
        try:
            return await self._rest.act(call, convert.console)
        except (NotFound, Conflict):
            await self.get_server(server_id)
            return ""

    async def attach_volume(self, server_id: str, volume_id: str) -> None:
        """See Cloud."""
        where = path("servers", server_id, "os-volume_attachments")
        doing = f"attach volume {volume_id} to server {server_id}"
        body = {"volumeAttachment": {"volumeId": volume_id}}
        await self._on_volume(_call(method="POST", path=where, doing=doing, body=body))

    async def detach_volume(self, server_id: str, volume_id: str) -> None:
        """See Cloud."""
        where = path("servers", server_id, "os-volume_attachments", volume_id)
        await self._on_volume(
            _call(method="DELETE", path=where, doing=f"detach volume {volume_id} from server {server_id}")
        )

    async def _on_volume(self, call: Call) -> None:
        """Nova passes on Cinder's 400 for a volume in the wrong state."""
        try:
            await self._rest.do(call)
        except BadRequest as error:
            if "invalid volume" in error.message.lower() or "status must be" in error.message.lower():
                raise Conflict(error.message, request_id=error.request_id) from error
            raise

    async def _order(self, server_id: str, order: Mapping[str, object], verb: str, secret: str = "") -> None:
        call = _call(
            method="POST",
            path=path("servers", server_id, "action"),
            doing=f"{verb} server {server_id}",
            body=order,
            secrets=(secret,) if secret else (),
        )
        await self._on_server(server_id, call)

    async def _on_server(self, server_id: str, call: Call) -> None:
        """Nova answers 404 to orders for a server that no cell has taken up yet (2026.1): that is a Conflict."""
        try:
            await self._rest.do(call)
        except NotFound as error:
            server = await self.get_server(server_id)
            message = f"Could not {call.doing}: Nova has not taken it up yet (status {server.status})"
            raise Conflict(clean(message) + ".", request_id=error.request_id) from error

    async def _servers(self, params: Mapping[str, str], doing: str) -> tuple[CloudServer, ...]:
        read = convert.servers(await self._flavor_names(doing))
        rows = await self._rest.pages(COMPUTE, "/servers/detail", read, doing=doing, params={"limit": PAGE, **params})
        return tuple({row.id: row for row in rows}.values())

    async def _networks_of(self, new: NewServer, doing: str) -> dict[str, object]:
        if new.port_ids:
            return {"networks": [{"port": port_id} for port_id in new.port_ids]}
        return {"networks": "none"} if await self._rest.microversion(doing) >= NETWORKS_REQUIRED else {}

    async def _flavor_names(self, doing: str) -> dict[str, str]:
        """Nothing for a cloud that tells the names itself."""
        if await self._rest.microversion(doing) >= FLAVOR_NAMES:
            return {}
        return {flavor.id: flavor.name for flavor in await self._names.flavors.recent()}

    async def _flavor_name(self, flavor_id: str) -> str:
        names = {flavor.id: flavor.name for flavor in await self._names.flavors.recent()}
        return names.get(flavor_id, flavor_id)


def _encoded(user_data: bytes) -> str:
    return base64.b64encode(user_data).decode("ascii")
