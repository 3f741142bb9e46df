"""Matching for any request, pools and stock."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.policy_records import MINUTE, NOW, pool, request, server
from vmms_tui.engine.policy.matching import Match, alike, answers, give, match
from vmms_tui.engine.shelf import Shelf
from vmms_tui.model.errors import Refused, TryAgain, VmmsError
from vmms_tui.model.records import Pool, Request, Server, ServerState, changed

FLAVORS = {"tiny": (1, 512), "small": (2, 4096), "wide": (4, 2048), "medium": (4, 8192), "large": (8, 16384)}
PURPOSES = ("build", "test")
Case = tuple[Request, list[Pool], dict[str, list[Server]]]
NAMES = ("a", "b", "c", "d", "e", "f")


@st.composite
def any_pool(draw: st.DrawFn, name: str) -> Pool:
    flavor = draw(st.sampled_from((*FLAVORS, "unheard")))
    vcpus, ram_mib = FLAVORS.get(flavor, (0, 0))
    return pool(
        name,
        flavor=flavor,
        vcpus=vcpus,
        ram_mib=ram_mib,
        purposes=draw(st.sampled_from((PURPOSES, PURPOSES[:1], PURPOSES[1:]))),
        broken="" if vcpus and draw(st.integers(0, 4)) else "there is no image",
        paused=draw(st.sampled_from(("", "", "the quota is used up"))),
        retired=draw(st.integers(0, 9)) == 0,
    )


@st.composite
def stock(draw: st.DrawFn, of: Pool) -> list[Server]:
    """Servers said to be ready; some are not, and some are of a smaller flavor that the pool had before."""
    servers = []
    for number in range(draw(st.integers(0, 3))):
        vcpus, ram_mib = draw(st.sampled_from([(0, 0), (of.vcpus, of.ram_mib), (1, 512)]))
        servers.append(
            server(
                f"{of.id}-{number}",
                draw(st.sampled_from((ServerState.READY, ServerState.READY, ServerState.LEASED))),
                pool=of.id,
                vcpus=vcpus,
                ram_mib=ram_mib,
                ready_at=NOW - draw(st.integers(0, 3)) * MINUTE,
                missing_since=draw(st.sampled_from((None, None, NOW))),
            )
        )
    return servers


@st.composite
def cases(draw: st.DrawFn) -> Case:
    pools = [draw(any_pool(name)) for name in NAMES[: draw(st.integers(0, 6))]]
    asked = request(
        purpose=draw(st.sampled_from((*PURPOSES, "unknown"))),
        flavor=draw(st.sampled_from(("", "", *FLAVORS, "unheard", "nonsense"))),
        vcpus=draw(st.sampled_from((0, 0, 1, 3, 8, 9))),
        ram_mib=draw(st.sampled_from((0, 0, 512, 5000, 16384))),
        term=timedelta(hours=1),
    )
    return asked, pools, {each.id: draw(stock(each)) for each in pools}


def shelf(servers: list[Server]) -> Shelf:
    """The servers as the state keeps them, put in one by one."""
    filled = Shelf()
    for each in servers:
        filled.put(each)
    return filled


def answer(asked: Request, pools: list[Pool], ready: dict[str, list[Server]]) -> Match | VmmsError:
    """The match, or the refusal as a value."""
    try:
        return match(asked, pools, {name: shelf(servers) for name, servers in ready.items()}, FLAVORS)
    except VmmsError as refusal:
        return refusal


def least(asked: Request) -> tuple[int, int]:
    vcpus, ram_mib = FLAVORS.get(asked.flavor, (0, 0))
    return max(vcpus, asked.vcpus), max(ram_mib, asked.ram_mib)


def given_sizes(of: Pool, servers: list[Server], asked: Request) -> list[str]:
    """The servers of a pool that may answer, found the simple way."""
    vcpus, ram_mib = least(asked)
    return [
        each.id
        for each in servers
        if each.state is ServerState.READY
        and each.missing_since is None
        and (each.vcpus or of.vcpus) >= vcpus
        and (each.ram_mib or of.ram_mib) >= ram_mib
    ]


@given(cases())
def test_never_smaller_and_never_for_another_purpose(case: Case) -> None:
    asked, pools, ready = case
    found = answer(*case)
    if isinstance(found, Match):
        of = next(each for each in pools if each.id == found.pool)
        assert asked.purpose in of.purposes
        assert not of.retired
        vcpus, ram_mib = least(asked)
        assert of.vcpus >= vcpus
        assert of.ram_mib >= ram_mib
        if found.server_id:
            assert found.server_id in given_sizes(of, ready[of.id], asked)
        else:
            assert not of.broken
        assert found.why


@given(cases())
def test_no_request_waits_while_a_server_that_fits_is_ready(
    case: Case,
) -> None:
    asked, pools, ready = case
    found = answer(*case)
    vcpus, ram_mib = least(asked)
    fitting = [
        each
        for each in pools
        if asked.purpose in each.purposes
        and not each.retired
        and each.vcpus >= vcpus
        and each.ram_mib >= ram_mib
        and asked.flavor not in ("unheard", "nonsense")
    ]
    stocked = [each for each in fitting if given_sizes(each, ready[each.id], asked)]
    if stocked:
        assert isinstance(found, Match)
        assert found.server_id
        of = next(each for each in pools if each.id == found.pool)
        if asked.flavor and any(each.flavor == asked.flavor for each in stocked):
            assert of.flavor == asked.flavor
        else:
            assert (of.vcpus, of.ram_mib) == min((each.vcpus, each.ram_mib) for each in stocked)
    elif any(not each.broken for each in fitting):
        assert isinstance(found, Match)
        assert found.server_id == ""
    else:
        assert isinstance(found, Refused)
        assert found.rule in {"unknown_purpose", "no_size", "pool_broken"}
        assert found.remedy


@given(cases())
def test_the_order_of_the_records_does_not_matter(case: Case) -> None:
    asked, pools, ready = case
    turned = list(reversed(pools))
    other = {name: list(reversed(servers)) for name, servers in reversed(ready.items())}
    first, second = answer(asked, pools, ready), answer(asked, turned, other)
    if isinstance(first, Match):
        assert first == second
    else:
        assert isinstance(second, VmmsError)
        assert not isinstance(second, TryAgain)
        assert first.remedy == second.remedy


@given(cases(), st.text(max_size=5), st.integers(0, 10))
def test_the_answers_for_one_serve_all_that_are_alike(case: Case, owner: str, importance: int) -> None:
    asked, pools, ready = case
    other = changed(asked, id="another", owner=owner, importance=importance, note=owner)
    assert alike(other) == alike(asked)
    try:
        shelves = {name: shelf(servers) for name, servers in ready.items()}
        found: Match | VmmsError = give(answers(other, pools, FLAVORS), shelves)
    except (Refused, TryAgain) as no:
        found = no
    expected = answer(asked, pools, ready)
    assert str(found) == str(expected) if isinstance(expected, VmmsError) else found == expected
