"""The company at work: a day without trouble, and a company with a fleet."""

from collections import Counter
from pathlib import Path

from vmms_tui.demo.stage import Stage
from vmms_tui.model.records import Event, Lease, LeaseState, Level, Pool, Secret, Server, ServerState

STEP = 30.0
MORNING = 3 * 3600


async def test_a_morning_has_a_rush_and_no_trouble(tmp_path: Path) -> None:
    stage = await Stage(tmp_path).open()
    surged: set[float] = set()
    for _ in range(MORNING // 300):
        await stage.advance(300, STEP)
        surged |= {pool.surge for pool in stage.all(Pool)}
        assert not [loop.error for loop in stage.status.loops if loop.error]
        assert not [loop.name for loop in stage.status.loops if loop.late]
        assert stage.status.frozen is None
        assert not [pool.id for pool in stage.all(Pool) if pool.broken or pool.paused]
    assert max(surged) > 1.0
    assert stage.crowd.replies["ok"] > 50
    assert not stage.crowd.replies["failed"]
    ended = [lease for lease in stage.all(Lease) if lease.state is LeaseState.ENDED]
    assert {"released", "the"} <= {lease.end_reason.split()[0] for lease in ended}  # given back, and come to their end
    assert any(lease.renewals for lease in stage.all(Lease))
    assert not [event.text for event in stage.all(Event) if event.level is Level.ERROR]
    await stage.close()


async def test_the_same_seed_is_the_same_company(tmp_path: Path) -> None:
    lived = []
    for name in ("a", "b"):
        stage = await Stage(tmp_path / name, seed=5).open()
        await stage.advance(1800, STEP)
        kept = stage.engine.context.state.kept()
        lived.append([record for record in kept if not isinstance(record, Secret)])  # passwords are made by chance
        await stage.close()
    assert len(lived[0]) > 100
    for one, other in zip(*lived, strict=True):
        assert one == other


async def test_a_fleet_is_in_the_store_and_in_the_cloud_and_lives_on(tmp_path: Path) -> None:
    stage = await Stage(tmp_path, fleet=300).open()
    states = Counter(server.state for server in stage.all(Server))
    assert sum(states.values()) - states[ServerState.GONE] >= 300 - 5  # what is too much by rounding goes at once
    assert states[ServerState.LEASED] == 270
    await stage.advance(3600, 60.0)
    assert not [loop.error for loop in stage.status.loops if loop.error]
    assert not [event.text for event in stage.all(Event) if event.kind in {"server.lost", "leak.found"}]
    assert any(event.kind == "lease.granted" for event in stage.all(Event))
    assert any(event.kind == "server.gone" for event in stage.all(Event))
    await stage.close()
