"""Commands about compute hosts: closed, opened, evacuated, and what their death would do."""

from typing import ClassVar

from vmms_tui.model.command import Command, HostCommand
from vmms_tui.model.people import Role


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


class RehearseHostDown(Command, frozen=True, tag="rehearse_host_down"):
    """What an evacuation would do if this compute host died now, played to its end in a simulated cloud.

    The reply's `rehearsal` has it. Nothing is done: not in the cloud, not in the store, and nobody is told.
    """

    needs: ClassVar[Role | None] = Role.VIEWER
    changes: ClassVar[bool] = False

    host: str
