"""Which pool, and which of its ready servers, answers a request.

First the purpose, then the size: the named flavor itself, or else the smallest size that is large enough in both vCPUs
and RAM (by vCPUs, then RAM, disk and the pool's name), then its neighbours, the next larger ones. The first of these
with a ready server gives it, the one ready longest, which keeps pools fresh. When none has one, the request waits
for the first that is not paused, or else for the first.

A broken pool still gives the servers that it has, but nobody waits for it. A retired pool gives nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from vmms_tui.engine.policy.words import size
from vmms_tui.model.errors import Refused, TryAgain, VmmsError
from vmms_tui.model.records import Pool, Request, Server, ServerState


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """The pool that answers, and its server; no `server_id`: none is ready, wait for this pool. `why` says why it."""

    pool: str
    server_id: str
    why: str


class _Size(msgspec.Struct, frozen=True):
    """What is asked for at least, and the flavor named, if one is."""

    vcpus: int
    ram_mib: int
    flavor: str = ""

    def fits(self, vcpus: int, ram_mib: int) -> bool:
        return vcpus >= self.vcpus and ram_mib >= self.ram_mib

    @property
    def words(self) -> str:
        """As sentences name it."""
        if self.flavor:
            return f"{self.flavor} ({size(self.vcpus, self.ram_mib)})"
        return size(self.vcpus, self.ram_mib) if self.vcpus or self.ram_mib else "any size"


class _Offer(msgspec.Struct, frozen=True):
    """A pool with its true size."""

    pool: Pool
    vcpus: int
    ram_mib: int

    @property
    def name(self) -> str:
        return f"{self.pool.flavor} of pool {self.pool.id}"


def turn(server: Server) -> tuple[datetime, str]:
    """The place of a ready server: the earliest is given first, the one that is ready longest."""
    return server.ready_at or server.since, server.id


def match(
    request: Request,
    pools: Sequence[Pool],
    ready: Mapping[str, Iterable[Server]],
    flavors: Mapping[str, tuple[int, int]],
) -> Match:
    """The pool and server for this request. Same records, same answer.

    `ready` holds the ready servers by pool id, in their turn (see `turn`), `flavors` the vCPUs and MiB of RAM by flavor
    name. Raises Refused by `unknown_purpose`, `no_size` (nothing is large enough, or the flavor is unknown) or
    `pool_broken`, and TryAgain while the cloud has not been asked how large a flavor is.
    """
    return give(answers(request, pools, flavors), ready)


class Answers(msgspec.Struct, frozen=True):
    """The pools that can answer requests like this one, the best first, as long as neither pools nor flavors change."""

    purpose: str
    wanted: _Size
    offers: tuple[_Offer, ...]
    why: str
    """Why the first, if it has a server."""


def answers(request: Request, pools: Sequence[Pool], flavors: Mapping[str, tuple[int, int]]) -> Answers:
    """The first half of `match`: the same for all requests that are `alike`. Raises as it does."""
    serving = _serving(request, pools)
    offers = [_offer(pool, flavors) for pool in serving]
    wanted = _wanted(request, offers, flavors)
    fitting = [offer for offer in offers if wanted.fits(offer.vcpus, offer.ram_mib)]
    if not fitting:
        raise _too_large(request, wanted, offers)
    fitting.sort(key=lambda offer: _rank(offer, wanted))
    return Answers(request.purpose, wanted, tuple(fitting), _reason((), fitting[0], wanted, request.purpose))


def alike(request: Request) -> tuple[str, str, int, int]:
    """What of a request decides which pools can answer it."""
    return request.purpose, request.flavor, request.vcpus, request.ram_mib


def give(found: Answers, ready: Mapping[str, Iterable[Server]]) -> Match:
    """The second half of `match`. Raises Refused by `pool_broken`."""
    for place, offer in enumerate(found.offers):
        server = _given(offer, found.wanted, ready.get(offer.pool.id, ()))
        if server is not None:
            why = _reason(found.offers[:place], offer, found.wanted, found.purpose) if place else found.why
            return Match(pool=offer.pool.id, server_id=server.id, why=why)
    return _waiting(found.offers, found.purpose)


def _serving(request: Request, pools: Sequence[Pool]) -> list[Pool]:
    serving = [pool for pool in pools if request.purpose in pool.purposes and not pool.retired]
    if serving:
        return serving
    known = ", ".join(sorted({purpose for pool in pools if not pool.retired for purpose in pool.purposes}))
    remedy = f"Known purposes: {known}." if known else "There is no pool yet; an operator has to set one up."
    raise Refused("unknown_purpose", f"No pool serves the purpose {request.purpose}.", remedy)


def _offer(pool: Pool, flavors: Mapping[str, tuple[int, int]]) -> _Offer:
    known = (pool.vcpus, pool.ram_mib) if pool.vcpus else flavors.get(pool.flavor, (0, 0))
    return _Offer(pool, *known)


def _wanted(request: Request, offers: Sequence[_Offer], flavors: Mapping[str, tuple[int, int]]) -> _Size:
    """The least size. A flavor and numbers together: both must fit."""
    if not request.flavor:
        return _Size(request.vcpus, request.ram_mib)
    offered = {offer.pool.flavor: (offer.vcpus, offer.ram_mib) for offer in offers if offer.vcpus}
    found = offered.get(request.flavor) or flavors.get(request.flavor)
    if found is None:
        raise _unknown_flavor(request, offers)
    return _Size(max(found[0], request.vcpus), max(found[1], request.ram_mib), request.flavor)


def _unknown_flavor(request: Request, offers: Sequence[_Offer]) -> VmmsError:
    named = [offer for offer in offers if offer.pool.flavor == request.flavor]
    if named:
        return _unknown_size(named, request)
    names = ", ".join(sorted({offer.pool.flavor for offer in offers}))
    remedy = f"For purpose {request.purpose} there is: {names}."
    return Refused("no_size", f"There is no flavor {request.flavor}.", remedy)


def _unknown_size(offers: Sequence[_Offer], request: Request) -> VmmsError:
    """These pools have a flavor that the cloud does not have, or has not been asked for yet."""
    if all(offer.pool.broken for offer in offers):
        return _broken(offers, request.purpose)
    return TryAgain(f"The size of {offers[0].name} is not known yet.", "Try again in a minute.")


def _rank(offer: _Offer, wanted: _Size) -> tuple[bool, int, int, int, str]:
    other_flavor = bool(wanted.flavor) and offer.pool.flavor != wanted.flavor
    return other_flavor, offer.vcpus, offer.ram_mib, offer.pool.disk_gib, offer.pool.id


def _too_large(request: Request, wanted: _Size, offers: Sequence[_Offer]) -> VmmsError:
    largest = max(offers, key=lambda offer: (offer.vcpus, offer.ram_mib, offer.pool.id))
    if not largest.vcpus:
        return _unknown_size(offers, request)
    return Refused(
        "no_size",
        f"Nothing for purpose {request.purpose} is as large as {wanted.words}.",
        f"The largest is {largest.name}, with {size(largest.vcpus, largest.ram_mib)}.",
    )


def _given(offer: _Offer, wanted: _Size, ready: Iterable[Server]) -> Server | None:
    """The server that an offer gives: the first of those that may be.

    A server made before the pool's flavor was changed may be smaller than the pool says, one that the cloud no longer
    lists may be lost: neither is given.
    """
    for server in ready:
        if _may_be_given(server, offer, wanted):
            return server
    return None


def _may_be_given(server: Server, offer: _Offer, wanted: _Size) -> bool:
    if server.state is not ServerState.READY or server.pool != offer.pool.id:
        return False
    if server.lease_id or server.missing_since is not None:
        return False
    return wanted.fits(server.vcpus or offer.vcpus, server.ram_mib or offer.ram_mib)


def _reason(passed: Sequence[_Offer], offer: _Offer, wanted: _Size, purpose: str) -> str:
    if passed:
        out = " and ".join(empty.name for empty in passed)
        have = "is" if len(passed) == 1 else "are"
        same = (offer.vcpus, offer.ram_mib) == (passed[0].vcpus, passed[0].ram_mib)
        how = "has the same size" if same else "is the next larger"
        return f"{out} {have} out of ready servers; {offer.name} {how}"
    if wanted.flavor == offer.pool.flavor:
        return f"{offer.name} is the flavor asked for, and serves {purpose}"
    return f"{offer.name} is the smallest for {wanted.words}, and serves {purpose}"


def _waiting(offers: Sequence[_Offer], purpose: str) -> Match:
    able = [offer for offer in offers if not offer.pool.broken]
    if not able:
        raise _broken(offers, purpose)
    chosen = next((offer for offer in able if not offer.pool.paused), able[0])
    why = f"no server that is large enough and serves {purpose} is ready; waits for {chosen.name}"
    if chosen.pool.paused:
        why += f", which is paused: {chosen.pool.paused}"
    elif chosen is not able[0]:
        why += f", as pool {able[0].pool.id} is paused: {able[0].pool.paused}"
    return Match(pool=chosen.pool.id, server_id="", why=why)


def _broken(offers: Sequence[_Offer], purpose: str) -> Refused:
    said = "; ".join(f"pool {offer.pool.id} is broken: {offer.pool.broken}" for offer in offers)
    return Refused(
        "pool_broken",
        f"Nothing can be built for purpose {purpose}: {said}.",
        "An operator has to repair the pool's settings or what they name in the cloud.",
    )
