"""Details, why, raw, the console log, the bell and the inspector, driven by keys on the whole app."""

from datetime import timedelta
from typing import TypeVar

import pytest

from vmms_tui.keys import FORBIDDEN, Place
from vmms_tui.keys.inforce import acts_in
from vmms_tui.model.commands import AnyCommand, Inspect, ReadConsole, ReadServer, Refresh, Renew, Reply
from vmms_tui.model.inspection import CallsOfKind, Inspection
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Lease, LeaseState, Server, changed
from vmms_tui.screens import logview, pages
from vmms_tui.screens.belldialog import BellDialog
from vmms_tui.screens.copyview import CopiedText
from vmms_tui.screens.inspector import InspectorDialog
from vmms_tui.screens.logview import LogView
from vmms_tui.screens.objectpages import DetailsPage, ObjectPages, RawPage, WhyPage
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.sshing import Way

from .cloudland import NOW, STATUS, WORLD, reminder
from .driver import Driver, running
from .scripted import ScriptedClient

PagesT = TypeVar("PagesT", bound=Pages)
KINDS: tuple[type[Pages], ...] = (DetailsPage, WhyPage, RawPage, LogView, BellDialog, InspectorDialog, CopiedText)
BOOT = "".join(f"[{number:5}.000000] step {number} \x1b[32mOK\x1b[0m\r\n" for number in range(100)) + "login: "
INSPECTION = Inspection(
    now=NOW,
    started=STATUS.started,
    version="0.1.0",
    pid=42,
    memory=50_000_000,
    viewers=2,
    records={"server": 17, "lease": 9, "secret": 3},
    reads={"servers": NOW - timedelta(seconds=4)},
    loops=STATUS.loops,
    calls=(
        CallsOfKind(
            service="compute",
            call="GET /servers/detail",
            last_minute=6,
            total=900,
            failed=2,
            p50=0.12,
            p95=0.9,
            slowest=4.2,
            last_error="HTTP 503 Busy",
            last_error_at=NOW - timedelta(minutes=3),
        ),
    ),
)


def client(**answers: Reply) -> ScriptedClient:
    """An engine with something to read."""
    made = ScriptedClient(WORLD, STATUS)

    def answer(command: AnyCommand) -> Reply:
        kinds: dict[type[AnyCommand], Reply] = {
            ReadConsole: answers.get("console", Reply(body=BOOT, read_at=NOW)),
            ReadServer: answers.get("server", Reply(body='{\n  "status": "ACTIVE"\n}', read_at=NOW)),
            Inspect: answers.get("inspect", Reply(inspection=INSPECTION)),
            Refresh: Reply(text="The list of servers was read again; 1 call meanwhile: compute list_servers x1."),
        }
        return kinds.get(type(command), Reply(text="Done."))

    made.answer = answer
    return made


def page(driver: Driver, kind: type[PagesT]) -> PagesT:
    """The text on top."""
    screen = driver.app.screen
    assert isinstance(screen, kind)
    return screen


def asked(driver: Driver, kind: type[AnyCommand]) -> int:
    return sum(1 for one in driver.client.sent if isinstance(one, kind))


async def on_ada(driver: Driver, *keys: str) -> None:
    """On ada's lease on vm-00012."""
    await driver.press("3", "g", "j")
    assert driver.list.table.cursor == "lease-00012"
    await driver.press(*keys)


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


# The console log


async def test_the_log_is_followed_with_bounded_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logview, "LONGEST_FOLLOW", 3)
    async with running(client()) as driver:
        await on_ada(driver, "l")
        await driver.until(lambda: "login:" in driver.screen_text())
        assert asked(driver, ReadConsole) == 1
        await driver.press("g", "t")
        await driver.until(lambda: asked(driver, ReadConsole) == 2)
        log = page(driver, LogView)
        assert log.following
        assert logview.EVERY == 5.0
        assert "following, read now" in driver.screen_text()
        assert log.at_end
        more = Reply(body=BOOT + "\n" + "new line\n" * 30, read_at=NOW)
        driver.client.answer = lambda _command: more
        log._next()
        await driver.until(lambda: "new line" in driver.screen_text())
        assert log.at_end
        log._next()
        await driver.until(lambda: not log._asking)
        log._next()
        assert "Not followed any more after" in driver.screen_text()
        assert "following" not in driver.screen_text().replace("Not followed", "")
        assert asked(driver, ReadConsole) == 4
        await driver.press("t", "t")
        assert "Not followed any more." in driver.screen_text()


async def test_a_reader_in_the_middle_is_not_moved_by_what_comes() -> None:
    async with running(client()) as driver:
        await on_ada(driver, "l")
        await driver.until(lambda: "login:" in driver.screen_text())
        await driver.press("g")
        driver.client.answer = lambda _command: Reply(body=BOOT + "\nmore\n", read_at=NOW)
        await driver.press("r")
        log = page(driver, LogView)
        await driver.until(lambda: any("more" in row.pieces[-1][0] for row in log._rows))
        assert log._top == 0


async def test_times_are_shown_or_not_where_there_are_any() -> None:
    async with running(client()) as driver:
        await on_ada(driver, "l")
        await driver.until(lambda: "[   99.000000] step 99 OK" in driver.screen_text())
        await driver.press("h")
        assert "000000" not in driver.screen_text()
        assert "step 99 OK" in driver.screen_text()
        driver.client.answer = lambda _command: Reply(body="no time\n", read_at=NOW)
        await driver.press("r")
        await driver.until(lambda: "no time" in driver.screen_text())
        await driver.press("h")
        assert "No line begins with a time." in driver.screen_text()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(code="try_again", text="The cloud is away.", remedy="Ask again later."), "The cloud is away. Ask again"),
        (Reply(read_at=NOW), "The console is empty"),
        (Reply(body="\x1b[2J\x1b]0;owned\x07\x1b[?1049l[bold]x[/bold]\x9b31m", read_at=NOW), "[bold]x[/bold]"),
    ],
)
async def test_whatever_the_log_holds_is_only_shown(reply: Reply, words: str) -> None:
    async with running(client(console=reply)) as driver:
        await on_ada(driver, "l")
        await driver.until(lambda: words in driver.screen_text())
        assert "\x1b" not in driver.screen_text()


async def test_trouble_keeps_what_was_read_before() -> None:
    async with running(client()) as driver:
        await on_ada(driver, "l")
        await driver.until(lambda: "login:" in driver.screen_text())
        driver.client.away = "it was stopped"
        await driver.press("r")
        await driver.until(lambda: "it was stopped" in driver.screen_text())
        assert "login:" in driver.screen_text()


async def test_what_is_not_yours_has_no_log() -> None:
    made = client()
    made.you = Caller(name="bob", roles=(Role.DEVELOPER,))
    hidden = [changed(one, cloud_id="", floating_ip="", address="") if one.id == "vm-00070" else one for one in WORLD]
    made.tables = type(made.tables)(hidden)
    async with running(made) as driver:
        await driver.press("enter")
        driver.narrow("vm-00070")
        await driver.press("g", "l")
        assert "l log: This server is not yours." in driver.line("footer")
        await driver.press("s")
        assert "is not on a lease of yours" in driver.line("footer")
        assert asked(driver, ReadConsole) == 0


# SSH


async def test_ssh_is_asked_for_only_where_there_is_a_way(monkeypatch: pytest.MonkeyPatch) -> None:
    ways: list[Way] = []
    async with running(client()) as driver:
        monkeypatch.setattr(driver.app, "log_in", ways.append)
        await on_ada(driver, "s")
        assert "The host key of vm-00012 is not known" in driver.line("footer")
        await driver.press("2", "d", "s")
        assert "There is no server here." in driver.screen_text()
        assert not ways
        server = driver.client.tables.get(Server, "vm-00012")
        assert server is not None
        driver.client.change(changed(server, host_key="ssh-ed25519 AAAA"))
        await driver.press("escape")
        await on_ada(driver)
        await driver.until(lambda: "AAAA" in str(driver.list.target().server))
        await driver.press("s", "d", "s")
        assert [one.known_hosts for one in ways] == ["vm-00012 ssh-ed25519 AAAA\n"] * 2


async def test_a_terminal_that_cannot_be_given_away_is_told() -> None:
    async with running(client()) as driver:
        driver.app.log_in(Way("vm-1", "vmms", "10.0.0.1", "vm-1 ssh-ed25519 AAAA\n"))
        await driver.settled()
        assert "This terminal cannot be given to ssh" in driver.line("footer")


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
