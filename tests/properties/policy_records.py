"""Records for the tests of policy: made by hand, or by hypothesis."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from vmms_tui.model.records import Lease, Pool, Request, Server, ServerState, changed

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def pool(name: str = "el9", **fields: object) -> Pool:
    """A pool of six ready servers, at most ten."""
    values: dict[str, object] = {
        "purposes": ("build",),
        "flavor": "m1.small",
        "image": "el9",
        "vcpus": 2,
        "ram_mib": 4096,
        "available": 6,
        "limit": 10,
    }
    return Pool(id=name, **{**values, **fields})  # type: ignore[arg-type]


def server(name: str, state: ServerState = ServerState.READY, **fields: object) -> Server:
    """A server of pool el9, ready since a day."""
    values: dict[str, object] = {"pool": "el9", "since": NOW - DAY, "created": NOW - DAY, "ready_at": NOW - DAY}
    return Server(id=name, state=state, **{**values, **fields})  # type: ignore[arg-type]


def lease(name: str = "l1", **fields: object) -> Lease:
    """A lease of eight hours that begins now."""
    values: dict[str, object] = {
        "server_id": "s1",
        "pool": "el9",
        "owner": "ada",
        "purpose": "build",
        "start": NOW,
        "end": NOW + 8 * HOUR,
    }
    return Lease(id=name, **{**values, **fields})  # type: ignore[arg-type]


def told(of: Lease, at: datetime) -> Lease:
    """The lease with proof that its owner was told of its end then."""
    return changed(of, warned=(timedelta(hours=2),), warned_at=at, notified_of=of.end, notified_at=at)


def request(name: str = "r1", **fields: object) -> Request:
    """A request of now for eight hours of any size."""
    values: dict[str, object] = {"owner": "ada", "purpose": "build", "term": 8 * HOUR, "asked": NOW}
    return Request(id=name, **{**values, **fields})  # type: ignore[arg-type]


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    """Any pool that can be set up, in any surge, sometimes held back."""
    limit = draw(st.integers(1, 60))
    return pool(
        available=draw(st.integers(0, limit)),
        limit=limit,
        surge=draw(st.sampled_from((1.0, 1.5, 2.0))),
        surge_since=draw(st.none() | spans(0, 86_400).map(lambda age: NOW - age)),
        broken=draw(st.sampled_from(("", "", "", "there is no image el9"))),
        paused=draw(st.sampled_from(("", "", "", "the quota is used up"))),
        retired=draw(st.sampled_from((False, False, False, True))),
    )


def spans(least: int, most: int) -> st.SearchStrategy[timedelta]:
    """Whole seconds between two numbers."""
    return st.integers(least, most).map(lambda seconds: timedelta(seconds=seconds))
