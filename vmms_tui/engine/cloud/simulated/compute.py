"""Nova, simulated: what it shows, and the birth of servers (https://docs.openstack.org/api-ref/compute/)."""

from collections.abc import Iterable
from datetime import datetime

from vmms_tui.engine.cloud.errors import AccessDenied, BadRequest, Conflict
from vmms_tui.engine.cloud.facts import CloudServer, ComputeService, Flavor, Hypervisor, Listing, NewServer, Quota
from vmms_tui.engine.cloud.simulated import console, faults, life, limits, shown
from vmms_tui.engine.cloud.simulated.part import Part, named
from vmms_tui.engine.cloud.simulated.records import Effect, Project, SimFlavor, SimImage, SimServer, Step
from vmms_tui.engine.cloud.simulated.shown import USER


class Compute(Part):
    """Flavors, quota, hosts, listings; making and ending servers."""

    async def flavors(self) -> tuple[Flavor, ...]:
        """See Cloud."""
        async with self._call("flavors"):
            return tuple(
                Flavor(
                    id=one.id,
                    name=one.name,
                    vcpus=one.vcpus,
                    ram_mib=one.ram_mib,
                    disk_gib=one.disk_gib,
                    extra=dict(one.extra),
                )
                for one in self._world.contents.flavors.values()
            )

    async def quota(self) -> Quota:
        """See Cloud."""
        async with self._call("quota") as project:
            return limits.quota(project, self._living())

    async def hypervisors(self) -> tuple[Hypervisor, ...]:
        """See Cloud."""
        async with self._call("hypervisors") as project:
            admins_only(project, "os-hypervisors:list-detail")
            hosts = self._world.contents.hosts.values()
            return tuple(shown.hypervisor(self._world.contents.seed, self._world.hosts, one) for one in hosts)

    async def compute_services(self) -> tuple[ComputeService, ...]:
        """See Cloud."""
        async with self._call("compute_services") as project:
            admins_only(project, "os-services:list")
            now, contents = self._world.now(), self._world.contents
            return tuple(shown.compute_service(contents, one, now) for one in contents.hosts.values())

    async def list_servers(self, changes_since: datetime | None = None) -> Listing:
        """See Cloud. Newest first, as Nova."""
        async with self._call("list_servers") as project:
            self._world.forget_deleted()
            since = changes_since.timestamp() if changes_since else None
            seen = [one for one in self._own() if (one.deleted is None if since is None else int(one.updated) >= since)]
            return Listing(servers=self._show(project, reversed(seen)), complete=changes_since is None)

    async def get_server(self, server_id: str) -> CloudServer:
        """See Cloud."""
        async with self._call("get_server", server_id) as project:
            return shown.server(self._world.contents, self._server(server_id), admin=project.admin)

    async def find_servers(self, name: str) -> tuple[CloudServer, ...]:
        """See Cloud."""
        async with self._call("find_servers", name) as project:
            return self._show(project, [one for one in self._living() if one.name == name])

    async def create_server(self, new: NewServer) -> CloudServer:
        """See Cloud."""
        async with self._call("create_server", new.name, new.image, new.flavor, changes=True) as project:
            contents = self._world.contents
            flavor = named(contents.flavors.values(), new.flavor, "flavor", BadRequest)
            image = named(contents.images.values(), new.image, "image", BadRequest)
            limits.check_server(new)
            limits.check_size(flavor, image)
            self._check_ports(new.port_ids)
            limits.check_room(project, self._living, flavor)
            server = self._born(new, flavor, image)
            contents.servers[server.id] = server
            server.note("create", USER, server.created)
            self._plan_building(server, image.name)
            return shown.server(contents, server, admin=project.admin)

    async def delete_server(self, server_id: str) -> None:
        """See Cloud. A server that is being deleted stays so, and nothing more happens."""
        async with self._call("delete_server", server_id, changes=True):
            server = self._server(server_id)
            if server.task_state == "deleting" or server.status == "DELETED":
                return
            if server.host and not self._world.hosts.counts_as_up(server.host):
                self._delete_here(server)
                return
            self._world.schedule(server, self._deleting(server))

    def _delete_here(self, server: SimServer) -> None:
        """Of a server whose host is down Nova's API itself deletes all that it knows (local delete)."""
        server.steps = ()
        life.take(self._world.contents, self._world.hosts, server, Step(self._world.now(), "DELETED", "", Effect.GONE))

    async def show_server(self, server_id: str) -> dict[str, object]:
        """See Cloud."""
        async with self._call("get_server", server_id) as project:
            seen = shown.server(self._world.contents, self._server(server_id), admin=project.admin)
            return shown.as_nova(seen, self._world.contents)

    async def console_log(self, server_id: str, lines: int = 200) -> str:
        """See Cloud."""
        async with self._call("console_log", server_id):
            server = self._server(server_id)
            text = console.text(server, self._world.now(), self._world.settings.booting)
            return "".join(text.splitlines(keepends=True)[-lines:])

    def _deleting(self, server: SimServer) -> list[Step]:
        about = (server.id, server.name)
        seconds = self._world.seconds(self._world.settings.deleting, server.id, "delete")
        steps = life.deleting(self._world.now(), seconds, server.status)
        if self._fault(faults.DELETE_STICKS, about):
            return steps[:1]
        server.clings = self._fault(faults.DELETE_CLINGS, about) is not None
        failure = self._fault(faults.DELETE_FAILS, about)
        if failure:
            return [steps[0], Step(steps[-1].at, "ERROR", "", Effect.FAIL, failure.text)]
        return steps

    def _born(self, new: NewServer, flavor: SimFlavor, image: SimImage) -> SimServer:
        now = self._world.now()
        return SimServer(
            id=self._world.new_id(),
            name=new.name,
            project=self._project_name,
            status="BUILD",
            task_state="scheduling",
            created=now,
            updated=now,
            flavor=flavor.name,
            vcpus=flavor.vcpus,
            ram_mib=flavor.ram_mib,
            disk_gib=flavor.disk_gib,
            image_id=image.id,
            port_ids=tuple(new.port_ids),
            metadata=dict(new.metadata),
            user_data=new.user_data,
            zone=new.availability_zone,
        )

    def _plan_building(self, server: SimServer, image: str) -> None:
        settings, about = self._world.settings, (server.name, image, server.image_id, server.flavor)
        steps = life.building(server.created, self._world.seconds(settings.building, server.id, "build"))
        sick = self._fault(faults.SET_UP_FAILS, about)
        server.sick = sick.text if sick else ""
        failure = self._fault(faults.BUILD_FAILS, about)
        if failure:
            steps[-1] = Step(steps[-1].at, "ERROR", "", Effect.FAIL, failure.text)
        elif self._fault(faults.BUILD_STICKS, about):
            del steps[-1]
        self._world.schedule(server, steps)

    def _fault(self, kind: str, about: tuple[str, ...]) -> faults.Fault | None:
        return self._world.faults.take(kind, self._project_name, about)

    def _check_ports(self, port_ids: tuple[str, ...]) -> None:
        for port_id in port_ids:
            port = self._world.contents.ports.get(port_id)
            if port is None or port.project != self._project_name:
                raise BadRequest(f"Port {port_id} could not be found.")
            if port.device_id:
                raise Conflict(f"Port {port_id} is still in use.")

    def _show(self, project: Project, servers: Iterable[SimServer]) -> tuple[CloudServer, ...]:
        return tuple(shown.server(self._world.contents, one, admin=project.admin) for one in servers)

    def _own(self) -> list[SimServer]:
        return [one for one in self._world.contents.servers.values() if one.project == self._project_name]

    def _living(self) -> list[SimServer]:
        return [one for one in self._own() if one.deleted is None]


def admins_only(project: Project, act: str) -> None:
    """Raises AccessDenied for a plain member."""
    if not project.admin:
        raise AccessDenied(f"Policy doesn't allow os_compute_api:{act} to be performed.")
