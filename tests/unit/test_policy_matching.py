"""Matching by example, with the sentences that people read."""

import pytest

from tests.properties.policy_records import HOUR, NOW, pool, request, server
from vmms_tui.engine.policy import words
from vmms_tui.engine.policy.matching import Match, match, turn
from vmms_tui.model.errors import Refused, TryAgain
from vmms_tui.model.records import Pool, Request, Server

SMALL = pool("el9")
BIG = pool("el9-big", flavor="m1.medium", vcpus=4, ram_mib=8192)
HUGE = pool("el9-huge", flavor="m1.large", vcpus=8, ram_mib=16384)
FLAVORS = {"m1.small": (2, 4096), "m1.medium": (4, 8192), "m1.large": (8, 16384), "m1.tiny": (1, 512)}


def ready(*names: str) -> dict[str, list[Server]]:
    """One ready server in each of these pools."""
    return {name: [server(f"{name}-1", pool=name)] for name in names}


def matched(asked: Request, stock: dict[str, list[Server]], *pools: Pool) -> Match:
    in_turn = {name: sorted(servers, key=turn) for name, servers in stock.items()}
    return match(asked, pools or (HUGE, BIG, SMALL), in_turn, FLAVORS)


def refused(asked: Request, *pools: Pool) -> Refused:
    with pytest.raises(Refused) as refusal:
        match(asked, pools, {}, FLAVORS)
    return refusal.value


def test_any_size_is_the_smallest() -> None:
    found = matched(request(), ready("el9", "el9-big"))
    assert found.server_id == "el9-1"
    assert found.why == "m1.small of pool el9 is the smallest for any size, and serves build"


def test_the_smallest_that_holds_both_numbers() -> None:
    found = matched(request(vcpus=1, ram_mib=6000), ready("el9", "el9-big", "el9-huge"))
    assert found.server_id == "el9-big-1"
    assert found.why == "m1.medium of pool el9-big is the smallest for 1 vCPU, 6000 MiB RAM, and serves build"


def test_the_flavor_asked_for() -> None:
    found = matched(request(flavor="m1.medium"), ready("el9-big", "el9-huge"))
    assert found.why == "m1.medium of pool el9-big is the flavor asked for, and serves build"


def test_the_neighbour_and_why() -> None:
    found = matched(request(flavor="m1.small"), ready("el9-big"))
    assert found.server_id == "el9-big-1"
    assert found.why == "m1.small of pool el9 is out of ready servers; m1.medium of pool el9-big is the next larger"


def test_a_flavor_that_no_pool_has_gets_the_smallest_that_holds_it() -> None:
    found = matched(request(flavor="m1.tiny"), ready("el9"))
    assert found.server_id == "el9-1"
    assert found.why == "m1.small of pool el9 is the smallest for m1.tiny (1 vCPU, 512 MiB RAM), and serves build"


def test_none_ready_waits_for_the_smallest_that_fits() -> None:
    found = matched(request(vcpus=3), ready("el9"))
    assert (found.pool, found.server_id) == ("el9-big", "")
    assert "waits for m1.medium of pool el9-big" in found.why


def test_nobody_waits_for_a_paused_pool_while_another_builds() -> None:
    paused = pool("el9", paused="the quota is used up")
    found = matched(request(), {}, paused, BIG)
    assert found.pool == "el9-big"
    assert found.why.endswith("as pool el9 is paused: the quota is used up")
    assert matched(request(), {}, paused).pool == "el9"


def test_the_server_ready_longest_goes_first() -> None:
    stock = {"el9": [server("s2"), server("s1"), server("s0", ready_at=NOW - HOUR)]}
    assert matched(request(), stock).server_id == "s1"


def test_a_broken_pool_still_gives_what_it_has() -> None:
    broken = pool("el9", broken="there is no image el9")
    assert matched(request(), ready("el9"), broken).server_id == "el9-1"
    refusal = refused(request(), broken)
    assert refusal.rule == "pool_broken"
    assert refusal.message == ("Nothing can be built for purpose build: pool el9 is broken: there is no image el9.")


def test_an_unknown_purpose_says_the_known_ones() -> None:
    refusal = refused(request(purpose="[b]中文[/b]"), SMALL, pool("db", purposes=("data", "build")))
    assert refusal.rule == "unknown_purpose"
    assert str(refusal) == "No pool serves the purpose [b]中文[/b]. Known purposes: build, data."
    assert "no pool yet" in refused(request()).remedy


def test_nothing_large_enough_says_the_largest() -> None:
    refusal = refused(request(vcpus=16, ram_mib=65536), SMALL, BIG)
    assert refusal.rule == "no_size"
    assert str(refusal) == (
        "Nothing for purpose build is as large as 16 vCPUs, 64 GiB RAM. "
        "The largest is m1.medium of pool el9-big, with 4 vCPUs, 8 GiB RAM."
    )


def test_a_flavor_unheard_of_says_which_there_are() -> None:
    refusal = refused(request(flavor="m9.mega"), SMALL, BIG)
    assert str(refusal) == "There is no flavor m9.mega. For purpose build there is: m1.medium, m1.small."


def test_a_flavor_whose_size_nobody_knows() -> None:
    """Before the cloud was asked for its flavors; and when it was and the flavor does not exist."""
    unknown = pool("new", flavor="m2.new", vcpus=0, ram_mib=0)
    with pytest.raises(TryAgain):
        match(request(flavor="m2.new"), [unknown], {}, FLAVORS)
    broken = pool("new", flavor="m2.new", vcpus=0, ram_mib=0, broken="there is no flavor m2.new")
    assert refused(request(flavor="m2.new"), broken).rule == "pool_broken"
    assert refused(request(vcpus=1), broken).rule == "pool_broken"


def test_a_retired_pool_gives_nothing() -> None:
    assert refused(request(), pool(retired=True)).rule == "unknown_purpose"


def test_a_size_says_only_what_was_asked() -> None:
    assert words.size(999, 0) == "999 vCPUs"
    assert words.size(0, 4096) == "4 GiB RAM"
    assert words.size(1, 512) == "1 vCPU, 512 MiB RAM"
