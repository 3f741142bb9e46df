"""What moves servers between hosts."""

from vmms_tui.keys.act import Place, Target
from vmms_tui.keys.rows import ForRow
from vmms_tui.model.moving import MOVABLE
from vmms_tui.model.people import Role
from vmms_tui.model.records import Request


class MoveServer(ForRow):
    """move: to another host, live or cold, after a look at what speaks against it."""

    id, keys, places, row = "move", ("M",), (Place.SERVERS, Place.LEASES), 2
    changes = True
    needs = Role.OPERATOR

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A server is needed that is at rest."""
        if isinstance(target.record, Request):
            return "This request still waits for a server."
        if target.server is None:
            return "There is no server under the cursor."
        if target.server.state not in MOVABLE:
            return f"The server is {target.server.state.value} now."
        return ""
