"""Whether a host is dead, from what its witnesses said at look after look. Pure.

Dead is a host of which the cloud says that it is down, of which at least one other witness says so, too, and of which
none says that it lives; so many looks in a row. A witness that is merely not answered proves nothing by that where it
is not answered by a host either that is up: then our own eyes are cut off.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from vmms_tui.engine.policy.words import counted, factor, instant
from vmms_tui.model.rescue_guards import too_many
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import CLOUD, Heard, Suspect, Verdict
from vmms_tui.model.witness import HostRules, Says, Sign

MEND_FENCE = "Mend the fence command (`hosts.fence`) before another host dies: it is not run again for this one."
MAKE_ROOM = "Open a host, or release what is not needed, so that there is room."
CONTROLS = 2
"""Hosts that are up and are asked, too, at each look."""
_DOWN = frozenset({Says.SILENT, Says.DEAD})


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a look, and those before it, come to."""

    verdict: Verdict
    looks: int
    """So many in a row said dead, this one too."""
    why: str
    """One sentence, without its stop."""


def trusted(signs: Iterable[Sign], controls: Iterable[Iterable[Sign]]) -> tuple[Sign, ...]:
    """The signs of a host, held against what the same witnesses said of hosts that are up at the same look.

    Silence counts only if the witness got a sign of life from one of those.
    """
    sees = {sign.witness for control in controls for sign in control if sign.says is Says.ALIVE}
    return tuple(_held_against(sign, sees) for sign in signs)


def _held_against(sign: Sign, sees: set[str]) -> Sign:
    if sign.says is not Says.SILENT or sign.witness in sees or sign.witness == CLOUD:
        return sign
    return Sign(
        witness=sign.witness,
        says=Says.UNKNOWN,
        why=f"{sign.why}, but no host that is up answered either: our own eyes may be cut off",
    )


def blind(signs: Iterable[Sign], controls: Sequence[Iterable[Sign]]) -> bool:
    """Whether all that did not answer did not for hosts that are up either: the fault is our own."""
    silent = [sign for sign in signs if sign.says is Says.SILENT and sign.witness != CLOUD]
    return bool(silent and controls) and all(one.says is Says.UNKNOWN for one in trusted(silent, controls))


def judged(signs: Sequence[Sign], looks: int, rules: HostRules, *, down: int, of: int, ours: bool = False) -> Judgement:
    """The judgement after a look: `signs`, the cloud's among them, were held against the controls already.

    `looks` is how many in a row before it said dead, `ours` that all witnesses were blind, and `down` hosts of `of`
    are down.
    """
    alive = [sign for sign in signs if sign.says is Says.ALIVE]
    if alive:
        said = " and ".join(sign.witness for sign in alive)
        return Judgement(verdict=Verdict.ALIVE, looks=0, why=f"it gave a sign of life to {said}")
    if too_many(down, of, rules.share):
        share = f"more than {factor(100 * rules.share)} %"
        why = f"{down} of {of} hosts are down at once, {share}: likelier the network or this engine is at fault"
        return Judgement(verdict=Verdict.OURS, looks=0, why=why)
    cloud = any(sign.witness == CLOUD and sign.says in _DOWN for sign in signs)
    others = [sign.witness for sign in signs if sign.witness != CLOUD and sign.says in _DOWN]
    if not cloud or not others:
        return _open(cloud, ours)
    looks = min(looks + 1, rules.samples)
    said = f"the cloud and {' and '.join(others)} call it dead, {counted(looks, 'look')} of {rules.samples} in a row"
    return Judgement(verdict=Verdict.DEAD if looks >= rules.samples else Verdict.SUSPECTED, looks=looks, why=said)


def _open(cloud: bool, ours: bool) -> Judgement:
    """Nobody calls it alive, and not enough call it dead."""
    if not cloud:
        return Judgement(verdict=Verdict.UNKNOWN, looks=0, why="the cloud does not tell for sure that it is down")
    if ours:
        why = "no host that is up answers the witnesses either: likelier the network of this engine is at fault"
        return Judgement(verdict=Verdict.OURS, looks=0, why=why)
    return Judgement(verdict=Verdict.UNKNOWN, looks=0, why="only the cloud calls it down: no other witness can tell")


def cloud_sign(host: Host, before: datetime | None, *, given_up: bool) -> Sign:
    """The cloud's word on a host that it calls down. `before` is its sign of life at the look before.

    `given_up`: we made it count as down, or tried to; the cloud takes that itself for a sign of life.
    """
    if host.forced_down and not given_up:
        return Sign(witness=CLOUD, says=Says.UNKNOWN, why="somebody made it count as down")
    if before is not None and host.seen is not None and host.seen > before and not given_up:
        return Sign(witness=CLOUD, says=Says.ALIVE, why=f"down, but it was heard of again at {instant(host.seen)}")
    heard = f", last heard of at {instant(host.seen)}" if host.seen and not given_up else ""
    return Sign(witness=CLOUD, says=Says.SILENT, why=f"its service is down{heard}")


def heard(suspect: Suspect, signs: Iterable[Sign], now: datetime) -> tuple[Heard, ...]:
    """What was said at a look, with since when each witness says so."""
    before = {one.witness: one for one in suspect.signs}
    found: list[Heard] = []
    for sign in signs:
        old = before.get(sign.witness)
        since = old.since if old is not None and old.says is sign.says else now
        found.append(Heard(witness=sign.witness, says=sign.says, why=sign.why.rstrip("."), since=since))
    return tuple(found)


def is_silent(signs: Iterable[Sign]) -> bool:
    """Whether a look without the cloud says for sure that a host gives no sign of life: a blind one says nothing."""
    said = {sign.says for sign in signs}
    return Says.ALIVE not in said and bool(said & _DOWN)


class Go(msgspec.Struct, frozen=True):
    """Fence it now, and evacuate it."""


class Hold(msgspec.Struct, frozen=True):
    """Do nothing for now. `waits`: for what."""

    waits: str


class Ask(msgspec.Struct, frozen=True):
    """A person must decide. `why` is a sentence without its stop."""

    why: str
    remedy: str = ""
    """What to do before that person swears that nothing runs on it, in whole sentences."""


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the way of the rescue of a host that is dead by its witnesses."""

    lent: int
    """Servers on it that are somebody's."""
    room: bool = True
    """Whether there is room for any of them elsewhere, or nobody knows."""
    closed: str = ""
    """Why a person closed it to new servers; empty: nobody did."""
    failed: str = ""
    """Why its fencing failed before; empty: it did not."""
    frozen: str = ""
    """Why destructive work stands still; empty: it does not."""
    others: tuple[str, ...] = ()
    """Hosts whose rescue is under way."""


def decided(means: Means, rules: HostRules) -> Go | Hold | Ask:
    """What is done about a host that is dead."""
    if not means.lent:
        return Hold("nothing: nobody's servers are on it")
    if means.failed:
        return Ask(means.failed, MEND_FENCE)
    if not rules.fence:
        return Ask("the settings name no fence command: only a person can say that nothing runs on it")
    if not rules.automatic:
        return Ask("the settings leave that to a person")
    if means.closed:
        return Ask(f"somebody closed it before, and may be at work there: {means.closed}")
    if not means.room:
        return Ask("no host has room for any of its servers", MAKE_ROOM)
    if means.frozen:
        return Hold(f"the end of the standstill: {means.frozen}")
    if len(means.others) >= rules.at_once:
        return Hold(f"the rescue of {' and '.join(means.others)}")
    return Go()
