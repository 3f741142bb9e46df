"""Freeze, thaw and reload from the command line and the palette: through Preflight, for those who may."""

import pytest

from vmms_tui.keys import Place
from vmms_tui.model.commands import AnyCommand, Freeze, ReloadSettings, Thaw
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Guard, changed
from vmms_tui.model.spec import ContextRules
from vmms_tui.model.status import EngineStatus
from vmms_tui.screens.commandline.box import CommandBox
from vmms_tui.screens.preflight import Preflight
from vmms_tui.screens.prompt import Prompt

from .cloudland import NOW, STATUS, WORLD, lent, minutes
from .driver import Driver, running
from .scripted import ScriptedClient, hours

FROZEN = changed(STATUS, frozen=Guard(id="guard", since=NOW - minutes(5), by="grace", reason="a new switch"))
PRODUCTION = changed(FROZEN, context=ContextRules(name="eu-west", production=True))
OVER = lent(98, "el9-dev", "bob", -hours(1))


def changes(driver: Driver) -> list[AnyCommand]:
    return [one for one in driver.client.sent if one.changes]


def says(driver: Driver, *words: str) -> bool:
    said = " ".join(driver.screen_text().replace("│", " ").split())
    return all(word in said for word in words)


async def command(driver: Driver, line: str, *, key: str = ":") -> None:
    await driver.press(key)
    await driver.until(lambda: isinstance(driver.app.screen, CommandBox))
    await driver.type(line)
    await driver.press("enter")


@pytest.mark.parametrize("key", [":", "ctrl+p"])
@pytest.mark.parametrize(
    ("line", "status", "words", "wanted"),
    [
        (
            "freeze work on h3",
            STATUS,
            ("let everybody read on their screen: work on h3", "same as vmms freeze 'work on h3'"),
            Freeze(reason="work on h3"),
        ),
        ("thaw", FROZEN, ("It is frozen since 2026-03-02 11:55 UTC (5m ago): a new switch", "vmms thaw"), Thaw()),
        (
            "reload",
            changed(STATUS, settings_problems=("vmms.toml: pools.x has no image",)),
            ("read the settings file again", "WARN The settings were wrong when last read", "vmms reload"),
            ReloadSettings(),
        ),
    ],
)
async def test_it_goes_through_preflight(
    key: str, line: str, status: EngineStatus, words: tuple[str, ...], wanted: AnyCommand
) -> None:
    async with running(ScriptedClient(WORLD, status), size=(120, 40), start=Place.LEASES) as driver:
        await command(driver, line, key=key)
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        assert says(driver, *words), driver.screen_text()
        assert driver.focused("cancel")
        await driver.press("enter")
        assert changes(driver) == []
        await command(driver, line, key=key)
        await driver.go_on()
        await driver.until(lambda: changes(driver) == [wanted])
        assert driver.app.current_mode == Place.LEASES.value, "it is done from where one is"


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("thaw", STATUS, "Nothing is frozen."),
        ("freeze again", FROZEN, "It is frozen since 2026-03-02 11:55 UTC (5m ago) already: a new switch"),
        (f"freeze {'x' * 201}", STATUS, "The reason has 201 characters. 200 are kept."),
    ],
)
async def test_what_cannot_be_is_said_before(line: str, status: EngineStatus, words: str) -> None:
    async with running(ScriptedClient(WORLD, status), size=(120, 40)) as driver:
        await command(driver, line)
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        assert says(driver, "BLOCK", words)
        assert driver.app.screen.query_one("#go").disabled


async def test_a_freeze_needs_a_reason() -> None:
    async with running() as driver:
        await command(driver, "freeze")
        assert says(driver, "freeze REASON")
        assert isinstance(driver.app.screen, CommandBox)
        assert changes(driver) == []


@pytest.mark.parametrize("line", ["freeze work", "thaw", "reload"])
@pytest.mark.parametrize(
    ("you", "why"),
    [
        (Caller(name="eve", roles=(Role.DEVELOPER,)), "it is not for developers; ask an operator."),
        (Caller(name="vera", roles=(Role.VIEWER,)), "it is not for viewers; ask an operator."),
        (Caller(name="olga", roles=(Role.OPERATOR,), read_only=True), "this is read-only."),
    ],
    ids=["developer", "viewer", "read-only"],
)
async def test_who_may_not_is_told(line: str, you: Caller, why: str) -> None:
    client = ScriptedClient(WORLD, FROZEN)
    client.you = you
    async with running(client) as driver:
        await command(driver, line)
        await driver.until(lambda: why in driver.line("footer"))
        assert not isinstance(driver.app.screen, Preflight)
        assert driver.client.sent == []


async def test_it_says_what_changes_and_where_the_key_is() -> None:
    async with running(ScriptedClient(WORLD, FROZEN), size=(120, 40)) as driver:
        for line, words in (("thaw", "CHANGES T on Dash"), ("freeze x", "CHANGES"), ("reload", "CHANGES")):
            await driver.press(":")
            await driver.until(lambda: isinstance(driver.app.screen, CommandBox))
            await driver.type(line)
            await driver.until(lambda words=words: says(driver, words))  # type: ignore[misc]
            await driver.press("escape")


async def test_in_production_a_thaw_asks_how_many_leases_it_ends() -> None:
    async with running(ScriptedClient((*WORLD, *OVER), PRODUCTION), size=(120, 40)) as driver:
        await command(driver, "thaw")
        await driver.until(lambda: isinstance(driver.app.screen, Preflight))
        assert says(driver, "1 lease past the end: taken back", "type how many this ends (1) to go on")
        go = driver.app.screen.query_one("#go")
        assert go.disabled
        await driver.press("shift+tab", "1")
        await driver.until(lambda: not go.disabled)


async def test_a_screen_that_locked_itself_asks_for_the_word_first() -> None:
    async with running(ScriptedClient(WORLD, PRODUCTION)) as driver:
        driver.app.mirror.locked = True
        await command(driver, "reload")
        await driver.until(lambda: isinstance(driver.app.screen, Prompt))
        assert driver.client.sent == []


async def test_an_engine_that_is_away_is_told() -> None:
    async with running() as driver:
        driver.client.vanish("killed")
        await driver.until(lambda: bool(driver.app.mirror.away))
        await command(driver, "reload")
        await driver.until(lambda: "reload: the engine is away" in driver.line("footer"))
