"""No key does anything but what the key table says: each one is pressed in every place, with moved keys, too."""

import string
from collections.abc import Iterator
from typing import Any

import pytest
from textual.keys import _character_to_key
from textual.screen import Screen

from vmms_tui.keys import ACTS, Act, Place
from vmms_tui.keys.everywhere import Go, Interrupt
from vmms_tui.keys.inforce import Keymap, acts_in, keys_at, read, use
from vmms_tui.model.commands import Release
from vmms_tui.model.records import Pool
from vmms_tui.screens.frame import Frame
from vmms_tui.screens.help import HelpPage, help_entries
from vmms_tui.screens.listframe import ListFrame
from vmms_tui.screens.menu import Menu
from vmms_tui.screens.modes import MODES
from vmms_tui.screens.movespage import MovesScreen
from vmms_tui.screens.notices import PasswordDialog
from vmms_tui.screens.objectpages import WhyPage
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.personal import Personal
from vmms_tui.screens.pools import ServersScreen
from vmms_tui.screens.preflight import Preflight

from .driver import Driver, running

NAMED = ("enter", "tab", "space", "backspace", "delete", "home", "end", "pageup", "pagedown", "escape", "insert")
KEYS = [
    *(one for one in string.printable if one.isprintable() and one != " "),
    *(f"ctrl+{letter}" for letter in string.ascii_lowercase),
    *(*NAMED, "up", "down", "left", "right", "shift+tab", "ü", "名"),
    *(f"f{number}" for number in range(1, 13)),
]
OTHERS = read(
    {
        "everywhere": {"quit": ["Q"], "help": ["f8"], "earlier": [], "go_pools": ["Z"]},
        "lists": {"down": ["n"], "filter": ["z", "ctrl-t"]},
        "leases": {"release": [], "renew": ["A"], "request": ["R"]},
        "pools": {"request": ["W"]},
        "program": {"close_text": ["Z"]},
        "reading": {"wrap": ["W"], "search": []},
        "preflight": {"copy_command": ["C"]},
        "dialog": {"back": ["f9"]},
    },
    "keys.toml",
)
WHOLE = [
    place
    for place, kind in MODES.items()
    if all(hasattr(kind, f"do_{one.id}") or issubclass(one, Go) for one in acts_in(place) if one is not Interrupt)
]
"""Screens that are there: those that only have their name yet are left out."""
TEXTUALS = {"tab", "shift+tab"}
"""Move the focus between what can have it, which changes nothing where only one can."""


@pytest.fixture(autouse=True)
def _usual_keys() -> Iterator[None]:
    yield
    use(Keymap())


def state(driver: Driver) -> tuple[object, ...]:
    """What a key might change."""
    app = driver.app
    lists = [
        (one.table.cursor, sorted(one.table.marks), one.listing.filter_text, one.listing.order_key)
        for one in driver.lists()
    ]
    seen = (app.current_mode, [type(one).__name__ for one in app.screen_stack], app._exit, app.history.at)
    return (*seen, lists, list(driver.client.sent), app.clipboard, app.screen.focused)


def listen(screen: Screen[Any], place: Place, driver: Driver) -> list[str]:
    """Let every act of a screen be written down instead of done."""
    done: list[str] = []
    for one in acts_in(place):
        if not issubclass(one, Go):
            setattr(screen, f"do_{one.id}", lambda name=one.id: done.append(name))
    if isinstance(screen, Frame):
        screen.refusal = lambda act: ""  # type: ignore[method-assign]
    if isinstance(screen, Pages):  # what leads to another text closes this one, and says so
        screen.dismiss = lambda wanted: done.append(wanted or screen.shows)  # type: ignore[method-assign,assignment,misc]
    driver.app.go = lambda place, **_: done.append(f"go_{place.value.lower()}")  # type: ignore[method-assign]
    driver.app.action_interrupt = lambda: done.append("interrupt")  # type: ignore[method-assign]
    return done


def expected(place: Place) -> dict[str, str]:
    acts: list[type[Act]] = acts_in(place)
    above = dict.fromkeys(keys_at(Interrupt, Place.EVERYWHERE), Interrupt.id)
    return above | {_long(key): one.id for one in acts for key in keys_at(one, place)}


def _long(key: str) -> str:
    return _character_to_key(key) if len(key) == 1 else key


async def check(driver: Driver, screen: Screen[Any], place: Place) -> None:
    done, meant = listen(screen, place, driver), expected(place)
    assert meant, "or nothing would be tried"
    for key in KEYS:
        done.clear()
        before = state(driver)
        await driver.pilot.press(key)
        after = state(driver)
        wanted = [meant[_long(key)]] if _long(key) in meant else []
        assert done == wanted, f"{key} in {place.value}"
        if key not in TEXTUALS:
            assert after == before, f"{key} in {place.value}"


@pytest.mark.parametrize("place", WHOLE)
async def test_on_screens(place: Place) -> None:
    async with running(start=place) as driver:
        await check(driver, driver.app.screen, place)


async def test_where_keys_were_moved() -> None:
    async with running(start=Place.LEASES, personal=Personal(keymap=OTHERS)) as driver:
        await check(driver, driver.app.screen, Place.LEASES)


async def test_on_the_servers_of_a_pool() -> None:
    async with running() as driver:
        pool = driver.app.mirror.tables.all(Pool)[0]
        screen = ServersScreen(driver.app, pool.id)
        driver.app.push_screen(screen)
        await driver.until(lambda: screen.ready)
        await check(driver, screen, Place.SERVERS)


async def test_on_a_queue_of_moves() -> None:
    async with running() as driver:
        screen = MovesScreen(driver.app)
        driver.app.push_screen(screen)
        await driver.until(lambda: screen.ready)
        await check(driver, screen, Place.MOVES)


@pytest.mark.parametrize("keymap", [Keymap(), OTHERS], ids=["usual", "moved"])
async def test_in_the_help(keymap: Keymap) -> None:
    async with running(personal=Personal(keymap=keymap)) as driver:
        reader = HelpPage(driver.app, help_entries(Place.POOLS))
        driver.app.push_screen(reader)
        await driver.until(lambda: driver.app.screen is reader)
        await check(driver, reader, Place.PROGRAM)


@pytest.mark.parametrize("keymap", [Keymap(), OTHERS], ids=["usual", "moved"])
async def test_in_a_text_on_one_thing(keymap: Keymap) -> None:
    async with running(start=Place.LEASES, personal=Personal(keymap=keymap)) as driver:
        await driver.press("g", "x")
        page = driver.app.screen
        assert isinstance(page, WhyPage)
        await check(driver, page, Place.OBJECT)


@pytest.mark.parametrize("keymap", [Keymap(), OTHERS], ids=["usual", "moved"])
async def test_in_preflight(keymap: Keymap) -> None:
    """Its buttons have the keys that all buttons have."""
    async with running(start=Place.LEASES, personal=Personal(keymap=keymap)) as driver:
        driver.app.propose([Release(lease_id="lease-00012")])
        await driver.until(lambda: driver.focused("cancel"))
        shown = driver.app.screen
        assert isinstance(shown, Preflight)
        done, meant = listen(shown, Place.PREFLIGHT, driver), expected(Place.PREFLIGHT)
        assert {"down", "page_up", "close_text", "copy_command", "back"} <= set(meant.values())
        for key in [one for one in KEYS if one not in {"enter", "space", "tab", "shift+tab", "left", "right"}]:
            done.clear()
            await driver.pilot.press(key)
            assert done == ([meant[_long(key)]] if _long(key) in meant else []), key
            assert driver.app.screen is shown
        assert not [one for one in driver.client.sent if one.changes]


async def test_where_a_password_stands() -> None:
    """Enter and space press the button that has the focus, as everywhere: this closes."""
    async with running() as driver:
        shown = PasswordDialog("Password", "secret", driver.app.copy)
        driver.app.push_screen(shown)
        await driver.until(lambda: driver.focused("close"))
        done = listen(shown, Place.SHOWN_ONCE, driver)
        meant = expected(Place.SHOWN_ONCE)
        for key in [one for one in KEYS if one not in {"enter", "space", "ctrl+c"}]:
            done.clear()
            await driver.pilot.press(key)
            assert done == ([meant[_long(key)]] if _long(key) in meant else []), key
            assert driver.app.screen is shown
        assert driver.client.sent == []


@pytest.mark.parametrize("place", [Place.SERVER_MENU, Place.COPY_MENU])
async def test_in_menus_only_their_letters_choose(place: Place) -> None:
    async with running(start=Place.LEASES) as driver:
        await driver.press("g", "j")
        chosen: list[str | None] = []
        top = driver.list
        letters = {key for one in acts_in(place) for key in keys_at(one, place)}
        open_menu = {Place.SERVER_MENU: "S", Place.COPY_MENU: "c"}[place]
        for key in [one for one in KEYS if one not in {"enter", "escape", "ctrl+c"}]:
            await driver.pilot.press(open_menu)
            menu = driver.app.screen
            assert isinstance(menu, Menu)
            menu.dismiss = chosen.append  # type: ignore[assignment,method-assign]
            chosen.clear()
            await driver.pilot.press(key)
            able = {item.key for item in menu.items if not item.why_not}
            assert bool(chosen) is (key in able), key
            assert key in letters or not chosen
            del menu.dismiss
            await driver.pilot.press("escape")
            assert driver.app.screen is top
        assert driver.client.sent == []


def test_there_is_something_to_press() -> None:
    assert {Place.POOLS, Place.LEASES, Place.EVENTS} <= set(WHOLE)
    assert not OTHERS.problems
    used = {_long(key) for one in ACTS for key in one.keys}
    assert used <= {_long(key) for key in KEYS}
    assert issubclass(MODES[Place.POOLS], ListFrame)
