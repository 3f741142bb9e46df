"""Each check of the doctor finds what it is for, and nothing where all is well."""

from datetime import timedelta
from typing import Any

import pytest

from tests.properties.policy_records import DAY, HOUR, MINUTE, NOW, lease, pool, server
from vmms_tui.engine.policy.doctor import CHECKS, MOST_SHOWN, Facts, Finding, Outcome, diagnose, exit_code
from vmms_tui.model.leaks import Kind, Leaks, LedgerLine, Verdict
from vmms_tui.model.records import Guard, LeaseState, Operation, OperationKind, OperationState, ServerState, changed
from vmms_tui.model.spec import Allowance, Policy, QuotaRules
from vmms_tui.model.status import CloudStatus, EngineStatus, LoopStatus

LENT = server("s1", ServerState.LEASED, lease_id="l1", cloud_id="c1", floating_ip="203.0.113.7", floating_ip_id="f1")
STATUS = EngineStatus(now=NOW, started=NOW - DAY, version="1", installation="x", cloud=CloudStatus(name="c", ok=True))


def line(kind: Kind, name: str, verdict: Verdict = Verdict.EXPECTED, **more: Any) -> LedgerLine:
    return LedgerLine(kind=kind, id=name, name=name, verdict=verdict, why="nobody needs it", **more)


CLOUD = Leaks(now=NOW, looked_at=NOW, lines=(line(Kind.SERVER, "c1"), line(Kind.FLOATING_IP, "f1")))
WELL = Facts(
    now=NOW,
    pools=[pool()],
    servers={"s1": LENT},
    leases=[lease()],
    operations=[],
    policy=Policy(),
    status=STATUS,
    cloud=CLOUD,
)
AT_WORK = Operation(
    id="op1",
    kind=OperationKind.STOP,
    server_id="s1",
    started=NOW - DAY,
    updated=NOW - 2 * HOUR,
    step="ask",
    actor="engine",
    state=OperationState.RUNNING,
)
DAY_OLD = {"start": NOW - 9 * DAY, "end": NOW - 5 * DAY, "importance": 9, "state": LeaseState.ENDED}
ENDED = DAY_OLD | {"importance": 0, "warned_at": NOW - 6 * DAY, "ended_at": NOW - 4 * DAY}
LATE = LoopStatus(name="queue", interval=2.0, late=True)


def test_where_all_is_well_each_check_says_so_once() -> None:
    findings = diagnose(WELL)
    assert [finding.check for finding in findings] == list(CHECKS)
    assert {finding.outcome for finding in findings} == {Outcome.OK}
    assert exit_code(findings) == 0


def wrong(check: str, **facts: Any) -> Finding:
    """The one finding of a check that is not OK; all others are."""
    found = [finding for finding in diagnose(changed(WELL, **facts)) if finding.outcome is not Outcome.OK]
    assert [finding.check for finding in found] == [check]
    return found[0]


@pytest.mark.parametrize(
    ("check", "outcome", "words", "facts"),
    [
        ("engine", "WRONG", "no changes: no room", {"status": changed(STATUS, problem="no room")}),
        ("engine", "WRONG", "loop queue gives no sign", {"status": changed(STATUS, loops=(LATE,))}),
        ("engine", "LOOK", "frozen: a jump", {"status": changed(STATUS, frozen=Guard(id="guard", reason="a jump"))}),
        ("leases and servers", "WRONG", "l1 is on s1, which is not there", {"servers": {}, "cloud": CLOUD}),
        (
            "leases and servers",
            "WRONG",
            "s1 is lent on l1, which is over",
            {"leases": [lease(state=LeaseState.ENDED, ended_at=NOW)]},
        ),
        ("pools", "LOOK", "pool el9 has 1 server, more than its limit of 0", {"pools": [pool(limit=0, available=0)]}),
        (
            "quotas",
            "LOOK",
            "ada has 1 server, more than the quota of 0",
            {"policy": Policy(quota=QuotaRules(person=Allowance(servers=0)))},
        ),
        (
            "told owners",
            "WRONG",
            "nothing proves that its owner was told",
            {"leases": [lease(), lease("l2", **ENDED, notified_of=NOW - 6 * DAY, notified_at=NOW - 7 * DAY)]},
        ),
        (
            "told owners",
            "WRONG",
            "its owner was told only at",
            {"leases": [lease(), lease("l2", **ENDED, notified_of=NOW - 5 * DAY, notified_at=NOW - 3 * DAY)]},
        ),
        ("told owners", "LOOK", "l1 of ada is kept: no word", {"leases": [lease(owner="ada", postponed="no word")]}),
        (
            "important leases",
            "WRONG",
            "was not stopped and its owner told first",
            {"leases": [lease(), lease("l2", **DAY_OLD, ended_at=NOW - 4 * DAY)]},
        ),
        (
            "important leases",
            "WRONG",
            "though it was kept until",
            {
                "leases": [
                    lease(),
                    lease(
                        "l2",
                        **DAY_OLD,
                        stopped_at=NOW - 5 * DAY,
                        told_at=NOW - 5 * DAY,
                        grace_until=NOW - 2 * DAY,
                        ended_at=NOW - 3 * DAY,
                    ),
                ]
            },
        ),
        ("operations", "WRONG", "stop of s1 (op1) stands at ask for 2 h", {"operations": [AT_WORK]}),
        ("cloud", "WRONG", "s1 has lost its floating IP", {"cloud": changed(CLOUD, lines=CLOUD.lines[:1])}),
        ("cloud", "WRONG", "s1 (c1) is not in the cloud", {"cloud": changed(CLOUD, lines=CLOUD.lines[1:])}),
        (
            "left over",
            "LOOK",
            "port p1 (p1): nobody needs it",
            {"cloud": changed(CLOUD, lines=(*CLOUD.lines, line(Kind.PORT, "p1", Verdict.LEFT_OVER)))},
        ),
    ],
)
def test_what_is_not_as_it_should_be(check: str, outcome: str, words: str, facts: dict[str, Any]) -> None:
    found = wrong(check, **facts)
    assert found.outcome == outcome
    assert words in found.text
    assert found.remedy.endswith(".")
    assert exit_code([found]) == (1 if outcome == "WRONG" else 0)


def test_a_server_on_two_leases() -> None:
    facts = changed(WELL, leases=[lease(), lease("l2")])
    found = [finding for finding in diagnose(facts) if finding.outcome is Outcome.WRONG]
    assert [finding.check for finding in found] == ["one lease a server", "leases and servers"]
    assert found[0].text == "s1 is on l1 and l2"


def test_what_is_under_way_is_not_wrong() -> None:
    fresh = changed(LENT, since=NOW, cloud_id="c2")
    busy = changed(AT_WORK, updated=NOW - MINUTE)
    waits = changed(AT_WORK, waiting_for="the cloud")
    for facts in ({"servers": {"s1": fresh}}, {"operations": [busy]}, {"operations": [waits]}):
        assert {finding.outcome for finding in diagnose(changed(WELL, **facts))} == {Outcome.OK}
    released = lease("l2", **DAY_OLD, ended_at=NOW - 5 * DAY, end_reason="released by ada")
    assert exit_code(diagnose(changed(WELL, leases=[lease(), released]))) == 0


@pytest.mark.parametrize("cloud", [None, Leaks(now=NOW), changed(CLOUD, problem="no answer")])
def test_a_cloud_that_was_not_seen_is_not_checked(cloud: Leaks | None) -> None:
    findings = diagnose(changed(WELL, cloud=cloud))
    unknown = [finding.check for finding in findings if finding.outcome is Outcome.UNKNOWN]
    assert unknown == ["cloud", "left over"]
    assert exit_code(findings) == 3


def test_of_many_findings_some_are_shown() -> None:
    many = {f"s{number}": changed(LENT, id=f"s{number}", lease_id="gone") for number in range(30)}
    facts = changed(WELL, servers=many, leases=[], now=NOW + timedelta(0))
    shown = [finding for finding in diagnose(facts) if finding.check == "leases and servers"]
    assert len(shown) == MOST_SHOWN + 1
    assert shown[-1].text == "and 20 more like these"


@pytest.mark.parametrize(
    "fields",
    [
        {"notified_of": NOW - 5 * DAY, "notified_at": NOW - 6 * DAY},
        {"end_reason": "released by ada"},
        {"warned_at": None},
    ],
    ids=["told", "released", "ended by an older VMMS"],
)
def test_who_was_told_or_gave_it_back_is_no_finding(fields: dict[str, Any]) -> None:
    ended = lease("l2", **(ENDED | fields))
    assert {finding.outcome for finding in diagnose(changed(WELL, leases=[lease(), ended]))} == {Outcome.OK}
