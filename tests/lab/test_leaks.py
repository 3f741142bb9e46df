"""What is left over on the real OpenStack goes; what strangers have in the same project stays as it is."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import until
from tests.lab.process import Process, installed, ours
from vmms_tui.engine.cloud.errors import NotFound
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, TAG_POOL, TAG_SERVER, NewServer
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.model.records import Server, ServerState

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
QUICK = """
[leaks]
every = "1min"
age = "1min"
"""
SEVERAL_LOOKS = 420.0
"""Seconds."""


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    """An installation of its own, that looks every minute."""
    async with installed(tmp_path, available=1, limit=3, more=QUICK) as made:
        yield made


class Things:
    """Servers with port and floating IP, and more, in the lab's project."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.servers: list[str] = []
        self.ports: list[str] = []
        self.floating_ips: list[str] = []
        self.volumes: list[str] = []

    async def chain(self, name: str, description: str, metadata: dict[str, str]) -> str:
        """A server on a port that has a floating IP. The server's id."""
        port_id = await self.port(f"{name}-0", description)
        await self.floating_ip(description, port_id)
        new = NewServer(name=name, flavor="m1.tiny", image="tiny", port_ids=(port_id,), metadata=metadata)
        made = (await self._cloud.create_server(new)).id
        self.servers.append(made)

        async def is_active() -> bool:
            return (await self._cloud.get_server(made)).status == "ACTIVE"

        await until(is_active, f"server {name}")
        return made

    async def port(self, name: str, description: str) -> str:
        """A port that nothing uses."""
        made = (await self._cloud.create_port("private", name=name, description=description)).id
        self.ports.append(made)
        return made

    async def floating_ip(self, description: str, port_id: str = "") -> None:
        """A floating IP."""
        made = await self._cloud.create_floating_ip("public", description=description, port_id=port_id)
        self.floating_ips.append(made.id)

    async def volume(self, name: str, metadata: dict[str, str]) -> None:
        """A volume that nothing uses."""
        made = (await self._cloud.create_volume(name, 1, metadata=metadata)).id
        self.volumes.append(made)

        async def is_available() -> bool:
            return (await self._cloud.get_volume(made)).status == "available"

        await until(is_available, f"volume {name}")

    @property
    def ids(self) -> set[str]:
        """Of all of them."""
        return {*self.servers, *self.ports, *self.floating_ips, *self.volumes}

    async def now(self) -> dict[str, object]:
        """What the cloud says of each; nothing of what is gone."""
        looks: list[tuple[Callable[[str], Awaitable[object]], str]] = [
            *((self._cloud.get_server, one) for one in self.servers),
            *((self._cloud.get_port, one) for one in self.ports),
            *((self._cloud.get_floating_ip, one) for one in self.floating_ips),
            *((self._cloud.get_volume, one) for one in self.volumes),
        ]
        said: dict[str, object] = {}
        for look, object_id in looks:
            with contextlib.suppress(NotFound):
                said[object_id] = await look(object_id)
        return said

    async def clear(self) -> None:
        """Remove what is still there."""
        acts: list[tuple[Callable[[str], Awaitable[object]], str]] = [
            *((self._cloud.delete_floating_ip, one) for one in self.floating_ips),
            *((self._cloud.delete_server, one) for one in self.servers),
            *((self._cloud.delete_port, one) for one in self.ports),
            *((self._cloud.delete_volume, one) for one in self.volumes),
        ]
        for act, object_id in acts:
            with contextlib.suppress(NotFound):
                await act(object_id)


@pytest.fixture
async def strangers(cloud: Cloud) -> AsyncIterator[Things]:
    """Other people's things."""
    made = Things(cloud)
    yield made
    await made.clear()


async def ledger(process: Process, *options: str) -> Any:
    code, printed = await process.vmms("leaks", *options, "--json")
    assert code == 0
    return json.loads(printed)


async def gone_server(process: Process) -> str:
    """A server that was lent and given back; its id."""

    async def ready() -> bool:
        return (await process.states())[ServerState.READY] == 1

    await until(ready, "a ready server")
    _, printed = await process.vmms("request", "--purpose", "ci", "--json")
    reply = json.loads(printed)
    assert (await process.vmms("release", reply["lease_id"]))[0] == 0

    async def gone() -> bool:
        records = (await process.client.snapshot()).records
        states = {record.id: record.state for record in records if isinstance(record, Server)}
        return states[reply["server_id"]] == ServerState.GONE

    await until(gone, "the server's end")
    await until(ready, "the next ready server")
    return str(reply["server_id"])


async def settle(things: Things, name: str, mark: str) -> None:
    """Strangers: without a tag, with another one, and lookalikes; all with the name of the server that is gone."""
    await things.chain(name, "", {})
    other = mark.replace("vmms ", "vmms another-")
    await things.chain(name, other, {TAG_INSTALLATION: "another", TAG_POOL: "ci", TAG_SERVER: name})
    for text in ("", mark + " ", mark.upper(), other):
        await things.port(f"{name}-0", text)
        await things.floating_ip(text)
    await things.volume(f"{name}-data", {TAG_SERVER: name})


async def test_leaks_are_removed_and_strangers_are_not(process: Process, cloud: Cloud, strangers: Things) -> None:
    await process.start()
    name = await gone_server(process)
    mark = f"vmms {process.installation} ci {name}"
    tags = {TAG_INSTALLATION: process.installation, TAG_POOL: "ci", TAG_SERVER: name}
    await settle(strangers, name, mark)
    leaks = Things(cloud)
    leaked_server = await leaks.chain(name, mark, tags)
    await leaks.volume(f"{name}-data", tags)
    in_use = Things(cloud)  # ours by its tag, and on a stranger's port
    await in_use.floating_ip(mark, strangers.ports[2])
    own = {server.id for server in await ours(cloud, process.installation)} - {leaked_server}
    before = await strangers.now()

    shown = await ledger(process, "--look")
    assert {line["id"] for line in shown["lines"] if line["verdict"] == "left over"} == leaks.ids
    assert {line["id"] for line in shown["lines"] if line["verdict"] != "left over"} == in_use.ids
    assert set(await leaks.now()) == leaks.ids, "a dry run"

    async def are_gone() -> bool:
        return not await leaks.now()

    await until(are_gone, "the end of all that is left over", SEVERAL_LOOKS)
    assert await strangers.now() == before
    assert set(await in_use.now()) == in_use.ids
    assert {server.id for server in await ours(cloud, process.installation)} == own

    async def is_told() -> bool:
        return {line["id"] for line in (await ledger(process))["lines"]} == in_use.ids

    await until(is_told, "a ledger without them")
    _, printed = await process.vmms("events", "--json")
    told = [event["text"] for event in json.loads(printed) if event["kind"] == "leak.removed"]
    assert [text.split(" vm-")[0].split(" 203")[0] for text in told] == ["floating IP", "server", "port", "volume"]
