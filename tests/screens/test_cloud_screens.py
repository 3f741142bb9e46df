"""Hosts, Store, Nets and Repos driven by keys: what they show, how old it is, and where they lead."""

from datetime import timedelta

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.commands import Refresh, Reply
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Server, changed
from vmms_tui.model.surroundings import Kind, Volume
from vmms_tui.model.tables import Drop, Put
from vmms_tui.screens.servers_on import ServersOnHost

from .cloudland import STATUS, WORLD
from .cloudscape import CLOUDY, HOSTS, NETWORKS, SURVEYS, VOLUMES, survey
from .driver import Driver, running
from .scripted import ScriptedClient, hours

LISTS = [
    (Place.HOSTS, Kind.HOSTS),
    (Place.STORE, Kind.VOLUMES),
    (Place.NETS, Kind.NETWORKS),
    (Place.REPOS, Kind.IMAGES),
]


def cloudy() -> ScriptedClient:
    return ScriptedClient(CLOUDY, STATUS)


def line_of(driver: Driver, name: str) -> str:
    """The row that begins with a name."""
    rows = [line[3:] for line in driver.screen_text().split("\n") if line[3:].startswith(name)]
    assert rows, driver.screen_text()
    return " ".join(rows[0].split())


async def test_hosts_say_which_is_sick_full_or_closed() -> None:
    async with running(cloudy(), size=(130, 30), start=Place.HOSTS) as driver:
        assert line_of(driver, "h01") == "h01 UP 3 10/64 15% 24/128G 18% 310/2000G 15% -39 - 5 42s"
        assert line_of(driver, "h02").startswith("h02 CLOSED 6")
        assert "its disk is being" in line_of(driver, "h02")
        assert line_of(driver, "h03") == "h03 DOWN! 9 30/64 46% 72/128G 56% 930/2000G 46% -2 - 4 4m"
        assert "124/128G 96%! " in line_of(driver, "h04")
        assert line_of(driver, "h05") == "h05 UP - - - - - - 1 42s"
        assert driver.list.table.cursor == HOSTS[2].id, "what is down stands first"
        assert "state   DOWN!" in driver.strip
        assert "4 servers of ours now, and 9 in all when it was read" in driver.strip


async def test_enter_on_a_host_shows_our_servers_there_and_esc_comes_back() -> None:
    client = cloudy()
    async with running(client, start=Place.HOSTS) as driver:
        await driver.press("enter")
        assert isinstance(driver.list, ServersOnHost)
        assert driver.line("title").startswith(" Servers on h03  4 ")
        assert set(driver.list.listing.rows) == {"vm-00012", "vm-00052", "vm-00072", "vm-00082"}
        assert "el9-ci" in line_of(driver, "vm-00012")
        moved = client.tables.get(Server, "vm-00012")
        other = client.tables.get(Server, "vm-00018")
        assert moved
        assert other
        client.change(changed(moved, host="h01"), changed(other, host="h03"))
        await driver.until(lambda: "vm-00018" in driver.list.listing.rows)
        assert "vm-00012" not in driver.list.listing.rows
        await driver.press("escape")
        assert driver.line("title").startswith(" Hosts  6 ")


@pytest.mark.parametrize(("place", "kind"), LISTS)
async def test_each_list_says_its_age_and_is_read_again(place: Place, kind: Kind) -> None:
    client = cloudy()
    client.answer = lambda _: Reply(text="Read now: 4 of them.")
    async with running(client, start=place) as driver:
        assert "read 42s ago" in driver.line("title")
        assert "STALE" not in driver.line("title")
        await driver.press("r")
        await driver.until(lambda: "Read now: 4 of them." in driver.line("footer"))
        assert client.sent == [Refresh(kind=kind)]
        client.change(survey(kind, timedelta(0)))
        await driver.until(lambda: "read now" in driver.line("title"))
        client.change(survey(kind, timedelta(minutes=2), "The cloud did not answer."))
        await driver.until(lambda: "The cloud did not answer." in driver.line("title"))
        client.pass_time(timedelta(minutes=15))
        await driver.until(lambda: "read 17m ago, STALE" in driver.line("title"))
        await driver.press("x")
        assert "read 17m ago, STALE" in " ".join(driver.screen_text().split())


@pytest.mark.parametrize(("place", "kind"), LISTS)
async def test_an_empty_list_says_why(place: Place, kind: Kind) -> None:
    async with running(ScriptedClient((), STATUS), size=(120, 30), start=place) as driver:
        assert f"The list of {kind} was not read yet." in driver.screen_text()
        driver.client.change(survey(kind, None, "It takes an administrator's credentials."))
        await driver.until(lambda: "It takes an administrator's credentials." in driver.screen_text())
        driver.client.change(survey(kind))
        await driver.until(lambda: driver.app.screen.none in driver.screen_text())  # type: ignore[attr-defined]


async def test_what_is_not_for_developers_says_so() -> None:
    client = ScriptedClient((), STATUS)
    client.you = Caller(name="dora", roles=(Role.DEVELOPER,))
    async with running(client, start=Place.HOSTS) as driver:
        assert "The list of hosts is shown to operators and viewers only." in driver.screen_text()
        await driver.press("5")
        assert "The list of volumes is shown to operators and viewers only." in driver.screen_text()


async def test_a_viewer_may_read_again() -> None:
    client = cloudy()
    client.you = Caller(name="vera", roles=(Role.VIEWER,), read_only=True)
    async with running(client, start=Place.HOSTS) as driver:
        await driver.press("r")
        await driver.until(lambda: bool(client.sent))


async def test_an_address_shows_the_network_that_holds_it_and_the_server_that_has_it() -> None:
    async with running(cloudy(), size=(110, 30), start=Place.NETS) as driver:
        await driver.press("slash")
        await driver.type("10.20.4.12")
        await driver.press("enter")
        assert driver.list.listing.ids == ["n-2"]
        assert "10.20.4.12: vm-00012 has it" in driver.strip
        await driver.press("enter")
        assert driver.line("title").startswith(" Servers with 10.20.4.12  1 ")
        assert list(driver.list.listing.rows) == ["vm-00012"]


async def test_an_address_that_no_server_of_ours_has_is_found_by_its_subnet() -> None:
    async with running(cloudy(), size=(110, 30), start=Place.NETS) as driver:
        await driver.press("slash")
        for typed, found in (("10.20.7.", []), ("200", ["n-2"]), ("9", [])):
            await driver.type(typed)
            assert driver.list.listing.ids == found, typed
        await driver.press("backspace")
        assert driver.list.listing.ids == ["n-2"]
        await driver.press("enter")
        assert "10.20.7.200: no server of ours has it" in driver.strip
        driver.narrow("2001:db8:5::9")
        assert driver.list.listing.ids == ["n-3"]
        driver.narrow("!10.20.4.12")
        assert set(driver.list.listing.ids) == {"n-1", "n-3", "n-4"}
        driver.narrow("vm-00012")
        assert set(driver.list.listing.ids) == {"n-1", "n-2"}
        driver.narrow("")
        assert len(driver.list.listing.ids) == 4


async def test_a_server_that_gets_an_address_is_counted_at_once() -> None:
    client = cloudy()
    async with running(client, size=(110, 30), start=Place.NETS) as driver:
        public = driver.list.listing.rows["n-2"]
        before = len(public.ours)
        server = client.tables.get(Server, "vm-00090")
        assert server
        client.change(changed(server, floating_ip="10.20.6.6"))
        await driver.until(lambda: len(driver.list.listing.rows["n-2"].ours) == before + 1)
        rows = driver.list.listing.rows
        server = client.tables.get(Server, "vm-00090")
        assert server
        client.change(changed(server, task_state="nothing to do with addresses"))
        await driver.until(lambda: driver.app.mirror.tables.get(Server, "vm-00090") != server)
        assert all(driver.list.listing.rows[name] is row for name, row in rows.items())


async def test_enter_on_a_network_shows_our_servers_in_it() -> None:
    async with running(cloudy(), start=Place.NETS) as driver:
        assert driver.list.table.cursor == "n-1"
        await driver.press("enter")
        assert driver.line("title").startswith(" Servers in ci-12 ")
        assert "vm-00012" in driver.list.listing.rows
        assert "vm-00073" not in driver.list.listing.rows, "it has no address yet"


async def test_volumes_lead_to_their_servers() -> None:
    async with running(cloudy(), size=(110, 30), start=Place.STORE) as driver:
        assert line_of(driver, "v-3") == "v-3 ssd error_deleting! 10G - 3h00m"
        driver.list.table.go_to("v-2")
        await driver.press("enter")
        assert "No server of ours holds this volume." in driver.line("footer")
        driver.list.table.go_to("v-1")
        await driver.press("enter")
        assert driver.app.current_mode == Place.LEASES
        await driver.until(lambda: driver.list.listing.ids == ["lease-00012"])


async def test_images_of_pools_lead_to_them_and_one_that_is_missing_is_there() -> None:
    async with running(cloudy(), size=(110, 30), start=Place.REPOS) as driver:
        assert driver.line("title").startswith(" Images that pools boot from  3 ")
        assert line_of(driver, "el9-2026-02") == "el9-2026-02 active 1.2G 9d00h el9-ci el9-dev"
        assert line_of(driver, "windows-2022") == "windows-2022 MISSING! - - win22"
        assert "nobody-boots-this" not in driver.screen_text()
        driver.list.table.go_to("windows-2022")
        await driver.press("x")
        assert "the cloud has no such image" in " ".join(driver.screen_text().replace("│", " ").split())
        await driver.press("escape", "enter")
        assert driver.app.current_mode == Place.POOLS
        await driver.until(lambda: driver.list.listing.ids == ["win22"])


async def test_before_images_were_read_none_is_called_missing() -> None:
    async with running(ScriptedClient(WORLD, STATUS), start=Place.REPOS) as driver:
        assert "MISSING" not in driver.screen_text()
        assert line_of(driver, "windows-2022") == "windows-2022 ? - - win22"


async def test_events_of_what_events_name_and_of_what_they_do_not() -> None:
    async with running(cloudy(), size=(110, 30), start=Place.HOSTS) as driver:
        await driver.press("e")
        await driver.until(lambda: driver.list.listing.filter_text == "subject:h03")
        await driver.press("6", "e")
        assert "Events tell of servers, leases, hosts and pools" in driver.line("footer")
        await driver.press("7", "e")
        assert driver.app.current_mode == Place.EVENTS
        await driver.until(lambda: driver.list.listing.filter_text == "subject:el9-ci")


async def test_what_is_copied_of_a_host_is_its_id_or_its_name() -> None:
    async with running(cloudy(), size=(110, 30), start=Place.HOSTS) as driver:
        await driver.press("c", "m")
        assert "Copied, if your terminal takes OSC 52: h03" in driver.line("footer")
        await driver.press("c", "i")
        assert HOSTS[2].id in driver.line("footer")


async def test_a_volume_that_goes_leaves_the_list_and_new_words_come_in() -> None:
    client = cloudy()
    async with running(client, size=(110, 30), start=Place.STORE) as driver:
        client.change(Drop("volume", "v-2"), Put(changed(VOLUMES[0], status="detaching")))
        await driver.until(lambda: "v-2" not in driver.list.listing.rows)
        assert "detaching" in line_of(driver, "build-cache")
        client.change(*(Volume(id=f"new-{number}", name="") for number in range(3)))
        await driver.until(lambda: len(driver.list.listing.rows) == 6)


async def test_filters_of_numbers_leave_out_what_nobody_knows() -> None:
    async with running(cloudy(), size=(130, 30), start=Place.HOSTS) as driver:
        driver.narrow("ram>90")
        assert {driver.list.listing.rows[one].host.name for one in driver.list.listing.ids} == {"h04", "h-計算機-06"}
        driver.narrow("state:down")
        assert [driver.list.listing.rows[one].host.name for one in driver.list.listing.ids] == ["h03"]
        driver.narrow("seen>2m")
        assert [driver.list.listing.rows[one].host.name for one in driver.list.listing.ids] == ["h03"]
        await driver.press("6")
        driver.narrow("free<100")
        assert set(driver.list.listing.ids) == {"n-1", "n-2"}


@pytest.mark.parametrize("letter", "nscru")
async def test_every_order_takes_odd_rows(letter: str) -> None:
    async with running(cloudy(), size=(130, 30), start=Place.HOSTS) as driver:
        await driver.press("o", letter)
        assert len(driver.list.listing.ids) == len(HOSTS)
        await driver.press("o", letter)
        assert len(driver.list.listing.ids) == len(HOSTS)


async def test_with_the_cloud_away_the_lists_stay_and_grow_old() -> None:
    client = cloudy()
    async with running(client, start=Place.NETS) as driver:
        client.say(
            changed(STATUS, cloud=changed(STATUS.cloud, ok=False, problem="no answer"), now=STATUS.now + hours(1))
        )
        await driver.until(lambda: "read 1h00m ago, STALE" in driver.line("title"))
        assert len(driver.list.listing.rows) == len(NETWORKS)
        assert SURVEYS
