"""What is done to a compute host: it is closed, opened, evacuated, or its power is taken."""

from vmms_tui.model.command import HostCommand

LONGEST_REASON = 200
"""Characters of the reason for which a host is closed, or of what is sworn of it. Nova keeps 255, and who said it
is added."""


class DisableHost(HostCommand, frozen=True, tag="disable"):
    """Let no new server come to a host; those that are there stay and run on. Everybody reads the reason."""

    reason: str


class EnableHost(HostCommand, frozen=True, tag="enable"):
    """Let new servers come to a host again."""


class EvacuateHost(HostCommand, frozen=True, tag="evacuate"):
    """Build the servers of a host that is dead anew elsewhere, with their names and addresses.

    The cloud must say that it is down, and whoever asks swears to it in words: two witnesses.
    """

    sworn: str
    """How they know that nothing runs on the host any more; everybody reads it."""
    despite_share: bool = False
    """Although more hosts are down at once than the guard allows."""
    despite_others: bool = False
    """Although so many others are being rescued as may be at the same time."""


class PowerOffHost(HostCommand, frozen=True, tag="power-off"):
    """Take the power of a host that is closed and empty, by the fence command of the settings, with its proof."""

    reason: str = ""
    """Why; empty: as it says why the host is closed."""
