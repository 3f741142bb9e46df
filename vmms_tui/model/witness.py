"""Whether a compute host is dead: who is asked, what each says, and when that is enough."""

from datetime import timedelta
from enum import StrEnum

import msgspec


class Says(StrEnum):
    """What a witness says of a host."""

    ALIVE = "alive"
    """It gave a sign of life to this witness. One such word is enough: the host is not given up."""
    SILENT = "silent"
    """It should answer this witness, and does not."""
    DEAD = "dead"
    """Nothing runs on it for sure: its power is off."""
    UNKNOWN = "unknown"
    """The witness could not look, or has nothing to look at."""


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """The word of one witness about one host at one look."""

    witness: str
    """`cloud`, `ssh`, `storage`, `power`, `peers` or `servers`."""
    says: Says
    why: str
    """What was seen: one sentence, without its stop."""


class Fenced(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the fence command and of its proof."""

    off: bool
    """Nothing runs on the host any more for sure."""
    why: str
    """What the commands said: one sentence, without its stop."""


class HostRules(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked whether a host is dead, and what is done then without a person.

    In texts and words of commands `{host}` is the host's name as the cloud has it, `{address}` its address as the
    cloud tells it (the name where it does not), and `{peer}` the name of another host that is up.
    """

    samples: int = 3
    """So many looks in a row must say the same."""
    every: timedelta = timedelta(seconds=10)
    """Between two looks at a host that the cloud calls down."""
    limit: timedelta = timedelta(seconds=5)
    """How long a witness has for its answer."""
    ssh: str = "{address}:22"
    """Where a host's SSH is; empty: it is not asked."""
    storage: str = ""
    """Where a host takes TCP connections in the network of the storage; empty: it is not asked."""
    power: tuple[str, ...] = ()
    """A command, by IPMI say, that ends with 0 when the power is off; else nobody knows: power is no sign of life."""
    peers: tuple[str, ...] = ()
    """A command that ends with 0 when the peer reaches the host, with 1 when it does not, else nobody knows."""
    servers: bool = True
    """Whether its servers are asked: those first that answer the proofs of health of their pools."""
    fence: tuple[str, ...] = ()
    """A command that takes the host's power, or cuts it off from storage and network for good; 0: it did."""
    fence_proof: tuple[str, ...] = ()
    """A command that ends with 0 when the host is fenced for sure; none: the word of `fence` is taken."""
    fence_limit: timedelta = timedelta(minutes=1)
    """How long each of the two has."""
    automatic: bool = False
    """Whether a host that is dead by its witnesses is fenced and evacuated without a person. Needs `fence`."""
    share: float = 0.3
    """More than this share of all hosts down, and not only one, is likelier our own fault: stop, and ask."""
    at_once: int = 1
    """Hosts that are evacuated at the same time, at most."""
    servers_at_once: int = 4
    """Evacuations that are asked of the cloud at the same time."""
    stagger: timedelta = timedelta(seconds=1)
    """So long after one evacuation the next one begins, at the earliest."""
    reserve: int = 0
    """The servers of so many hosts, the fullest ones, must find room on the others: no pool takes that room."""
