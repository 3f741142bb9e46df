"""Every act has a line. Of people: here, for each command. Of the engine: `acts.py`, in every test of this folder."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import get_args

import pytest

from tests.engine.acts import Acts
from tests.engine.emptied import an_empty_host
from tests.engine.world import World
from tests.people import peer
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.engine.cloud.simulated.mending import fall_ill
from vmms_tui.model.commands import (
    AbortOperation,
    Acknowledge,
    AnyCommand,
    CancelRequest,
    Command,
    DisableHost,
    DrainHost,
    EnableHost,
    EvacuateHost,
    ForceOperation,
    Freeze,
    HealAll,
    HealServer,
    Inspect,
    MigrateServer,
    PauseOperation,
    PowerOffHost,
    ReadConsole,
    ReadServer,
    ReadServers,
    Rebalance,
    RebootServer,
    RebuildServer,
    Refresh,
    RehearseHostDown,
    Release,
    ReloadSettings,
    Renew,
    ReplaceEngine,
    Reply,
    RequestServer,
    ResetPassword,
    ResumeOperation,
    RetryOperation,
    RevealPassword,
    Seen,
    Shorten,
    ShowQuota,
    StartServer,
    SteerMoves,
    StopServer,
    TellOwner,
    Thaw,
    TryChannels,
    Unacknowledge,
    UndrainHost,
)
from vmms_tui.model.errors import Failed, Refused, TryAgain
from vmms_tui.model.healing import Incident
from vmms_tui.model.people import Caller
from vmms_tui.model.records import (
    Event,
    Lease,
    LeaseState,
    Notice,
    Operation,
    OperationKind,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.surroundings import Kind
from vmms_tui.model.tables import Put

COMMANDS: tuple[type[Command], ...] = get_args(AnyCommand)
DRAIN = DrainHost(host="cmp2", reason="a new fan")
DRAIN_FULL = DrainHost(host="cmp1", reason="a new fan")
DISABLE = DisableHost(host="cmp2", reason="a new fan")
Scene = Callable[[World], Awaitable[AnyCommand]]


class Prover:
    """A program that works."""

    async def prove(self) -> None:
        """See Successor."""

    def make_room(self) -> None:
        """See Successor."""


async def _lease(world: World) -> str:
    reply = await world.ask("alice")
    await world.pass_time(5)
    return reply.lease_id


async def _waiting(world: World) -> AnyCommand:
    while (reply := await world.ask("bob")).code == "ok":
        pass
    return CancelRequest(request_id=reply.request_id)


async def _stopped(world: World) -> AnyCommand:
    name = await _lease(world)
    await world.send(StopServer(lease_id=name))
    await world.pass_time(20)
    return StartServer(lease_id=name)


async def _frozen(world: World) -> AnyCommand:
    await world.send(Freeze(reason="a new switch"), "operator")
    return Thaw()


async def _stopping(world: World) -> str:
    """An operation that has begun, and whose first step is still to come."""
    reply = await world.send(StopServer(lease_id=await _lease(world)))
    return reply.operation_id


async def _paused(world: World) -> AnyCommand:
    name = await _stopping(world)
    await world.send(PauseOperation(operation_id=name), "operator")
    return ResumeOperation(operation_id=name)


async def _failed(world: World) -> AnyCommand:
    name = await _stopping(world)
    await world.send(AbortOperation(operation_id=name))
    return RetryOperation(operation_id=name)


async def _to_read(world: World) -> AnyCommand:
    return ReadServers(server_ids=((await world.ask("alice")).server_id,))


async def _seen_to(world: World) -> AnyCommand:
    await world.send(Freeze(reason="a new switch"), "operator")
    await world.send(Acknowledge(need_id="frozen"), "operator")
    return Unacknowledge(need_id="frozen")


async def _waiting_for_somebody(world: World) -> AnyCommand:
    await world.send(Freeze(reason="a new switch"), "operator")
    return Acknowledge(need_id="frozen", note="back at nine")


async def _with_a_successor(world: World) -> AnyCommand:
    world.engine.successor = Prover()
    return ReplaceEngine()


async def _movable(world: World) -> AnyCommand:
    world.account.world.set_admin()
    name = await _lease(world)
    await world.send(Refresh(kind=Kind.HOSTS), "operator")
    return MigrateServer(server_id=name)


async def _copying(world: World) -> AnyCommand:
    world.account.world.faults.move_sticks()
    reply = await world.send(await _movable(world), "operator")
    await world.pass_time(10)
    return ForceOperation(operation_id=reply.operation_id)


async def _ill(world: World) -> AnyCommand:
    name = await _lease(world)
    server = world.state.need(Server, world.state.need(Lease, name).server_id)
    assert fall_ill(world.account.world, server.cloud_id, Falls.ERROR)
    await world.pass_time(15)
    return HealServer(lease_id=name)


async def _many_ill(world: World) -> AnyCommand:
    incident = Incident(id="incident", since=world.clock.now(), ill=40, of=90)
    await world.let_be(incident)
    return HealAll()


async def _noticed(world: World) -> AnyCommand:
    world.post.unreachable = {"alice"}
    await world.ask("alice", term=timedelta(hours=1))
    await world.pass_time(2000, step=10)
    return Seen(notice_ids=tuple(notice.id for notice in world.state.all(Notice) if notice.open))


async def _on_host(world: World, command: AnyCommand, *before: AnyCommand) -> AnyCommand:
    world.account.world.set_admin()
    await world.send(Refresh(kind=Kind.HOSTS), "operator")
    for one in before:
        assert (await world.send(one, "operator")).ok
    return command


async def _uneven(world: World) -> AnyCommand:
    world.account.world.set_admin()
    others = ("cmp2", "cmp3", "cmp4")
    for name in others:
        await world.account.project().disable_host(name, "not yet")
    while (await world.ask("alice")).code == "ok":
        pass
    await world.pass_time(90)
    for name in others:
        await world.account.project().enable_host(name)
    while (await world.ask("alice")).code == "ok":
        pass
    await world.send(Refresh(kind=Kind.HOSTS), "operator")
    return Rebalance(threshold=1, margin=1)


async def _dead(world: World) -> AnyCommand:
    world.account.world.host_down("cmp2")
    return await _on_host(world, EvacuateHost(host="cmp2", sworn="I pulled its power"))


async def _just(command: AnyCommand) -> AnyCommand:
    return command


SCENES: dict[type[Command], tuple[str, Scene]] = {
    RequestServer: ("alice", lambda _: _just(RequestServer(purpose="dev", note="the new build"))),
    CancelRequest: ("bob", _waiting),
    Renew: ("alice", lambda world: _on(world, lambda name: Renew(lease_id=name, term=timedelta(days=1)))),
    Shorten: ("alice", lambda world: _on(world, lambda name: Shorten(lease_id=name, term=timedelta(hours=1)))),
    Release: ("alice", lambda world: _on(world, lambda name: Release(lease_id=name))),
    StopServer: ("alice", lambda world: _on(world, lambda name: StopServer(lease_id=name))),
    StartServer: ("alice", _stopped),
    RebootServer: ("alice", lambda world: _on(world, lambda name: RebootServer(lease_id=name))),
    ResetPassword: ("alice", lambda world: _on(world, lambda name: ResetPassword(lease_id=name))),
    HealServer: ("operator", _ill),
    HealAll: ("operator", _many_ill),
    RebuildServer: ("alice", lambda world: _on(world, lambda name: RebuildServer(lease_id=name))),
    PauseOperation: ("operator", lambda world: _on_operation(world, PauseOperation)),
    ResumeOperation: ("operator", _paused),
    AbortOperation: ("alice", lambda world: _on_operation(world, AbortOperation)),
    RetryOperation: ("alice", _failed),
    ForceOperation: ("operator", _copying),
    MigrateServer: ("operator", _movable),
    DisableHost: ("operator", lambda world: _on_host(world, DISABLE)),
    EnableHost: ("operator", lambda world: _on_host(world, EnableHost(host="cmp2"), DISABLE)),
    EvacuateHost: ("operator", _dead),
    PowerOffHost: ("operator", an_empty_host),
    DrainHost: ("operator", lambda world: _on_host(world, DRAIN)),
    UndrainHost: ("operator", lambda world: _on_host(world, UndrainHost(host="cmp2", bring_back=True), DRAIN)),
    SteerMoves: ("operator", lambda world: _on_host(world, SteerMoves(queue="drain:cmp1", act="pause"), DRAIN_FULL)),
    Rebalance: ("operator", _uneven),
    ReadServers: ("alice", _to_read),
    Seen: ("alice", _noticed),
    TellOwner: ("operator", lambda world: _on(world, lambda name: TellOwner(lease_id=name, how="by telephone"))),
    TryChannels: ("operator", lambda _: _just(TryChannels())),
    RevealPassword: ("alice", lambda world: _on(world, lambda name: RevealPassword(lease_id=name))),
    ReloadSettings: ("operator", lambda _: _just(ReloadSettings())),
    ReplaceEngine: ("operator", _with_a_successor),
    ShowQuota: ("alice", lambda _: _just(ShowQuota(of="bob"))),
    Refresh: ("operator", lambda _: _just(Refresh(kind=Kind.HOSTS))),
    ReadConsole: ("alice", lambda world: _on(world, lambda name: ReadConsole(server=name))),
    ReadServer: ("alice", lambda world: _on(world, lambda name: ReadServer(server=name))),
    Inspect: ("operator", lambda _: _just(Inspect())),
    RehearseHostDown: ("operator", lambda _: _just(RehearseHostDown(host="cmp1"))),
    Freeze: ("operator", lambda _: _just(Freeze(reason="a new switch"))),
    Thaw: ("operator", _frozen),
    Acknowledge: ("operator", _waiting_for_somebody),
    Unacknowledge: ("operator", _seen_to),
}
"""For each command, who gives it and how it comes to be one that goes well. A new command wants a scene here."""
LOOKS = {ShowQuota, ReadConsole, ReadServer, ReadServers, Inspect, RehearseHostDown, Refresh}
"""Commands that do nothing: an answer is no act. Who may not have it has a line."""


async def _on(world: World, command: Callable[[str], AnyCommand]) -> AnyCommand:
    return command(await _lease(world))


async def _on_operation(world: World, kind: type[PauseOperation | AbortOperation]) -> AnyCommand:
    return kind(operation_id=await _stopping(world))


def test_every_command_has_a_scene() -> None:
    assert set(SCENES) == set(COMMANDS)


def line(event: Event, world: World, who: str) -> None:
    """When, who, from where, what, why and with what result."""
    assert event.at == world.clock.now()
    assert event.actor == who
    assert "pid 4242" in event.origin
    assert "test" in event.origin
    assert event.kind
    assert event.text
    assert event.reason
    assert event.result


@pytest.mark.parametrize("kind", [kind for kind in COMMANDS if kind not in LOOKS], ids=lambda kind: kind.__name__)
async def test_what_a_person_did_has_its_line(filled: World, kind: type[Command]) -> None:
    who, scene = SCENES[kind]
    command = await scene(filled)
    before = {event.id for event in filled.state.all(Event)}
    reply = await filled.send(command, who)
    assert reply.ok, reply
    told = [event for event in filled.state.all(Event) if event.id not in before]
    theirs = [event for event in told if event.actor == who and event.origin]
    assert theirs, f"{kind.__name__} has no line"
    for event in theirs:
        line(event, filled, who)
        assert event.result == "ok"
    given = [getattr(command, name, "") for name in ("note", "reason", "how", "sworn")]
    assert theirs[0].reason in [*filter(None, given), f"{who} asked for it", "screen proves it", "they let it go on"]
    await filled.pass_time(2)
    assert {event.id for event in theirs} <= {event.id for event in filled.archived(actor=who)}


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Refused("a_rule", "No."), "refused: a_rule"),
        (TryAgain("Busy."), "try_again"),
        (Failed("Broken."), "failed"),
        (ZeroDivisionError("a mistake"), "failed: mistake"),
    ],
    ids=["refused", "busy", "failed", "mistake"],
)
async def test_what_was_not_done_has_its_line(
    filled: World, monkeypatch: pytest.MonkeyPatch, kind: type[Command], error: Exception, result: str
) -> None:
    async def fails(_command: object, _caller: Caller) -> Reply:
        raise error

    who, scene = SCENES[kind]
    command = await scene(filled)
    monkeypatch.setitem(filled.engine.desk._handlers, kind, fails)
    if isinstance(error, ZeroDivisionError):
        with pytest.raises(ZeroDivisionError):
            await filled.send(command, who)
    else:
        assert not (await filled.send(command, who)).ok
    said = filled.state.all(Event)[-1]
    line(said, filled, who)
    assert said.kind.startswith("command.")
    assert said.text.startswith(str(kind.__struct_config__.tag))
    assert said.result == result


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
async def test_what_nobody_may_do_has_its_line(filled: World, kind: type[Command]) -> None:
    _, scene = SCENES[kind]
    command = await scene(filled)
    reply = await filled.engine.submit(command, peer("mallory", read_only=True))
    rule = "read_only" if kind.changes else reply.rule
    assert reply.rule == rule
    assert not reply.ok
    said = filled.state.all(Event)[-1]
    line(said, filled, "mallory")
    assert said.result == f"refused: {rule}"


# The check itself must be able to fail


async def test_an_act_without_a_line_is_noticed(filled: World) -> None:
    reply = await filled.ask("alice", term=timedelta(hours=1))
    await filled.pass_time(5)
    state, now = filled.state, filled.clock.now()
    lease, server = state.need(Lease, reply.lease_id), state.need(Server, reply.server_id)
    begun = Operation(
        id="op-9", kind=OperationKind.STOP, server_id=server.id, started=now, updated=now, step="stop", actor="engine"
    )
    for act, words in (
        (changed(lease, state=LeaseState.ENDING), "state: active -> ending"),
        (changed(lease, end=now), "end: "),
        (changed(server, state=ServerState.FAILED), "state: leased -> failed"),
        (changed(state.pools()[0], paused="no"), "paused:  -> no"),
        (begun, "begins"),
    ):
        acts = Acts(state.records())
        acts.hear([Put(act)])
        (unsaid,) = acts.unsaid
        assert words in unsaid
        said = filled.engine.context.ledger.event("test.act", "said", about=act, reason="a test")
        acts = Acts(state.records())
        acts.hear([Put(act), Put(changed(said, operation_id="op-9"))])
        assert not acts.unsaid
    acts = Acts(state.records())
    acts.hear([Put(changed(said, reason=""))])
    assert acts.unsaid == ["test.act gives no reason: said"]
