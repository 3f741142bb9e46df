"""What people on call tell each other about a need: that somebody sees to it."""

from datetime import datetime

from vmms_tui.model.record import Record


class Acknowledgement(Record, frozen=True, tag="acknowledgement"):
    """Somebody sees to a need. `id` is the need's; it holds as long as the need has this basis."""

    basis: str
    """See `needs.Need`: with another one it has come anew, and waits again."""
    by: str
    at: datetime
    note: str = ""
