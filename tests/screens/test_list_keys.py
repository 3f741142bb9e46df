"""Keys of every list: pause, wide columns, marks of many; and states that the cloud has not confirmed for long."""

import pytest

from vmms_tui.model.commands import Release
from vmms_tui.model.records import changed
from vmms_tui.model.tables import Drop
from vmms_tui.screens.confirmed import in_doubt

from .cloudland import NOW, STATUS, WORLD, lent, minutes, reminder
from .driver import running
from .scripted import ScriptedClient, hours


async def test_a_paused_list_stands_still_and_says_how_much_waits() -> None:
    async with running() as driver:
        await driver.press("3", "p")
        shown = list(driver.list.table.ids)
        driver.client.change(*lent(99, "el9-ci", "new", minutes(1)))
        driver.client.change(Drop("lease", "lease-00018"))
        driver.client.pass_time(minutes(2))
        await driver.until(lambda: "PAUSED, 2 changes wait" in driver.line("title"))
        assert list(driver.list.table.ids) == shown
        assert "16m !" in driver.screen_text(), "ages go on: 18 minutes were left"
        await driver.press("2", "3")
        assert list(driver.list.table.ids) == shown
        assert "PAUSED" in driver.line("title")
        await driver.press("p")
        assert "PAUSED" not in driver.line("title")
        assert "lease-00099" in driver.list.table.ids
        assert "lease-00018" not in driver.list.table.ids


async def test_all_that_the_filter_shows_is_marked_and_released_together() -> None:
    async with running(size=(120, 40)) as driver:
        await driver.press("3", "/", *"grace", "enter", "*")
        assert "2 marked" in driver.line("title")
        await driver.press("escape")
        assert "2 marked" in driver.line("title"), "marks stay when the filter goes"
        await driver.press("D")
        await driver.go_on()
        await driver.until(lambda: len(driver.client.sent) == 2)
        assert driver.client.sent == [Release(lease_id="lease-00045"), Release(lease_id="lease-00046")]


async def test_a_range_of_marks() -> None:
    async with running() as driver:
        await driver.press("3", "g", "v")
        assert "range from lease-00046" in driver.line("title")
        await driver.press("j", "j", "v")
        assert "3 marked" in driver.line("title")
        await driver.press("\\")
        assert "marked" not in driver.line("title")


async def test_a_row_that_is_gone_cannot_be_acted_on() -> None:
    async with running() as driver:
        await driver.press("3", "j")
        driver.client.change(Drop("lease", "lease-00012"))
        await driver.until(lambda: "lease-00012 is gone" in driver.strip)
        await driver.press("D")
        assert "D release: lease-00012 is gone since 12:00:00 UTC." in driver.screen_text()
        assert not driver.client.sent
        await driver.press("j", "k")
        assert driver.list.table.cursor == "lease-00012", "the cursor may rest on it"


async def test_wide_columns_show_the_whole_note() -> None:
    note = "a note that is far longer than the column where it stands, with its end here"
    client = ScriptedClient((*WORLD, *lent(99, "el9-ci", "ada", minutes(1), note=note)), STATUS)
    async with running(client) as driver:
        await driver.press("3", "right")
        assert "w shows the columns in full" in driver.screen_text()
        await driver.press("w", *["right"] * 12)
        assert note[-30:] in driver.screen_text()
        assert "lease-00099" in driver.screen_text(), "the first columns stay"
        await driver.press("w")
        assert note[-30:] not in "\n".join(driver.screen_text().splitlines()[:14])


async def test_states_that_nobody_confirms_have_a_question_mark() -> None:
    async with running() as driver:
        await driver.press("3")
        assert " RUN ?" not in driver.screen_text()
        late = changed(STATUS.cloud, listed_at=NOW - minutes(1))
        driver.client.say(changed(STATUS, cloud=late))
        await driver.until(lambda: " RUN ?" in driver.screen_text())
        assert "OVERDUE! ?" in driver.screen_text()
        assert "QUEUED ?" not in driver.screen_text(), "a request is ours, not the cloud's"
        driver.client.say(STATUS)
        await driver.until(lambda: " RUN ?" not in driver.screen_text())


@pytest.mark.parametrize(("seconds", "doubt"), [(29, False), (30, False), (31, True)])
def test_three_intervals_without_a_list_are_doubt(seconds: int, doubt: bool) -> None:
    cloud = changed(STATUS.cloud, listed_at=NOW - minutes(seconds / 60))
    assert in_doubt(changed(STATUS, cloud=cloud), NOW) is doubt


def test_before_the_first_list_everything_is_in_doubt() -> None:
    assert in_doubt(None, NOW)
    assert in_doubt(changed(STATUS, cloud=changed(STATUS.cloud, listed_at=None)), NOW)


async def test_the_terminals_cursor_is_on_the_row() -> None:
    async with running() as driver:
        await driver.press("3", "j", "j")
        lines = driver.screen_text().splitlines()
        row = next(y for y, line in enumerate(lines) if line.startswith(">"))
        await driver.until(lambda: driver.app.cursor_position == (0, row))
        client = driver.client
        client.change(reminder(1))
        await driver.until(lambda: driver.screen_text().splitlines()[row + 1].startswith(">"))
        await driver.until(lambda: driver.app.cursor_position == (0, row + 1))


async def test_the_terminals_cursor_is_on_the_entry_of_a_menu_and_on_a_button() -> None:
    async with running() as driver:
        await driver.press("3", "o", "down", "down")
        lines = driver.screen_text().splitlines()
        row = next(y for y, line in enumerate(lines) if "│ > p " in line)
        await driver.until(lambda: driver.app.cursor_position.y == row)
        assert lines[row][driver.app.cursor_position.x] == ">"
        await driver.press("escape", "g", "D")
        await driver.until(lambda: driver.focused("cancel"))
        row = next(y for y, line in enumerate(driver.screen_text().splitlines()) if "  Cancel  " in line)
        await driver.until(lambda: driver.app.cursor_position.y == row)


async def test_a_clock_that_goes_back_keeps_nothing_forever() -> None:
    async with running() as driver:
        await driver.press("3", "j")
        driver.client.change(Drop("lease", "lease-00012"))
        await driver.until(lambda: "lease-00012 is gone" in driver.strip)
        driver.client.pass_time(-hours(1))
        await driver.until(lambda: "lease-00012" not in driver.list.table.ids)
