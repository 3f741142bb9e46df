"""The room for a dead host: where it is said to be there, it is, whichever host dies."""

from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from vmms_tui.model.evacuation import EVACUATED, is_open, outlook
from vmms_tui.model.records import Lease, Server, ServerState, changed
from vmms_tui.model.reserve import MOST_TOLD, NO_HOSTS, Ground
from vmms_tui.model.surroundings import Host

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SIZES = st.sampled_from([(1, 1), (2, 4), (4, 2), (8, 8), (16, 3)])
LENT = st.sampled_from([ServerState.LEASED, ServerState.STOPPED, ServerState.READY, ServerState.MOVING])

Land = tuple[list[Host], list[Server], list[Lease]]


@st.composite
def lands(draw: st.DrawFn) -> Land:
    """Hosts, with servers of ours and of others; what is used is what they have."""
    servers: list[Server] = []
    leases: list[Lease] = []
    found: list[Host] = []
    for number in range(draw(st.integers(2, 6))):
        name = f"h{number}"
        used_ram = used_disk = 0
        mine = draw(st.lists(st.tuples(SIZES, LENT, st.integers(0, 3)), max_size=6))
        for (ram, disk), state, importance in mine:
            vm = f"vm-{len(servers)}"
            lease = f"lease-{vm}" if state in EVACUATED else ""
            servers.append(
                Server(id=vm, pool="p", state=state, since=NOW, created=NOW, host=name, ram_mib=ram, disk_gib=disk,
                       lease_id=lease)
            )  # fmt: skip
            if lease:
                end = NOW + timedelta(hours=1)
                leases.append(Lease(id=lease, server_id=vm, pool="p", owner="ada", purpose="x", start=NOW, end=end,
                                    importance=importance))  # fmt: skip
            used_ram, used_disk = used_ram + ram, used_disk + disk
        others = draw(st.integers(0, 2))
        used_ram, used_disk = used_ram + 3 * others, used_disk + 2 * others
        room = draw(st.integers(0, 60)), draw(st.integers(0, 60))
        status = draw(st.sampled_from(["enabled", "enabled", "enabled", "disabled"]))
        found.append(
            Host(id=name, name=name, state="up", status=status, ram_mib=used_ram + room[0], ram_used_mib=used_ram,
                 disk_gib=used_disk + room[1], disk_used_gib=used_disk, servers=len(mine) + others)
        )  # fmt: skip
    return found, servers, leases


def ground(land: Land) -> Ground:
    hosts, servers, leases = land
    return Ground(hosts, servers, {one.server_id: one.importance for one in leases})


@given(lands())
def test_where_it_holds_any_host_may_die(land: Land) -> None:
    hosts, servers, leases = land
    assume(ground(land).proved(1))
    for host in filter(is_open, hosts):
        seen = outlook(host, hosts, servers, leases)
        assert not seen.left_over, (host.name, seen)


@given(lands(), st.integers(1, 2), SIZES)
def test_as_many_as_are_told_may_be_built_and_not_one_more(land: Land, number: int, size: tuple[int, int]) -> None:
    seen = ground(land)
    more = seen.more(number, size)
    if more < MOST_TOLD:
        assert not seen.proved(number, [size] * (more + 1))
    if more:
        assert seen.proved(number, [size] * more)
    told = seen.stands(number, {"p": (size, MOST_TOLD)})
    assert told.holds is (None if seen.unknown else seen.proved(number))
    assert told.more.get("p", 0) == (more if told.holds else 0)


@given(lands())
def test_room_for_more_hosts_is_room_for_fewer(land: Land) -> None:
    if ground(land).proved(2):
        assert ground(land).proved(1)


@given(lands(), st.data())
def test_a_number_that_is_missing_is_said_and_nothing_is_proved(land: Land, data: st.DataObject) -> None:
    hosts, servers, leases = land
    number = data.draw(st.integers(0, len(hosts) - 1))
    field = data.draw(st.sampled_from(["ram_mib", "ram_used_mib", "disk_gib", "disk_used_gib", "servers"]))
    assume(is_open(hosts[number]))
    hosts[number] = changed(hosts[number], **{field: None})
    seen = ground((hosts, servers, leases))
    assert hosts[number].name in seen.unknown
    assert not seen.proved(1)
    assert seen.stands(1, {}).holds is None


def test_without_hosts_nobody_knows() -> None:
    assert Ground([], []).stands(1, {}).why == NO_HOSTS


@given(lands())
def test_what_waits_on_a_dead_host_takes_its_room_first(land: Land) -> None:
    hosts, servers, leases = land
    dead = changed(hosts[0], state="down")
    before, after = ground((hosts[1:], servers, leases)), ground(([dead, *hosts[1:]], servers, leases))
    assume(not before.unknown)
    waiting = sum(one.ram_mib for one in servers if one.host == dead.name and one.state in EVACUATED)
    assert before.amounts(1)[1] - after.amounts(1)[1] == waiting
