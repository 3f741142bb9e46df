"""Each way of the cloud to refuse, at each call: the operation ends with a sentence and a remedy, or waits with words.

The older operations are in test_endings_older.py.
"""

from collections.abc import Container
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.engine.endings import CONSOLE, DEAD, ERRORS, ODD, STARTS, Fleet
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.engine.cloud.simulated.mending import fall_ill
from vmms_tui.model.commands import AbortOperation, EvacuateHost, MigrateServer
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import Operation, OperationKind, OperationState, Server
from vmms_tui.model.spec import Proof

ADDRESS = ("get_port", "get_floating_ip", "associate_floating_ip")
CALLS = {
    "move": ("get_server", "move_records", "moves_under_way", "list_ports", "live_migrate", *ADDRESS),
    "cold": ("get_server", "move_records", "cold_migrate", "confirm_move", *ADDRESS),
    "evacuate": ("get_server", "move_records", "evacuate", "start_server", *ADDRESS),
    "heal": (
        "get_server",
        "start_server",
        "reboot_server",
        "reset_state",
        "rebuild_server",
        "console_log",
        "get_floating_ip",
        "associate_floating_ip",
    ),
}
HOSTS = {"move": ("hypervisors", "compute_services"), "evacuate": ("compute_services",)}
KIND = {
    "move": OperationKind.MOVE,
    "cold": OperationKind.MOVE,
    "evacuate": OperationKind.EVACUATE,
    "heal": OperationKind.HEAL,
}
LONG = {"heal": 3_000.0}
"""Seconds until all have ended; else OTHERS."""
OTHERS = 1_500.0


async def begin(fleet: Fleet, act: str, servers: list[Server], off: Container[str] = ()) -> None:
    """Let all of these be moved, evacuated or healed; `off` are the ids of those that fall ill by going off."""
    if act in {"move", "cold"}:
        for one in servers:
            reply = await fleet.send(MigrateServer(server_id=one.id, cold=act == "cold"), "operator")
            assert reply.ok, reply
    elif act == "evacuate":
        reply = await fleet.send(EvacuateHost(host=DEAD, sworn="I pulled its power"), "operator")
        assert reply.ok, reply
    else:
        for one in servers:
            how = Falls.OFF if one.id in off else Falls.ERROR
            assert fall_ill(fleet.account.world, one.cloud_id, how, text=ODD)


async def die(fleet: Fleet, act: str) -> None:
    """The host of what is to be evacuated dies, and the list of hosts tells it."""
    if act == "evacuate":
        fleet.account.world.host_down(DEAD)
        await fleet.pass_time(65, step=5)


@pytest.mark.parametrize("act", CALLS)
async def test_every_refusal_at_every_call(tmp_path: Path, act: str) -> None:
    cases = list(product(CALLS[act], ERRORS))
    fleet = Fleet(tmp_path, len(cases), proof=CONSOLE if act == "heal" else Proof())
    servers = await fleet.lent(len(cases))
    await die(fleet, act)
    for server, (call, error) in zip(servers, cases, strict=True):
        if act == "heal" and call in {"reset_state", "rebuild_server", "console_log"}:
            fleet.faults.mend_fails(about=server.cloud_id, times=2, text=ODD)  # so that it comes to this rung
        if call == "associate_floating_ip":
            await fleet.cloud.associate_floating_ip(server.floating_ip_id, "")
        if act == "evacuate" and call == STARTS:
            fleet.faults.evacuation_leaves_off(about=server.cloud_id)
        if call == "list_ports":
            fleet.fails(call, ERRORS[error], about=server.cloud_id)  # for what ties it
        else:
            fleet.breaks(call, ERRORS[error], server)
    await begin(fleet, act, servers, {one.id for one, (call, _) in zip(servers, cases, strict=True) if call == STARTS})
    await fleet.pass_time(10)
    if act == "heal":
        await fleet.pass_time(60)
    fleet.check(KIND[act])
    await fleet.pass_time(LONG.get(act, OTHERS), step=10)
    failed = fleet.check(KIND[act])
    fleet.all_met()
    fleet.faults.clear()
    await fleet.pass_time(OTHERS, step=10)
    assert not [one for one in fleet.works(KIND[act]) if is_live(one)], "some never end"
    assert len(failed) >= len(cases) // 4, "too little came to grief for this to be a test"
    await fleet.stop()


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("act", HOSTS)
async def test_refusals_to_tell_of_hosts(tmp_path: Path, act: str, error: str) -> None:
    fleet = Fleet(tmp_path, 1)
    servers = await fleet.lent(1)
    await die(fleet, act)
    await begin(fleet, act, servers)
    for call in HOSTS[act]:
        fleet.faults.fail(call, ERRORS[error], times=None)
    await fleet.pass_time(60)
    fleet.check(KIND[act])
    fleet.faults.clear()
    await fleet.pass_time(OTHERS, step=5)
    (work,) = fleet.works(KIND[act])
    assert not is_live(work)
    fleet.check(KIND[act])
    await fleet.stop()


MUTE = "is mute afterwards"
GRIEF: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "move": {
        "fails": ("move_fails", {}),
        "is cancelled": ("move_fails", {"status": "cancelled"}),
        "is refused": ("move_check_fails", {}),
        "does not end": ("move_sticks", {}),
        "finds no host": ("no_host", {}),
        MUTE: ("", {}),
    },
    "cold": {"fails": ("cold_move_fails", {"text": ODD}), "finds no host": ("no_host", {}), MUTE: ("", {})},
    "evacuate": {
        "fails": ("evacuation_fails", {"text": ODD}),
        "finds no host": ("no_host", {}),
        "loses its address": ("address_lost", {}),
        "is left off": ("evacuation_leaves_off", {}),
        MUTE: ("", {}),
    },
    "heal": {
        "never comes up": ("mend_fails", {"times": None, "text": ODD}),
        "comes up once": ("mend_fails", {"times": 1}),
    },
}
"""By what is done: each way to come to grief, with the fault that brings it."""
WELL = frozenset({"loses its address", "is left off", "comes up once"})
"""What is made good."""


def harm(fleet: Fleet, server: Server, fault: str, args: dict[str, Any]) -> None:
    """Let this server come to grief."""
    if fault:
        getattr(fleet.faults, fault)(about=server.cloud_id, **args)
    else:
        fleet.guests.silent.add(server.id)


async def grieve(fleet: Fleet, act: str) -> dict[str, Server]:
    """One server for each way to come to grief, brought to it."""
    servers = await fleet.lent(len(GRIEF[act]))
    await die(fleet, act)
    for server, (fault, args) in zip(servers, GRIEF[act].values(), strict=True):
        harm(fleet, server, fault, args)
    await begin(fleet, act, servers)
    await fleet.pass_time(30)
    await fleet.pass_time(LONG.get(act, OTHERS + 1_500), step=5)
    return dict(zip(GRIEF[act], servers, strict=True))


@pytest.mark.parametrize("act", GRIEF)
async def test_every_way_to_come_to_grief(tmp_path: Path, act: str) -> None:
    fleet = Fleet(tmp_path, len(GRIEF[act]))
    servers = await grieve(fleet, act)
    failed = {one.server_id for one in fleet.check(KIND[act])}
    for grief, server in servers.items():
        assert grief in WELL or server.id in failed, grief
    assert not [one for one in fleet.works(KIND[act]) if is_live(one)]
    await fleet.stop()


@pytest.mark.parametrize("act", CALLS)
async def test_while_the_cloud_is_away_each_waits_with_words_and_goes_on_then(tmp_path: Path, act: str) -> None:
    fleet = Fleet(tmp_path, 1)
    servers = await fleet.lent(1)
    await die(fleet, act)
    await begin(fleet, act, servers)
    for _ in range(200):
        await fleet.pass_time(0.5, step=0.5)
        if [one for one in fleet.works(KIND[act]) if one.step in {"follow", "wait"}]:
            break
    away = fleet.faults.unreachable()
    await fleet.pass_time(1_800, step=5)
    (work,) = fleet.works(KIND[act])
    assert work.state is OperationState.WAITING
    assert "Could not reach the cloud" in work.waiting_for
    fleet.check(KIND[act])
    fleet.faults.remove(away)
    await fleet.pass_time(OTHERS, step=5)
    assert fleet.state.need(Operation, work.id).state is OperationState.DONE, fleet.state.need(Operation, work.id)
    await fleet.stop()


async def test_what_is_aborted_needs_no_remedy_but_says_where_it_is(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 1)
    servers = await fleet.lent(1)
    fleet.faults.move_sticks()
    await begin(fleet, "move", servers)
    await fleet.pass_time(10)
    (work,) = fleet.works(OperationKind.MOVE)
    assert (await fleet.send(AbortOperation(operation_id=work.id), "operator")).ok
    await fleet.pass_time(10)
    (failed,) = fleet.check(OperationKind.MOVE)
    assert failed.outcome == f"aborted by operator: {servers[0].id} is on {DEAD} as before"
    await fleet.stop()
