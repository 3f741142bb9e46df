"""The console log and SSH, driven by keys on the whole app."""

import pytest

from vmms_tui.model.commands import ReadConsole, Reply
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Server, changed
from vmms_tui.screens import logview
from vmms_tui.screens.logview import LogView
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.sshing import Way

from .cloudland import NOW, WORLD
from .driver import running
from .readings import BOOT, asked, client, on_ada, page

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


@pytest.mark.parametrize("key", ["l", "i"])
async def test_the_clock_may_tick_while_a_text_is_taken_away(key: str) -> None:
    async with running(client()) as driver:
        await on_ada(driver, key)
        screen = page(driver, Pages)
        await screen.query("#hint").remove()
        screen.tick()
        driver.app.pass_time()
        assert driver.app.return_code is None
