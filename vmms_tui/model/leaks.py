"""The ledger of what carries our tag in the cloud: what should be there, what is left over, what is to be looked at."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """Kinds of objects, in the order in which they are removed."""

    FLOATING_IP = "floating IP"
    SERVER = "server"
    PORT = "port"
    VOLUME = "volume"


class Verdict(StrEnum):
    """What an object that carries our tag is to us."""

    EXPECTED = "expected"
    """It should be there."""
    LEFT_OVER = "left over"
    """It is certain that nobody needs it."""
    ADOPT = "to adopt"
    """A server that the next start of the engine takes on."""
    PERSON = "for a person"
    """VMMS is not certain, so it leaves it alone."""


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One object."""

    kind: Kind
    id: str
    """The cloud's own."""
    name: str
    """A floating IP has its address here."""
    verdict: Verdict
    why: str
    project: str = ""
    pool: str = ""
    server_id: str = ""
    """Our server that its tag names."""
    created: datetime | None = None
    since: datetime | None = None
    """Since when complete listings show it with this verdict; None for what is expected."""
    due: datetime | None = None
    """From when on it is removed, if a look after that still shows it so."""
    then: str = ""
    """When it is removed, or why not."""


class Leaks(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger as the engine has it."""

    now: datetime
    looked_at: datetime | None = None
    """When the last complete look was taken."""
    problem: str = ""
    """Why the look after that was not complete, if so."""
    next_look: datetime | None = None
    lines: tuple[LedgerLine, ...] = ()
    expected: dict[str, int] = {}
    """How many objects of each kind are ours and should be there."""
