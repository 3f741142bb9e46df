"""Quotas by example, with the sentences that people read."""

from datetime import timedelta
from typing import Any

import pytest

from tests.properties.policy_records import DAY, HOUR, NOW, lease, pool
from vmms_tui.engine.policy.lease_terms import TermLaw, first_end, renewed_end
from vmms_tui.engine.policy.quotas import NOTHING, Holder, OverQuota, Usage, check_kept, check_more, holders
from vmms_tui.model.errors import Refused
from vmms_tui.model.spec import Allowance, QuotaRules

ONE = Usage(1, 4, 8192)


def ada(**may: Any) -> Holder:
    return Holder(("person", "ada"), Allowance(**may))


def said(holder: Holder, held: Usage, waiting: Usage = NOTHING, more: Usage = ONE) -> str:
    with pytest.raises(OverQuota) as refusal:
        check_more(holder, held, waiting, more)
    assert refusal.value.rule == "quota"
    return str(refusal.value)


def test_servers() -> None:
    assert said(ada(servers=4), Usage(4)) == (
        "ada has 4 of 4 servers. Release a server, or ask an operator for a larger quota."
    )


def test_what_is_waited_for_counts_as_well() -> None:
    assert said(ada(servers=4), Usage(3), Usage(1)) == (
        "ada has 3 of 4 servers and waits for 1 more. "
        "Release a server, take back a request, or ask an operator for a larger quota."
    )


def test_vcpus_and_ram_say_what_this_one_has() -> None:
    assert said(ada(servers=9, vcpus=16), Usage(2, 14, 0)) == (
        "ada has 14 of 16 vCPUs; this server has 4. Release a server, or ask an operator for a larger quota."
    )
    assert said(ada(ram_mib=16_384), Usage(2, 14, 12_288), Usage(1, 1, 2048)) == (
        "ada has 12 GiB of 16 GiB of RAM and waits for 2 GiB more; this server has 8 GiB. "
        "Release a server, take back a request, or ask an operator for a larger quota."
    )


def test_what_never_fits_is_not_helped_by_a_release() -> None:
    assert said(ada(vcpus=2), Usage(1, 1)) == (
        "ada has 1 of 2 vCPUs; this server has 4. Ask for a smaller server, or ask an operator for a larger quota."
    )
    assert said(ada(servers=0), NOTHING) == "ada has 0 of 0 servers. Ask an operator for a larger quota."


def test_a_project_is_named_as_one() -> None:
    web = Holder(("project", "web"), Allowance(servers=1))
    assert said(web, Usage(1)).startswith("project web has 1 of 1 server.")


def test_whoever_has_more_than_a_lowered_quota_renews_nothing() -> None:
    check_kept(ada(servers=4, vcpus=8), Usage(4, 8, 8192))
    with pytest.raises(OverQuota) as refusal:
        check_kept(ada(servers=4), Usage(5))
    assert str(refusal.value) == (
        "ada has 5 servers, more than the quota of 4. "
        "Release a server before you renew one, or ask an operator for a larger quota."
    )


def test_who_has_a_quota() -> None:
    rules = QuotaRules(
        person=Allowance(servers=2), people={"bob": Allowance(servers=9)}, projects={"web": Allowance(vcpus=4)}
    )
    assert holders("ada", "", rules) == (ada(servers=2),)
    assert holders("bob", "web", rules) == (
        Holder(("person", "bob"), Allowance(servers=9)),
        Holder(("project", "web"), Allowance(vcpus=4)),
    )
    assert holders("ada", "other", QuotaRules()) == ()


def test_the_narrowest_law_on_terms_counts_and_says_whose_it_is() -> None:
    laws = (TermLaw("ada", longest=2 * DAY), TermLaw("project web", longest=DAY, total=3 * DAY))
    with pytest.raises(Refused) as refusal:
        first_end(2 * DAY, pool(), NOW, laws)
    assert refusal.value.rule == "longest_term"
    assert str(refusal.value) == (
        "2 d is too long: no lease of project web may end later than 1 d from now (longest term). "
        "The longest accepted now is 1 d."
    )
    assert first_end(None, pool(), NOW, (TermLaw("ada", longest=HOUR),)) == NOW + HOUR
    held = lease(start=NOW - 2 * DAY - 12 * HOUR, end=NOW)
    with pytest.raises(Refused) as refusal:
        renewed_end(held, DAY, pool(), NOW, laws)
    assert refusal.value.rule == "total_term"
    assert "no lease of project web may be longer than 3 d from its start" in str(refusal.value)
    assert renewed_end(held, 12 * HOUR, pool(), NOW, laws) == NOW + 12 * HOUR
    assert renewed_end(held, timedelta(days=2), pool(), NOW) == NOW + 2 * DAY
