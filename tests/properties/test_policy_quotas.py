"""Quotas, the pace of requests, and the count of what is held, with anything."""

from collections import defaultdict
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import NOW, lease, pool, request, server
from vmms_tui.engine.holdings import HELD
from vmms_tui.engine.policy.lease_terms import TermLaw, longest_renewal, renewed_end
from vmms_tui.engine.policy.pace import WINDOW, wait
from vmms_tui.engine.policy.quotas import NOTHING, Holder, OverQuota, Usage, check_kept, check_more, keys
from vmms_tui.engine.state import State
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import Lease, LeaseState, Request, RequestState, Server, ServerState
from vmms_tui.model.spec import Allowance
from vmms_tui.model.tables import Change, Drop, Put

amounts = st.builds(Usage, st.integers(0, 6), st.integers(0, 20), st.integers(0, 20_000))
servers = st.builds(Usage, st.just(1), st.integers(0, 8), st.integers(0, 9_000))
limits = st.none() | st.integers(0, 8)
allowances = st.builds(
    Allowance, servers=limits, vcpus=st.none() | st.integers(0, 24), ram_mib=st.none() | st.integers(0, 24_000)
)


def within(held: Usage, may: Allowance) -> bool:
    rows = ((may.servers, held.servers), (may.vcpus, held.vcpus), (may.ram_mib, held.ram_mib))
    return all(most is None or has <= most for most, has in rows)


@given(allowances, amounts, amounts, servers)
def test_a_server_more_is_let_pass_exactly_when_all_together_stay_within(
    may: Allowance, held: Usage, waiting: Usage, more: Usage
) -> None:
    holder = Holder(("person", "ada"), may)
    if within(held + waiting + more, may):
        check_more(holder, held, waiting, more)
        return
    with pytest.raises(OverQuota, match=r"^ada has .* of .*\. [AR].*\.$") as refusal:
        check_more(holder, held, waiting, more)
    assert refusal.value.rule == "quota"


@given(allowances, st.lists(servers, max_size=12))
def test_who_is_asked_at_each_grant_never_holds_too_much_and_may_renew(may: Allowance, wanted: list[Usage]) -> None:
    holder, held = Holder(("project", "web"), may), NOTHING
    for more in wanted:
        try:
            check_more(holder, held, NOTHING, more)
        except OverQuota:
            continue
        held += more
        assert within(held, may)
    check_kept(holder, held)


@given(st.integers(1, 5), st.lists(st.floats(0, 40), max_size=40))
def test_no_minute_sees_more_than_so_many_and_none_waits_longer_than_it_must(
    per_minute: int, gaps: list[float]
) -> None:
    now = 0.0
    passed: list[float] = []
    for gap in gaps:
        now += gap
        left = wait(passed[-per_minute:], now, per_minute)
        assert 0 <= left <= WINDOW
        in_window = [at for at in passed if now - at < WINDOW]
        assert (left == 0) == (len(in_window) < per_minute)
        if left == 0:
            passed.append(now)
        else:
            assert wait(passed, now + left + 1e-6, per_minute) == 0
    for first, last in zip(passed, passed[per_minute:], strict=False):
        assert last - first >= WINDOW - 1e-6


spans = st.none() | st.integers(60, 40 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
laws = st.lists(st.builds(TermLaw, st.sampled_from(["ada", "project web"]), spans, spans), max_size=2)


@given(laws, st.integers(60, 20 * 86_400), st.integers(0, 30 * 86_400))
def test_no_renewal_breaks_any_law(many: list[TermLaw], seconds: int, ago: int) -> None:
    of = lease(start=NOW - timedelta(seconds=ago), end=NOW + timedelta(hours=1))
    term = timedelta(seconds=seconds)
    if term > longest_renewal(of, pool(), NOW, many):
        with pytest.raises(Refused) as refusal:
            renewed_end(of, term, pool(), NOW, many)
        assert refusal.value.rule in {"longest_term", "total_term"}
        return
    end = renewed_end(of, term, pool(), NOW, many)
    for law in many:
        assert law.longest is None or end <= NOW + law.longest
        assert law.total is None or end <= of.start + law.total


# What is held, as the state counts it

names = st.integers(0, 4).map(str)
owners = st.sampled_from(["ada", "bob"])
projects = st.sampled_from(["", "web", "ada"])
leases = st.builds(
    lambda name, owner, project, state: lease(name, server_id=name, owner=owner, project=project, state=state),
    *(names, owners, projects, st.sampled_from([LeaseState.ACTIVE, *LeaseState])),
)
machines = st.builds(
    lambda name, vcpus, ram_mib: server(name, ServerState.LEASED, vcpus=vcpus, ram_mib=ram_mib),
    *(names, st.integers(0, 8), st.integers(0, 9_000)),
)
asked = st.builds(
    lambda name, owner, project, state: request(name, owner=owner, project=project, state=state),
    *(names, owners, projects, st.sampled_from([RequestState.QUEUED, *RequestState])),
)
puts = st.one_of(leases, leases, machines, asked).map(Put)
drops = st.builds(Drop, st.sampled_from(["lease", "request", "server"]), names)


@given(st.lists(st.one_of(puts, puts, puts, drops), max_size=40))
def test_what_is_held_and_waited_for_is_what_the_records_say(many: list[Change]) -> None:
    state = State()
    for change in many:
        state.apply([change])
    held: dict[object, Usage] = defaultdict(Usage)
    for one in state.all(Lease):
        of = state.get(Server, one.server_id)
        for key in keys(one.owner, one.project) if one.state in HELD else ():
            held[key] += Usage(1, of.vcpus, of.ram_mib) if of else Usage(1)
    for owner in ("ada", "bob"):
        for project in ("", "web", "ada"):
            for key in keys(owner, project):
                assert state.holdings.held(key) == held[key]
                waits = {
                    one.id
                    for one in state.all(Request)
                    if one.state is RequestState.QUEUED and key in keys(one.owner, one.project)
                }
                assert {one.id for one in state.holdings.waiting(key)} == waits
