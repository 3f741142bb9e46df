"""Hosts that the cloud calls down, what their witnesses say, and how far their rescue has come."""

from datetime import datetime
from enum import StrEnum

import msgspec

from vmms_tui.model.record import Record
from vmms_tui.model.witness import Says

CLOUD = "cloud"
"""The witness that the cloud is."""


class Verdict(StrEnum):
    """What the looks so far come to."""

    ALIVE = "alive"
    """Somebody had a sign of life at the last look."""
    SUSPECTED = "suspected"
    """The last look said dead, and not enough before it did."""
    DEAD = "dead"
    OURS = "ours"
    """The fault is likelier our own: our network, our eyes."""
    UNKNOWN = "unknown"
    """Nobody but the cloud could tell."""


class Phase(StrEnum):
    """How far it has come with a host that is down. From `fencing` on it is being rescued."""

    SUSPECTED = "suspected"
    """The witnesses are being asked."""
    DEAD = "dead"
    """They agree; nothing is done yet, and `waits` says why."""
    FENCING = "fencing"
    """Its fence command is run, or was when the engine ended."""
    FENCED = "fenced"
    """Nothing runs on it any more for sure; it is still to be given up in the cloud."""
    EVACUATING = "evacuating"
    EVACUATED = "evacuated"
    """All that was asked for has ended. It counts as down until an operator opens it."""
    ASKS = "asks"
    """A person must decide, and `asks` says why."""
    OURS = "ours"
    """Nothing is done: the fault is likelier our own."""


JUDGED = frozenset({Phase.SUSPECTED, Phase.DEAD, Phase.ASKS, Phase.OURS})
"""Nothing was done to the host yet."""
RESCUED = frozenset({Phase.FENCING, Phase.FENCED, Phase.EVACUATING})
"""Its rescue is under way."""


class Heard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The word of a witness, and since when it says the same."""

    witness: str
    says: Says
    why: str
    """What was seen: one sentence, without its stop."""
    since: datetime


class Suspect(Record, frozen=True, tag="suspect"):
    """A host that the cloud calls down, or that is being rescued. `id` is the host's name."""

    since: datetime
    """When it was seen down first."""
    phase: Phase = Phase.SUSPECTED
    phase_since: datetime | None = None
    """When it came to this phase."""
    verdict: Verdict = Verdict.UNKNOWN
    signs: tuple[Heard, ...] = ()
    """What each witness said at the last look, the cloud first."""
    looks: int = 0
    """So many looks in a row said dead; counted up to `samples`."""
    looked_at: datetime | None = None
    """When that was last written down."""
    samples: int = 0
    """So many are enough: the rule when it was last judged."""
    down: int = 0
    """Hosts that were down then, this one too …"""
    of: int = 0
    """… of so many."""
    why: str = ""
    """Why it is judged as it is: one sentence, without its stop."""
    waits: str = ""
    """For what its rescue waits; empty: for nothing."""
    asks: str = ""
    """Why a person must decide; empty: nobody is asked."""
    remedy: str = ""
    """What to do about what it waits for or asks, in whole sentences, beside what is usual; empty: nothing else."""
    failed: str = ""
    """Why its fencing failed, which is not tried again; empty: it did not fail."""
    fenced: str = ""
    """What the fence command, its proof, or the operator who swore said; empty: nothing was said yet."""
    by: str = ""
    """Who gave it up: `engine`, or the operator who swore."""
    last_sign: str = ""
    """When the cloud last heard of it, as it stood after it was given up."""
    servers: int = 0
    """Servers whose evacuation was asked for."""

    @property
    def words(self) -> str:
        """The witnesses' words in one line."""
        return "; ".join(f"{one.witness}: {one.why}" for one in self.signs)
