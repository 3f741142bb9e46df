"""The same for hand-overs, new passwords and replacements, and for moves that people end: see test_endings.py."""

import asyncio
from itertools import product
from pathlib import Path

import pytest

from tests.engine.endings import ERRORS, ODD, Fleet, check_words
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.engine.cloud.simulated.mending import fall_ill
from vmms_tui.engine.operations.replace import set_aside
from vmms_tui.model.commands import AbortOperation, AnyCommand, ForceOperation, MigrateServer, ResetPassword
from vmms_tui.model.healing import Rung, Sickness
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import Operation, OperationKind, OperationState, Server

K = OperationKind
ACTS: dict[OperationKind, tuple[str, ...]] = {
    K.HAND_OVER: ("set_metadata",),
    K.RESET_PASSWORD: ("change_password",),
    K.REPLACE: (
        *("get_server", "get_floating_ip", "associate_floating_ip", "describe_floating_ip", "set_metadata"),
        "delete_metadata",
    ),
    K.MOVE: ("abort_move", "force_move", "revert_move"),
}
GUESTS = ("silent", "refuse", "host_keys")
"""How the inside of a server refuses what is asked of it."""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvN0dd7MqRyNpsBoeYb8aWzNg2Vi4Yx1rYtXY3bZ0Qm alice@laptop"
LIMIT = 700
"""Seconds after which each of these has had its time."""


def shut(fleet: Fleet, how: str, server: Server) -> None:
    """Nobody gets into this server any more."""
    if how == "host_keys":
        fleet.guests.host_keys[server.id] = f"{KEY.split()[0]} {KEY.split()[1][:-4]}AAAA"
    else:
        getattr(fleet.guests, how).add(server.id)


async def to_their_ends(fleet: Fleet, kind: OperationKind, seconds: float = LIMIT) -> list[Operation]:
    """Let all end, at last without faults. Those that failed."""
    fleet.check(kind)
    await fleet.pass_time(seconds, step=10)
    failed = fleet.check(kind)
    fleet.all_met()
    fleet.faults.clear()
    await fleet.pass_time(seconds, step=10)
    fleet.check(kind)
    assert not [one for one in fleet.works(kind) if is_live(one)], "some never end"
    return failed


async def test_hand_overs(tmp_path: Path) -> None:
    number = len(ERRORS) + len(GUESTS)
    fleet = Fleet(tmp_path, number)
    await fleet.start()
    await fleet.pass_time(120, step=5)
    ready = fleet.state.ready_of("dev")
    assert len(ready) == number
    for server, error in zip(ready, ERRORS.values(), strict=False):
        fleet.breaks("set_metadata", error, server)
    for server, how in zip(ready[len(ERRORS) :], GUESTS, strict=True):
        shut(fleet, how, server)
    for _ in range(number):
        assert (await fleet.ask("alice", ssh_key=KEY)).server_id
    await fleet.pass_time(20)
    failed = await to_their_ends(fleet, K.HAND_OVER)
    assert len({one.outcome for one in failed}) >= len(GUESTS) + 4, "too little came to grief"
    await fleet.stop()


@pytest.mark.parametrize("access", ["none", "ssh"])
async def test_new_passwords(tmp_path: Path, access: str) -> None:
    cases = GUESTS if access == "ssh" else tuple(ERRORS)
    fleet = Fleet(tmp_path, len(cases), access=access)
    servers = await fleet.lent(len(cases))
    for server, case in zip(servers, cases, strict=True):
        if access == "ssh":
            shut(fleet, case, server)
        else:
            fleet.breaks("change_password", ERRORS[case], server)
    asked = [asyncio.create_task(fleet.send(ResetPassword(lease_id=one.lease_id))) for one in servers]
    await fleet.pass_time(40)
    for reply in await asyncio.gather(*asked):
        if not reply.ok:
            check_words(reply.text)
            assert reply.remedy.endswith("."), reply
    failed = await to_their_ends(fleet, K.RESET_PASSWORD)
    assert len(failed) == (len(GUESTS) if access == "ssh" else 5), "what does not pass fails"
    await fleet.stop()


async def begin_to_replace(fleet: Fleet, server: Server, spare: Server) -> None:
    """As the ladder does it, with this one in the place of that one."""
    engine = fleet.engine
    more = {"rung": Rung.REPLACE.value, "sickness": Sickness.ERROR.value, "task": "", "to": spare.id}
    begun = engine.runner.begin(
        K.REPLACE, server, actor="engine", reason="the cloud says ERROR", lease_id=server.lease_id, **more
    )
    await fleet.let_be(*set_aside(engine.context, spare, server), *begun)


async def test_replacements(tmp_path: Path) -> None:
    cases = list(product(ACTS[K.REPLACE], ERRORS))
    many = len(cases) + len(GUESTS)
    fleet = Fleet(tmp_path, 2 * many)
    servers = await fleet.lent(many)
    await fleet.pass_time(120, step=10)
    spares = fleet.state.ready_of("dev")
    assert len(spares) == many, "too few are built"
    pairs = list(zip(servers, spares, strict=True))
    for (server, spare), (call, error) in zip(pairs, cases, strict=False):
        fleet.breaks(call, ERRORS[error], spare if call == "set_metadata" else server)
    for (_, spare), how in zip(pairs[len(cases) :], GUESTS, strict=True):
        shut(fleet, how, spare)
    for server, spare in pairs:
        assert fall_ill(fleet.account.world, server.cloud_id, Falls.ERROR, text=ODD)
        await begin_to_replace(fleet, server, spare)
    await fleet.pass_time(20)
    failed = await to_their_ends(fleet, K.REPLACE)
    assert len(failed) >= len(cases) // 3, "too little came to grief"
    await fleet.stop()


async def test_moves_that_people_end(tmp_path: Path) -> None:
    cases = list(product(ACTS[K.MOVE], ERRORS))
    fleet = Fleet(tmp_path, len(cases))
    servers = await fleet.lent(len(cases))
    for server, (call, error) in zip(servers, cases, strict=True):
        fleet.breaks(call, ERRORS[error], server)
        fleet.faults.move_sticks(about=server.cloud_id)
        reply = await fleet.send(MigrateServer(server_id=server.id, cold=call == "revert_move"), "operator")
        assert reply.ok, reply
    await fleet.pass_time(2)
    for server, (call, _) in zip(servers, cases, strict=True):
        (work,) = (one for one in fleet.works(K.MOVE) if one.server_id == server.id)
        act: AnyCommand = AbortOperation(operation_id=work.id)
        if call == "force_move":
            act = ForceOperation(operation_id=work.id)
        assert (await fleet.send(act, "operator")).ok
    await fleet.pass_time(20)
    failed = await to_their_ends(fleet, K.MOVE, 2_400)
    assert len(failed) >= len(cases) // 2
    await fleet.stop()


async def test_what_is_aborted_before_it_began(tmp_path: Path) -> None:
    """Hand-overs can be at any time; of the others nothing was asked while the cloud is away."""
    fleet = Fleet(tmp_path, 1)
    (server,) = await fleet.lent(1)
    fleet.faults.unreachable()
    begun = fleet.engine.runner.begin(K.HAND_OVER, server, actor="alice", reason="a renewal", lease_id=server.lease_id)
    await fleet.let_be(*begun)
    await fleet.pass_time(3)
    assert (await fleet.send(AbortOperation(operation_id=begun[-1].id), "operator")).ok
    work = fleet.state.need(Operation, begun[-1].id)
    assert (work.state, work.outcome) == (OperationState.FAILED, "aborted by operator")
    fleet.check(K.HAND_OVER)
    await fleet.stop()
