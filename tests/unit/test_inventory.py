"""What is asked of each server does not look at each host again; and says the same as if it did."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.test_moving import LEASE, SERVER, host
from vmms_tui.model import rebalancing
from vmms_tui.model.inventory import Inventory, Latest, Needs
from vmms_tui.model.moving import Grade, Question, checks, could_take, room, stop_of
from vmms_tui.model.rebalancing import Wish, balance
from vmms_tui.model.records import Server, changed
from vmms_tui.model.surroundings import Host

_numbers = st.sampled_from([None, 0, 1_000, 2_048, 16_384])
_hosts = st.lists(
    st.builds(
        lambda number, state, status, ram, ram_used, disk, disk_used: host(
            f"h{number}", state=state, status=status, ram_mib=ram, ram_used_mib=ram_used, disk_gib=disk,
            disk_used_gib=disk_used,
        ),
        st.integers(1, 9), st.sampled_from(["up", "down"]), st.sampled_from(["enabled", "disabled"]), _numbers,
        _numbers, _numbers, _numbers,
    ),
    max_size=6, unique_by=lambda one: one.name,
)  # fmt: skip


def _naive_room(one: Host, server: Server, hosts: list[Host]) -> bool:
    """As it was written first: everything is looked at for each."""
    for needed, has, used, pairs in (
        (server.ram_mib, one.ram_mib, one.ram_used_mib, [(each.ram_mib, each.ram_used_mib) for each in hosts]),
        (server.disk_gib, one.disk_gib, one.disk_used_gib, [(each.disk_gib, each.disk_used_gib) for each in hosts]),
    ):
        if has is None or used is None or used + needed <= has:
            continue
        more = any(whole is not None and part is not None and part > whole for whole, part in pairs)
        if needed > has or not more:
            return False
    return True


@given(_hosts, st.sampled_from([500, 2_048, 20_000]), st.sampled_from([0, 20, 5_000]))
def test_room_is_what_it_was(hosts: list[Host], ram: int, disk: int) -> None:
    server, known = changed(SERVER, ram_mib=ram, disk_gib=disk), Inventory(hosts)
    fitting = [one.name for one in hosts if _naive_room(one, server, hosts)]
    assert [
        one.name for one in hosts if room(one, Question(server=server, hosts=known)).grade is not Grade.BLOCK
    ] == fitting
    is_open = [one.name for one in hosts if (one.state, one.status) == ("up", "enabled")]
    assert list(known.fitting(Needs(ram, disk))) == [name for name in is_open if name in fitting]
    others = {name for name in is_open if name != server.host}
    targets = could_take(Question(server=server, hosts=known))
    assert set(targets) <= others
    if others & set(fitting):
        assert set(targets) == others & set(fitting)


@given(_hosts)
def test_hosts_that_stay_the_same_are_looked_at_once(hosts: list[Host]) -> None:
    latest = Latest()
    first = latest.of(hosts)
    assert latest.of(list(hosts)) is first
    if hosts:
        assert latest.of([changed(hosts[0], servers=99), *hosts[1:]]) is not first


def _land(number: int, each: int, **other: Any) -> tuple[list[Host], list[Server]]:
    hosts = [host(f"h{n}", **other) for n in range(number)]
    servers = [
        changed(SERVER, id=f"vm-{n}-{m}", cloud_id=f"c{n}-{m}", host=f"h{n}")
        for n in range(number)
        for m in range(each)
    ]
    return hosts, servers


def test_each_size_looks_at_each_host_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts, servers = _land(50, 20, ram_used_mib=15_000)
    looks, real = list[str](), Inventory.lacks

    def counted(known: Inventory, one: Host, needs: Needs) -> bool:
        looks.append(one.name)
        return real(known, one, needs)

    monkeypatch.setattr(Inventory, "lacks", counted)
    known = Inventory(hosts)
    for server in servers:
        assert checks(Question(server=server, hosts=known))
    assert len(looks) == len(hosts)


def test_a_plan_asks_only_of_servers_on_hosts_that_have_something_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts, servers = _land(50, 20)
    asked: list[str] = []

    def counted(question: Question) -> Any:
        asked.append(question.server.host)
        return stop_of(question)

    monkeypatch.setattr(rebalancing, "stop_of", counted)
    leases = {one.id: changed(LEASE, server_id=one.id) for one in servers}
    assert not balance(hosts, servers, leases, {}, (), Wish()).shifts
    assert not asked, "all are alike"
    hosts[7] = host("h7", ram_used_mib=16_000)
    assert balance(hosts, servers, leases, {}, (), Wish(most=3)).shifts
    assert set(asked) == {"h7"}
