"""What scenes look for. Each makes a Check out of plain values."""

from vmms_tui.demo.show import Check, View
from vmms_tui.model.records import (
    Event,
    Lease,
    LeaseState,
    Notice,
    NoticeKind,
    Pool,
    Request,
    RequestState,
    Server,
    ServerState,
)
from vmms_tui.model.surroundings import Host


def _pool(view: View, name: str) -> Pool:
    return next(pool for pool in view.all(Pool) if pool.id == name)


def _ready(view: View, pool: str) -> list[Server]:
    return [one for one in view.all(Server) if one.pool == pool and one.state == ServerState.READY]


def _theirs(view: View, owner: str) -> list[tuple[Lease, Server]]:
    servers = {server.id: server for server in view.all(Server)}
    return [(lease, servers[lease.server_id]) for lease in view.all(Lease) if lease.owner == owner]


def surges(pool: str, factor: float) -> Check:
    """The pool's surge is this factor now."""
    return Check(f"{pool} has surge x{factor:g}", lambda view: _pool(view, pool).surge == factor)


def queued(purpose: str, least: int) -> Check:
    """So many requests wait, at least."""

    def holds(view: View) -> bool:
        waiting = [one for one in view.all(Request) if one.state == RequestState.QUEUED and one.purpose == purpose]
        return len(waiting) >= least

    return Check(f"{least} requests for {purpose} wait" if least > 1 else f"a request for {purpose} waits", holds)


def nobody_waits(purpose: str) -> Check:
    """No request for this waits any more."""
    return Check(
        f"nobody waits for {purpose}",
        lambda view: not any(r.state == RequestState.QUEUED and r.purpose == purpose for r in view.all(Request)),
    )


def full(pool: str) -> Check:
    """As many servers are ready as are wanted now."""
    return Check(f"{pool} is full", lambda view: len(_ready(view, pool)) >= _pool(view, pool).available_now)


def never_empty(pool: str) -> Check:
    """At least one server is ready."""
    return Check(f"{pool} has ready servers", lambda view: bool(_ready(view, pool)))


def lease(owner: str, state: LeaseState, server: ServerState) -> Check:
    """One of somebody's leases, and its server, are in these states."""
    return Check(
        f"{owner}'s lease is {state.value} and its server is {server.value}",
        lambda view: any(held.state is state and on.state is server for held, on in _theirs(view, owner)),
    )


def told(owner: str, kind: NoticeKind) -> Check:
    """Somebody was told, with proof."""
    return Check(
        f"{owner} was told ({kind.value.replace('_', ' ')})",
        lambda view: any(
            one.owner == owner and one.kind is kind and one.delivered_at is not None for one in view.all(Notice)
        ),
    )


def lent(owner: str) -> Check:
    """Somebody has a server that runs."""
    return lease(owner, LeaseState.ACTIVE, ServerState.LEASED)


def event(kind: str, words: str = "") -> Check:
    """Something of this kind stands in Events, with these words in it."""
    return Check(
        f"Events have {kind}" + (f" with {words!r}" if words else ""),
        lambda view: any(one.kind == kind and words in one.text for one in view.all(Event)),
    )


def cloud(*, answers: bool) -> Check:
    """The engine knows whether the cloud answers."""
    return Check(f"the cloud {'answers' if answers else 'is away'}", lambda view: view.status.cloud.ok is answers)


def cloud_says(owner: str, status: str) -> Check:
    """The cloud says this of somebody's server, whatever we hold of it."""
    return Check(
        f"the cloud says {status} of {owner}'s server",
        lambda view: any(on.cloud_status == status for held, on in _theirs(view, owner) if held.ended_at is None),
    )


def all_ready_are(pool: str, image: str) -> Check:
    """Every ready server of the pool was made of this image."""
    return Check(
        f"all ready servers of {pool} are of {image}",
        lambda view: bool(_ready(view, pool)) and all(one.image == image for one in _ready(view, pool)),
    )


def host_down() -> Check:
    """A host of the cloud is known to be down."""
    return Check("a host is down", lambda view: any(host.is_down for host in view.all(Host)))
