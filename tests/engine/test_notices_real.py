"""Notices through the engine and Apprise to a webhook on loopback: proofs, failures, kills, no word of the address."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.world import POOL, World
from tests.people import peer
from tests.webhook import Hook, listening
from vmms_tui.engine.notices.real import ApprisePost
from vmms_tui.model.channels import Channels
from vmms_tui.model.commands import TryChannels
from vmms_tui.model.records import Lease, LeaseState, Notice, NoticeKind, changed

SECRET = "hunter2-and-more"
TERM = timedelta(hours=3)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as server:
        yield server


async def told_by(tmp_path: Path, hook: Hook) -> World:
    """A full pool whose people are told at the webhook."""
    world = World(tmp_path, POOL)
    channels = Channels(
        urls=(f"json://vmms:{SECRET}@127.0.0.1:{hook.server_port}/{SECRET}/{{owner}}",),
        operators=(f"json://127.0.0.1:{hook.server_port}/operators?token={SECRET}",),
    )
    world.policy = changed(world.policy, channels=channels)
    world.post = ApprisePost()
    await world.start()
    await world.pass_time(60)
    return world


def to(hook: Hook, who: str) -> list[str]:
    return [content["title"] for path, content in hook.got if f"/{who}" in path]


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def until_asked(hook: Hook) -> None:
    assert await asyncio.get_running_loop().run_in_executor(None, hook.asked.wait, 10)


async def test_what_the_webhook_took_is_a_proof(tmp_path: Path, hook: Hook) -> None:
    world = await told_by(tmp_path, hook)
    reply = await world.ask(term=TERM)
    await world.to_the_end(reply.lease_id)
    await world.pass_time(30)
    assert world.state.need(Lease, reply.lease_id).state == LeaseState.ENDED
    assert to(hook, "alice")[0].startswith(f"VMMS: {reply.lease_id} ends in ")
    proofs = [one for one in world.state.all(Notice) if one.about_end is not None]
    assert {(one.delivered_by, one.delivered_at is not None) for one in proofs} == {("apprise", True)}
    await world.stop()


async def test_a_webhook_that_refuses_keeps_the_lease_and_no_line_tells_its_address(
    tmp_path: Path, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world = await told_by(tmp_path, hook)
    hook.status = 503
    reply = await world.ask(term=TERM)
    await world.to_the_end(reply.lease_id)
    await world.pass_time(40 * 60, step=60)
    (kept,) = [one for one in world.state.all(Notice) if one.kind is NoticeKind.WARNING and one.open]
    assert kept.problem == "json: HTTP status 503"
    assert world.state.need(Lease, reply.lease_id).postponed
    trial = await world.engine.submit(TryChannels(), peer("operator"))
    assert trial.text == "The trial did not reach operator: json: HTTP status 503."
    hook.status = 200
    await world.pass_time(60 * 60, step=60)
    assert world.state.need(Lease, reply.lease_id).state == LeaseState.ENDED
    snapshot = await world.engine.snapshot(peer("operator"))
    await world.stop()
    written = all_bytes(tmp_path)
    assert b"json: HTTP status 503" in written
    for said in (written.decode(errors="replace"), caplog.text, repr(snapshot)):
        assert SECRET not in said
        assert f"127.0.0.1:{hook.server_port}" not in said


async def test_killed_while_a_letter_is_out_it_goes_out_again(tmp_path: Path, hook: Hook) -> None:
    """The webhook has it, the engine dies before it hears so: twice is allowed, never is not."""
    world = await told_by(tmp_path, hook)
    reply = await world.ask(term=TERM)
    lease = world.state.need(Lease, reply.lease_id)
    world.clock.advance((lease.end - timedelta(minutes=29) - world.clock.now()).total_seconds())
    await world.engine.leases.tick()
    hook.let_go.clear()
    await world.engine.notices.tick()
    await until_asked(hook)
    hook.let_go.set()
    await world.kill()
    world.post = ApprisePost()
    await world.start()
    assert world.state.need(Lease, reply.lease_id).notified_at is None
    await world.pass_time(60)
    assert len(to(hook, "alice")) == 2
    assert world.state.need(Lease, reply.lease_id).notified_of == reply.end
    await world.stop()
