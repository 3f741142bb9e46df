"""What people read above every list before something is taken from them, and that the engine learns of it."""

import pytest

from vmms_tui.model.commands import Reply, Seen
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, Lease, LeaseState, Notice, NoticeKind, changed
from vmms_tui.model.tables import Tables
from vmms_tui.screens.reminding import reminders, to_answer

from .cloudland import NOW, STATUS, WORLD, minutes, reminder
from .driver import running
from .scripted import hours

ADA = Caller(name="ada", roles=(Role.DEVELOPER,))
GRACE = Caller(name="grace", roles=(Role.OPERATOR,))
STOPPED = changed(reminder(5), owner="grace", lease_id="lease-00046", kind=NoticeKind.STOPPED, about_end=NOW - hours(1))
NOT_TOLD = changed(
    reminder(6),
    owner="",
    lease_id="lease-00012",
    kind=NoticeKind.OPERATOR,
    command="vmms told lease-00012",
)


def said(you: Caller, *records: AnyRecord) -> list[str]:
    return [line for _, line in reminders(Tables((*WORLD, *records)), you, NOW)]


def test_a_person_reads_the_last_word_about_each_of_their_leases_that_end() -> None:
    assert said(ADA, reminder(1), reminder(2), STOPPED) == ["lease-00012 (vm-00012) ends 12:18 UTC (in 18m): + renews"]
    (line,) = said(GRACE, reminder(1), STOPPED)
    assert line == "lease-00046 is over and vm-00046 stopped, deleted 03-05 11:00 UTC (in 2d23h): + renews"


@pytest.mark.parametrize(
    "old",
    [
        changed(reminder(1), about_end=NOW + minutes(17)),
        changed(reminder(1), void="the lease was renewed"),
        changed(reminder(1), lease_id="lease-99999"),
        changed(reminder(1), kind=NoticeKind.FAILED),
        changed(reminder(1), owner="grace"),
    ],
    ids=["renewed", "void", "forgotten", "not about the end", "another's"],
)
def test_what_needs_no_answer_is_not_shown(old: Notice) -> None:
    assert said(ADA, old) == []


def test_it_stays_until_it_is_answered() -> None:
    assert said(ADA, changed(reminder(1), delivered_at=NOW, delivered_by="apprise"))


def test_what_is_taken_later_than_the_end_is_said_with_its_time() -> None:
    (line,) = said(ADA, changed(reminder(1), happens_at=NOW + hours(66), command=""))
    assert line == (
        "lease-00012 (vm-00012) ends 12:18 UTC (in 18m), taken 03-05 06:00 UTC (in 2d18h): it cannot be renewed"
    )


def test_the_most_urgent_comes_first() -> None:
    later = changed(reminder(9), lease_id="lease-00018", about_end=NOW + minutes(72), happens_at=NOW + minutes(72))
    assert [notice.id for notice, _ in to_answer(Tables((*WORLD, later, reminder(1))), "ada")] == [
        "notice-1",
        "notice-9",
    ]


def test_operators_hear_of_others_until_those_know() -> None:
    assert said(GRACE, NOT_TOLD) == [
        "ada could not be told that lease-00012 ends; once they were: vmms told lease-00012"
    ]
    assert said(ADA, NOT_TOLD) == []
    (lease,) = (one for one in WORLD if isinstance(one, Lease) and one.id == "lease-00012")
    assert said(GRACE, NOT_TOLD, changed(lease, notified_of=lease.end, notified_at=NOW)) == []
    assert said(GRACE, NOT_TOLD, changed(lease, state=LeaseState.ENDED)) == []


async def test_a_word_to_the_owner_stands_on_the_owners_screen() -> None:
    async with running() as driver:
        driver.client.change(reminder(1))
        await driver.until(lambda: "lease-00012 (vm-00012) ends 12:18 UTC (in 18m): + renews" in driver.screen_text())


async def test_what_was_drawn_for_its_owner_is_proved_once() -> None:
    async with running() as driver:
        driver.client.change(reminder(1), changed(reminder(2), owner="grace", lease_id="lease-00046"))
        await driver.until(lambda: Seen(notice_ids=("notice-1",), by="screen") in driver.client.sent)
        driver.client.pass_time(minutes(1))
        await driver.until(lambda: "(in 17m)" in driver.screen_text())
        assert [one for one in driver.client.sent if isinstance(one, Seen)] == [Seen(notice_ids=("notice-1",))]


async def test_what_did_not_fit_the_screen_is_not_proved() -> None:
    """Three lines are what is wrong; the notice does not stand there."""
    async with running() as driver:
        driver.client.say(changed(STATUS, settings_problems=("one", "two", "three", "four")))
        await driver.until(lambda: "Settings: one" in driver.screen_text())
        driver.client.change(reminder(1))
        driver.client.say(changed(STATUS, settings_problems=("five", "two", "three", "four")))
        await driver.until(lambda: "Settings: five" in driver.screen_text())
        assert not [one for one in driver.client.sent if isinstance(one, Seen)]
        driver.client.say(STATUS)
        await driver.until(lambda: Seen(notice_ids=("notice-1",), by="screen") in driver.client.sent)


async def test_what_lies_under_a_dialog_is_not_proved() -> None:
    async with running() as driver:
        await driver.press("n")
        driver.client.change(reminder(1))
        await driver.settled()
        assert not [one for one in driver.client.sent if isinstance(one, Seen)]
        await driver.press("escape")
        await driver.until(lambda: Seen(notice_ids=("notice-1",), by="screen") in driver.client.sent)


async def test_a_proof_that_did_not_reach_the_engine_is_given_again() -> None:
    async with running() as driver:
        answers = [Reply(code="try_again", text="not now"), Reply(text="Thank you.")]
        driver.client.answer = lambda _: answers.pop(0)
        driver.client.change(reminder(1))
        await driver.until(lambda: len([one for one in driver.client.sent if isinstance(one, Seen)]) == 2)
        assert not answers


async def test_operators_read_who_could_not_be_told() -> None:
    async with running() as driver:
        word = changed(
            reminder(3),
            owner="",
            lease_id="lease-00018",
            kind=NoticeKind.OPERATOR,
            about_end=NOW + minutes(72),
            command="vmms told lease-00018",
        )
        driver.client.change(word)
        said = "ada could not be told that lease-00018 ends; once they were: vmms told"
        await driver.until(lambda: said in driver.screen_text())
