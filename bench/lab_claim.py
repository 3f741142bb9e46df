"""A server from a pool against a server created while one waits, in the same run on a real OpenStack (`make lab`).

Warm: the request until its lease is acknowledged; the server is ACTIVE, has its floating IP and has proved itself.
Cold: port, create, wait for ACTIVE, floating IP, with the same adapter, which looks every 50 ms. They take turns.
"""

import asyncio
import os
import signal
import sys
import time
import uuid
from pathlib import Path
from statistics import median

from bench.figures import Figure, disk
from lab.openstack.control import CLOUDS
from tests.lab.conftest import remove_everything
from vmms_tui.client.local import LocalClient
from vmms_tui.client.protocol import EngineClient
from vmms_tui.client.remote import RemoteClient
from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, NewServer
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.host import EngineHost
from vmms_tui.model.commands import Release, RequestServer
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import Server, ServerState
from vmms_tui.model.tables import Tables
from vmms_tui.settings import load
from vmms_tui.settings.people import this_process

ROUNDS = 5
READY = 3
PATIENCE = 240.0
SETTINGS = """
cloud = "lab-user"
installation = "{installation}"
[pools.ci]
purposes = ["ci"]
flavor = "m1.tiny"
image = "tiny"
networks = ["private"]
floating_network = "public"
available = 3
limit = 8
access = "none"
readiness = {{ kind = "console" }}
[policy]
burst_least = 1000
"""
"""A pool that stays as large as it is, however fast the requests come."""


def measure() -> list[Figure]:
    """See the module; nothing where there is no lab."""
    if not CLOUDS.exists():
        print(f"  skipped: there is no {CLOUDS}; `make lab` starts the real cloud.")
        return []
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    installation = f"bench-{uuid.uuid4().hex[:8]}"
    account = OpenStackAccount("lab-user")
    with disk() as folder:
        config = folder / "vmms.toml"
        config.write_text(SETTINGS.format(installation=installation))
        os.environ.update(VMMS_CONFIG=str(config), VMMS_STATE_DIR=str(folder), VMMS_RUNTIME_DIR=str(folder))
        try:
            cold, by_command, by_socket, calls = await _other_process(folder, account.project(), installation)
            inside = await _same_process()
        finally:
            await remove_everything(account.project(), installation)
            await account.close()
    return [
        Figure(what=f"create and wait, median of {ROUNDS}", value=median(cold), unit="s"),
        Figure(what="`vmms request`, from its start to its end", value=median(by_command), unit="s"),
        Figure(what="  faster than create and wait", value=median(cold) / median(by_command), unit="times"),
        Figure(what="the same request over the engine's socket", value=median(by_socket) * 1000, unit="ms"),
        Figure(
            what="  faster than create and wait", value=median(cold) / median(by_socket), unit="times", target=50,
            at_least=True,
        ),
        Figure(what="the same request in process, as from the screen", value=median(inside) * 1000, unit="ms"),
        Figure(
            what="  faster than create and wait", value=median(cold) / median(inside), unit="times", target=50,
            at_least=True,
        ),
        Figure(what="API calls in a minute at rest", value=calls, unit="calls", target=10),
    ]  # fmt: skip


async def _other_process(
    folder: Path, cloud: Cloud, installation: str
) -> tuple[list[float], list[float], list[float], int]:
    """Times on a `vmms engine`, and the calls that it makes at rest."""
    log = (folder / "engine.log").open("wb")
    engine = await asyncio.create_subprocess_exec(*_vmms("engine"), stderr=log)
    client = RemoteClient(folder / "engine.sock")
    try:
        rounds = []
        for number in range(ROUNDS):
            await _filled(client)
            by_command = await _by_command(client)
            by_socket = await _by_client(client)
            await _filled(client)
            rounds.append((await _create_and_wait(cloud, installation, f"cold-{number}"), by_command, by_socket))
        await _filled(client)
        await asyncio.sleep(75)
        calls = (await client.snapshot(("pool",))).status.cloud.calls_last_minute
    finally:
        await client.close()
        engine.send_signal(signal.SIGTERM)
        await engine.wait()
        log.close()
    cold, commands, sockets = zip(*rounds, strict=True)
    return list(cold), list(commands), list(sockets), calls


async def _same_process() -> list[float]:
    """Times on an engine in a thread of this process, through the client that the screen has."""
    settings = load(None, os.environ)
    host = EngineHost(settings, source=lambda: settings)
    await asyncio.get_running_loop().run_in_executor(None, host.start)
    client = LocalClient(host.door, this_process("bench"))
    try:
        times = []
        for _ in range(ROUNDS):
            await _filled(client)
            times.append(await _by_client(client))
    finally:
        await asyncio.get_running_loop().run_in_executor(None, host.stop)
    return times


def _vmms(*words: str) -> list[str]:
    return [sys.executable, "-m", "vmms_tui.cli", *words]


async def _by_command(client: EngineClient) -> float:
    before = time.perf_counter()
    command = await asyncio.create_subprocess_exec(*_vmms("request", "--purpose", "ci"), stdout=asyncio.subprocess.PIPE)
    said, _ = await command.communicate()
    took = time.perf_counter() - before
    server_id = said.decode().split()[0]
    if command.returncode or not (await client.send(Release(lease_id=server_id))).ok:
        raise RuntimeError(f"no lease: {said.decode()}")
    return took


async def _by_client(client: EngineClient) -> float:
    before = time.perf_counter()
    reply = await client.send(RequestServer(purpose="ci"))
    took = time.perf_counter() - before
    if not reply.lease_id:
        raise RuntimeError(f"no lease: {reply.text}")
    await client.send(Release(lease_id=reply.lease_id))
    return took


async def _filled(client: EngineClient) -> None:
    """Wait until the pool is full and nothing is under way."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            tables = Tables((await client.snapshot()).records)
        except TryAgain:
            tables = Tables()
        states = [server.state for server in tables.all(Server) if server.state is not ServerState.GONE]
        if states == [ServerState.READY] * READY:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"the pool is not full: {states}")
        await asyncio.sleep(0.2)


async def _create_and_wait(cloud: Cloud, installation: str, name: str) -> float:
    """Seconds for the same server without a pool; it is removed afterwards."""
    mark = f"vmms {installation} {name}"
    before = time.perf_counter()
    port = await cloud.create_port("private", name=name, description=mark)
    new = NewServer(
        name=name, flavor="m1.tiny", image="tiny", port_ids=(port.id,), metadata={TAG_INSTALLATION: installation}
    )
    made = await cloud.create_server(new)
    while (await cloud.get_server(made.id)).status != "ACTIVE":  # noqa: ASYNC110 a cloud has no event to wait for
        await asyncio.sleep(0.05)
    address = await cloud.create_floating_ip("public", description=mark, port_id=port.id)
    took = time.perf_counter() - before
    await cloud.delete_floating_ip(address.id)
    await cloud.delete_server(made.id)
    return took
