"""Which columns have room."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.screens.columns import EVENTS, LEASES, POOLS, SERVERS
from vmms_tui.widgets.column import Column, place

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
