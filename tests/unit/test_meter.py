"""Calls to the cloud, counted and measured, in bounded memory."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.engine.cloud import meter as metering
from vmms_tui.engine.cloud.meter import MOST_KINDS, OTHERS, REMEMBERED, Meter, kind_of_path, percentile

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/servers/detail", "GET /servers/detail"),
        ("/servers/6f1e40d2-0000-4000-8000-000000000012", "GET /servers/{id}"),
        ("/servers/6f1e40d2-0000-4000-8000-000000000012/action", "GET /servers/{id}/action"),
        ("/v2.0/ports?name=x", "GET /v2.0/ports"),
        ("/compute/v2.1", "GET /compute/v2.1"),
        ("/os-hypervisors/detail", "GET /os-hypervisors/detail"),
        ("/v3/%C3%A4/x", "GET /v3/{id}/x"),
        ("", "GET "),
    ],
)
def test_a_call_without_its_ids(path: str, kind: str) -> None:
    assert kind_of_path("GET", path) == kind


def test_by_service_and_kind_with_latencies_and_the_last_error() -> None:
    now = [100.0]
    meter = Meter(lambda: now[0], lambda: NOW)
    for seconds in (0.1, 0.2, 0.3, 4.0):
        meter.count("compute", "GET /servers")
        meter.took("compute", "GET /servers", seconds)
    meter.count("network", "GET /ports")
    meter.took("network", "GET /ports", 0.5, "HTTP 503 " + "x" * 1000)
    first, second = meter.calls()
    assert (first.service, first.last_minute, first.total, first.failed) == ("compute", 4, 4, 0)
    assert (first.p50, first.p95, first.slowest) == (0.2, 4.0, 4.0)
    assert (second.failed, second.last_error_at, len(second.last_error)) == (1, NOW, 300)
    now[0] += 61
    meter.count("network", "GET /ports")
    assert [(one.service, one.last_minute, one.total) for one in meter.calls()] == [
        ("network", 1, 2),
        ("compute", 0, 4),
    ]
    assert meter.totals() == {("compute", "GET /servers"): 4, ("network", "GET /ports"): 2}


def test_it_never_grows_beyond_its_bounds() -> None:
    now = [0.0]
    meter = Meter(lambda: now[0])
    for number in range(5000):
        now[0] += 0.01
        meter.count("compute", f"GET /{number}")
        meter.took("compute", f"GET /{number}", 0.1)
        meter.took("compute", "GET /0", 0.1)
    assert len(meter.calls()) == MOST_KINDS + 1
    others = next(one for one in meter.calls() if (one.service, one.call) == OTHERS)
    assert others.total == 5000 - MOST_KINDS
    assert all(len(kind.latencies) <= REMEMBERED for kind in meter._kinds.values())
    assert all(len(kind.window._seconds) <= metering.WINDOW + 2 for kind in meter._kinds.values())
    assert meter.last_minute() == 5000


@given(st.lists(st.floats(0, 100), min_size=1, max_size=50), st.integers(1, 100))
def test_a_percentile_is_one_of_the_values_and_enough_are_below(values: list[float], percent: int) -> None:
    ordered = sorted(values)
    found = percentile(ordered, percent)
    assert found in ordered
    assert sum(1 for one in ordered if one <= found) * 100 >= percent * len(ordered)
    assert percentile([], percent) is None


@given(st.lists(st.floats(0, 30), max_size=60))
def test_the_last_minute_is_right_to_a_second(gaps: list[float]) -> None:
    now = 0.0
    calls: list[float] = []
    meter = Meter(lambda: now)
    for gap in gaps:
        now += gap
        calls.append(now)
        meter.count()
    exact = sum(1 for at in calls if at > now - 60)
    about = sum(1 for at in calls if at > now - 61)
    assert exact <= meter.last_minute() <= about
