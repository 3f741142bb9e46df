"""`[moves]`: how many servers move between hosts at a time, and where their disks are."""

from typing import Annotated, Literal

from pydantic import Field

from vmms_tui.model.draining import MoveRules
from vmms_tui.settings.basics import Table

_D = MoveRules()
_SHARED = {"shared": True, "local": False, "unknown": None}


class MovesTable(Table):
    """The numbers of `engine.policy.slots`, and what Preflight of a move is told."""

    per_host: Annotated[int, Field(ge=1, le=100, strict=True)] = _D.per_host
    at_once: Annotated[int, Field(ge=1, le=1000, strict=True)] = _D.at_once
    storage: Literal["shared", "local", "unknown"] = "unknown"

    def rules(self) -> MoveRules:
        """As the engine needs it."""
        return MoveRules(per_host=self.per_host, at_once=self.at_once, shared_storage=_SHARED[self.storage])
