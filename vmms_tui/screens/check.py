"""Something that is looked at before a change is done, and what is looked at for it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vmms_tui.model.people import Caller
from vmms_tui.model.progress import is_live
from vmms_tui.model.records import Operation
from vmms_tui.model.status import EngineStatus
from vmms_tui.model.tables import Tables

OK, WARN, BLOCK = "ok", "WARN", "BLOCK"


@dataclass(frozen=True)
class Scene:
    """What checks look at."""

    tables: Tables
    you: Caller
    now: datetime
    work: Mapping[str, Sequence[Operation]]
    """The operations on each server, as far as they are known."""
    status: EngineStatus | None = None

    @classmethod
    def of(cls, tables: Tables, you: Caller, now: datetime, status: EngineStatus | None = None) -> "Scene":
        """The scene as it is."""
        work: dict[str, list[Operation]] = {}
        for operation in tables.all(Operation):
            work.setdefault(operation.server_id, []).append(operation)
        return cls(tables, you, now, work, status)

    def at_work(self, server_id: str) -> Operation | None:
        """The operation that is under way on a server."""
        return next((one for one in self.work.get(server_id, ()) if is_live(one)), None)


@dataclass(frozen=True)
class Check:
    """Something that was looked at. What blocks says what to do about it."""

    mark: str
    text: str
    remedy: str = ""
    many: str = ""
    """What is so of several things, where they can be told together: the words after their count."""
    name: str = ""
    """The thing, in the list of those."""
    weight: int = 0
    """The heaviest of them are named."""


def in_order(found: Iterable[Check]) -> tuple[Check, ...]:
    """What blocks first, what is well last; each once."""
    rank = {BLOCK: 0, WARN: 1, OK: 2}
    return tuple(sorted(dict.fromkeys(found), key=lambda check: rank[check.mark]))


def for_operators(you: Caller) -> Check:
    """Whether they are one."""
    return Check(OK, "you are an operator") if you.operator else Check(BLOCK, "This is for operators.", "Ask one.")
