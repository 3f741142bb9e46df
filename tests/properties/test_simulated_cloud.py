"""Whatever is asked of the simulated cloud, in whatever order: what must always be true of it."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from vmms_tui.engine.clock import SimulatedClock
from vmms_tui.engine.cloud.errors import CloudError, CloudFault
from vmms_tui.engine.cloud.facts import NewServer
from vmms_tui.engine.cloud.simulated import file
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.cloud.simulated.journeys import ENDED
from vmms_tui.engine.cloud.simulated.settings import SimulatedSettings

T = TypeVar("T")
MANY = file.MANY

SMALL = SimulatedSettings(
    admin=True,
    moving=(1.0, 4.0),
    hosts=2,
    host_vcpus=4,
    quota_servers=6,
    quota_vcpus=12,
    quota_ram_mib=20_000,
    networks=(("private", "10.20.0.2", "10.20.0.8", False), ("public", "203.0.113.10", "203.0.113.13", True)),
)
NEXT = {
    "BUILD": {"ACTIVE", "ERROR"},
    "ACTIVE": {"SHUTOFF", "REBOOT", "HARD_REBOOT", "REBUILD", "ERROR", "DELETED", "MIGRATING", "RESIZE"},
    "SHUTOFF": {"ACTIVE", "HARD_REBOOT", "REBUILD", "ERROR", "DELETED", "RESIZE"},
    "MIGRATING": {"ACTIVE", "ERROR"},
    "RESIZE": {"VERIFY_RESIZE", "ACTIVE", "SHUTOFF", "ERROR"},
    "VERIFY_RESIZE": {"ACTIVE", "SHUTOFF", "REVERT_RESIZE", "ERROR"},
    "REVERT_RESIZE": {"ACTIVE", "SHUTOFF", "ERROR"},
    "REBOOT": {"ACTIVE"},
    "HARD_REBOOT": {"ACTIVE"},
    "REBUILD": {"ACTIVE", "SHUTOFF"},
    "ERROR": {"ACTIVE", "SHUTOFF", "HARD_REBOOT", "REBUILD"},
    "DELETED": set[str](),
}
"""Moves of a server's status that one look may find, while less than a second passes between two looks."""
MOVES = ("move_fails", "move_sticks", "move_check_fails", "cold_move_fails", "no_host")
"""Faults of moves."""
picks = strategies.integers(0, 1_000)


class AnyUse(RuleBasedStateMachine):
    """Calls at random, on things that are there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "cloud.json"
        self.clock = SimulatedClock()
        self.account = SimulatedAccount(self.clock, path=self.path, settings=SMALL)
        self.cloud = self.account.project()
        self.runner = asyncio.Runner()
        self.statuses: dict[str, str] = {}
        self.follower: dict[str, tuple[str, str, str]] = {}
        self.listed: datetime | None = None
        self.number = 0

    def teardown(self) -> None:
        file.MANY = MANY
        self.runner.close()
        self.folder.cleanup()

    def run(self, call: Awaitable[T]) -> T:
        async def wait() -> T:
            return await call

        return self.runner.run(wait())

    def attempt(self, call: Awaitable[T]) -> T | None:
        """An answer, or a named refusal; anything else is a mistake."""
        try:
            return self.run(call)
        except CloudError:
            return None

    def pick(self, things: list[str], number: int) -> str:
        return things[number % len(things)] if things else "nothing"

    @property
    def servers(self) -> list[str]:
        return list(self.account.world.contents.servers)

    @property
    def ports(self) -> list[str]:
        return list(self.account.world.contents.ports)

    @property
    def ips(self) -> list[str]:
        return list(self.account.world.contents.floating_ips)

    @property
    def volumes(self) -> list[str]:
        return list(self.account.world.contents.volumes)

    @initialize()
    def begin(self) -> None:
        assert self.run(self.cloud.list_servers()).servers == ()

    @rule(seconds=strategies.sampled_from([0.1, 0.4, 0.9]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(pick=picks, flavor=strategies.sampled_from(["m1.tiny", "m1.small", "m1.medium", "m1.large"]))
    def create(self, pick: int, flavor: str) -> None:
        self.number += 1
        ports = (self.pick(self.ports, pick),) if pick % 3 and self.ports else ()
        new = NewServer(name=f"vm-{self.number}", flavor=flavor, image="tiny", port_ids=ports)
        self.attempt(self.cloud.create_server(new))

    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        self.attempt(self.cloud.delete_server(self.pick(self.servers, pick)))

    @rule(pick=picks, act=strategies.sampled_from(["stop", "start", "soft", "hard", "rebuild", "tag"]))
    def order(self, pick: int, act: str) -> None:
        server = self.pick(self.servers, pick)
        acts: dict[str, Callable[[str], Awaitable[None]]] = {
            "stop": self.cloud.stop_server,
            "start": self.cloud.start_server,
            "soft": lambda one: self.cloud.reboot_server(one, hard=False),
            "hard": lambda one: self.cloud.reboot_server(one, hard=True),
            "rebuild": lambda one: self.cloud.rebuild_server(one, "tiny"),
            "tag": lambda one: self.cloud.set_metadata(one, {"pick": str(pick)}),
        }
        self.attempt(acts[act](server))

    @rule(pick=picks, act=strategies.sampled_from(["live", "cold", "confirm", "revert", "abort", "force"]))
    def move(self, pick: int, act: str) -> None:
        server, cloud = self.pick(self.servers, pick), self.cloud
        host = ("", "cmp1", "cmp2", "cmp9")[pick % 4]
        number = self.account.world.contents.moves_made
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "live": lambda: cloud.live_migrate(server, host),
            "cold": lambda: cloud.cold_migrate(server, host),
            "confirm": lambda: cloud.confirm_move(server),
            "revert": lambda: cloud.revert_move(server),
            "abort": lambda: cloud.abort_move(server, number),
            "force": lambda: cloud.force_move(server, number),
        }
        self.attempt(acts[act]())

    @rule()
    def make_port(self) -> None:
        self.attempt(self.cloud.create_port("private", name="", description=""))

    @rule(pick=picks)
    def delete_port(self, pick: int) -> None:
        self.attempt(self.cloud.delete_port(self.pick(self.ports, pick)))

    @rule(pick=picks)
    def make_floating_ip(self, pick: int) -> None:
        port = self.pick(self.ports, pick) if pick % 2 and self.ports else ""
        self.attempt(self.cloud.create_floating_ip("public", description="", port_id=port))

    @rule(pick=picks, port=picks)
    def associate(self, pick: int, port: int) -> None:
        where = self.pick(self.ports, port) if port % 3 and self.ports else ""
        self.attempt(self.cloud.associate_floating_ip(self.pick(self.ips, pick), where))

    @rule(pick=picks)
    def delete_floating_ip(self, pick: int) -> None:
        self.attempt(self.cloud.delete_floating_ip(self.pick(self.ips, pick)))

    @rule()
    def make_volume(self) -> None:
        self.attempt(self.cloud.create_volume("data", 1))

    @rule(pick=picks, server=picks, act=strategies.sampled_from(["attach", "detach", "delete"]))
    def use_volume(self, pick: int, server: int, act: str) -> None:
        volume, where = self.pick(self.volumes, pick), self.pick(self.servers, server)
        if act == "attach":
            self.attempt(self.cloud.attach_volume(where, volume))
        elif act == "detach":
            self.attempt(self.cloud.detach_volume(where, volume))
        else:
            self.attempt(self.cloud.delete_volume(volume))

    @rule(
        fault=strategies.sampled_from(
            ["build_fails", "build_sticks", "delete_fails", "delete_sticks", "answer", *MOVES]
        )
    )
    def trouble(self, fault: str) -> None:
        faults = self.account.world.faults
        if fault == "answer":
            faults.fail("create_server", CloudFault("Lost."), done=True)
        else:
            getattr(faults, fault)(times=1)

    @rule(name=strategies.sampled_from(["cmp1", "cmp2"]), down=strategies.booleans())
    def host(self, name: str, *, down: bool) -> None:
        world = self.account.world
        (world.host_down if down else world.host_up)(name)

    @precondition(lambda self: self.path.exists())
    @rule(large=strategies.booleans())
    def restart(self, *, large: bool) -> None:
        """Another process takes over from the file, and from its log where the cloud counts as a large one."""
        before = self.run(self.known())
        self.account = SimulatedAccount(self.clock, path=self.path, settings=SMALL)
        self.cloud = self.account.project()
        assert self.run(self.known()) == before
        file.MANY = 0 if large else MANY

    async def known(self) -> tuple[object, ...]:
        """All that the cloud tells."""
        cloud = self.cloud
        listed = (await cloud.list_servers()).servers
        return listed, await cloud.list_ports(), await cloud.list_floating_ips(), await cloud.list_volumes()

    @invariant()
    def a_follower_of_changes_knows_what_the_list_shows(self) -> None:
        listing = self.run(self.cloud.list_servers(self.listed))
        self.listed = self.clock.now()
        for one in listing.servers:
            self.follower[one.id] = (one.name, one.status, one.task_state)
        living = {key: seen for key, seen in self.follower.items() if seen[1] != "DELETED"}
        shown = {
            one.id: (one.name, one.status, one.task_state)
            for one in self.run(self.cloud.list_servers()).servers
            if one.status != "DELETED"
        }
        assert living == shown

    @invariant()
    def statuses_move_as_they_may(self) -> None:
        for one in self.run(self.cloud.list_servers()).servers:
            before = self.statuses.get(one.id, one.status)
            assert one.status == before or one.status in NEXT[before] | {"DELETED"}, (before, one.status)
            self.statuses[one.id] = one.status

    @invariant()
    def no_quota_is_exceeded(self) -> None:
        quota = self.run(self.cloud.quota())
        assert quota.servers_used <= quota.servers
        assert quota.vcpus_used <= quota.vcpus
        assert quota.ram_mib_used <= quota.ram_mib

    @invariant()
    def no_host_is_overfull(self) -> None:
        contents = self.account.world.contents
        for host in contents.hosts.values():
            there = [one for one in contents.servers.values() if host.name in {one.host, one.held_on}]
            used = sum(one.vcpus for one in there)
            assert used <= host.vcpus
            assert used == self.account.world.hosts.used(host.name)[0]
            assert all(one.deleted is None for one in there)

    @invariant()
    def moves_end_or_belong_to_a_server(self) -> None:
        contents = self.account.world.contents
        for move in contents.moves.values():
            on_it = contents.servers[move.server_id].move_id == move.id
            assert on_it == (move.status not in ENDED), move
        for one in contents.servers.values():
            if one.held_on or one.status in {"MIGRATING", "RESIZE", "VERIFY_RESIZE", "REVERT_RESIZE"}:
                assert one.move_id, one
                assert {one.host, one.held_on or one.host} <= set(contents.hosts)
            for told in self.run(self.cloud.moves_under_way(one.id)) if one.deleted is None else ():
                parts = (told.memory_total, told.memory_processed, told.memory_remaining)
                assert all(part is None or part >= 0 for part in parts)
                assert told.memory_remaining is None or told.memory_remaining <= (told.memory_total or 0)

    @invariant()
    def addresses_and_links_are_one_to_one(self) -> None:
        contents = self.account.world.contents
        addresses = [port.address for port in contents.ports.values()]
        addresses += [ip.address for ip in contents.floating_ips.values()]
        assert len(set(addresses)) == len(addresses)
        for port in contents.ports.values():
            if port.device_id:
                server = contents.servers[port.device_id]
                assert server.deleted is None
                assert port.id in server.port_ids
            if port.floating_ip_id:
                assert contents.floating_ips[port.floating_ip_id].port_id == port.id
        for ip in contents.floating_ips.values():
            assert not ip.port_id or contents.ports[ip.port_id].floating_ip_id == ip.id

    @invariant()
    def volumes_are_where_they_say(self) -> None:
        contents = self.account.world.contents
        for volume in contents.volumes.values():
            assert not volume.server_id or volume.id in contents.servers[volume.server_id].volume_ids
        for server in contents.servers.values():
            assert all(contents.volumes[one].server_id == server.id for one in server.volume_ids)


AnyUse.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAnyUse = AnyUse.TestCase
