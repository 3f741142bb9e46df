"""What the engine says of itself when somebody asks. Nothing of it is kept, or told unasked."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import vmms_tui
from vmms_tui.engine.context import Context
from vmms_tui.model.inspection import Inspection
from vmms_tui.model.status import LoopStatus
from vmms_tui.model.tables import TYPES

STATM = Path("/proc/self/statm")
"""Pages of memory; the second number is those in use (proc(5))."""


def inspection(
    context: Context,
    *,
    started: datetime,
    viewers: int,
    reads: Mapping[str, datetime],
    loops: Sequence[LoopStatus],
) -> Inspection:
    """One look at an engine."""
    return Inspection(
        now=context.clock.now(),
        started=started,
        version=vmms_tui.__version__,
        pid=os.getpid(),
        memory=memory_in_use(),
        viewers=viewers,
        records={name: len(context.state.all(kind)) for name, kind in TYPES.items()},
        calls=context.account.calls(),
        reads=dict(reads),
        loops=tuple(loops),
    )


def memory_in_use(statm: Path = STATM) -> int:
    """Bytes of this process that are in memory; 0 where the system does not say."""
    try:
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
