"""Who asked that a server stands still: VMMS, its owner, another tool, or nobody."""

import logging
from collections.abc import Collection
from typing import Final

from vmms_tui.engine.cloud.errors import AccessDenied, CloudError, NotFound
from vmms_tui.engine.cloud.facts import ServerAction
from vmms_tui.engine.context import Context
from vmms_tui.engine.policy.healing import STILL
from vmms_tui.model.records import OperationKind, OperationState, Server

log = logging.getLogger(__name__)

MOST_AT_ONCE = 5
"""Questions to the cloud in one pass."""
HALTS = frozenset({"stop", "pause", "suspend"})
"""Nova's actions after which a server stands still …"""
MOVES = frozenset({"create", "start", "reboot", "unpause", "resume", "rebuild", "restore", "unrescue", "evacuate"})
"""… and those after which it runs, or should."""
_POWER = frozenset(
    {
        *(OperationKind.STOP, OperationKind.START, OperationKind.REBOOT),
        *(OperationKind.REBUILD, OperationKind.HEAL),
    }
)


class Standing:
    """Remembers what the cloud said, until the server is seen otherwise."""

    LATER: Final = "\0later"
    """The question is still to be put."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[str, tuple[tuple[object, ...], str | None]] = {}
        self._left = 0

    def begin(self, ids: Collection[str]) -> None:
        """A new pass, in which only these servers are asked for."""
        self._left = MOST_AT_ONCE
        for server_id in self._known.keys() - set(ids):
            del self._known[server_id]

    async def asked(self, server: Server) -> str | None:
        """Who asked for it; empty: nobody, or it does not stand still. None: the cloud does not tell. Else LATER."""
        seen = self._context.sightings.get(server.cloud_id)
        if server.cloud_status not in STILL and not (seen and seen.power == "paused"):
            return ""
        if ours := self._ours(server):
            return ours
        look = (server.cloud_status, server.since, seen.power if seen else "", seen.updated if seen else None)
        known = self._known.get(server.id)
        if known is not None and known[0] == look:
            return known[1]
        if not self._left:
            return self.LATER
        self._left -= 1
        try:
            who = who_halted(await self._context.cloud_of(server).server_actions(server.cloud_id))
        except (AccessDenied, NotFound):
            who = None
        except CloudError as error:
            log.info("who halted %s is not known: %s", server.id, error.message)
            return self.LATER
        self._known[server.id] = (look, who)
        return who

    def _ours(self, server: Server) -> str:
        """Who asked VMMS for it, if that was the last thing that VMMS did to its power."""
        done = [
            one
            for one in self._context.state.operations_of(server.id)
            if one.kind in _POWER and one.state is OperationState.DONE
        ]
        last = max(done, key=lambda one: one.updated, default=None)
        if last is None or last.kind is not OperationKind.STOP or last.updated < server.since:
            return ""
        return last.actor


def who_halted(actions: tuple[ServerAction, ...]) -> str:
    """Who asked for the last halt; empty: Nova noted it of its own accord, or what came last lets it run."""
    last = next((one for one in actions if one.name in HALTS or one.name in MOVES), None)
    return last.user if last is not None and last.name in HALTS else ""
