"""One key table: bindings, footer, help and docs agree, and no forbidden key is bound."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.binding import BindingsMap
from textual.screen import Screen

from vmms_tui.app import VmmsApp
from vmms_tui.keys import ACTS, ANYBODY, FORBIDDEN, Act, Place, Target, acts_at
from vmms_tui.keys.everywhere import Go
from vmms_tui.keys.menus import doing
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Lease, LeaseState, Request, Server, ServerState, changed
from vmms_tui.model.tables import Tables
from vmms_tui.screens.footer import footer, labels
from vmms_tui.screens.frame import Frame
from vmms_tui.screens.help import HelpPage, help_entries
from vmms_tui.screens.keydocs import as_markdown
from vmms_tui.screens.listing import ListScreen
from vmms_tui.screens.menu import Menu
from vmms_tui.screens.modes import MODES
from vmms_tui.screens.movespage import MovesScreen
from vmms_tui.screens.notices import LeaveDialog, PasswordDialog, TooSmall
from vmms_tui.screens.pools import PoolsScreen, ServersScreen
from vmms_tui.screens.preflight import Preflight
from vmms_tui.screens.prompt import Prompt
from vmms_tui.screens.request import RequestScreen
from vmms_tui.widgets.choice import Choice
from vmms_tui.widgets.table import VirtualTable

from .cloudland import WORLD

DOCS = Path(__file__).parents[2] / "docs" / "keys.md"
SCREENS: dict[Place, type[Frame]] = {**MODES, Place.SERVERS: ServersScreen, Place.MOVES: MovesScreen}
LISTS = {place: screen for place, screen in SCREENS.items() if issubclass(screen, ListScreen)}
OURS = (
    *SCREENS.values(),
    RequestScreen,
    Menu,
    HelpPage,
    Preflight,
    Prompt,
    PasswordDialog,
    LeaveDialog,
    TooSmall,
    Choice,
    VirtualTable,
    VmmsApp,
)
TABLES = Tables(WORLD)


def target(lease_id: str, actor: str = "ada") -> Target:
    lease = TABLES.get(Lease, lease_id)
    assert lease
    return Target(
        record=lease, server=TABLES.get(Server, lease.server_id), you=Caller(name=actor, roles=(Role.DEVELOPER,))
    )


def act(name: str) -> type[Act]:
    return next(one for one in ACTS if one.id == name)


def own_keys(kind: type[object]) -> set[str]:
    return set(BindingsMap(vars(kind).get("BINDINGS", ())).key_to_bindings)


@pytest.mark.parametrize("kind", OURS)
def test_no_forbidden_key_is_bound(kind: type[object]) -> None:
    assert not own_keys(kind) & FORBIDDEN
    assert not [key for key in own_keys(kind) if "alt+" in key or "ctrl+shift+" in key]


def test_the_table_itself_has_no_forbidden_key() -> None:
    assert {"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q", "ctrl+h", "ctrl+j", "ctrl+k"} <= FORBIDDEN
    assert not {key for one in ACTS for key in one.keys} & FORBIDDEN


@pytest.mark.parametrize("place", SCREENS)
def test_bindings_are_those_of_the_table(place: Place) -> None:
    screen = SCREENS[place]
    bound = BindingsMap(screen.BINDINGS).key_to_bindings
    said = {one.id: one for one in acts_at(place, *screen.places, Place.EVERYWHERE) if one.id != "interrupt"}
    assert {binding.id for bindings in bound.values() for binding in bindings} == set(said)
    assert all(issubclass(one, Go) or hasattr(screen, f"do_{name}") for name, one in said.items())


def test_ctrl_c_belongs_to_the_app() -> None:
    assert [binding.key for binding in VmmsApp.BINDINGS] == list(act("interrupt").keys)  # type: ignore[union-attr]


@pytest.mark.parametrize("place", [*LISTS, Place.FORM, Place.SERVER_MENU, Place.COPY_MENU])
def test_no_key_does_two_things_in_one_place(place: Place) -> None:
    around = [Place.LISTS, Place.EVERYWHERE] if place in LISTS else []
    keys = [key for one in acts_at(place, *around) for key in one.keys]
    assert len(keys) == len(set(keys))


def test_ids_are_unique_and_every_entry_says_what_it_does() -> None:
    assert len({one.id for one in ACTS}) == len(ACTS)
    for one in ACTS:
        assert 0 < len(one.word()) <= 15
        assert one.sentence().endswith(".")
        assert one.places


def test_lower_case_looks_and_upper_case_changes() -> None:
    lists = acts_at(*LISTS, Place.LISTS, Place.EVERYWHERE)
    for one in lists:
        shifted = any(key.isupper() or key in {"+", "-"} for key in one.keys if key != "G")
        assert one.changes is shifted, one.id


@pytest.mark.parametrize("place", LISTS)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_footer_fits_in_whole_words(place: Place, width: int) -> None:
    target_ = target("lease-00012")
    acts = acts_at(place, Place.LISTS, Place.EVERYWHERE)
    known = {"".join(labels(one, place)) for one in acts if one.row}
    words = {name.replace(" ", "_") for name in known}
    for line in footer((place, Place.LISTS, Place.EVERYWHERE), target_, width):
        text = "".join(part for part, _ in line)
        assert cell_len(text) <= width
        for name in known:
            text = text.replace(name, name.replace(" ", "_"))
        assert set(text.split()) <= words
    assert text.endswith("?:help q:quit")


@pytest.mark.parametrize("place", LISTS)
def test_at_80_columns_the_footer_leaves_nothing_out(place: Place) -> None:
    operator = replace(target("lease-00012"), you=ANYBODY)
    lines = footer((place, Place.LISTS, Place.EVERYWHERE), operator, 80)
    text = "".join(part for line in lines for part, _ in line)
    around = acts_at(place, Place.LISTS, Place.EVERYWHERE)
    assert all("".join(labels(one, place)) in text for one in around if one.row)


def test_the_help_has_every_key_of_its_place() -> None:
    entries = help_entries(Place.LEASES, Place.LISTS, Place.EVERYWHERE)
    said = {one.words for one in entries}
    assert {one.sentence() for one in acts_at(Place.LEASES, Place.LISTS, Place.EVERYWHERE)} <= said


def test_the_docs_are_made_from_the_table() -> None:
    assert DOCS.read_text() == as_markdown(), "call `make pictures`"


def test_what_cannot_be_done_says_why() -> None:
    lease = TABLES.get(Lease, "lease-00012")
    assert lease
    assert act("release").refusal(target("lease-00012")) == ""
    ending = Target(record=changed(lease, state=LeaseState.ENDING))
    assert act("release").refusal(ending) == "This lease is ending."
    waiting = Target(record=TABLES.get(Request, "req-00007"))
    assert "D takes it back" in act("renew").refusal(waiting)
    assert act("release").refusal(waiting) == ""
    assert act("renew").refusal(Target()) == "There is no lease under the cursor."
    assert act("copy").refusal(Target()) == "There is nothing under the cursor."


def test_a_first_password_is_for_its_owner() -> None:
    assert act("password").refusal(target("lease-00012", "ada")) == ""
    assert "Only ada" in act("password").refusal(target("lease-00012", "grace"))


@pytest.mark.parametrize(
    ("name", "state", "can"),
    [
        ("stop", ServerState.LEASED, True),
        ("stop", ServerState.STOPPED, False),
        ("start", ServerState.STOPPED, True),
        ("start", ServerState.LEASED, False),
        ("rebuild", ServerState.STOPPED, True),
        ("reset_password", ServerState.HEALING, False),
    ],
)
def test_the_server_menu_knows_the_servers_state(name: str, state: ServerState, can: bool) -> None:
    on = target("lease-00012")
    assert on.server
    why = act(name).refusal(Target(record=on.record, server=changed(on.server, state=state)))
    assert (why == "") is can
    assert can or doing(state) in why


def test_screens_are_numbered_as_in_the_plan() -> None:
    words = ["Dash", "Pools", "Leases", "Hosts", "Store", "Nets", "Repos", "Events", "Ops"]
    assert {one.keys[0]: one.word() for one in ACTS if issubclass(one, Go)} == {
        str(number): word for number, word in enumerate(words, 1)
    }


def test_textuals_own_keys_do_not_come_back() -> None:
    """Textual binds ctrl+q to quit in App and ctrl+c to copy in Screen: the first is gone, the second is covered."""
    assert "ctrl+q" not in BindingsMap(VmmsApp.BINDINGS).key_to_bindings
    assert VmmsApp.BINDINGS[0].priority  # type: ignore[union-attr]
    assert issubclass(PoolsScreen, Screen)
