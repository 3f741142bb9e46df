"""Servers that do not answer as their pool's proof of health wants it."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.test_healing import lent, now, pass_minutes, rungs
from tests.engine.world import World, pool
from vmms_tui.model.healing import HealthKind, HealthProof, Illness
from vmms_tui.model.records import OperationKind, Server, ServerState

HEALTH = HealthProof(kind=HealthKind.PORT, every=timedelta(seconds=5), failures=3)


@pytest.fixture
async def proving(tmp_path: Path) -> World:
    """A world whose pool has its servers asked whether they answer."""
    world = await World(tmp_path, pool(health=HEALTH)).start()
    await world.pass_time(40)
    return world


async def test_one_that_does_not_answer_is_rebooted(proving: World) -> None:
    server = await lent(proving)
    proving.guests.silent.add(server.id)
    await proving.pass_time(30)
    assert proving.state.need(Illness, server.id).why.endswith("proofs in a row failed: port 22 does not answer")
    await pass_minutes(proving, 1)
    proving.guests.silent.clear()
    await pass_minutes(proving, 3)
    assert rungs(proving, server) == ["reboot"]
    assert proving.state.need(Illness, server.id).well_since
    await proving.stop()


async def test_one_that_stays_silent_is_a_persons(proving: World) -> None:
    server = await lent(proving)
    proving.guests.silent.add(server.id)
    for _ in range(12):
        await pass_minutes(proving, 15)
    assert set(rungs(proving, server)) == {"reboot", "hard_reboot"}
    assert "perhaps only its owner closed a port" in proving.state.need(Illness, server.id).asks
    again = [one.step for one in proving.state.operations_of(server.id) if one.kind is OperationKind.HEAL]
    assert set(again) == {"prove_again"}, "its address was put on anew first"
    assert len(proving.events("server.ill")) == 1, "that it stays silent is no news"
    await proving.stop()


async def test_a_ready_server_that_is_silent_is_replaced(proving: World) -> None:
    silent = next(one for one in proving.state.all(Server) if one.state is ServerState.READY)
    proving.guests.silent.add(silent.id)
    await pass_minutes(proving, 3)
    assert now(proving, silent).state is ServerState.FAILED
    assert proving.counts()[ServerState.READY] == 4
    await proving.stop()


async def test_without_proofs_nobody_is_asked(filled: World) -> None:
    before = filled.guests.proofs
    await pass_minutes(filled, 5)
    assert filled.guests.proofs == before
