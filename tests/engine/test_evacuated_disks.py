"""Servers that are evacuated with disks that die with their host, and with others; and how they are asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from tests.engine.hosts_known import SEEN_DEAD
from tests.engine.test_evacuation import DEAD, die, evacuate, evacuations, now
from tests.engine.test_healing import said_to
from tests.engine.test_leases import KEY
from tests.engine.test_moves import move, moving, operation, until
from tests.engine.world import World, pool
from vmms_tui.model.commands import RebootServer, ResetPassword, StartServer, StopServer
from vmms_tui.model.healing import HealthKind, HealthProof
from vmms_tui.model.records import Operation, OperationState, Server, ServerState
from vmms_tui.model.spec import Proof, ProofKind

NONE = Proof(kind=ProofKind.NONE)
CONSOLE = Proof(kind=ProofKind.CONSOLE)
PORT = Proof(kind=ProofKind.PORT)
HEALTH = HealthProof(kind=HealthKind.PORT)
Build = Callable[..., Awaitable[World]]


@pytest_asyncio.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    """Makes a pool of eight on four known hosts; their disks are shared, or not."""
    made: list[World] = []

    async def begin(*, shared: bool = False, **spec: Any) -> World:
        world = World(tmp_path, pool(available=8, limit=8, **spec))
        world.account.world.settings = msgspec.structs.replace(world.account.world.settings, shared_storage=shared)
        world.account.world.set_admin()
        made.append(await world.start())
        await world.pass_time(SEEN_DEAD)
        return world

    yield begin
    for world in made:
        await world.stop()


async def lent(world: World, host: str = DEAD) -> Server:
    """One on this host, with its owner's key."""
    while True:
        reply = await world.ask("alice", ssh_key=KEY)
        await world.pass_time(5)
        server = world.state.need(Server, reply.server_id)
        if server.host == host:
            return server


async def evacuated(world: World, seconds: float = 60) -> Operation:
    await die(world)
    assert (await evacuate(world)).ok
    await world.pass_time(seconds)
    return evacuations(world)[0]


# Disks


async def test_a_disk_that_was_made_anew_is_pinned_anew_and_lets_its_owner_in(build: Build) -> None:
    world = await build()
    before = await lent(world)
    assert (await world.send(ResetPassword(lease_id=before.lease_id))).ok
    await world.pass_time(5)
    had = world.guests.password_hashes[before.id]
    assert world.guests.keys[before.id]
    done = await evacuated(world)
    assert done.state is OperationState.DONE, done
    assert done.outcome.endswith("its address answers; its disk was made anew")
    after = now(world, before)
    assert after.host_key not in {"", before.host_key}
    assert after.host_key == world.guests.host_key(before.id)
    assert [one.split()[1] for one in world.guests.keys[before.id]] == [KEY.split()[1]]
    assert world.guests.password_hashes[before.id] != had, "salted anew: it was put in again"
    (said,) = world.events("server.disk_anew")
    assert before.id in said.text
    assert any("on its disk is lost" in one and "lets you in as before" in one for one in said_to(world, "alice"))


async def test_a_disk_that_is_shared_keeps_its_pin(build: Build) -> None:
    world = await build(shared=True)
    before = await lent(world)
    done = await evacuated(world)
    assert done.outcome.endswith("its address answers")
    assert now(world, before).host_key == before.host_key
    assert not world.events("server.disk_anew")


@pytest.mark.parametrize("touches", range(0, 60, 4))
async def test_killed_at_any_touch_its_owner_gets_in(build: Build, touches: int) -> None:
    world = await build()
    before = await lent(world)
    await die(world)
    assert (await evacuate(world)).ok
    world.death.after(touches)
    await world.pass_time(20)
    await world.restart()
    await world.pass_time(90)
    (done,) = evacuations(world)
    assert done.state is OperationState.DONE, done
    assert now(world, before).host_key == world.guests.host_key(before.id)
    assert world.guests.keys[before.id]
    assert len(world.events("server.disk_anew")) == 1


async def test_one_that_lets_nobody_in_is_no_success_and_keeps_its_pin(build: Build) -> None:
    world = await build()
    before = await lent(world)
    await die(world)
    assert (await evacuate(world)).ok
    world.guests.refuse.add(before.id)  # its key is seen, and nobody gets in
    await world.pass_time(700, step=5)
    (failed,) = evacuations(world)
    assert failed.state is OperationState.FAILED
    assert "SSH refuses the key" in failed.outcome
    assert (now(world, before).host_key, now(world, before).disk_unsure) == (before.host_key, True)
    assert len(world.events("server.disk_anew")) == 1


@pytest.mark.parametrize("cold", [False, True], ids=["live", "cold"])
async def test_another_key_after_a_move_is_not_believed(build: Build, *, cold: bool) -> None:
    world = await build()
    before = await lent(world)
    reply = await move(world, before.id, cold=cold)
    await until(world, reply, "follow")
    world.guests.host_keys[before.id] = "ssh-ed25519 AAAAmallory"
    await world.pass_time(800, step=5)
    assert operation(world, reply).state is OperationState.FAILED
    assert "host key has changed" in operation(world, reply).outcome
    assert now(world, before).host_key == before.host_key


async def test_where_nobody_knows_whether_the_disk_is_new_the_key_is_put_in_again(build: Build) -> None:
    world = await build(proof=PORT)
    before = await lent(world)
    assert not before.host_key
    done = await evacuated(world)
    assert done.outcome.endswith("its address answers")
    assert world.guests.keys[before.id]
    await world.pass_time(1)


async def test_a_key_that_cannot_be_put_in_is_said_and_fails_nothing(build: Build) -> None:
    world = await build(proof=NONE, health=HEALTH)
    before = await lent(world)
    world.guests.refuse.add(before.id)
    done = await evacuated(world, 200)
    assert done.state is OperationState.DONE, done
    assert done.outcome.endswith("its address answers; the owner's key cannot be put in: SSH refuses the key")


@pytest.mark.parametrize("shared", [False, True], ids=["its own disk", "shared"])
@pytest.mark.parametrize("killed", [False, True], ids=["", "killed"])
async def test_one_that_was_off_shows_its_disk_when_it_runs_again(build: Build, shared: bool, killed: bool) -> None:
    world = await build(shared=shared)
    before = await lent(world)
    assert (await world.send(StopServer(lease_id=before.lease_id))).ok
    await world.pass_time(10)
    await evacuated(world)
    assert now(world, before).disk_unsure
    reply = await world.send(StartServer(lease_id=before.lease_id))
    await world.pass_time(4)
    if killed:
        await world.restart()
    await world.pass_time(30)
    after, done = now(world, before), operation(world, reply)
    assert done.state is OperationState.DONE, done
    assert done.outcome == ("ACTIVE" if shared else "ACTIVE; its disk was made anew")
    assert (after.state, after.disk_unsure) == (ServerState.LEASED, False)
    assert after.host_key == world.guests.host_key(before.id)
    assert (after.host_key == before.host_key) is shared
    assert world.guests.keys[before.id]
    assert len(world.events("server.disk_anew")) == (0 if shared else 1)


async def test_one_that_does_not_show_it_starts_all_the_same(build: Build) -> None:
    world = await build()
    before = await lent(world)
    assert (await world.send(StopServer(lease_id=before.lease_id))).ok
    await world.pass_time(10)
    await evacuated(world)
    world.guests.silent.add(before.id)
    reply = await world.send(StartServer(lease_id=before.lease_id))
    await world.pass_time(150)
    assert "whether its disk was made anew is not known: No answer" in operation(world, reply).outcome
    assert now(world, before).disk_unsure
    world.guests.silent.clear()
    reply = await world.send(RebootServer(lease_id=before.lease_id))
    await world.pass_time(30)
    assert operation(world, reply).outcome == "ACTIVE; its disk was made anew"
    assert world.guests.keys[before.id]


async def test_a_running_one_that_never_answered_is_looked_at_when_it_is_rebooted(build: Build) -> None:
    world = await build()
    before = await lent(world)
    world.guests.silent.add(before.id)
    failed = await evacuated(world, 700)
    assert failed.state is OperationState.FAILED
    world.guests.silent.clear()
    reply = await world.send(RebootServer(lease_id=before.lease_id, hard=True))
    await world.pass_time(30)
    assert operation(world, reply).outcome == "ACTIVE; its disk was made anew"
    assert now(world, before).host_key == world.guests.host_key(before.id)


# How it is asked


@pytest.mark.parametrize("proof", [NONE, CONSOLE], ids=["none", "console"])
async def test_without_a_proof_by_network_that_of_health_is_asked(build: Build, proof: Proof) -> None:
    world = await build(proof=proof, health=HEALTH)
    before = await lent(world)
    world.guests.silent.add(before.id)
    await die(world)
    assert (await evacuate(world)).ok
    await world.pass_time(55)
    (waits,) = evacuations(world)
    assert "no answer from it yet: port 22 does not answer" in waits.waiting_for
    world.guests.silent.clear()
    await world.pass_time(10)
    assert evacuations(world)[0].outcome.endswith("its address answers")


async def test_health_that_stays_silent_is_no_success(build: Build) -> None:
    world = await build(proof=NONE, health=HEALTH)
    before = await lent(world)
    world.guests.silent.add(before.id)
    failed = await evacuated(world, 700)
    assert failed.state is OperationState.FAILED
    assert "port 22 does not answer" in failed.outcome


async def test_a_port_that_answered_before_a_move_must_answer_after_it(build: Build) -> None:
    world = await build(proof=NONE)
    before = await lent(world)
    reply = await move(world, before.id)
    await until(world, reply, "follow")
    assert moving(world, reply).port == 22
    world.guests.silent.add(before.id)
    await world.pass_time(20)
    assert "no answer from it yet: port 22" in operation(world, reply).waiting_for
    world.guests.silent.clear()
    await world.pass_time(10)
    assert operation(world, reply).outcome.endswith("its address answers")


@pytest.mark.parametrize("closed", ["by its owner", "to the engine"])
async def test_what_cannot_be_asked_is_said(build: Build, closed: str) -> None:
    access = "none" if closed == "to the engine" else "ssh"
    world = await build(proof=NONE, access=access)
    before = await lent(world)
    if access == "ssh":
        world.guests.silent.add(before.id)
    reply = await move(world, before.id)
    await world.pass_time(40)
    done = operation(world, reply)
    assert done.state is OperationState.DONE, done
    assert done.outcome.endswith("not asked: the pool has no proof")
    assert moving(world, reply).port == 0


async def test_one_that_is_off_is_not_asked(build: Build) -> None:
    world = await build()
    before = await lent(world)
    assert (await world.send(StopServer(lease_id=before.lease_id))).ok
    await world.pass_time(10)
    done = await evacuated(world)
    assert done.outcome.endswith("not asked: it is off")
    assert now(world, before).state is ServerState.STOPPED
