"""Nova: what is done to the services of compute hosts (https://docs.openstack.org/api-ref/compute/, os-services)."""

from vmms_tui.engine.cloud.errors import BadRequest, NotFound
from vmms_tui.engine.cloud.openstack import convert
from vmms_tui.engine.cloud.openstack.call import COMPUTE, Call
from vmms_tui.engine.cloud.openstack.microversion import FORCED_DOWN, SERVICE_BY_ID
from vmms_tui.engine.cloud.openstack.part import Part, path

BINARY = "nova-compute"


class ComputeHosts(Part):
    """The calls of a project that change compute hosts."""

    async def disable_host(self, host: str, reason: str) -> None:
        """See Cloud."""
        await self._set(host, {"status": "disabled", "disabled_reason": reason}, "disable-log-reason", "disable")

    async def enable_host(self, host: str) -> None:
        """See Cloud."""
        await self._set(host, {"status": "enabled"}, "enable", "enable")

    async def force_down(self, host: str, *, down: bool) -> None:
        """See Cloud."""
        doing = f"force down compute host {host!r}" if down else f"let compute host {host!r} be up again"
        if await self._rest.microversion(doing) < FORCED_DOWN:
            raise BadRequest("This cloud's Nova is older than Liberty: it takes nobody's word that a host is down.")
        await self._put(host, {"forced_down": down}, "force-down", doing)

    async def _set(self, host: str, wanted: dict[str, object], before: str, verb: str) -> None:
        await self._put(host, wanted, before, f"{verb} compute host {host!r}")

    async def _put(self, host: str, wanted: dict[str, object], before: str, doing: str) -> None:
        """`before` is how it was asked for until 2.53: by the names of host and service, and by a path for each act."""
        service_id = await self._service(host, doing)
        if await self._rest.microversion(doing) >= SERVICE_BY_ID:
            where, body = path("os-services", service_id), wanted
        else:
            said = {name: word for name, word in wanted.items() if name != "status"}
            where, body = path("os-services", before), {"host": host, "binary": BINARY, **said}
        await self._rest.do(Call(service=COMPUTE, method="PUT", path=where, doing=doing, body=body))

    async def _service(self, host: str, doing: str) -> str:
        """The id of the service there. Nova looks for hosts that are like this one: only the same will do."""
        params = {"host": host, "binary": BINARY}
        known = await self._rest.get(COMPUTE, "/os-services", convert.service_ids, doing=doing, params=params)
        if host not in known:
            raise NotFound(f"Could not {doing}: there is no {BINARY} service of this name.")
        return known[host]
