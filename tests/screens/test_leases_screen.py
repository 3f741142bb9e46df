"""What can be done with leases: each key through its dialog to the command that is sent."""

import pytest

from vmms_tui.model import commands
from vmms_tui.model.commands import AnyCommand, CancelRequest, Release, Renew, Reply
from vmms_tui.model.records import Lease, Server, ServerState, changed
from vmms_tui.model.tables import Drop
from vmms_tui.screens.leases import LeasesScreen
from vmms_tui.screens.notices import PasswordDialog
from vmms_tui.screens.preflight import CHANGED, Preflight
from vmms_tui.screens.prompt import Prompt

from .cloudland import STATUS, WORLD
from .driver import Driver, running
from .scripted import ScriptedClient, hours


def has(driver: Driver, *words: str) -> bool:
    text = driver.screen_text()
    return all(word in text for word in words)


async def test_release_goes_through_preflight_with_cancel_focused() -> None:
    async with running() as driver:
        await driver.press("3", "j", "D")
        assert isinstance(driver.app.screen, Preflight)
        assert has(driver, "end lease lease-00012, 18m before its end", "delete vm-00012", "no: its disk is lost")
        assert has(
            driver, "free the address 10.20.4.12", "same as  vmms release lease-00012", "Nothing has been changed"
        )
        await driver.press("enter")
        assert driver.client.sent == []
        await driver.press("D", "escape")
        await driver.press("D", "q")
        assert driver.client.sent == []
        await driver.press("D")
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [Release(lease_id="lease-00012")])
        await driver.until(lambda: "Done." in driver.line("footer"))


async def test_a_refusal_is_said_with_its_remedy() -> None:
    async with running() as driver:
        driver.client.answer = lambda _: Reply(
            code="refused", text="It is grace's.", remedy="Ask grace.", rule="not_owner"
        )
        await driver.press("3", "g", "D")
        assert has(driver, "WARN", "vm-00046 is grace's, not yours (ada)", "importance 9 of 10")
        await driver.go_on()
        await driver.until(lambda: "It is grace's. Ask grace." in driver.line("footer"))
        await driver.press("j")
        assert "It is grace's." in driver.line("footer"), "it stays while one moves"
        await driver.press("f")
        assert "It is grace's." not in driver.line("footer")


async def test_marked_leases_are_released_together() -> None:
    async with running() as driver:
        await driver.press("3", "j", "space", "space", "D")
        assert has(driver, "release 2 leases", "delete vm-00012 vm-00018  (2)", "Release 2")
        await driver.go_on()
        await driver.until(lambda: len(driver.client.sent) == 2)
        assert driver.client.sent == [Release(lease_id="lease-00012"), Release(lease_id="lease-00018")]
        await driver.until(lambda: "2 of 2 done." in driver.line("footer"))
        assert not driver.list.table.marks


async def test_of_several_the_ones_that_failed_are_said() -> None:
    def answer(command: AnyCommand) -> Reply:
        bad = isinstance(command, Release) and command.lease_id == "lease-00018"
        return Reply(code="failed", text="The cloud said no.") if bad else Reply()

    async with running() as driver:
        driver.client.answer = answer
        await driver.press("3", "j", "space", "space", "D")
        await driver.go_on()
        await driver.until(lambda: "1 of 2 done. The cloud said no." in driver.line("footer"))


async def test_a_queued_request_is_taken_back() -> None:
    async with running() as driver:
        await driver.press("3", "G", "D")
        assert has(driver, "take back req-00008, place 2 in the queue")
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [CancelRequest(request_id="req-00008")])


async def test_a_plan_whose_world_changed_is_not_carried_out() -> None:
    async with running(size=(120, 40)) as driver:
        await driver.press("3", "j", "D")
        lease = driver.client.tables.get(Lease, "lease-00012")
        assert lease
        driver.client.change(changed(lease, end=lease.end + hours(4)))
        await driver.until(lambda: has(driver, CHANGED, "4h18m before its end"))
        assert driver.focused("cancel"), "who was about to press it does not"
        assert driver.client.sent == []
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [Release(lease_id="lease-00012")])


async def test_a_plan_whose_lease_has_gone_ends_without_a_word_to_the_engine() -> None:
    async with running() as driver:
        await driver.press("3", "j", "D")
        driver.client.change(Drop("lease", "lease-00012"))
        await driver.until(lambda: "lease-00012" not in driver.list.listing.rows)
        await driver.go_on()
        await driver.until(lambda: isinstance(driver.app.screen, LeasesScreen))
        assert driver.client.sent == []


async def test_renew_asks_for_a_time_and_says_the_new_end() -> None:
    async with running() as driver:
        await driver.press("3", "j", "+")
        assert isinstance(driver.app.screen, Prompt)
        assert has(driver, "8h", "lease-00012 would end 2026-03-02 20:18 UTC (in 8h18m)")
        await driver.press("backspace", "backspace")
        await driver.type("-3h")
        assert has(driver, "-3h is no time to come")
        await driver.press("enter")
        assert driver.client.sent == []
        await driver.press("backspace", "backspace", "backspace")
        await driver.type("2d")
        await driver.press("enter")
        assert has(driver, "lease-00012 of vm-00012 would end", "2026-03-04 12:18 UTC", "take it off again")
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [Renew(lease_id="lease-00012", term=hours(48))])


async def test_renew_of_what_is_past_its_end_counts_from_now() -> None:
    async with running() as driver:
        await driver.press("3", "g", "+")
        assert has(driver, "lease-00046 would end 2026-03-02 20:00 UTC (in 8h00m)")
        await driver.press("escape")
        assert driver.client.sent == []


async def test_renew_beyond_the_pools_terms_is_warned_of() -> None:
    async with running() as driver:
        await driver.press("3", "j", "+", "backspace", "backspace")
        await driver.type("9d")
        assert "el9-ci lends at most 7d ahead" in " ".join(driver.screen_text().split())


async def test_marked_leases_are_renewed_together_and_requests_left_out() -> None:
    async with running() as driver:
        await driver.press("3", "j", "space", "space", "+", "enter")
        assert has(driver, "renew 2 leases", "Renew 2")
        await driver.go_on()
        await driver.until(lambda: len(driver.client.sent) == 2)
        assert {type(one) for one in driver.client.sent} == {Renew}
        await driver.press("G", "+")
        assert "D takes it back" in driver.line("footer")


@pytest.mark.parametrize(
    ("key", "command", "words"),
    [
        ("s", commands.StopServer(lease_id="lease-00012"), "start it again"),
        ("r", commands.RebootServer(lease_id="lease-00012"), "away for a minute"),
        ("h", commands.RebootServer(lease_id="lease-00012", hard=True), "what is not on disk is lost"),
        ("b", commands.RebuildServer(lease_id="lease-00012"), "everything on its disk is lost"),
    ],
)
async def test_the_server_menu(key: str, command: AnyCommand, words: str) -> None:
    async with running(size=(120, 40)) as driver:
        await driver.press("3", "j", "S", key)
        assert isinstance(driver.app.screen, Preflight)
        assert has(driver, words, "vm-00012")
        assert driver.client.sent == []
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [command])


async def test_start_goes_through_preflight_too() -> None:
    async with running() as driver:
        on = driver.client.tables.get(Server, "vm-00012")
        assert on
        driver.client.change(changed(on, state=ServerState.STOPPED))
        await driver.press("3", "j", "S", "s")
        assert has(driver, "The server is stopped now.")
        await driver.press("t")
        await driver.go_on()
        await driver.until(lambda: driver.client.sent == [commands.StartServer(lease_id="lease-00012")])


async def test_the_menu_by_arrows_and_enter() -> None:
    async with running() as driver:
        await driver.press("3", "j", "S", "down", "down", "k", "j", "enter")
        assert has(driver, "PREFLIGHT", "reboot vm-00012")
        await driver.press("escape", "S", "z", "escape")
        assert isinstance(driver.app.screen, LeasesScreen)


async def test_the_first_password_is_shown_once_in_a_dialog_that_closes() -> None:
    async with running() as driver:
        driver.client.answer = lambda _: Reply(text="Password of vmms on vm-00012.", password="hunter[2]")
        await driver.press("3", "j", "P")
        assert has(driver, "it is shown once")
        await driver.go_on()
        await driver.until(lambda: isinstance(driver.app.screen, PasswordDialog))
        assert driver.client.sent == [commands.RevealPassword(lease_id="lease-00012")]
        assert has(driver, "hunter[2]")
        await driver.press("c")
        assert driver.app.clipboard == "hunter[2]"
        await driver.press("enter")
        assert not has(driver, "hunter[2]")


async def test_a_reset_password_is_shown_too() -> None:
    async with running() as driver:
        driver.client.answer = lambda _: Reply(password="new-secret")
        await driver.press("3", "j", "S", "p")
        await driver.go_on()
        await driver.until(lambda: has(driver, "new-secret"))
        assert driver.client.sent == [commands.ResetPassword(lease_id="lease-00012")]
        await driver.press("escape")
        assert not has(driver, "new-secret")


async def test_another_persons_password_is_not_asked_for() -> None:
    async with running(ScriptedClient(WORLD, STATUS, actor="mallory")) as driver:
        await driver.press("3", "j", "P")
        assert "Only ada" in driver.line("footer")
        assert isinstance(driver.app.screen, LeasesScreen)


async def test_an_engine_that_is_away_is_no_crash() -> None:
    async with running() as driver:
        await driver.press("3", "j", "D")
        driver.client.vanish("The engine does not answer.")
        await driver.go_on()
        await driver.until(lambda: "Try again soon." in driver.line("footer"))
