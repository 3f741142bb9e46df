"""The same for builds, hand-overs, power, rebuilds and ends: see test_endings.py."""

from itertools import product
from pathlib import Path

import pytest

from tests.engine.endings import CONSOLE, ERRORS, ODD, SMALL, STARTS, Fleet
from tests.engine.world import pool
from vmms_tui.model.commands import AnyCommand, RebootServer, RebuildServer, Release, StartServer, StopServer
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import Operation, OperationKind, Server, ServerState
from vmms_tui.model.spec import Proof

K = OperationKind
ACTS: dict[OperationKind, tuple[str, ...]] = {
    K.STOP: ("get_server", "stop_server"),
    K.START: ("get_server", "start_server"),
    K.REBOOT: ("get_server", "reboot_server"),
    K.REBUILD: ("get_server", "rebuild_server", "start_server", "console_log"),
    K.RECLAIM: (
        *("get_server", "delete_server", "list_floating_ips", "delete_floating_ip", "list_ports", "delete_port"),
    ),
}
BUILDS = (
    *("create_port", "create_server", "create_floating_ip", "list_ports", "find_servers", "list_floating_ips"),
    *("get_server", "console_log"),
)
GRIEFS = ("build_fails", "build_sticks", "set_up_fails", "delete_sticks", "delete_fails", "delete_clings")


def command(kind: OperationKind, server: Server) -> AnyCommand:
    lease = server.lease_id
    commands: dict[OperationKind, AnyCommand] = {
        K.STOP: StopServer(lease_id=lease),
        K.START: StartServer(lease_id=lease),
        K.REBOOT: RebootServer(lease_id=lease),
        K.REBUILD: RebuildServer(lease_id=lease),
        K.RECLAIM: Release(lease_id=lease),
    }
    return commands[kind]


@pytest.mark.parametrize("kind", ACTS)
async def test_every_refusal_at_every_call(tmp_path: Path, kind: OperationKind) -> None:
    cases = list(product(ACTS[kind], ERRORS))
    fleet = Fleet(tmp_path, len(cases), proof=CONSOLE if kind is K.REBUILD else Proof())
    servers = await fleet.lent(len(cases))
    off = [one for one, (call, _) in zip(servers, cases, strict=True) if kind is K.START or call == STARTS]
    for one in off:
        assert (await fleet.send(StopServer(lease_id=one.lease_id))).ok
    await fleet.pass_time(30 if off else 0)
    for server, (call, error) in zip(servers, cases, strict=True):
        fleet.breaks(call, ERRORS[error], server)
    for server in servers:
        reply = await fleet.send(command(kind, server))
        assert reply.ok, reply
    await fleet.pass_time(20)
    fleet.check(kind)
    await fleet.pass_time(1_500, step=15)
    assert fleet.check(kind), "nothing came to grief"
    fleet.all_met()
    fleet.faults.clear()
    await fleet.pass_time(1_500, step=15)
    assert not [one for one in fleet.works(kind) if is_live(one)]
    await fleet.stop()


async def test_builds(tmp_path: Path) -> None:
    """One pool for each case, in a project of its own: what is refused there is refused nowhere else."""
    cases = {f"{call.replace('_', '-')}-{error}": (call, error) for call, error in product(BUILDS, ERRORS)}
    pools = [
        pool(
            **SMALL, name=name, project=name, available=1, limit=2, proof=CONSOLE if call == "console_log" else Proof()
        )
        for name, (call, _) in cases.items()
    ]
    fleet = Fleet(tmp_path, 0, pools=pools)
    await fleet.start()
    for name, (call, error) in cases.items():
        fault = fleet.faults.fail(call, ERRORS[error], times=None, project=name)
        fleet.broken.setdefault(call, []).append(fault)
    await fleet.pass_time(60, step=5)
    fleet.check(K.PROVISION)
    await fleet.pass_time(1_200, step=60)
    assert fleet.check(K.PROVISION)
    fleet.all_met()
    fleet.faults.clear()
    await fleet.pass_time(3_600, step=150)
    fleet.check(K.PROVISION)
    built = {one.pool for one in fleet.state.all(Server) if one.state is ServerState.READY}
    assert built == set(cases)
    await fleet.stop()


@pytest.mark.parametrize("grief", GRIEFS)
async def test_builds_and_ends_that_come_to_grief(tmp_path: Path, grief: str) -> None:
    fleet = Fleet(tmp_path, 2)
    if not grief.startswith("delete"):
        odd = {} if grief.endswith("sticks") else {"text": ODD}
        getattr(fleet.faults, grief)(times=3, **odd)
        await fleet.start()
        await fleet.pass_time(3_600, step=10)
        assert fleet.check(K.PROVISION) or grief == "set_up_fails"
    else:
        servers = await fleet.lent(2)
        getattr(fleet.faults, grief)(times=2)
        for one in servers:
            assert (await fleet.send(Release(lease_id=one.lease_id))).ok
        await fleet.pass_time(1_500, step=5)
        fleet.check(K.RECLAIM)
    await fleet.stop()


async def test_a_mistake_of_ours_has_its_sentence_and_remedy_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = Fleet(tmp_path, 1)
    (server,) = await fleet.lent(1)
    monkeypatch.setattr(type(fleet.engine.context), "cloud_of", lambda *_: 1 / 0)
    reply = await fleet.send(StopServer(lease_id=server.lease_id))
    await fleet.pass_time(3)
    monkeypatch.undo()
    work = fleet.state.need(Operation, reply.operation_id)
    assert work.outcome == "a mistake in VMMS in step ask; its log has the details"
    assert "whoever looks after VMMS" in work.remedy
    fleet.check(K.STOP)
    await fleet.stop()


async def test_the_line_of_a_failure_says_what_to_do(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 1)
    (server,) = await fleet.lent(1)
    fleet.faults.fail("stop_server", ERRORS["denied"], times=None, about=server.cloud_id)
    reply = await fleet.send(StopServer(lease_id=server.lease_id))
    await fleet.pass_time(5)
    (said,) = fleet.events("stop.failed")
    assert said.operation_id == reply.operation_id
    assert said.text.endswith(
        "Policy doesn't allow it to be performed. Mend the credentials, or the rights of their user in the cloud."
    )
    await fleet.stop()
