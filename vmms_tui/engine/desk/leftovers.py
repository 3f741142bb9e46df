"""Whether a host that comes back still holds guests of servers that were evacuated from it."""

from vmms_tui.engine.cloud.errors import AccessDenied, CloudError
from vmms_tui.engine.cloud.moves import EVACUATION
from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.move import mover
from vmms_tui.engine.operations.remedies import ADMINISTRATOR
from vmms_tui.model.errors import Failed, TryAgain
from vmms_tui.model.records import Operation, OperationKind, Server

NAMED = 6
"""Names in a sentence."""
NOT_REMOVED = frozenset({"accepted", "pre-migrating", "done"})
"""Of an evacuation. nova-compute looks for these at its start, removes the guest and its allocation, and sets
`completed` (nova/compute/manager.py, `_destroy_evacuated_instances`)."""


async def left_behind(context: Context, name: str) -> list[str]:
    """Our servers whose remains on this host its nova-compute has not removed. Raises TryAgain, Failed."""
    state, cloud, found = context.state, mover(context), list[str]()
    gone = {
        one.server_id
        for one in state.all(Operation)
        if one.kind is OperationKind.EVACUATE and one.args.get("dead") == name and one.moving is not None
    }
    try:
        for server_id in sorted(gone):
            server = state.get(Server, server_id)
            records = await cloud.move_records(server.cloud_id) if server is not None and server.cloud_id else ()
            ours = (one for one in records if one.kind == EVACUATION and one.source == name)
            if any(one.status in NOT_REMOVED for one in ours):
                found.append(server_id)
    except AccessDenied as error:
        raise Failed(error.message, ADMINISTRATOR) from error
    except CloudError as error:
        raise TryAgain(error.message, "Nobody knows whether the host was tidied up: say it again.") from error
    return found
