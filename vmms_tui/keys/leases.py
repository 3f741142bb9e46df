"""What can be done on Leases."""

from vmms_tui.keys.act import Act, Place, Target
from vmms_tui.keys.rows import ForRow
from vmms_tui.keys.saying import press
from vmms_tui.model.people import Role
from vmms_tui.model.records import Lease, LeaseState, Request

_OVER = {LeaseState.ENDING, LeaseState.ENDED}


class RequestServer(Act):
    """request: ask for a server, on a form that says what you would get."""

    id, keys, places, row, changes = "request", ("n",), (Place.POOLS, Place.LEASES), 2, False
    needs = Role.DEVELOPER


class ForLease(ForRow):
    """Something done to a lease that runs."""

    places = (Place.LEASES,)
    changes = True

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A lease that has not ended is needed."""
        if isinstance(target.record, Request):
            return f"This request still waits for a server; {press(Release, Place.LEASES)} takes it back."
        if not isinstance(target.record, Lease):
            return "There is no lease under the cursor."
        return "This lease is ending." if target.record.state in _OVER else ""


class Renew(ForLease):
    """renew: add time to the lease, or to all marked leases."""

    id, keys, row = "renew", ("+",), 2
    needs_cloud = False


class Release(ForLease):
    """release: give the server back now, or take a queued request back."""

    id, keys, row = "release", ("D",), 2

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A request can be taken back, too."""
        return "" if isinstance(target.record, Request) else super().refusal(target)


class ServerMenu(ForLease):
    """server: stop, start, reboot, reset the password or rebuild."""

    id, keys, row = "server_menu", ("S",), 2


class RevealPassword(ForLease):
    """password: show the first password of the server; it is shown once."""

    id, keys, row = "password", ("P",), 2

    @classmethod
    def refusal(cls, target: Target) -> str:
        """Only the owner may read it."""
        if no := super().refusal(target):
            return no
        owner = target.record.owner if isinstance(target.record, Lease) else ""
        return "" if owner == target.you.name else f"Only {owner}, whose lease this is, may read its first password."
