"""Dash by its keys: the list of needs, where each leads, acknowledgement, thawing, panels; and with odd worlds."""

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.commands import Acknowledge, Thaw, Unacknowledge
from vmms_tui.model.healing import Illness
from vmms_tui.model.needs import Severity
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, Lease, Server, ServerState, changed
from vmms_tui.model.tables import Drop
from vmms_tui.screens.dash import PLACES, DashScreen
from vmms_tui.screens.listing import ListScreen
from vmms_tui.widgets.line import Lines
from vmms_tui.widgets.panel import Panel

from .cloudland import NOW, STATUS, WORLD, lent, minutes, server
from .cloudscape import HOSTS
from .dashland import WELL, WRONG, WRONG_STATUS, seen_to
from .driver import Driver, running
from .scripted import ScriptedClient, hours


def wrong(*more: AnyRecord, you: Caller | None = None) -> ScriptedClient:
    client = ScriptedClient((*WRONG, *more), WRONG_STATUS)
    client.you = you or client.you
    return client


def dash(driver: Driver) -> DashScreen:
    screen = driver.app.screen_stack[0]
    assert isinstance(screen, DashScreen)
    return screen


async def to(driver: Driver, need_id: str) -> None:
    """Put the cursor on a need with keys."""
    screen = dash(driver)
    await driver.until(lambda: need_id in screen.table.ids)
    await driver.press("g")
    for _ in screen.table.ids:
        if screen.table.cursor == need_id:
            return
        await driver.press("j")
    assert screen.table.cursor == need_id


def need_text(driver: Driver) -> str:
    return dash(driver).query_one("#need", Lines).text


def panel(driver: Driver, name: str) -> str:
    return dash(driver).query_one(f"#{name}", Panel).text


# The list


async def test_it_is_where_the_program_starts_and_the_worst_comes_first() -> None:
    async with running(wrong(seen_to("broken:win22")), start=Place.DASH) as driver:
        screen = dash(driver)
        await driver.until(lambda: len(screen.table.ids) > 5)
        rows = [screen.rows[row_id] for row_id in screen.table.ids]
        new = [row.need.severity for row in rows if row.said is None]
        assert new == sorted(new)
        assert new[0] is Severity.CRIT
        assert new[-1] is Severity.SOON
        assert screen.table.ids[-1] == "broken:win22"
        assert f"Needs you now ({len(new)}, 1 seen to)" in driver.line("needs-title")
        kinds = {row_id.partition(":")[0] for row_id in screen.table.ids}
        assert kinds == {
            *("engine", "frozen", "cloud", "loop", "settings", "broken", "held", "operation", "failed", "missing"),
            *("ends", "overdue", "untold", "host", "ill", "incident", "reserve"),
        }


async def test_all_is_well_and_when_that_was_last_seen() -> None:
    async with running(ScriptedClient(WELL, STATUS), start=Place.DASH) as driver:
        await driver.until(lambda: "Nothing needs you. Looked at 12:00:00 UTC." in driver.screen_text())
        driver.client.pass_time(minutes(2))
        await driver.until(lambda: "Looked at 12:02:00 UTC." in driver.screen_text())
        assert "Needs you now (0)" in driver.line("needs-title")


async def test_nothing_is_counted_before_the_engine_told() -> None:
    client = ScriptedClient(WELL, STATUS)
    client.vanish("not asked yet")
    async with running(client, start=Place.DASH) as driver:
        await driver.until(lambda: "Asking the engine" in driver.screen_text())
        said = driver.screen_text()
        assert not any(word in said for word in ("(0)", "No pools yet", "Nothing is under way", "Nothing needs you"))
        assert "Needs you now ──" in said


async def test_what_stands_in_the_list_is_no_alarm_too_and_for_others_it_is() -> None:
    async with running(wrong(), start=Place.DASH) as driver:
        assert driver.line("alarms") == ""
    developer = Caller(name="ada", roles=(Role.DEVELOPER,))
    async with running(wrong(you=developer), start=Place.DASH) as driver:
        assert "takes no changes" in driver.line("alarms")
        screen = dash(driver)
        assert screen.table.ids
        assert {row.need.owner for row in screen.rows.values()} == {"ada"}


@pytest.mark.parametrize(
    ("need_id", "mode", "filter_text", "row_id"),
    [
        ("broken:win22", Place.POOLS, "", "win22"),
        ("held:gpu-a", Place.POOLS, "", "gpu-a"),
        ("overdue:lease-00046", Place.LEASES, "", "lease-00046"),
        ("failed:vm-00061", Place.LEASES, "", "lease-00061"),
        ("ends:lease-00077", Place.LEASES, "", "lease-00077"),
        ("untold:lease-00031", Place.LEASES, "", "lease-00031"),
        ("missing:vm-00081", Place.POOLS, "", "el9-dev"),
        ("host:h03", Place.HOSTS, "", "aaaa0000-0000-4000-8000-000000000003"),
        ("frozen", Place.EVENTS, "what:guard", ""),
        ("cloud", Place.EVENTS, "what:cloud", ""),
        ("loop:pools", Place.EVENTS, "pools", ""),
        ("operation:op-000060", Place.OPS, "", ""),
    ],
)
async def test_enter_leads_to_the_right_row_or_filter(need_id: str, mode: Place, filter_text: str, row_id: str) -> None:
    async with running(wrong(), start=Place.DASH) as driver:
        await to(driver, need_id)
        await driver.press("enter")
        await driver.until(lambda: driver.app.current_mode == mode.value)
        there = driver.app.screen
        if isinstance(there, ListScreen):
            await driver.until(lambda: there.listing.filter_text == filter_text)
            if row_id:
                await driver.until(lambda: there.table.cursor == row_id)
        await driver.press("[")
        assert driver.app.current_mode == Place.DASH.value
        assert dash(driver).table.cursor == need_id


async def test_the_need_under_the_cursor_is_told_whole_with_its_next_step() -> None:
    async with running(wrong(), start=Place.DASH) as driver:
        await to(driver, "broken:win22")
        await driver.until(lambda: "There is no image windows-2022; 0 of 2 ready" in need_text(driver))
        assert "next: see the pool; x there says why" in need_text(driver)
        assert "vmms show win22" in need_text(driver)
        assert "not red" not in need_text(driver)


async def test_needs_come_and_go_with_what_is_told_and_with_time() -> None:
    fine = lent(99, "el9-dev", "bob", hours(2), start=NOW - hours(3))
    async with running(ScriptedClient((*WELL, *fine), STATUS), start=Place.DASH) as driver:
        screen = dash(driver)
        await driver.until(lambda: "Nothing needs you" in driver.screen_text())
        gone = server(80, "el9-dev", ServerState.READY)
        driver.client.change(changed(gone, missing_since=NOW))
        await driver.until(lambda: list(screen.table.ids) == ["missing:vm-00080"])
        driver.client.say(changed(STATUS, problem="the disk is full"))
        await driver.until(lambda: list(screen.table.ids) == ["engine", "missing:vm-00080"])
        driver.client.say(STATUS)
        driver.client.change(gone)
        await driver.until(lambda: list(screen.table.ids) == [])
        driver.client.pass_time(minutes(61))
        await driver.until(lambda: "ends:lease-00099" in screen.table.ids)


async def test_the_cursor_follows_its_need() -> None:
    async with running(wrong(), start=Place.DASH) as driver:
        screen = dash(driver)
        await to(driver, "overdue:lease-00046")
        driver.client.say(STATUS)
        await driver.until(lambda: "cloud" not in screen.table.ids)
        assert screen.table.cursor == "overdue:lease-00046"
        driver.client.say(WRONG_STATUS)
        await driver.until(lambda: "cloud" in screen.table.ids)
        assert screen.table.cursor == "overdue:lease-00046"
        driver.client.change(Drop("lease", "lease-00046"))
        await driver.until(lambda: screen.table.cursor != "overdue:lease-00046")
        assert screen.table.cursor in screen.table.ids


async def test_an_engine_that_is_away_leaves_what_was_known() -> None:
    async with running(ScriptedClient(WELL, STATUS), start=Place.DASH) as driver:
        driver.client.vanish("killed")
        await driver.until(lambda: "Nobody knows whether anything needs you." in driver.screen_text())
        assert "Engine away: killed" in driver.line("alarms")
    async with running(wrong(), start=Place.DASH) as driver:
        driver.client.vanish("killed")
        await driver.until(lambda: "as of 12:00:00 UTC" in driver.line("needs-title"))
        assert "broken:win22" in dash(driver).table.ids


# Acknowledgement


async def test_acknowledged_with_a_note_it_moves_to_the_end_for_all_and_can_be_taken_back() -> None:
    async with running(wrong(), size=(120, 40), start=Place.DASH) as driver:
        screen = dash(driver)
        await to(driver, "held:gpu-a")
        await driver.press("a")
        assert "Acknowledge held:gpu-a" in driver.screen_text()
        await driver.type("asked for quota")
        assert "vmms acknowledge held:gpu-a --note 'asked for quota'" in driver.screen_text()
        await driver.press("enter")
        await driver.until(lambda: bool(driver.client.sent))
        assert driver.client.sent == [Acknowledge(need_id="held:gpu-a", note="asked for quota")]
        driver.client.change(seen_to("held:gpu-a", "asked for quota"))
        await driver.until(lambda: screen.table.ids[-1] == "held:gpu-a")
        assert screen.table.cursor == "held:gpu-a"
        assert "olga sees to it, said 3m ago: asked for quota" in need_text(driver)
        assert "olga: asked for quota; builds nothing" in driver.screen_text()
        await driver.press("a")
        await driver.until(lambda: len(driver.client.sent) == 2)
        assert driver.client.sent[-1] == Unacknowledge(need_id="held:gpu-a")
        driver.client.change(Drop("acknowledgement", "held:gpu-a"))
        await driver.until(lambda: screen.table.ids[-1] != "held:gpu-a")


async def test_an_acknowledgement_of_an_earlier_one_covers_nothing() -> None:
    old = Acknowledgement(id="overdue:lease-00046", basis="another end", by="olga", at=NOW)
    async with running(wrong(old), start=Place.DASH) as driver:
        await driver.until(lambda: "overdue:lease-00046" in dash(driver).rows)
        assert dash(driver).rows["overdue:lease-00046"].said is None


async def test_a_note_can_be_left_out_and_the_question_be_closed_and_a_long_one_is_not_taken() -> None:
    async with running(wrong(), start=Place.DASH) as driver:
        await to(driver, "cloud")
        await driver.press("a", "escape")
        assert driver.client.sent == []
        await driver.press("a", "enter")
        await driver.until(lambda: bool(driver.client.sent))
        assert driver.client.sent == [Acknowledge(need_id="cloud")]
        await driver.press("a")
        await driver.type("x" * 201)
        await driver.press("enter")
        assert "200 characters are shown, these are 201." in driver.screen_text()
        assert len(driver.client.sent) == 1


async def test_who_may_not_acknowledge_is_told() -> None:
    for you, why in (
        (Caller(name="vera", roles=(Role.VIEWER,)), "it is not for viewers"),
        (Caller(name="olga", roles=(Role.OPERATOR,), read_only=True), "this is read-only"),
    ):
        async with running(wrong(you=you), start=Place.DASH) as driver:
            await to(driver, "cloud")
            assert ":acknowledge" not in driver.line("footer")
            await driver.press("a")
            assert why in driver.line("footer")
            await driver.press("T")
            assert why in driver.line("footer")
            assert driver.client.sent == []


async def test_what_is_only_ones_own_needs_nobody_on_call() -> None:
    told = lent(12, "el9-ci", "ada", minutes(18))[1]
    mine = changed(told, notified_of=told.end)
    async with running(wrong(mine), start=Place.DASH) as driver:
        await to(driver, "ends:lease-00012")
        await driver.press("a")
        assert "nothing under the cursor that needs anybody on call" in driver.line("footer")


# Thawing


async def test_what_is_frozen_is_thawed_after_preflight() -> None:
    client = wrong(*lent(98, "el9-dev", "bob", -hours(1)))
    client.status = changed(WRONG_STATUS, cloud=STATUS.cloud)
    async with running(client, start=Place.DASH) as driver:
        await to(driver, "loop:pools")
        await driver.press("T")
        assert "Nothing under the cursor is frozen." in driver.line("footer")
        await to(driver, "frozen")
        await driver.press("T")
        await driver.until(lambda: "PREFLIGHT" in driver.screen_text())
        assert "1 lease past the end" in driver.screen_text()
        assert "It is frozen since 2026-03-02 11:55 UTC (5m ago)" in driver.screen_text()
        await driver.press("enter")
        assert driver.client.sent == []
        await driver.press("T")
        await driver.go_on()
        await driver.until(lambda: bool(driver.client.sent))
        assert driver.client.sent == [Thaw()]


# Panels


async def test_tab_goes_round_and_enter_opens_the_screen_of_a_panel() -> None:
    async with running(ScriptedClient(WORLD, STATUS), start=Place.DASH) as driver:
        for name in ("capacity", "leases", "requests", "running"):
            await driver.press("tab")
            assert driver.focused(name)
            assert panel(driver, name).startswith("> ")
        await driver.press("tab")
        assert dash(driver).table.has_focus
        assert driver.line("needs-title").startswith("> ")
        await driver.press("shift+tab")
        assert driver.focused("running")
        assert not panel(driver, "capacity").startswith("> ")
        await driver.press("enter")
        assert driver.app.current_mode == Place.OPS.value


@pytest.mark.parametrize("name", PLACES)
async def test_each_panel_opens_its_screen(name: str) -> None:
    async with running(ScriptedClient((*WORLD, *HOSTS), STATUS), size=(120, 40), start=Place.DASH) as driver:
        for _ in PLACES:
            if not driver.focused(name):
                await driver.press("tab")
        assert driver.focused(name)
        await driver.press("a")
        assert "nothing under the cursor" in driver.line("footer")
        await driver.press("enter")
        assert driver.app.current_mode == PLACES[name].value


async def test_a_small_screen_has_the_needs_first_and_what_fits() -> None:
    async with running(wrong(), size=(60, 16), start=Place.DASH) as driver:
        lines = driver.screen_text().split("\n")
        assert "Needs you now" in lines[2]
        assert sum("CRIT" in line for line in lines) >= 4
        assert "Capacity" in driver.screen_text()
        assert "Running" not in driver.screen_text()
        await driver.press("tab", "tab")
        assert driver.focused("leases")
        await driver.press("tab")
        assert dash(driver).table.has_focus


async def test_panels_say_their_numbers() -> None:
    async with running(wrong(), size=(120, 40), start=Place.DASH) as driver:
        await driver.until(lambda: "request to ready" in panel(driver, "leases"))
        assert "p50 9s  p95 31s" in panel(driver, "leases")
        assert "active              10" in panel(driver, "leases")
        assert "2/2 100%!" in panel(driver, "capacity")
        assert "Running (2)" in panel(driver, "running")
        assert "vm-00072" in panel(driver, "running")
        assert "asked" in panel(driver, "requests")
        await driver.until(lambda: "wanted" in panel(driver, "plot"))
        assert "Ends of the week (10)" in panel(driver, "week")
        await driver.pilot.resize_terminal(80, 24)
        await driver.until(lambda: not dash(driver).query_one("#plot").region)
        await driver.pilot.resize_terminal(60, 16)
        await driver.until(lambda: "2/2 100%!" in panel(driver, "capacity"))


async def test_names_from_outside_stay_in_their_cells() -> None:
    odd = "\x1b[31m[bold]漢字\u202eevil" * 20
    records: list[AnyRecord] = []
    for record in WRONG:
        if isinstance(record, Lease):
            records.append(changed(record, owner=odd, postponed=odd))
        elif isinstance(record, Server):
            records.append(changed(record, failure=odd))
        elif isinstance(record, Illness):
            records.append(changed(record, why=odd, asks=odd))
        else:
            records.append(record)
    client = ScriptedClient(tuple(records), changed(WRONG_STATUS, problem=odd, settings_problems=(odd, odd)))
    async with running(client, start=Place.DASH) as driver:
        drawn = 0
        for _ in dash(driver).table.ids:
            text = driver.screen_text()
            assert "\x1b" not in text
            assert "\u202e" not in text
            drawn += "[bold]" in text
            await driver.press("j")
        assert drawn > len(dash(driver).table.ids) / 2, "as text, where there is room for it"


async def test_over_ssh_bars_are_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22")
    async with running(wrong(), size=(120, 40), start=Place.DASH) as driver:
        await driver.until(lambda: "wanted" in panel(driver, "plot"))
        for name in ("capacity", "leases", "requests", "running", "plot", "week"):  # hosts have names from outside
            assert panel(driver, name).replace("…", "").isascii(), name
        assert "[####" in panel(driver, "capacity")
