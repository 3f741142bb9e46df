"""Roles through the engine: what each may do and see, and the line that is kept of it."""

import asyncio
from contextlib import aclosing

import pytest

from tests.engine.world import World
from tests.people import peer
from vmms_tui.model.commands import Release, ReloadSettings, Renew, RequestServer
from vmms_tui.model.durations import parse_duration
from vmms_tui.model.errors import Refused
from vmms_tui.model.people import AccessRules, Role
from vmms_tui.model.records import Event, Lease, Notice, Request, Server, changed
from vmms_tui.model.status import Snapshot, Update
from vmms_tui.model.tables import Put

DAY = parse_duration("1d")


async def test_a_developer_acts_on_their_own_lease_and_on_no_other(filled: World) -> None:
    reply = await filled.ask("alice")
    assert (await filled.send(Renew(lease_id=reply.lease_id, term=DAY), "alice")).ok
    for name in (reply.lease_id, reply.server_id):
        refused = await filled.send(Renew(lease_id=name, term=DAY), "bob")
        assert (refused.code, refused.rule) == ("refused", "not_owner")
        assert "alice" not in refused.text
    assert (await filled.send(Renew(lease_id=reply.lease_id, term=DAY), "operator")).ok
    assert (await filled.send(Release(lease_id=reply.lease_id), "operator")).ok


async def test_a_snapshot_and_its_updates_hold_what_the_viewer_may_see(filled: World) -> None:
    mine, theirs = await filled.ask("alice"), await filled.ask("bob", note="a secret plan")
    engine = filled.engine
    stream = engine.subscribe(peer("alice"))
    async with aclosing(stream) as news:  # type: ignore[type-var]
        first = await anext(news)
        assert isinstance(first, Snapshot)
        assert first.you.name == "alice"
        assert [record.id for record in first.records if isinstance(record, Lease)] == [mine.lease_id]
        assert "bob" not in str(first.records)
        assert "a secret plan" not in str(first.records)
        await filled.send(Renew(lease_id=theirs.lease_id, term=DAY), "bob")
        await filled.send(Renew(lease_id=mine.lease_id, term=DAY), "alice")
        update = await anext(news)
        assert isinstance(update, Update)
        assert "bob" not in str(update.changes)
        put = [change.record for change in update.changes if isinstance(change, Put)]
        assert any(isinstance(record, Lease) and record.id == mine.lease_id for record in put)
    all_of_it = await engine.snapshot(peer("operator"))
    assert {record.id for record in all_of_it.records if isinstance(record, Lease)} == {mine.lease_id, theirs.lease_id}
    assert len([r for r in first.records if isinstance(r, Server)]) == len(filled.state.all(Server))


async def test_who_asks_for_their_own_gets_that_alone_whatever_they_may_see(filled: World) -> None:
    """A login's message must not carry ten thousand leases for an operator."""
    theirs = await filled.ask("alice")
    mine = await filled.ask("operator")
    told = (await filled.engine.snapshot(peer("operator"), ("lease", "server", "request"), mine=True)).records
    assert {record.id for record in told} == {mine.lease_id, mine.server_id, mine.request_id}
    everything = await filled.engine.snapshot(peer("operator"))
    word = Notice(id="note-8", at=filled.clock.now(), owner="alice", lease_id=theirs.lease_id, text="hers")
    to_operators = changed(word, id="note-9", owner="")
    await filled.engine.context.ledger.commit(word, to_operators)
    notices = await filled.engine.snapshot(peer("operator"), ("notice",), mine=True)
    assert to_operators in notices.records
    assert word not in notices.records
    assert len(everything.records) > len(told) + 5


async def test_nobody_comes_in_without_a_role(filled: World) -> None:
    await filled.engine.take_settings(filled.pools, changed(filled.policy, access=AccessRules()))
    stranger = peer("mallory")
    with pytest.raises(Refused, match="mallory has no role"):
        await filled.engine.snapshot(stranger)
    with pytest.raises(Refused):
        filled.engine.subscribe(stranger)
    reply = await filled.engine.submit(RequestServer(purpose="dev"), stranger)
    assert (reply.code, reply.rule) == ("refused", "no_role")
    assert not filled.state.all(Request)


async def test_new_rules_send_viewers_away_to_be_asked_again(filled: World) -> None:
    async with aclosing(filled.engine.subscribe(peer("alice"))) as news:  # type: ignore[type-var]
        assert isinstance(await anext(news), Snapshot)
        coming = asyncio.ensure_future(anext(news, None))
        await filled.engine.take_settings(
            filled.pools, changed(filled.policy, access=AccessRules(everyone=Role.VIEWER))
        )
        while not coming.done():
            await asyncio.wait({coming})
            if isinstance(coming.result(), Update):
                coming = asyncio.ensure_future(anext(news, None))
        assert coming.result() is None
    assert (await filled.engine.snapshot(peer("alice"))).you.roles == (Role.VIEWER,)


async def test_a_read_only_session_changes_nothing(filled: World) -> None:
    for name in ("operator", "alice"):
        reply = await filled.engine.submit(RequestServer(purpose="dev"), peer(name, read_only=True))
        assert (reply.code, reply.rule) == ("refused", "read_only")
    assert not filled.state.all(Request)


async def test_a_read_only_installation_goes_on_by_itself(filled: World) -> None:
    reply = await filled.ask("alice")
    rules = changed(filled.policy.access, read_only=True)
    await filled.engine.take_settings(filled.pools, changed(filled.policy, access=rules))
    assert (await filled.send(Release(lease_id=reply.lease_id), "operator")).rule == "read_only"
    await filled.pass_time(60)
    assert len(filled.state.ready_of("dev")) == 4


async def test_every_act_has_a_line_with_who_and_from_where_and_so_has_every_refusal(filled: World) -> None:
    reply = await filled.ask("alice", note="to try the new build")
    await filled.send(Release(lease_id=reply.lease_id), "bob")
    await filled.send(ReloadSettings(), "alice")
    await filled.send(Release(lease_id=reply.lease_id), "alice")
    said = {event.kind: event for event in filled.state.all(Event)}
    for kind, actor, result in (
        ("lease.granted", "alice", "ok"),
        ("lease.released", "alice", "ok"),
    ):
        assert (said[kind].actor, said[kind].result) == (actor, result)
        assert "pid 4242" in said[kind].origin
    assert said["lease.granted"].reason == "to try the new build"
    refusals = [(e.actor, e.result, "pid 4242" in e.origin) for e in filled.events("command.refused")]
    assert refusals == [("bob", "refused: not_owner", True), ("alice", "refused: role", True)]
