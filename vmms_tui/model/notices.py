"""Words to owners and operators, and the proof that they arrived, as the engine remembers them."""

from datetime import datetime
from enum import StrEnum

from vmms_tui.model.record import Record


class NoticeKind(StrEnum):
    """What a notice is about."""

    WORD = "word"
    """Anything, in its text."""
    WARNING = "warning"
    """The lease ends."""
    STOPPED = "stopped"
    """An important lease is over: its server is stopped, and will be deleted."""
    TAKEN_BACK = "taken_back"
    """The server was taken back."""
    LOST = "lost"
    """The server is not in the cloud any more, and not by us."""
    FAILED = "failed"
    """Something that was asked for did not work."""
    OPERATOR = "operator"
    """To the operators: an owner could not be told."""


class Notice(Record, frozen=True, tag="notice"):
    """A word to the owner of a lease, or to the operators, and the proof that it reached them."""

    at: datetime
    owner: str
    """Whom it is for; empty: the operators."""
    lease_id: str
    text: str
    """What happens, when, and why; with exact times, and nothing that grows old."""
    kind: NoticeKind = NoticeKind.WORD
    about_end: datetime | None = None
    """The end of the lease that it speaks of."""
    happens: str = ""
    """What becomes of the server then: `its server vm-00012 is deleted, with all that is on its disk`."""
    happens_at: datetime | None = None
    """When, as it was when this was written or last tried."""
    command: str = ""
    """The one command that prevents it; empty: nothing does."""
    attempts: int = 0
    next_try: datetime | None = None
    problem: str = ""
    """Why the last try reached nobody. Never holds an address."""
    delivered_at: datetime | None = None
    delivered_by: str = ""
    """What proved it: `apprise`, `screen`, `shell`, or `operator` for their word."""
    void: str = ""
    """Why it is not delivered any more: the lease was renewed, say."""

    @property
    def open(self) -> bool:
        """Whether it still has to be delivered."""
        return self.delivered_at is None and not self.void
