"""Why Nova did not move a server: the record of a move does not tell, the parts of its order do."""

from datetime import timedelta

from vmms_tui.engine.cloud.errors import CloudError
from vmms_tui.engine.cloud.moves import MoveRecord
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.wording import one_line

ORDERS = frozenset({"live-migration", "migrate"})
"""What Nova calls the orders for moves."""
BEFORE = timedelta(minutes=1)
"""An order is noted so much earlier than the record of its move, at most."""
NO_HOST = "no valid host"
"""How the scheduler begins; what a host said before that tells more."""
MOST = 2
"""Reasons that are told."""


async def why_refused(cloud: Cloud, cloud_id: str, record: MoveRecord | None) -> str:
    """In Nova's own words; empty: it does not tell, or there is nothing of which it could."""
    if record is None or record.status not in {"error", "failed"}:
        return ""
    try:
        actions = await cloud.server_actions(cloud_id)
        order = next((one for one in actions if one.name in ORDERS and one.request_id), None)
        if order is None or (order.at and record.created and order.at < record.created - BEFORE):
            return ""
        events = await cloud.action_events(cloud_id, order.request_id)
    except CloudError:
        return ""  # that it did not move is sure; why would only have been more
    said = dict.fromkeys(one_line(one.why).rstrip(".") for one in events if one.failed and one.why)
    first = sorted(said, key=lambda one: NO_HOST in one.lower())
    return "; ".join(first[:MOST])
