"""A request that is granted while somebody looks at it: what they look at is its lease from then on."""

from vmms_tui.model.commands import Reply
from vmms_tui.model.records import RequestState, changed
from vmms_tui.screens.request import RequestScreen
from vmms_tui.widgets.line import Lines

from .cloudland import NOW, REQUESTS, lent
from .driver import Driver, running
from .scripted import hours

SERVER, LEASE = lent(100, "el9-dev", "ada", hours(48))
GRANTED = changed(REQUESTS[1], state=RequestState.GRANTED, lease_id=LEASE.id, decided=NOW)


async def on_the_request(driver: Driver) -> None:
    await driver.press("3")
    driver.list.table.go_to(GRANTED.id)
    assert driver.list.table.cursor == GRANTED.id


async def test_the_cursor_goes_along_to_the_lease() -> None:
    async with running() as driver:
        await on_the_request(driver)
        driver.client.change(SERVER, LEASE, GRANTED)
        await driver.until(lambda: driver.list.table.cursor == LEASE.id)
        assert "is gone" not in driver.screen_text()


async def test_a_cursor_elsewhere_stays_where_it_is() -> None:
    async with running() as driver:
        await driver.press("3", "j")
        before = driver.list.table.cursor
        driver.client.change(SERVER, LEASE, GRANTED)
        await driver.until(lambda: LEASE.id in driver.list.table.ids)
        assert driver.list.table.cursor == before


async def test_where_the_filter_hides_the_lease_the_strip_says_what_became_of_it() -> None:
    async with running() as driver:
        await driver.press("3")
        driver.narrow(GRANTED.id)
        await driver.until(lambda: driver.list.table.cursor == GRANTED.id)
        driver.client.change(SERVER, LEASE, GRANTED)
        await driver.until(lambda: f"{GRANTED.id} is {LEASE.id} since" in driver.strip)


async def test_what_is_taken_back_is_gone() -> None:
    async with running() as driver:
        await on_the_request(driver)
        driver.client.change(changed(REQUESTS[1], state=RequestState.CANCELLED, decided=NOW))
        await driver.until(lambda: f"{GRANTED.id} is gone since" in driver.strip)


async def test_a_form_that_is_closed_after_the_grant_leads_to_the_lease() -> None:
    async with running() as driver:
        driver.client.answer = lambda _: Reply(text="You wait.", request_id=GRANTED.id)
        await driver.press("n", "ctrl+n")
        await driver.until(lambda: "You wait." in driver.screen_text())
        assert isinstance(driver.app.screen, RequestScreen)
        assert "send" not in driver.app.screen.query_one("#footer", Lines).text, "it is sent"
        driver.client.change(SERVER, LEASE, GRANTED)
        await driver.until(lambda: f"Lease {LEASE.id} is yours now." in driver.screen_text())
        await driver.press("enter")
        await driver.until(lambda: driver.list.table.cursor == LEASE.id)
