"""The pages under docs/screens/: one for each screen, with its picture, its columns and keys that exist."""

import html
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from vmms_tui.keys import ACTS, Place, acts_at, name_of
from vmms_tui.model.need import NeedKind
from vmms_tui.screens.keydocs import LISTS
from vmms_tui.screens.modes import MODES

DOCS = Path(__file__).parents[2] / "docs"
SCREENS = DOCS / "screens"
PAGES = {"Needs": "dash.md", "Servers of a pool": "pools.md"} | {
    name: f"{name.lower()}.md" for name, _ in LISTS if name not in {"Needs", "Servers of a pool"}
}
ANCHOR = re.compile(r"\]\(([^)#\s]*)#([^)\s]+)\)")


def read(page: str) -> str:
    return (SCREENS / page).read_text(encoding="utf-8")


def named_first(page: str) -> set[str]:
    """What stands in the first column of the tables of a page."""
    return {line.split("|")[1].strip() for line in read(page).splitlines() if line.startswith("|")}


@pytest.mark.parametrize("place", MODES, ids=lambda place: place.name.lower())
def test_every_screen_has_a_page_with_its_digit_and_its_picture(place: Place) -> None:
    page = f"{place.value.lower()}.md"
    digit = next(name_of(act.keys[0]) for act in ACTS if getattr(act, "to", None) is place)
    assert f"`{digit}`" in read(page)
    assert f"](../pictures/{place.value.lower()}.svg)" in read(page)
    assert f"| `{digit}` | [{place.value}]({page}) |" in read("README.md")


@pytest.mark.parametrize(("name", "columns"), [one for one in LISTS if one[0] != "Needs"], ids=lambda one: str(one)[:8])
def test_every_column_is_told(name: str, columns: list[object]) -> None:
    titles = {str(getattr(column, "title", "")).strip() for column in columns}
    assert titles - named_first(PAGES[name]) == set()


def heading_of(line: str) -> str:
    """The anchor that GitHub makes of a heading."""
    words = line.lstrip("#").strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


@pytest.mark.parametrize("page", sorted(SCREENS.glob("*.md")), ids=lambda page: page.name)
def test_links_into_pages_lead_to_headings(page: Path) -> None:
    for file, anchor in ANCHOR.findall(page.read_text(encoding="utf-8")):
        target = (page.parent / file) if file else page
        headings = {heading_of(line) for line in target.read_text(encoding="utf-8").splitlines() if line[:1] == "#"}
        assert anchor in headings, f"{file}#{anchor}"


@pytest.mark.parametrize("page", sorted(SCREENS.glob("*.md")), ids=lambda page: page.name)
def test_every_page_is_on_the_map_and_every_picture_is_small(page: Path) -> None:
    assert page.name == "README.md" or f"]({page.name})" in read("README.md")
    for picture in re.findall(r"\]\((../pictures/[^)]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / picture).stat().st_size < 100_000


def test_the_keys_of_the_map_exist() -> None:
    """Those in the second table are keys of some list, or of everywhere."""
    known = {name_of(key) for act in acts_at(*Place) for key in act.keys}
    rows = [line.split("|")[1] for line in read("README.md").splitlines() if line.startswith("| `")]
    keys = {
        key for row in rows[:18] for key in re.findall(r"`([^`]+)`", row) if len(key) == 1 or key.startswith("ctrl")
    }
    assert {"n", "x", "d", "y", "l", ":", "b", "i", "?", "ctrl-p"} <= keys
    assert keys <= known


def test_the_tour_shows_the_steps_that_it_has_and_is_small() -> None:
    spec = importlib.util.spec_from_file_location("tour", DOCS / "tour.py")
    assert spec is not None
    assert spec.loader is not None
    tour = importlib.util.module_from_spec(spec)
    sys.modules["tour"] = tour
    spec.loader.exec_module(tour)
    drawn = (DOCS / "pictures" / "tour.svg").read_text(encoding="utf-8")
    said = re.findall(r'font-family="sans-serif" font-size="20">([^<]+)</text>', drawn)
    assert said == [html.escape(step.caption) for step in tour.STEPS]
    assert len(drawn) < 600_000


def test_every_kind_of_need_is_told() -> None:
    told = {name.strip("`").partition(":")[0] for name in named_first("dash.md")}
    assert {kind.value for kind in NeedKind} <= told


def pictures() -> ModuleType:
    """The script that draws them."""
    folder = str(DOCS)
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("pictures")
    finally:
        sys.path.remove(folder)


def test_every_picture_is_drawn_by_the_script_and_shown_somewhere() -> None:
    drawn = {*pictures().PICTURES, "tour"}
    assert {one.stem for one in (DOCS / "pictures").glob("*.svg")} == drawn
    pages = [*DOCS.glob("*.md"), *SCREENS.glob("*.md"), DOCS.parent / "README.md"]
    shown = set(re.findall(r"pictures/([a-z-]+)\.svg", " ".join(page.read_text(encoding="utf-8") for page in pages)))
    assert shown == drawn


@pytest.mark.parametrize("name", ["hosts", "leases", "preflight"])
async def test_pictures_show_the_screen_as_it_is(name: str) -> None:
    script = pictures()
    picture = script.PICTURES[name]
    (now,) = await script.stills(picture, [(picture.keys, picture.shows)])
    kept = (DOCS / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
    assert words_of(kept) == words_of(now), "`make pictures` draws them anew"


def words_of(svg: str) -> list[str]:
    """What stands in a picture."""
    return [html.unescape(one) for one in re.findall(r"<text [^>]*>([^<]*)</text>", svg)]
