"""Details, why and raw, driven by keys on the whole app: read, searched, moved."""

from datetime import timedelta

import pytest

from vmms_tui.keys import FORBIDDEN, Place
from vmms_tui.keys.inforce import acts_in
from vmms_tui.model.commands import ReadServer, Reply
from vmms_tui.model.records import Lease, LeaseState, changed
from vmms_tui.screens.belldialog import BellDialog
from vmms_tui.screens.copyview import CopiedText
from vmms_tui.screens.inspector import InspectorDialog
from vmms_tui.screens.logview import LogView
from vmms_tui.screens.objectpages import DetailsPage, ObjectPages, RawPage, WhyPage
from vmms_tui.screens.pages import Pages

from .cloudland import NOW
from .driver import running
from .readings import asked, client, on_ada, page

KINDS: tuple[type[Pages], ...] = (DetailsPage, WhyPage, RawPage, LogView, BellDialog, InspectorDialog, CopiedText)


# The key table


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_text_is_in_the_table_and_does_something(kind: type[Pages]) -> None:
    acts = {one.id: one for one in acts_in(kind.place)}
    keys = [key for one in acts.values() for key in one.keys]
    assert len(keys) == len(set(keys))
    assert not set(keys) & FORBIDDEN
    for one in acts.values():
        inside = bool({Place.READING, Place.LOG, Place.RAW} & set(one.places))
        assert hasattr(kind, f"do_{one.id}") or not inside, one.id


async def test_keys_of_the_text_itself_are_bound() -> None:
    async with running(client()) as driver:
        await on_ada(driver, "l")
        bound = page(driver, LogView)._bindings.key_to_bindings.values()
        assert {one.id for many in bound for one in many if one.id} == {act.id for act in acts_in(LogView.place)}


# Texts on one thing


async def test_the_raw_record_can_be_read_as_yaml() -> None:
    async with running(client()) as driver:
        await on_ada(driver, "y")
        await driver.until(lambda: '"owner": "ada"' in driver.screen_text())
        assert "t:yaml" in driver.screen_text()
        await driver.press("t")
        assert "owner: ada" in driver.screen_text()
        assert '"owner"' not in driver.screen_text()
        await driver.press("t")
        assert '"owner": "ada"' in driver.screen_text()


@pytest.mark.parametrize(
    ("key", "kind", "words"),
    [
        ("d", DetailsPage, "release 4.2 soak"),
        ("x", WhyPage, "Next: + renews it: `vmms renew lease-00012 8h`."),
        ("y", RawPage, '"owner": "ada"'),
        ("l", LogView, "login:"),
    ],
)
@pytest.mark.parametrize("close", ["escape", "q", "same"])
async def test_each_opens_with_its_key_and_closes(key: str, kind: type[Pages], words: str, close: str) -> None:
    async with running(client(), size=(80, 40)) as driver:
        await on_ada(driver, key)
        await driver.until(lambda: words in driver.screen_text())
        page(driver, kind)
        await driver.press(key if close == "same" else close)
        assert "3*Leases" in driver.line("tabs")
        assert not isinstance(driver.app.screen, Pages)
        assert driver.list.table.cursor == "lease-00012"


async def test_each_leads_to_the_others_about_the_same() -> None:
    async with running(client(), size=(100, 60)) as driver:
        await on_ada(driver, "d")
        for key, kind in (("x", WhyPage), ("l", LogView), ("y", RawPage), ("d", DetailsPage)):
            await driver.press(key)
            shown = page(driver, kind)
            assert isinstance(shown, ObjectPages)
            record = shown.subject.target().record
            assert record is not None
            assert record.id == "lease-00012"
        await driver.press("e")
        await driver.until(lambda: "8*Events" in driver.line("tabs"))
        assert driver.list.listing.filter_text == "subject:vm-00012"


async def test_details_follow_what_the_engine_says() -> None:
    async with running(client()) as driver:
        await on_ada(driver, "d")
        lease = driver.client.tables.get(Lease, "lease-00012")
        assert lease is not None
        driver.client.change(changed(lease, note="a new note"))
        await driver.until(lambda: "a new note" in driver.screen_text())


async def test_what_goes_while_it_is_read_stays_to_be_read() -> None:
    async with running(client()) as driver:
        await on_ada(driver, "d")
        lease = driver.client.tables.get(Lease, "lease-00012")
        assert lease is not None
        driver.client.change(changed(lease, state=LeaseState.ENDED))
        await driver.settled()
        assert "release 4.2 soak" in driver.screen_text()


async def test_raw_has_the_records_and_what_the_cloud_says_with_its_age() -> None:
    async with running(client(), size=(80, 90)) as driver:
        await on_ada(driver, "y")
        await driver.until(lambda: '"status": "ACTIVE"' in driver.screen_text())
        text = driver.screen_text()
        assert '  "server_id": "vm-00012"' in text
        assert "vm-00012, as the engine has it" in text
        assert '"host_key": ""' in text
        driver.client.pass_time(timedelta(seconds=40))
        await driver.until(lambda: "as the cloud has it, read 40s ago" in driver.screen_text())
        await driver.press("r")
        await driver.until(lambda: asked(driver, ReadServer) == 2)


async def test_raw_says_why_the_cloud_was_not_asked() -> None:
    refused = Reply(code="refused", rule="not_owner", text="The server vm-00012 is another's.", remedy="Ask its owner.")
    async with running(client(server=refused), size=(80, 90)) as driver:
        await on_ada(driver, "y")
        await driver.until(lambda: "is another's. Ask its owner." in driver.screen_text())
        await driver.press("escape")
        await driver.press("2", "y", "r")
        assert "there is no server here" in driver.screen_text()


# Searching and moving


async def test_words_are_searched_and_gone_to() -> None:
    async with running(client()) as driver:
        await on_ada(driver, "l")
        await driver.until(lambda: "login:" in driver.screen_text())
        await driver.press("slash", *"STEP 4", "enter")
        assert "place 1 of 11, from the other end" in driver.screen_text()
        assert "step 4 OK" in driver.screen_text()
        await driver.press("n")
        assert "place 2 of 11" in driver.screen_text()
        assert "step 40 OK" in driver.screen_text()
        await driver.press("N", "N")
        assert "place 11 of 11, from the other end" in driver.screen_text()
        await driver.press("slash", *"nowhere", "enter")
        assert "“STEP 4nowhere” is not in this text." in driver.screen_text()
        await driver.press("slash", "escape")
        page(driver, LogView)
        await driver.press("escape")
        assert not isinstance(driver.app.screen, Pages)


async def test_n_without_words_asks_for_them_and_letters_go_there() -> None:
    async with running(client()) as driver:
        await on_ada(driver, "d", "n")
        assert driver.focused("needle")
        await driver.press(*"qxl", "enter")
        page(driver, DetailsPage)
        assert "“qxl” is not in this text." in driver.screen_text()


async def test_moving_stays_within_the_text() -> None:
    async with running(client()) as driver:
        await on_ada(driver, "l")
        await driver.until(lambda: "login:" in driver.screen_text())
        log = page(driver, LogView)
        last = len(log._rows) - log.page
        assert log._top == last
        for key, top in (("g", 0), ("k", 0), ("j", 1), ("pagedown", 1 + log.page), ("pageup", 1), ("G", last)):
            await driver.press(key)
            assert log._top == top, key
        await driver.press("j", "pagedown", "ctrl+d")
        assert log._top == last
        await driver.press("ctrl+u")
        assert log._top == last - log.page // 2


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_long_lines_are_wrapped_or_moved(size: tuple[int, int]) -> None:
    long = Reply(body="begin " + "山x" * 200 + " end-of-it\nshort", read_at=NOW)
    async with running(client(console=long), size=size) as driver:
        await on_ada(driver, "l")
        await driver.until(lambda: "short" in driver.screen_text())
        assert "end-of-it" in driver.screen_text()
        await driver.press("right")
        assert "Lines are wrapped" in driver.screen_text()
        await driver.press("w")
        assert "end-of-it" not in driver.screen_text()
        for _ in range(50):
            await driver.press("right")
        assert "end-of-it" in driver.screen_text()
        await driver.press("w")
        assert "begin" in driver.screen_text()


async def test_a_text_of_any_length_fits_after_a_resize() -> None:
    async with running(client(), size=(120, 40)) as driver:
        await on_ada(driver, "l")
        await driver.until(lambda: "login:" in driver.screen_text())
        for size in ((60, 16), (80, 24)):
            await driver.pilot.resize_terminal(*size)
            await driver.pilot.pause()
            log = page(driver, LogView)
            assert log._top <= len(log._rows) - log.page
            assert "q:close" in driver.screen_text()
