"""With the cloud or the engine away the screen stays, grey, says so in words, lets nothing be changed, and recovers."""

from rich.style import Style

from vmms_tui.model.records import changed
from vmms_tui.model.status import CloudStatus

from .cloudland import NOW, STATUS, minutes
from .driver import Driver, running

AWAY = changed(STATUS.cloud, ok=False, problem="no answer within 30 s", since=NOW, listed_at=NOW - minutes(2))


def colours(driver: Driver) -> set[object]:
    """Of the words of the list."""
    strips = driver.app.screen._compositor.render_strips(driver.app.size)[4:12]
    return {(one.style or Style()).color for strip in strips for one in strip if one.text.strip()}


async def test_an_engine_that_is_away_leaves_the_screen_grey_and_lets_nothing_be_changed() -> None:
    async with running(size=(110, 24)) as driver:
        await driver.press("3")
        many = len(colours(driver))
        before = list(driver.list.table.ids)
        driver.client.vanish("The engine does not answer.")
        await driver.until(lambda: "STALE" in driver.line("title"))
        await driver.until(lambda: len(colours(driver)) < many)
        assert len(colours(driver)) <= 2, "grey, and the cursor's own"
        assert list(driver.list.table.ids) == before
        for key in "D", "S", "+":
            await driver.press(key)
            assert "the engine is away (The engine does not answer); what you see is" in driver.screen_text()
        assert not driver.client.sent
        await driver.press("j", "x")
        await driver.until(lambda: "Why:" in driver.screen_text())
        await driver.press("escape")
        driver.client.away = ""
        await driver.until(lambda: "STALE" not in driver.line("title"))
        await driver.until(lambda: len(colours(driver)) == many)
        await driver.press("D")
        await driver.until(lambda: "PREFLIGHT" in driver.screen_text())


async def test_a_cloud_that_is_away_too() -> None:
    async with running() as driver:
        await driver.press("3")
        driver.client.say(changed(STATUS, cloud=AWAY))
        await driver.until(lambda: "STALE 2m" in driver.line("title"))
        assert driver.app.screen.has_class("-stale")
        await driver.press("D")
        assert "D release: the cloud is away (no answer within 30 s)" in driver.screen_text()
        await driver.press("+")
        await driver.until(lambda: "Renew lease-00046" in driver.screen_text())
        await driver.press("escape")
        driver.client.say(STATUS)
        await driver.until(lambda: "STALE" not in driver.line("title"))
        assert not driver.app.screen.has_class("-stale")


async def test_a_cloud_that_was_not_asked_yet_is_not_away() -> None:
    async with running() as driver:
        driver.client.say(changed(STATUS, cloud=CloudStatus(name="eu-west")))
        await driver.until(lambda: "no data yet" in driver.line("age"))
        assert not driver.app.screen.has_class("-stale")
        assert "asking the cloud" in driver.screen_text()
        assert not any(word in driver.screen_text() for word in ("away", "unreachable"))


async def test_every_screen_says_it() -> None:
    async with running() as driver:
        driver.client.vanish("The line broke.")
        await driver.until(lambda: "engine away" in driver.line("age"))
        for key in "2", "3", "8":
            await driver.press(key)
            assert "STALE" in driver.line("title")
            assert driver.list.table.ids
