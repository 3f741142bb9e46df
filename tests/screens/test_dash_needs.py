"""The needs on Dash: their filter, why each is there, and the events of what it is about."""

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.records import changed
from vmms_tui.screens.objectpages import DetailsPage, WhyPage

from .dashland import WRONG_STATUS, seen_to
from .driver import running
from .test_dash import dash, to, wrong


async def test_the_filter_narrows_while_it_is_typed_and_esc_shows_all() -> None:
    async with running(wrong(), start=Place.DASH) as driver:
        screen = dash(driver)
        await driver.until(lambda: len(screen.table.ids) > 5)
        everything = list(screen.table.ids)
        await driver.press("slash", *"win22")
        assert list(screen.table.ids) == ["broken:win22"]
        assert f"Needs you now ({len(everything)})  /win22  1 of {len(everything)}" in driver.line("needs-title")
        await driver.press("enter")
        assert screen.table.has_focus
        await driver.press("a")
        assert "Acknowledge broken:win22" in driver.screen_text()
        await driver.press("escape", "escape")
        assert list(screen.table.ids) == everything
        assert "/win22" not in driver.line("needs-title")
        await driver.press("slash", *"since>10m", "tab")
        assert screen.table.has_focus, "tab gives the list the focus"
        assert "broken:win22" not in screen.table.ids
        assert "overdue:lease-00046" in screen.table.ids


async def test_a_filter_says_what_it_does_not_understand_and_when_it_hides_all() -> None:
    async with running(wrong(), start=Place.DASH) as driver:
        screen = dash(driver)
        await driver.until(lambda: len(screen.table.ids) > 5)
        await driver.press("slash", *"since<soon")
        assert "soon" in driver.line("footer")
        assert len(screen.table.ids) > 5
        await driver.press("escape", "slash", *"nothing-such", "enter")
        assert f"None of {len(screen.rows)} fits the filter; esc shows all." in driver.screen_text()
        driver.client.say(changed(WRONG_STATUS, problem="nothing-such disk"))
        await driver.until(lambda: list(screen.table.ids) == ["engine"])


async def test_the_command_line_filters_dash() -> None:
    async with running(wrong(), start=Place.DASH) as driver:
        await driver.until(lambda: len(dash(driver).table.ids) > 5)
        await driver.press("colon", *"filter win22", "enter")
        await driver.until(lambda: list(dash(driver).table.ids) == ["broken:win22"])


@pytest.mark.parametrize(
    ("need_id", "words"),
    [
        ("broken:win22", ("It is CRIT: something does not work", "There is no image windows-2022", "x there says why")),
        (
            "overdue:lease-00046",
            ("It gets worse by itself: 2026-03-05", "importance is 9", "renews it, D gives it back"),
        ),
        ("operation:op-000060", ("It ended", "see the operation (enter)")),
        ("host:h03", ("Its service no longer reports", "vmms hosts")),
        ("frozen", ("the clock jumped", "then thaw (T); the same as `vmms thaw`")),
        ("cloud", ("no answer within 30 s", "vmms doctor")),
    ],
)
async def test_x_says_why_it_waits_and_what_is_behind_it(need_id: str, words: tuple[str, ...]) -> None:
    async with running(wrong(seen_to("cloud", "a call is open")), size=(120, 60), start=Place.DASH) as driver:
        await to(driver, need_id)
        await driver.press("x")
        assert isinstance(driver.app.screen, WhyPage)
        said = " ".join(driver.screen_text().replace("│", " ").split())
        for word in (*words, "Everybody on call sees it."):
            assert word in said, said
        assert ("a call is open" in said) is (need_id == "cloud")
        await driver.press("d")
        shown = WhyPage if need_id == "cloud" else DetailsPage
        await driver.until(lambda: isinstance(driver.app.screen, shown))
        await driver.press("q")
        assert len(driver.app.screen_stack) == 1


@pytest.mark.parametrize(
    ("need_id", "narrow"),
    [
        ("broken:win22", "subject:win22"),
        ("overdue:lease-00046", "subject:vm-00046"),
        ("missing:vm-00081", "subject:vm-00081"),
        ("operation:op-000060", "subject:vm-00018"),
        ("host:h03", "subject:h03"),
        ("cloud", "what:cloud"),
        ("frozen", "what:guard"),
    ],
)
async def test_e_shows_the_events_of_what_it_is_about(need_id: str, narrow: str) -> None:
    async with running(wrong(), start=Place.DASH) as driver:
        await to(driver, need_id)
        await driver.press("e")
        await driver.until(lambda: driver.app.current_mode == Place.EVENTS.value)
        await driver.until(lambda: f"/{narrow}" in driver.line("title"))


async def test_on_other_panels_there_is_nothing_to_explain() -> None:
    async with running(wrong(), start=Place.DASH) as driver:
        await to(driver, "host:h03")
        await driver.press("tab", "x")
        assert "There is nothing under the cursor." in driver.line("footer")
