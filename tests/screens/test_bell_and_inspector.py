"""The bell, the inspector, reading again and copying, driven by keys on the whole app."""

from datetime import timedelta

import pytest

from vmms_tui.model.commands import Inspect, Refresh, Renew, Reply
from vmms_tui.model.records import changed
from vmms_tui.screens import pages
from vmms_tui.screens.belldialog import BellDialog
from vmms_tui.screens.copyview import CopiedText
from vmms_tui.screens.inspector import InspectorDialog
from vmms_tui.screens.pages import Pages

from .cloudland import NOW, STATUS, WORLD, reminder
from .driver import running
from .readings import asked, client, page
from .scripted import ScriptedClient

# The bell


async def test_what_was_said_is_kept_until_it_is_read() -> None:
    async with running(client()) as driver:
        assert "bell 0" in driver.line("header")
        driver.client.answer = lambda _command: Reply(code="refused", text="No. " + "Because " * 30, rule="x")
        driver.app.carry_out([Renew(lease_id="lease-00012", term=timedelta(hours=1))])
        await driver.until(lambda: "bell 1 !" in driver.line("header"))
        assert driver.line("footer").splitlines()[0].endswith("… b:all")
        await driver.press("b")
        page(driver, BellDialog)
        text = driver.screen_text()
        assert "Messages, 1 unread" in text
        assert "* 12:00:00  No. Because" in text
        assert text.count("Because") == 30
        await driver.press("b")
        await driver.until(lambda: "bell 0" in driver.line("header"))
        await driver.press("b")
        assert "* 12:00:00" not in driver.screen_text()
        assert "No. Because" in driver.screen_text()


async def test_alarms_ring_when_they_come_and_when_they_go() -> None:
    async with running(client()) as driver:
        bad = changed(STATUS, cloud=changed(STATUS.cloud, ok=False, problem="no answer", since=NOW))
        driver.client.say(bad)
        await driver.until(lambda: "bell 1 !" in driver.line("header"))
        driver.client.pass_time(timedelta(minutes=2))
        await driver.settled()
        driver.client.say(STATUS)
        await driver.until(lambda: "bell 2 !" in driver.line("header"))
        await driver.press("b")
        assert "Over: Cloud unreachable: no answer" in driver.screen_text()


async def test_a_notice_to_you_rings() -> None:
    async with running(ScriptedClient((*WORLD, reminder(1)), STATUS)) as driver:
        await driver.until(lambda: "bell 1 !" in driver.line("header"))
        await driver.press("b")
        assert "lease-00012 (vm-00012) ends" in driver.screen_text()


async def test_a_refused_key_is_kept_and_counts_as_read() -> None:
    async with running(client()) as driver:
        await driver.press("3", "G", "l")
        assert "bell 0" in driver.line("header")
        await driver.press("b")
        assert "l log: There is no server here." in driver.screen_text()


@pytest.mark.parametrize("width", [60, 80])
async def test_a_long_alarm_goes_on_in_the_next_line_or_leads_to_the_bell(width: int) -> None:
    async with running(client(), size=(width, 24)) as driver:
        why = "No engine answers at /run/user/1000/vmms/engine.sock. Start one with `vmms engine`, or add --start."
        driver.client.vanish(why)
        await driver.until(lambda: "Engine away" in driver.line("alarms"))
        said = " ".join(driver.line("alarms").split())
        assert "or add --start." in said or said.endswith("… b:all")
        assert max(map(len, driver.line("alarms").splitlines())) <= width
        assert len(driver.line("alarms").splitlines()) <= 3
        await driver.press("b")
        assert "or add --start." in " ".join(driver.screen_text().replace("│", " ").split())


# The inspector


async def test_the_inspector_shows_calls_ages_bytes_and_the_round_trip() -> None:
    async with running(client(), size=(100, 45)) as driver:
        driver.app.wire.wrote("x" * 1500)
        await driver.press("j", "i")
        page(driver, InspectorDialog)
        await driver.until(lambda: "compute GET /servers/detail" in driver.screen_text())
        text = driver.screen_text()
        for words in (
            "1.5 kB to the terminal",
            "ms there and back, in this program",
            "key before  j:",
            "50.0 MB",
            "17 servers, 9 leases",
            "120ms 900ms    4.2s",
            "HTTP 503 Busy (3m ago)",
            "servers                      4s ago",
            "observe        every 10 s",
            "6 in the last minute",
        ):
            assert words in text, words
        await driver.press("r")
        await driver.until(lambda: asked(driver, Inspect) == 2)
        await driver.press("b")
        page(driver, BellDialog)
        await driver.press("i")
        page(driver, InspectorDialog)
        await driver.press("i")
        assert not isinstance(driver.app.screen, Pages)


async def test_an_engine_that_refuses_leaves_this_screens_own_figures() -> None:
    async with running(client(inspect=Reply(code="refused", text="This needs the role viewer."))) as driver:
        await driver.press("i")
        await driver.until(lambda: "This needs the role viewer." in driver.screen_text())
        assert "This screen" in driver.screen_text()


async def test_it_is_only_asked_when_it_is_opened() -> None:
    async with running(client()) as driver:
        driver.client.pass_time(timedelta(minutes=1))
        await driver.settled()
        assert asked(driver, Inspect) == 0


# Reading again, copying


async def test_r_lets_the_engine_read_again_and_says_the_calls() -> None:
    async with running(client()) as driver:
        await driver.press("3", "r")
        await driver.until(lambda: "1 call meanwhile" in driver.line("footer"))
        await driver.press("2", "ctrl+r")
        await driver.until(lambda: asked(driver, Refresh) == 2)
        assert driver.client.sent == [Refresh(kind="servers"), Refresh(kind="offers")]


async def test_what_is_copied_in_many_lines_is_shown_to_be_selected() -> None:
    async with running(client(), size=(120, 40)) as driver:
        await driver.press("3", "c", "t")
        page(driver, CopiedText)
        lines = driver.app.clipboard.split("\n")
        assert lines[0].split()[:2] == ["LEASE", "SERVER"]
        assert len(lines) == 12
        assert lines[2].startswith("lease-00012  vm-00012")
        for line in lines[:5]:
            assert line[:100].rstrip() in driver.screen_text()
        await driver.press("escape")
        driver.narrow("owner:ada left<8h")
        await driver.press("c", "c")
        assert driver.app.clipboard == "vmms leases --filter 'owner:ada left<8h'"
        await driver.press("c", "r")
        assert driver.app.clipboard.startswith("lease-00012  vm-00012")
        await driver.press("d", "c")
        assert "release 4.2 soak" in driver.app.clipboard


async def test_what_is_too_long_for_a_clipboard_is_shown_all_the_same() -> None:
    assert pages.SIDEWAYS > 0
    async with running(client(console=Reply(body="x" * 100_000, read_at=NOW))) as driver:
        driver.app.copy("y" * 80_000)
        await driver.settled()
        assert "too long for a terminal's clipboard" in driver.line("footer")
