"""U takes the last change of this session back, through Preflight, or says why nothing does."""

from datetime import timedelta
from typing import Any

import pytest

from vmms_tui.model import commands as c
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Operation,
    OperationKind,
    OperationState,
    Request,
    RequestState,
    Server,
    ServerState,
    changed,
)
from vmms_tui.model.spec import ContextRules
from vmms_tui.model.tables import Tables
from vmms_tui.screens.changes import AFTERWARDS, ended_words
from vmms_tui.screens.preflight import Preflight
from vmms_tui.screens.undo import NOTHING, WHY_NOT, Done, inverse

from .cloudland import NOW, STATUS, WORLD
from .driver import Driver, running
from .scripted import ScriptedClient, hours

RECLAIM = Operation(
    id="op-000090",
    kind=OperationKind.RECLAIM,
    server_id="vm-00012",
    lease_id="lease-00012",
    started=NOW,
    updated=NOW,
    step="check",
    actor="ada",
)
TABLES = Tables((*WORLD, RECLAIM))


def has(driver: Driver, *words: str) -> bool:
    text = driver.screen_text()
    return all(word in text for word in words)


def undone(command: AnyCommand, **reply: Any) -> tuple[AnyCommand, ...] | str:
    return inverse(Done(((command, Reply(**reply)),)), TABLES, NOW)


ON = "lease-00012"


@pytest.mark.parametrize(
    ("command", "reply", "back"),
    [
        (c.StopServer(lease_id=ON), {}, c.StartServer(lease_id=ON)),
        (c.StartServer(lease_id=ON), {}, c.StopServer(lease_id=ON)),
        (c.Renew(lease_id=ON, term=hours(8)), {}, c.Shorten(lease_id=ON, term=hours(8))),
        (c.Shorten(lease_id=ON, term=hours(8)), {}, c.Renew(lease_id=ON, term=hours(8))),
        (c.Release(lease_id=ON), {"operation_id": "op-000090"}, c.AbortOperation(operation_id="op-000090")),
        (
            c.RetryOperation(operation_id="op-1"),
            {"operation_id": "op-000090"},
            c.AbortOperation(operation_id="op-000090"),
        ),
        (c.PauseOperation(operation_id="op-000071"), {}, c.ResumeOperation(operation_id="op-000071")),
        (c.ResumeOperation(operation_id="op-000071"), {}, c.PauseOperation(operation_id="op-000071")),
        (c.Freeze(reason="x"), {}, c.Thaw()),
        (c.RequestServer(purpose="train"), {"request_id": "req-00008"}, c.CancelRequest(request_id="req-00008")),
        (c.RequestServer(purpose="build"), {"lease_id": ON}, c.Release(lease_id=ON)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_takes_a_change_back(command: AnyCommand, reply: dict[str, str], back: AnyCommand) -> None:
    assert undone(command, **reply) == (back,)


@pytest.mark.parametrize("kind", [c.RebootServer, c.RebuildServer, c.ResetPassword, c.RevealPassword])
def test_what_nothing_takes_back_has_its_sentence(kind: type[c.RebootServer]) -> None:
    said = undone(kind(lease_id=ON))
    assert said == WHY_NOT[kind]
    assert said.endswith(".")


def test_every_change_is_undone_or_says_why_not() -> None:
    for kind in c.AnyCommand.__args__:
        if kind.changes:
            fields = {"lease_id": ON, "operation_id": "op-000071", "request_id": "req-00008", "purpose": "x"}
            more = {"term": hours(1), "reason": "x", "lease_id": ON, "need_id": "cloud", "server_id": "vm-00012"}
            more |= {"host": "h03", "sworn": "x", "queue": "drain:h03", "act": "stop"}
            given = {name: (fields | more)[name] for name in kind.__struct_fields__ if name in fields | more}
            said = undone(kind(**given), operation_id="op-000090")
            assert said != "That cannot be undone.", kind


def test_a_release_whose_delete_has_begun_is_past_undoing() -> None:
    late = Tables((*WORLD, changed(RECLAIM, step="server")))
    said = inverse(Done(((c.Release(lease_id=ON), Reply(operation_id=RECLAIM.id)),)), late, NOW)
    assert said == "The reclaim of vm-00012 is in step server and cannot be undone half-way. Ask for a new server."


def test_nothing_is_undone_on_a_lease_that_is_over() -> None:
    lease = TABLES.get(Lease, ON)
    assert lease
    over = Tables((*WORLD, changed(lease, state=LeaseState.ENDED)))
    assert "is over" in str(inverse(Done(((c.StopServer(lease_id=ON), Reply()),)), over, NOW))


def test_a_request_that_was_granted_meanwhile_is_released() -> None:
    request = TABLES.get(Request, "req-00008")
    assert request
    granted = Tables((*WORLD, changed(request, state=RequestState.GRANTED, lease_id=ON)))
    done = Done(((c.RequestServer(purpose="train"), Reply(request_id="req-00008")),))
    assert inverse(done, granted, NOW) == (c.Release(lease_id=ON),)


def test_several_are_taken_back_together_the_last_first() -> None:
    done = Done(tuple((c.StopServer(lease_id=one), Reply()) for one in (ON, "lease-00018")))
    assert inverse(done, TABLES, NOW) == (c.StartServer(lease_id="lease-00018"), c.StartServer(lease_id=ON))


async def test_u_proposes_the_inverse_and_forgets_what_it_undid() -> None:
    async with running(size=(120, 40)) as driver:
        await driver.press("3", "j", "U")
        assert NOTHING in driver.line("footer")
        await driver.press("S", "s")
        await driver.go_on()
        await driver.until(lambda: len(driver.client.sent) == 1)
        on = driver.client.tables.get(Server, "vm-00012")
        assert on
        driver.client.change(changed(on, state=ServerState.STOPPED))
        await driver.until(lambda: "Done. U undoes it." in driver.line("footer"))
        await driver.press("2", "U")
        assert isinstance(driver.app.screen, Preflight)
        assert has(driver, "start vm-00012  (undoes: stop)", "stop it again")
        await driver.press("escape")
        await driver.press("U")
        await driver.go_on()
        await driver.until(lambda: driver.client.sent[-1] == c.StartServer(lease_id=ON))
        await driver.until(lambda: driver.app.changes.done == [])
        await driver.press("U")
        assert NOTHING in driver.line("footer")


async def test_what_cannot_be_undone_says_so_and_lets_u_reach_what_was_before() -> None:
    async with running(size=(120, 40)) as driver:
        await driver.press("3", "j", "+", "enter")
        await driver.go_on()
        await driver.until(lambda: len(driver.client.sent) == 1)
        await driver.press("S", "r")
        await driver.go_on()
        await driver.until(lambda: len(driver.client.sent) == 2)
        await driver.press("U")
        assert "A reboot cannot be undone. U again looks at the change before it." in driver.line("footer")
        await driver.press("U")
        assert has(driver, "shorten", "undoes: renew", "BLOCK", "would end less than 5m from now")


async def test_what_was_refused_is_nothing_to_undo() -> None:
    async with running() as driver:
        driver.client.answer = lambda _: Reply(code="refused", text="No.")
        await driver.press("3", "j", "S", "s")
        await driver.go_on()
        await driver.until(lambda: "No." in driver.line("footer"))
        assert driver.app.changes.done == []


async def test_a_requested_server_can_be_given_back_by_u() -> None:
    async with running(size=(120, 40)) as driver:
        driver.client.answer = lambda _: Reply(text="It is yours.", lease_id=ON, request_id="req-00099")
        await driver.app.send(c.RequestServer(purpose="build"))
        await driver.press("U")
        assert has(driver, "release vm-00012", "undoes: request")


# A word at the end


async def test_the_footer_says_when_what_one_began_has_ended() -> None:
    rebuild = changed(RECLAIM, id="op-000071a", kind=OperationKind.REBUILD, step="ask")
    async with running() as driver:
        driver.client.change(rebuild)
        await driver.until(lambda: len(driver.app.mirror.running()) == 3)
        await driver.press("8")
        driver.client.change(changed(rebuild, state=OperationState.DONE))
        await driver.until(lambda: "op-000071a done: vm-00012 is rebuilt." in driver.line("footer"))
        driver.client.change(changed(rebuild, id="op-x"))
        driver.client.change(changed(rebuild, id="op-x", state=OperationState.FAILED, outcome="no answer"))
        await driver.until(lambda: "op-x ended: rebuild of vm-00012: no answer." in driver.line("footer"))


async def test_what_others_began_ends_without_a_word() -> None:
    other = changed(RECLAIM, id="op-y", actor="grace")
    async with running() as driver:
        driver.client.change(other)
        driver.client.change(changed(other, state=OperationState.DONE))
        await driver.settled()
        await driver.until(lambda: driver.app.mirror.tables.get(Operation, "op-y") is not None)
        assert "op-y" not in driver.line("footer")


@pytest.mark.parametrize("kind", OperationKind)
def test_there_are_words_for_the_end_of_every_kind(kind: OperationKind) -> None:
    done = changed(RECLAIM, kind=kind, state=OperationState.DONE)
    assert ended_words(done) == (f"op-000090 done: vm-00012 {AFTERWARDS[kind]}.", "good")


# A screen that is left alone


async def test_a_production_screen_that_is_left_alone_locks_itself() -> None:
    status = changed(STATUS, context=ContextRules(production=True))
    async with running(ScriptedClient(WORLD, status)) as driver:
        clock = [0.0]
        driver.app.lock.monotonic = lambda: clock[0]
        driver.app.lock.last_key = 0.0
        await driver.press("3", "j", "D")
        assert has(driver, "PREFLIGHT")
        clock[0] = timedelta(minutes=15).total_seconds() + 1
        driver.app.pass_time()
        await driver.until(lambda: " LOCKED " in driver.line("header"))
        assert not has(driver, "PREFLIGHT"), "what was about to be changed is closed"
        await driver.press("D")
        assert has(driver, "This screen is locked", "Type unlock")
        await driver.type("no")
        await driver.press("enter")
        assert (await driver.app.send(c.Release(lease_id=ON))).rule == "locked"
        await driver.press("backspace", "backspace")
        await driver.type("unlock")
        await driver.press("enter")
        await driver.until(lambda: "Unlocked." in driver.line("footer"))
        assert driver.client.sent == []
        await driver.press("D")
        assert has(driver, "PREFLIGHT")


async def test_a_screen_elsewhere_never_locks() -> None:
    async with running() as driver:
        driver.app.lock.monotonic = lambda: 1e9
        driver.app.pass_time()
        assert " LOCKED " not in driver.line("header")
