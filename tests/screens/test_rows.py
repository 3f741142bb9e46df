"""Filter and order; a list under changes is the same list as one made anew."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmms_tui.model.records import Lease, LeaseState, Server, ServerState, changed
from vmms_tui.model.tables import Drop, Put, Tables
from vmms_tui.screens import rows as rows_of_lists
from vmms_tui.screens.columns import LEASES, POOLS
from vmms_tui.screens.rows import MANY, SLICE, LeaseRow, Listing, lease_row, lease_rows, pool_rows, server_row

from .cloudland import NOW, WORLD, lent
from .scripted import hours


def leases(order: str = "left") -> Listing[LeaseRow]:
    listing: Listing[LeaseRow] = Listing(LEASES, order)
    listing.reset(lease_rows(Tables(WORLD)))
    return listing


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 11),
        ("ada", 4),
        ("ada !gpu-a", 2),
        ("owner:grace", 2),
        ("state:queued", 2),
        ("owner:ada owner:grace", 0),
        ("10.20.4.44", 1),
        ("山田", 1),
        ("[red]", 1),
        ("!state:run", 5),
    ],
)
def test_what_a_filter_lets_through(text: str, count: int) -> None:
    listing = leases()
    listing.narrow(text)
    assert len(listing.ids) == count


@pytest.mark.parametrize(
    ("text", "count"), [("left<2h", 3), ("importance>=5", 2), ("!left<2h", 6), ("left<2h owner:ada", 2), ("left<", 11)]
)
def test_what_a_comparison_lets_through(text: str, count: int) -> None:
    listing = leases()
    listing.pass_time(NOW)
    listing.narrow(text)
    assert len(listing.ids) == count


@given(
    st.lists(st.sampled_from(("a", "ad", "ada", "!ada", "left<2h", "owner:a", "owner:ad", "run", '"', " ")), max_size=6)
)
def test_a_filter_that_is_typed_shows_what_it_shows_at_once(typed: list[str]) -> None:
    listing, text = leases(), ""
    listing.pass_time(NOW)
    for word in typed:
        for letter in f"{word} ":
            text += letter
            listing.narrow(text)
            anew = leases()
            anew.pass_time(NOW)
            anew.narrow(text)
            assert listing.ids == anew.ids


def test_a_comparison_with_the_present_moves_with_it() -> None:
    listing = leases()
    listing.pass_time(NOW)
    listing.narrow("left<2h")
    before = list(listing.ids)
    assert not listing.pass_time(NOW + timedelta(seconds=1))
    assert listing.pass_time(NOW + timedelta(hours=3))
    assert set(listing.ids) - set(before) == {"lease-00031"}


def test_order_by_time_left_and_back() -> None:
    listing = leases()
    assert listing.ids[0] == "lease-00046"
    assert listing.ids[-1] == "req-00008"
    listing.order("left")
    assert listing.ids[-1] == "lease-00046"
    listing.order("owner")
    assert listing.rows[listing.ids[0]].about.owner == "[red]bob[/red]"


def test_rows_of_equal_rank_keep_their_places() -> None:
    listing = leases("importance")
    assert listing.ids[:3] == sorted(listing.ids[:3])


def test_pools_count_ready_and_used_servers() -> None:
    counts = {row.id: (row.ready, row.used) for row in pool_rows(Tables(WORLD))}
    assert counts == {"el9-ci": (2, 8), "el9-dev": (3, 6), "gpu-a": (0, 2), "win22": (0, 1)}


def test_what_has_ended_has_no_row() -> None:
    tables = Tables(WORLD)
    lease = tables.get(Lease, "lease-00012")
    on = tables.get(Server, "vm-00012")
    assert lease
    assert on
    tables.apply(Put(changed(lease, state=LeaseState.ENDED)))
    tables.apply(Put(changed(on, state=ServerState.GONE)))
    assert lease_row(tables, lease.id) is None
    assert server_row(tables, on.id, "el9-ci") is None
    assert server_row(tables, "vm-00018", "el9-dev") is None


changes = st.lists(st.tuples(st.integers(1, 30), st.integers(-3, 90), st.booleans()), max_size=8)


@settings(max_examples=60)
@given(st.lists(changes, max_size=6), st.sampled_from([one.key for one in LEASES]), st.booleans())
def test_a_list_under_changes_is_the_list_made_anew(batches, order: str, turned: bool) -> None:  # type: ignore[no-untyped-def]
    for many in (0, MANY):  # each change in its place, however many; and all in order anew
        with patch.object(rows_of_lists, "MANY", many):
            check_changes(batches, order, turned)


def check_changes(batches, order: str, turned: bool) -> None:  # type: ignore[no-untyped-def]
    tables, listing = Tables(), leases(order)
    listing.reset([])
    if turned:
        listing.order(order)
    listing.narrow("!ada1")
    for batch in batches:
        touched = set()
        for number, left, drop in batch:
            on, lease = lent(number, "el9-ci", f"ada{number % 4}", hours(left))
            touched.add(lease.id)
            for change in (Drop("lease", lease.id), Drop("server", on.id)) if drop else (Put(on), Put(lease)):
                tables.apply(change)
        rows = [row for one in touched if (row := lease_row(tables, one))]
        listing.change(rows, touched - {row.id for row in rows})
    anew = leases(order)
    anew.backwards = listing.backwards
    anew.narrow("!ada1")
    anew.reset(lease_rows(tables))
    assert listing.ids == anew.ids
    assert listing.rows == anew.rows


def test_columns_speak_at_every_time() -> None:
    row = pool_rows(Tables(WORLD))[0]
    assert [column.text(row, NOW) for column in POOLS][:4] == ["el9-ci", "FILLING", "2/6", "8/18"]


def many(count: int, seed: int = 0) -> list[LeaseRow]:
    """So many leases of some owners, which end at all times."""
    chance = Random(seed)
    lease = next(row.about for row in lease_rows(Tables(WORLD)) if isinstance(row.about, Lease))
    return [
        LeaseRow(
            changed(lease, id=f"lease-{n:05d}", owner=f"owner{chance.randrange(50)}", end=NOW + hours(chance.random()))
        )
        for n in range(count)
    ]


def with_all(rows: Iterable[LeaseRow], order: str, text: str, *, backwards: bool = False) -> list[str]:
    """What a list shows that was made of these rows in one go."""
    fresh: Listing[LeaseRow] = Listing(LEASES, order, backwards)
    fresh.reset(rows)
    fresh.narrow(text)
    return fresh.ids


@pytest.mark.parametrize("disturbed", [0, 1, 2, 3, 9])
def test_order_and_filter_in_turns_end_as_in_one_go_whatever_comes_between(disturbed: int) -> None:
    rows = {row.id: row for row in many(3 * SLICE + 7)}
    listing: Listing[LeaseRow] = Listing(LEASES, "left")
    listing.reset(rows.values())
    fresh = iter(many(20, seed=1))

    def with_changes(steps: Iterator[None]) -> None:
        for number, _ in enumerate(steps):
            if number < disturbed:
                row = next(fresh)
                rows[row.id] = row
                gone = rows.popitem()[0] if number % 2 else ""
                listing.change([row], [gone])

    with_changes(listing.ordering("owner"))
    assert listing.ids == with_all(rows.values(), "owner", "")
    with_changes(listing.preparing("owner1"))
    listing.narrow("owner1")
    assert listing.ids == with_all(rows.values(), "owner", "owner1")
    listing.narrow("owner12 !lease-0001")
    assert listing.ids == with_all(rows.values(), "owner", "owner12 !lease-0001")
    with_changes(listing.ordering("owner"))
    assert listing.ids == with_all(rows.values(), "owner", "owner12 !lease-0001", backwards=True)


@given(st.lists(st.sampled_from(["o", "ow", "owner1", "owner12", "owner1 !owner12", "owner:1", "!owner3", "xyz", ""])))
def test_a_filter_shows_the_same_by_whatever_filters_it_came(texts: list[str]) -> None:
    rows = many(60)
    listing: Listing[LeaseRow] = Listing(LEASES, "left")
    listing.reset(rows)
    for text in texts:
        listing.narrow(text)
        assert listing.ids == with_all(rows, "left", text)
