"""Which columns have room."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.screens.columns import EVENTS, LEASES, POOLS, SERVERS
from vmms_tui.widgets.column import Column, natural, place

WANTED = {"lease": 11, "server": 8, "pool": 7, "state": 8, "owner": 14, "left": 8, "ip": 10, "note": 60}
ALL: list[tuple[Column[Any], ...]] = [POOLS, SERVERS, LEASES, EVENTS]


def shown(columns: tuple[Column[Any], ...], room: int) -> list[str]:
    return [placed.column.key for placed in place(columns, WANTED, room, 1)]


def test_columns_of_leases_hide_from_the_right() -> None:
    assert shown(LEASES, 116)[-1] == "note"
    assert shown(LEASES, 76) == ["lease", "server", "pool", "state", "owner", "left", "ip", "importance"]
    assert shown(LEASES, 56) == ["lease", "server", "pool", "state", "owner", "left"]


def test_a_pools_reason_stays_when_its_image_goes() -> None:
    assert shown(POOLS, 56)[-1] == "note"
    assert "image" not in shown(POOLS, 56)


def test_an_id_is_never_cut() -> None:
    widths = {placed.column.key: placed.width for placed in place(LEASES, WANTED, 56, 1)}
    assert widths["lease"] == 11
    assert widths["owner"] < 14


def test_room_that_is_over_goes_to_words_that_are_cut_before_it_stays_empty() -> None:
    wanted = {"name": 10, "purposes": 40, "image": 30, "note": 20}

    def widths(room: int) -> dict[str, int]:
        return {one.column.key: one.width for one in place(POOLS, wanted, room, 2)}

    most = {column.key: column.most for column in POOLS}
    assert widths(200)["purposes"] == 40
    assert widths(200)["image"] == 30
    assert sum(widths(200).values()) + 2 * (len(widths(200)) - 1) == 200, "and the rest to the one that grows"
    full = next(room for room in range(60, 201) if widths(room).get("purposes", 0) > most["purposes"])
    assert widths(full)["note"] >= wanted["note"], "the words of the one that grows go first"


def test_where_people_count_in_names_they_are_in_that_order() -> None:
    names = ["cmp10", "cmp2", "cmp1", "b", "cmp2a", "CMP3", "", "10", "9"]
    assert sorted(names, key=natural) == ["", "9", "10", "CMP3", "b", "cmp1", "cmp2", "cmp2a", "cmp10"]


@given(st.lists(st.text(max_size=8), max_size=6))
def test_names_of_any_kind_can_be_ordered(names: list[str]) -> None:
    ordered = sorted(names, key=natural)
    assert all(natural(one) <= natural(other) for one, other in pairwise(ordered))


@given(
    st.sampled_from(ALL),
    st.integers(0, 200),
    st.integers(1, 2),
    st.dictionaries(st.sampled_from(list(WANTED)), st.integers(0, 90)),
)
def test_what_is_shown_always_fits_and_keeps_its_order(columns, room, gap, wanted) -> None:  # type: ignore[no-untyped-def]
    placed = place(columns, wanted, room, gap)
    assert sum(one.width for one in placed) + gap * max(0, len(placed) - 1) <= room
    assert all(one.width >= len(one.column.title) for one in placed)
    order = [columns.index(one.column) for one in placed]
    assert order == sorted(order)


def test_letters_and_keys_are_unique_and_leave_the_menus_own_keys_alone() -> None:
    for columns in ALL:
        letters = [column.letter for column in columns]
        assert len(set(letters)) == len(letters)
        assert not set(letters) & {"j", "k", "q"}
        assert len({column.key for column in columns}) == len(columns)
