"""Whatever the cloud tells is a row: it is drawn, ordered, found and explained, however odd it is."""

import ipaddress
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, Pool, Server, ServerState
from vmms_tui.model.status import CloudStatus, EngineStatus, Snapshot
from vmms_tui.model.surroundings import Host, Image, Kind, Network, Subnet, Survey, Volume
from vmms_tui.model.tables import Tables
from vmms_tui.screens import details_cloud
from vmms_tui.screens.columns_cloud import HOSTS, IMAGES, NETWORKS, VOLUMES
from vmms_tui.screens.details import Details
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.rows import Listing
from vmms_tui.screens.rows_cloud import (
    Subnets,
    Whereabouts,
    addresses_in,
    host_rows,
    image_rows,
    network_rows,
    volume_rows,
)
from vmms_tui.screens.wording_cloud import BYTES, GIB, MIB, amount, amount_share, percent, share
from vmms_tui.widgets.column import Column

Told = tuple[Sequence[Any], Callable[[Any, Mirror], Details], Callable[[Any, Mirror], list[str]]]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORDS = st.text(max_size=12) | st.sampled_from(
    ["", "up", "down", "UP", "disabled", "active", "error", "[bold]", "\x1b[1m"]
)
NUMBERS = st.none() | st.integers(-5, 2**40)
SECONDS = st.integers(0, 4_000_000_000)
INSTANTS = st.none() | SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
ADDRESSES = st.ip_addresses(v=4).map(str)
CIDRS = st.ip_addresses(v=4).flatmap(lambda one: st.integers(0, 32).map(lambda length: f"{one}/{length}")) | WORDS
SUBNETS = st.builds(
    Subnet, cidr=CIDRS, dhcp=st.none() | st.booleans(), pools=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple)
)


def ids(kind: str) -> st.SearchStrategy[str]:
    return st.integers(0, 9).map(lambda number: f"{kind}-{number}")


HOST = st.builds(
    Host, id=ids("host"), name=WORDS, node=WORDS, state=WORDS, status=WORDS, disabled_reason=WORDS, zone=WORDS,
    kind=WORDS, version=WORDS, vcpus=NUMBERS, vcpus_used=NUMBERS, ram_mib=NUMBERS, ram_used_mib=NUMBERS,
    disk_gib=NUMBERS, disk_used_gib=NUMBERS, servers=NUMBERS, seen=INSTANTS,
)  # fmt: skip
VOLUME = st.builds(
    Volume, id=ids("volume"), name=WORDS, status=WORDS, kind=WORDS, size_gib=NUMBERS, project=WORDS,
    attached_to=st.lists(WORDS, max_size=2).map(tuple), created=INSTANTS,
)  # fmt: skip
NETWORK = st.builds(
    Network, id=ids("network"), name=WORDS, status=WORDS, external=st.booleans(), shared=st.booleans(), kind=WORDS,
    segment=NUMBERS, subnets=st.lists(SUBNETS, max_size=2).map(tuple), used=NUMBERS, total=NUMBERS,
    counted=st.booleans(),
)  # fmt: skip
IMAGE = st.builds(
    Image, id=ids("image"), name=WORDS, status=WORDS, visibility=WORDS, size_bytes=NUMBERS, updated=INSTANTS
)
SURVEY = st.builds(
    Survey, id=st.sampled_from(Kind).map(str), every=st.just(timedelta(minutes=5)), read_at=INSTANTS, problem=WORDS
)
POOL = st.builds(Pool, id=ids("pool"), purposes=st.just(("ci",)), flavor=st.just("m1"), image=WORDS)
SERVER = st.builds(
    Server, id=ids("vm"), pool=st.just("pool-1"), state=st.sampled_from(ServerState), since=st.just(NOW),
    created=st.just(NOW), host=WORDS, address=ADDRESSES | WORDS, floating_ip=ADDRESSES | WORDS,
)  # fmt: skip
WORLDS = st.lists(HOST | VOLUME | NETWORK | IMAGE | SURVEY | POOL | SERVER, max_size=25)


def mirror_of(records: Sequence[AnyRecord]) -> Mirror:
    mirror = Mirror(lambda: 0.0)
    status = EngineStatus(now=NOW, started=NOW, version="0", installation="t", cloud=CloudStatus(name="t"))
    you = Caller(name="ada", roles=(Role.OPERATOR,))
    mirror.take(Snapshot(sequence=1, records=tuple(records), status=status, you=you))
    return mirror


def shown(columns: Sequence[Column[Any]], rows: Sequence[Any], expected: int) -> None:
    """Every row is there in every order, with words in every column."""
    assert len({row.id for row in rows}) == len(rows) == expected
    listing: Listing[Any] = Listing(columns, columns[0].key)
    listing.pass_time(NOW)
    listing.reset(rows)
    for column in columns:
        listing.order(column.key)
        assert len(listing.ids) == expected, column.key
        for row in rows:
            assert isinstance(column.text(row, NOW), str)
            assert isinstance(column.tone(row, NOW), str)
            if column.value is not None:
                value = column.value(row, NOW)
                assert value is None or isinstance(value, float | timedelta)
    for number in ("vcpu>1", "size>1", "free>1", "seen>1h", "word", "!word"):
        listing.narrow(number)
        assert len(listing.ids) <= expected


@given(WORLDS)
def test_whatever_is_odd_is_a_row_still(records: list[AnyRecord]) -> None:
    mirror = mirror_of(records)
    tables = mirror.tables
    hosts, volumes, networks = host_rows(tables), volume_rows(tables), network_rows(tables, ("10.0.0.1",))
    shown(HOSTS, hosts, tables.count(Host))
    shown(VOLUMES, volumes, tables.count(Volume))
    shown(NETWORKS, networks, tables.count(Network))
    everything = image_rows(tables, everything=True)
    assert {row.image.id for row in everything if not row.missing} >= {image.id for image in tables.all(Image)}
    images = image_rows(tables)
    named = {pool.image for pool in tables.all(Pool) if pool.image}
    assert named <= {word for row in images for word in (row.image.id, row.image.name)}
    shown(IMAGES, images, len(images))
    told: tuple[Told, ...] = (
        (hosts, details_cloud.host_details, details_cloud.host_why),
        (volumes, details_cloud.volume_details, details_cloud.volume_why),
        (networks, details_cloud.network_details, details_cloud.network_why),
        (images, details_cloud.image_details, details_cloud.image_why),
    )
    for rows, facts, why in told:
        for row in rows:
            assert facts(row, mirror).facts
            assert all(isinstance(line, str) and line for line in why(row, mirror))


@given(st.lists(NETWORK, max_size=6, unique_by=lambda one: one.id), st.lists(ADDRESSES | WORDS, max_size=6))
def test_an_address_is_where_its_subnets_are(networks: list[Network], addresses: list[str]) -> None:
    """The quick way finds what looking at every subnet finds."""
    quick = Subnets(networks)
    for address in addresses:
        slow = {network.id for network in networks for subnet in network.subnets if holds(subnet.cidr, address)}
        assert set(quick.of(address)) == slow


@given(
    st.lists(NETWORK, max_size=4, unique_by=lambda one: one.id),
    st.lists(SERVER, max_size=8),
    st.lists(SERVER | ids("vm"), max_size=12),
)
def test_servers_that_move_are_where_a_new_look_finds_them(
    networks: list[Network], servers: list[Server], moves: list[Server | str]
) -> None:
    tables = Tables([*networks, *servers])
    kept = Whereabouts(tables)
    for move in moves:
        if isinstance(move, Server):
            tables.put(move)
        else:
            tables.drop(Server, move)
        before = kept.rows()
        moved = kept.look_at(move if isinstance(move, str) else move.id)
        fresh = Whereabouts(tables).rows()
        assert [(row.id, sorted(row.ours), row.servers) for row in kept.rows()] == [
            (row.id, sorted(row.ours), row.servers) for row in fresh
        ]
        assert moved or kept.rows() == before


def holds(cidr: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False


@given(st.lists(ADDRESSES, max_size=3), st.text(alphabet="abc:<>", max_size=8))
def test_addresses_in_a_filter_are_found_among_words(addresses: list[str], word: str) -> None:
    text = " ".join([f"owner:{word}", *addresses, "left<8h", "10.20."])
    assert addresses_in(text) == tuple(addresses)


@given(NUMBERS, NUMBERS)
def test_shares_say_what_is_known(used: int | None, total: int | None) -> None:
    full = percent(used, total)
    for words in (share(used, total), amount_share(used, total, MIB), amount_share(used, total, GIB)):
        assert words
        assert words.rstrip("!").endswith(f" {full}%") is (full is not None)
        assert words.endswith("!") is (full is not None and full >= 95)
    assert (amount(used, BYTES) == "-") is (used is None)
