"""Notices through the engine: delivered, proved, tried again, told to the operators; and no reclaim before that."""

from datetime import date, datetime, timedelta

import pytest

from tests.engine.world import World
from vmms_tui.engine.notices.port import OPERATORS
from vmms_tui.model.calendar import Calendar
from vmms_tui.model.commands import Release, Renew, Seen, TellOwner, TryChannels
from vmms_tui.model.people import AccessRules, Role
from vmms_tui.model.records import (
    Event,
    Lease,
    LeaseState,
    Notice,
    NoticeKind,
    Server,
    ServerState,
    changed,
)

DAY = 86_400
HOUR = 3_600


def notices(world: World, kind: NoticeKind = NoticeKind.WARNING) -> list[Notice]:
    return [notice for notice in world.state.all(Notice) if notice.kind == kind]


def lease(world: World, lease_id: str) -> Lease:
    return world.state.need(Lease, lease_id)


async def days_pass(world: World, days: int) -> None:
    for _ in range(days * 24):
        world.clock.advance(HOUR - 10)
        await world.pass_time(10, step=5)


async def test_a_warning_is_a_letter_with_time_reason_and_command(filled: World) -> None:
    reply = await filled.ask(term=timedelta(hours=3))
    filled.clock.advance(HOUR + 60)
    await filled.pass_time(5)
    (told,) = notices(filled)
    assert (told.owner, told.about_end, told.delivered_by) == ("alice", reply.end, "apprise")
    assert told.delivered_at
    assert lease(filled, reply.lease_id).notified_at == told.delivered_at
    (letter,) = filled.post.letters_to("alice")
    assert letter.subject.startswith(f"VMMS: {reply.lease_id} ends in 1 h 5")
    assert f"ends {reply.end:%Y-%m-%d %H:%M}" in letter.text
    assert "UTC (it was lent for 3 h, never renewed)" in letter.text
    assert f"its server {reply.server_id} is deleted, with all that is on its disk" in letter.text
    assert f"vmms renew {reply.lease_id} 8h" in letter.text
    assert filled.events("notice.delivered")[0].owner == "alice"


async def test_while_no_letter_arrives_nothing_is_deleted_and_the_operators_know(filled: World) -> None:
    filled.post.unreachable = {"alice"}
    reply = await filled.ask(term=timedelta(hours=3))
    await filled.to_the_end(reply.lease_id)
    await days_pass(filled, 10)
    kept = lease(filled, reply.lease_id)
    assert kept.state == LeaseState.ACTIVE
    assert kept.postponed == "its owner could not be told of its end"
    assert filled.state.need(Server, reply.server_id).state == ServerState.LEASED
    assert len(filled.events("lease.postponed")) == 1
    (letter,) = filled.post.letters_to(OPERATORS)
    assert "alice could not be told" in letter.text
    assert f"vmms told {reply.lease_id}" in letter.text
    assert "there is no channel to them" in letter.text
    filled.post.unreachable = set()
    await filled.pass_time(20)
    (warned,) = filled.post.letters_to("alice")
    assert "has ended" in warned.subject
    now = lease(filled, reply.lease_id)
    assert (now.state, now.postponed) == (LeaseState.ACTIVE, "")
    await filled.pass_time(9 * 60, step=30)
    assert lease(filled, reply.lease_id).state == LeaseState.ACTIVE
    await filled.pass_time(120, step=2)
    assert lease(filled, reply.lease_id).state == LeaseState.ENDED
    assert len(filled.post.letters_to(OPERATORS)) == 1


async def test_when_the_post_is_down_for_days_the_operators_hear_once_a_day_at_most(filled: World) -> None:
    """Their own letters do not arrive either; what waited for them comes as one."""
    replies = [await filled.ask(name, term=timedelta(hours=3)) for name in ("alice", "bob", "carol")]
    filled.post.problem = "mailto: no connection"
    await filled.to_the_end(replies[0].lease_id)
    await days_pass(filled, 3)
    assert not filled.post.box
    assert {lease(filled, reply.lease_id).state for reply in replies} == {LeaseState.ACTIVE}
    before = filled.post.tries
    await days_pass(filled, 1)
    assert filled.post.tries - before <= 4 * 24 * 3, "each letter is tried every half hour or so, not all the time"
    assert len(notices(filled, NoticeKind.OPERATOR)) == 3
    filled.post.problem = ""
    await filled.pass_time(40 * 60, step=30)
    told = [letter.recipient for letter in filled.post.box if "has ended" in letter.subject]
    assert sorted(told) == ["alice", "bob", "carol"]
    assert len(filled.post.letters_to(OPERATORS)) <= 1
    assert not [notice for notice in filled.state.open_notices() if notice.owner]
    await filled.pass_time(900, step=10)
    assert {lease(filled, reply.lease_id).state for reply in replies} == {LeaseState.ENDED}


async def test_a_second_trouble_of_the_day_waits_for_the_next_letter_to_the_operators(filled: World) -> None:
    filled.post.unreachable = {"alice", "bob"}
    for name, hours in (("alice", 3), ("bob", 5)):
        await filled.ask(name, term=timedelta(hours=hours))
    filled.clock.advance(3 * HOUR)
    await filled.pass_time(15 * 60, step=20)
    assert len(filled.post.letters_to(OPERATORS)) == 1
    filled.clock.advance(2 * HOUR)
    await filled.pass_time(15 * 60, step=20)
    assert len(notices(filled, NoticeKind.OPERATOR)) == 2
    assert len(filled.post.letters_to(OPERATORS)) == 1
    filled.clock.advance(22 * HOUR)
    await filled.pass_time(10)
    assert ["bob could not" in letter.text for letter in filled.post.letters_to(OPERATORS)] == [False, True]


async def test_an_important_lease_is_stopped_but_its_grace_begins_when_its_owner_knows(filled: World) -> None:
    reply = await filled.ask(term=timedelta(hours=3), importance=9)
    await filled.to_the_end(reply.lease_id)
    filled.post.problem = "mailto: no connection"
    await filled.pass_time(30)
    stopped = lease(filled, reply.lease_id)
    assert (stopped.state, stopped.told_at) == (LeaseState.OVERDUE, None)
    await days_pass(filled, 8)
    assert lease(filled, reply.lease_id).state == LeaseState.OVERDUE
    assert lease(filled, reply.lease_id).postponed
    filled.post.problem = ""
    await filled.pass_time(31 * 60, step=30)
    told = lease(filled, reply.lease_id)
    assert told.told_at
    assert told.grace_until == told.told_at + timedelta(days=3)
    last = filled.post.letters_to("alice")[-1]
    assert "is over and stopped, deleted in 3 d" in last.subject
    assert f"At {told.grace_until:%Y-%m-%d %H:%M}" in last.text
    filled.clock.advance((told.grace_until - filled.clock.now()).total_seconds() - 60)
    await filled.pass_time(20)
    assert lease(filled, reply.lease_id).state == LeaseState.OVERDUE
    filled.clock.advance(60)
    await filled.pass_time(60)
    assert lease(filled, reply.lease_id).state == LeaseState.ENDED


async def test_a_renewal_voids_what_is_on_its_way_and_warns_again(filled: World) -> None:
    filled.post.problem = "mailto: no connection"
    reply = await filled.ask(term=timedelta(hours=3))
    filled.clock.advance(HOUR + 60)
    await filled.pass_time(5)
    renewed = await filled.send(Renew(lease_id=reply.lease_id, term=timedelta(hours=5)))
    (first,) = notices(filled)
    assert first.void == "the lease was renewed"
    filled.post.problem = ""
    await filled.pass_time(HOUR, step=60)
    assert not filled.post.box
    await filled.to_the_end(reply.lease_id)
    assert [one.about_end for one in notices(filled) if one.delivered_at] == [renewed.end]
    assert len(filled.post.letters_to("alice")) == 1
    await filled.pass_time(20)
    assert lease(filled, reply.lease_id).state in {LeaseState.ENDING, LeaseState.ENDED}


async def test_who_is_renewed_between_decision_and_act_keeps_the_server(filled: World) -> None:
    """The reclaim has begun; its first step asks again, and the proof of the old end does not count for the new one."""
    reply = await filled.ask(term=timedelta(hours=3))
    await filled.to_the_end(reply.lease_id)
    await filled.engine.leases.tick()
    renewed = changed(lease(filled, reply.lease_id), end=filled.clock.now() - timedelta(seconds=1))
    await filled.let_be(renewed)
    await filled.pass_time(10)
    assert filled.state.need(Server, reply.server_id).state == ServerState.LEASED


async def test_a_release_needs_no_notice(filled: World) -> None:
    filled.post.unreachable = {"*"}
    reply = await filled.ask()
    assert (await filled.send(Release(lease_id=reply.lease_id))).ok
    await filled.pass_time(20)
    assert lease(filled, reply.lease_id).state == LeaseState.ENDED


async def test_the_owners_own_screen_is_a_proof_and_nobody_elses(filled: World) -> None:
    filled.post.unreachable = {"alice"}
    reply = await filled.ask(term=timedelta(hours=3))
    await filled.to_the_end(reply.lease_id)
    await filled.pass_time(10)
    (open_one,) = notices(filled)
    for other in ("bob", "operator"):
        refused = await filled.send(Seen(notice_ids=(open_one.id,)), other)
        assert (refused.code, refused.rule) == ("refused", "not_owner")
    assert (await filled.send(Seen(notice_ids=(open_one.id, "notice-999999"), by="shell"))).ok
    (proved,) = notices(filled)
    assert (proved.delivered_by, proved.problem) == ("shell", "")
    (said,) = [event for event in filled.events("notice.delivered") if event.text.startswith("alice got")]
    assert (said.actor, said.owner) == ("alice", "alice")
    assert (await filled.send(Seen(notice_ids=(open_one.id,)))).ok, "it is known already"
    assert len([event for event in filled.events("notice.delivered") if event.text.startswith("alice got")]) == 1
    filled.clock.advance(590)
    await filled.pass_time(5)
    assert lease(filled, reply.lease_id).state == LeaseState.ACTIVE
    filled.clock.advance(30)
    await filled.pass_time(20)
    assert lease(filled, reply.lease_id).state == LeaseState.ENDED


async def test_a_read_only_session_may_say_what_it_saw(filled: World) -> None:
    filled.post.unreachable = {"alice"}
    await filled.ask(term=timedelta(hours=3))
    filled.clock.advance(HOUR + 60)
    await filled.pass_time(5)
    rules = AccessRules(everyone=Role.DEVELOPER, read_only=True)
    await filled.engine.take_settings(filled.pools, changed(filled.policy, access=rules))
    (open_one,) = notices(filled)
    assert (await filled.send(Seen(notice_ids=(open_one.id,)))).ok
    assert (await filled.send(Renew(lease_id=open_one.lease_id, term=timedelta(hours=1)))).rule == "read_only"
    assert notices(filled)[0].delivered_by == "screen"


async def test_one_operators_screen_does_not_speak_for_all_where_a_letter_can(filled: World) -> None:
    filled.post.unreachable = {"alice", OPERATORS}
    reply = await filled.ask(term=timedelta(hours=3))
    await filled.to_the_end(reply.lease_id)
    await filled.pass_time(15 * 60, step=20)
    (theirs,) = notices(filled, NoticeKind.OPERATOR)
    assert (await filled.send(Seen(notice_ids=(theirs.id,)), "alice")).rule == "not_owner"
    filled.post.unreachable = {"alice"}
    assert (await filled.send(Seen(notice_ids=(theirs.id,)), "operator")).ok
    assert notices(filled, NoticeKind.OPERATOR)[0].open
    filled.post.unreachable = {"alice", OPERATORS}
    assert (await filled.send(Seen(notice_ids=(theirs.id,)), "operator")).ok
    assert notices(filled, NoticeKind.OPERATOR)[0].delivered_by == "screen"


async def test_an_operators_word_counts_and_leaves_a_line(filled: World) -> None:
    filled.post.unreachable = {"*"}
    reply = await filled.ask(term=timedelta(hours=3))
    await filled.to_the_end(reply.lease_id)
    await filled.pass_time(15 * 60, step=20)
    assert lease(filled, reply.lease_id).postponed
    told = TellOwner(lease_id=reply.lease_id, how="by telephone\x1b[31m")
    assert (await filled.send(told, "alice")).rule == "role"
    assert (await filled.send(told, "operator")).ok
    said = filled.events("notice.delivered")[-1]
    assert said.actor == "operator"
    assert said.reason.startswith("by telephone")
    assert "\x1b" not in said.reason
    assert not lease(filled, reply.lease_id).postponed
    await filled.pass_time(11 * 60, step=10)
    assert lease(filled, reply.lease_id).state == LeaseState.ENDED


async def test_an_operators_word_begins_the_grace_of_a_stopped_lease(filled: World) -> None:
    reply = await filled.ask(term=timedelta(hours=3), importance=9)
    await filled.to_the_end(reply.lease_id)
    filled.post.unreachable = {"*"}
    await filled.pass_time(30)
    assert (await filled.send(TellOwner(lease_id=reply.server_id), "operator")).ok
    told = lease(filled, reply.lease_id)
    assert told.told_at == filled.clock.now()
    assert [one.delivered_by for one in notices(filled, NoticeKind.STOPPED)] == ["operator"]


async def test_an_engine_that_was_away_over_the_end_tells_first(filled: World) -> None:
    ordinary = await filled.ask(term=timedelta(hours=3))
    important = await filled.ask(term=timedelta(hours=3), importance=8)
    await filled.kill()
    filled.clock.advance(2 * DAY)
    await filled.start()
    await filled.pass_time(15, step=5)
    assert len(filled.post.letters_to("alice")) == 2
    assert not filled.post.letters_to(OPERATORS), "nobody has failed to be told yet"
    await filled.pass_time(9 * 60, step=30)
    for reply in (ordinary, important):
        assert lease(filled, reply.lease_id).state == LeaseState.ACTIVE
    await filled.pass_time(120, step=5)
    assert lease(filled, ordinary.lease_id).state == LeaseState.ENDED
    assert lease(filled, important.lease_id).state == LeaseState.OVERDUE


@pytest.mark.parametrize("touches", range(14))
async def test_a_crash_around_a_letter_neither_loses_nor_repeats_it_for_ever(filled: World, touches: int) -> None:
    reply = await filled.ask(term=timedelta(hours=3))
    filled.clock.advance(HOUR + 60)
    filled.death.after(touches)
    await filled.pass_time(5)
    await filled.restart()
    await filled.pass_time(60)
    assert 1 <= len(filled.post.letters_to("alice")) <= 2
    assert lease(filled, reply.lease_id).notified_of == reply.end
    assert not filled.state.open_notices()


async def test_a_free_day_moves_the_reclaim_and_never_the_warning(filled: World) -> None:
    """The simulated Monday is 2 March 2026; the lease ends on Saturday."""
    calendar = Calendar(time_zone="Europe/Berlin", weekend=frozenset({5, 6}), dates=frozenset({date(2026, 3, 9)}))
    filled.policy = changed(filled.policy, calendar=calendar)
    await filled.engine.take_settings(filled.pools, filled.policy)
    reply = await filled.ask(term=timedelta(days=5))
    assert reply.end
    assert reply.end.weekday() == 5
    filled.clock.advance((reply.end - filled.clock.now()).total_seconds() - 30 * 60)
    await filled.pass_time(10)
    (letter,) = filled.post.letters_to("alice")
    tuesday = (reply.end + timedelta(days=3)).replace(tzinfo=None)
    assert f"ends {reply.end + timedelta(hours=1):%Y-%m-%d %H:%M}" in letter.text
    assert "CET" in letter.text
    assert f"At {tuesday + timedelta(hours=1):%Y-%m-%d %H:%M}" in letter.text
    filled.clock.advance(30 * 60 + 2 * DAY)
    await filled.pass_time(20)
    assert lease(filled, reply.lease_id).state == LeaseState.ACTIVE
    assert not lease(filled, reply.lease_id).postponed
    filled.clock.advance(DAY - 20)
    await filled.pass_time(30)
    assert lease(filled, reply.lease_id).state == LeaseState.ENDED


async def test_holidays_are_known_and_renewed_with_the_year(filled: World) -> None:
    filled.policy = changed(filled.policy, calendar=Calendar(country="DE-BY"))
    await filled.engine.take_settings(filled.pools, filled.policy)
    known = filled.engine.context.policy.calendar.holidays
    assert date(2026, 1, 6) in known, "Epiphany is one in Bavaria"
    assert date(2029, 12, 25) not in known
    filled.clock.advance(366 * DAY)
    await filled.pass_time(6)
    assert date(2029, 12, 25) in filled.engine.context.policy.calendar.holidays


async def test_other_words_reach_their_people_and_wait_for_them(filled: World) -> None:
    reply = await filled.ask()
    await filled.pass_time(5)
    filled.post.problem = "slack: HTTP status 500"
    server = filled.state.need(Server, reply.server_id)
    await filled.cloud.delete_server(server.cloud_id)
    await filled.pass_time(60)
    (lost,) = notices(filled, NoticeKind.LOST)
    assert (lost.open, lost.problem) == (True, "slack: HTTP status 500")
    assert not notices(filled, NoticeKind.OPERATOR)
    filled.post.problem = ""
    await filled.pass_time(300, step=10)
    assert "deleted in the cloud, not by VMMS" in filled.post.letters_to("alice")[0].text


async def test_notices_of_a_lease_that_lives_are_kept_however_old(filled: World) -> None:
    filled.post.unreachable = {"alice"}
    reply = await filled.ask(term=timedelta(hours=3))
    await filled.to_the_end(reply.lease_id)
    await filled.pass_time(10)
    filled.clock.advance(60 * DAY)
    await filled.pass_time(20)
    assert notices(filled)[0].open
    assert lease(filled, reply.lease_id).state == LeaseState.ACTIVE


async def test_a_trial_says_what_came_of_it(filled: World) -> None:
    assert (await filled.send(TryChannels(), "alice")).rule == "role"
    assert (await filled.send(TryChannels(), "operator")).text == "The trial reached operator by memory."
    filled.post.problem = "mailto: SMTP status 535"
    failed = await filled.send(TryChannels(), "operator")
    assert (failed.code, failed.text) == ("failed", "The trial did not reach operator: mailto: SMTP status 535.")


async def test_without_a_channel_the_engine_says_so_once_and_as_no_fault(filled: World) -> None:
    assert not filled.engine.status().remarks
    filled.post.unreachable = {"*"}
    (remark,) = filled.engine.status().remarks
    assert "Nobody can be told of the ends of leases but on screens and in shells" in remark
    assert not filled.engine.status().settings_problems


async def test_names_from_outside_are_data_in_letters(filled: World) -> None:
    reply = await filled.ask("operator", owner="[red]名前\x1b[31m\nBcc: all@example.org", term=timedelta(hours=3))
    filled.post.unreachable = {lease(filled, reply.lease_id).owner}
    await filled.to_the_end(reply.lease_id)
    await filled.pass_time(15 * 60, step=20)
    (letter,) = filled.post.letters_to(OPERATORS)
    assert "\x1b" not in letter.text + letter.subject
    assert "\nBcc" not in letter.text
    assert [event for event in filled.state.all(Event) if event.kind == "notice.undelivered"]
    assert isinstance(filled.clock.now(), datetime)
