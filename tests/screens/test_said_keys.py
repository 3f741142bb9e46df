"""Sentences that name a key name the one in force: nothing on any screen has a key written into it."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import vmms_tui
from vmms_tui.keys import ACTS, Act, Place, name_of, press
from vmms_tui.keys.inforce import Keymap, acts_in, read, use
from vmms_tui.keys.leases import Renew
from vmms_tui.keys.menus import StartServer
from vmms_tui.keys.ops import WhyOperation
from vmms_tui.keys.saying import command_of, filled, typed
from vmms_tui.model.records import Lease, Operation, Pool, Request, Server
from vmms_tui.screens.commandline import opening  # noqa: F401  all commands are there
from vmms_tui.screens.commandline.words import _typed as typed_acts
from vmms_tui.screens.commandline.words import find, words
from vmms_tui.screens.help import CASE, MOVED
from vmms_tui.screens.nextstep import next_step
from vmms_tui.screens.operation_rows import explain_operation, remedy
from vmms_tui.screens.personal import Personal

from .cloudland import STATUS, WORLD
from .driver import running
from .scripted import mirror_of

HOME = Path(vmms_tui.__file__).parent
WIDGETS_OWN = {"enter", "tab", "space", "home", "end", "up", "down", "left", "right", "←", "→"}
"""Names of keys that are words too, or that fields, buttons and menus have of their own."""
NAMES = {name_of(key) for one in ACTS for key in one.keys} - WIDGETS_OWN
SIGNS = {"a", ":", ">", ".", "?", "*", "[", "]", "\\", "-"}
"""An article, and signs that stand in patterns."""
_WORDS = "|".join(re.escape(one) for one in sorted(NAMES - SIGNS - {*"123456789"}, key=len, reverse=True))
SAID = re.compile(rf"(?:^|[ (“])({_WORDS})(?= [a-z]|\)|:[a-z])|(\B\(\d(?:\)|, then)|\b[Pp]ress \d|^\d: |\b\d, then)")
"""The name of a key before a verb, in brackets, or before a colon and a word; a digit where it can be no number."""
FINE = {CASE}
"""Sentences that may: this one is only said while no key is moved."""


@pytest.fixture(autouse=True)
def _usual_keys() -> Iterator[None]:
    yield
    use(Keymap())


# What is written


def files() -> list[Path]:
    return [
        *(HOME / "screens").rglob("*.py"),
        *(HOME / "widgets").rglob("*.py"),
        *(HOME / "demo").rglob("*.py"),
        HOME / "app.py",
    ]


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text that is no docstring. A part of one is told from its neighbours by a sign that stands for a value."""
    docs = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "�" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | inside:
            yield node.value


def styled_as_keys(tree: ast.AST) -> Iterator[str]:
    """Texts that are drawn as the name of a key."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and [getattr(one, "value", None) for one in node.args[1:]] == ["key"]:
            yield str(getattr(node.args[0], "value", ""))


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(HOME)))
def test_no_key_is_written_into_a_text(file: Path) -> None:
    tree = ast.parse(file.read_text())
    told = [(found[1] or found[2], text) for text in texts(tree) if text not in FINE and (found := SAID.search(text))]
    assert not [(key, text) for key, text in told if not re.search(rf"(�|\d) {re.escape(key)}\b", text)]
    assert not NAMES & set(styled_as_keys(tree))
    assert not [text for text in texts(tree) if re.search(r"[ “]:[a-z]{3,}", text)], "`typed` says how to give it"


@pytest.mark.parametrize("one", ACTS, ids=lambda one: one.__name__)
def test_what_the_help_says_of_a_key_names_no_other(one: type[Act]) -> None:
    assert not SAID.search(one.sentence())


def test_keys_in_texts_are_found() -> None:
    for text in (
        "Hosts (4) say",
        "Press 2 for",
        "2: Pools",
        "n asks for a server",
        "leases (3, then D)",
        "esc shows all",
        "see it; x there says why",
        "b:all",
    ):
        assert SAID.search(text), text
    for text in ("a server", "It is in a pool", "ready after 50 sources", "none at end"):
        assert not SAID.search(text), text


# What to press


def all_off(*but: str) -> Keymap:
    said: dict[str, dict[str, list[str]]] = {}
    for one in ACTS:
        for place in one.places if one.id not in but else ():
            said.setdefault(place.name.lower(), {})[one.id] = []
    keymap = read(said, "keys.toml")
    assert not keymap.problems
    return keymap


def test_what_to_press_is_the_key_the_way_to_it_or_the_command() -> None:
    assert press(Renew) == press(Renew, Place.LEASES) == "+"
    assert press(Renew, Place.POOLS) == "3, then +"
    assert press(StartServer) == press(StartServer, Place.LEASES) == "S t"
    assert press(StartServer, Place.OPS) == "3, then S t"
    assert filled("{renew} renews it, {nothing} of it") == "+ renews it, {nothing} of it"
    use(read({"leases": {"renew": ["A"], "server_menu": []}, "everywhere": {"go_leases": ["Z"]}}, "keys.toml"))
    assert (press(Renew), press(Renew, Place.POOLS)) == ("A", "Z, then A")
    assert press(StartServer) == ":start"
    use(read({"leases": {"renew": []}, "everywhere": {"command_line": [";"]}}, "keys.toml"))
    assert (press(Renew), press(Renew, Place.POOLS)) == (";renew", ";renew")
    use(read({"leases": {"renew": []}, "everywhere": {"command_line": []}}, "keys.toml"))
    assert press(Renew) == "ctrl-p renew"
    use(all_off("quit"))
    assert typed("renew") == "“renew”, which has no key,"


def test_the_command_that_stands_for_a_key_does_the_same() -> None:
    known = words()
    for one in ACTS:
        if typed_acts(one):
            word = find(command_of(one), known)
            assert word is not None
            assert one in word.acts or one is WhyOperation, one.__name__


def test_a_key_that_is_off_leads_to_the_command() -> None:
    """Of everything in the world: no next step names a key that nobody has."""
    mirror = mirror_of(WORLD, STATUS)
    tables = mirror.tables
    records = [*tables.all(Lease), *tables.all(Request), *tables.all(Pool), *tables.all(Server), *tables.all(Operation)]
    usual = [next_step(one, mirror) for one in records]
    assert any(SAID.search(one) for one in usual)
    use(all_off("command_line"))
    told = [next_step(one, mirror) for one in records]
    told += [said for one in tables.all(Operation) for said in (remedy(one, mirror), *explain_operation(one, mirror))]
    assert not [one for one in told if SAID.search(one)]
    assert any(":renew renews it" in one for one in told)
    assert any(":release takes it back" in one for one in told)
    assert any(":start starts it" in one for one in told)


# What is seen

SHIFT = 0x100
"""Each key of one sign becomes the sign so much further on: none of them stands anywhere else."""


def other(key: str) -> str:
    """The key in the place of another."""
    return chr(ord(name_of(key)) + SHIFT) if len(name_of(key)) == 1 and name_of(key).isascii() else key


def all_moved() -> Keymap:
    said: dict[str, dict[str, list[str]]] = {}
    for one in ACTS:
        for place in one.places:
            said.setdefault(place.name.lower(), {})[one.id] = [other(key) for key in one.keys]
    keymap = read(said, "keys.toml")
    assert not keymap.problems
    return keymap


def back_again(text: str) -> str:
    """What was moved, as it was."""
    return "".join(chr(ord(one) - SHIFT) if 0x120 <= ord(one) < 0x180 else one for one in text).replace("::", ": ")


Way = tuple[str, ...]
WAYS: tuple[Way, ...] = (
    *(("1",), ("1", "?"), ("1", "b"), ("2",), ("2", "x"), ("2", "m"), ("2", "enter"), ("2", "enter", "j", "x")),
    *(("3", "g", "j", way) for way in ("x", "d", "y", "l", "S", "c", "+", "D")),
    *(("3", "g", "j", "D", "e"), ("3", "n"), ("3", "?"), ("3", "right"), ("3", "w"), ("3", "/", "e", "enter")),
    *(("4",), ("5",), ("6",), ("7",), ("8", "x"), ("9", "j", "x"), ("ctrl+c",), (":",)),
)
"""From the first screen to where sentences stand, with the usual keys."""


async def seen(keymap: Keymap, change: Callable[[str], str], ways: tuple[Way, ...]) -> dict[Way, str]:
    """What stands at the end of each way. The first is gone twice: Dash goes on to be drawn when it stands."""
    told = {}
    async with running(size=(120, 40), start=Place.LEASES, personal=Personal(keymap=keymap)) as driver:
        for way in (ways[0], *ways):
            typed_from = way.index("/") + 1 if "/" in way else len(way)
            await driver.press(*map(change, way[:typed_from]), *way[typed_from:])
            await driver.still()
            told[way] = driver.screen_text()
            while len(driver.app.screen_stack) > 1:
                driver.app.pop_screen()
            driver.app.go(Place.LEASES)
            await driver.pilot.pause()
    return told


@pytest.mark.parametrize("ways", [WAYS[first : first + 6] for first in range(0, len(WAYS), 6)], ids=str)
async def test_moved_keys_are_the_only_ones_that_are_named(ways: tuple[Way, ...]) -> None:
    usual, moved = await seen(Keymap(), str, ways), await seen(all_moved(), other, ways)
    for way in ways:
        assert back_again(moved[way]).replace(MOVED, CASE).split() == usual[way].split(), way
        found = [one for line in moved[way].splitlines() for one in SAID.finditer(line)]
        assert not [one[0] for one in found if (other(one[1]) != one[1] if one[1] else not one[2].startswith("("))], (
            moved[way]
        )


def test_every_place_is_moved() -> None:
    keymap = all_moved()
    assert {place for place, _ in keymap.moved} == {place for one in ACTS for place in one.places}
    assert all(acts_in(place) for place in Place)
