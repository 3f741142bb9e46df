"""The names in a store's folder: generations of checkpoints, the journals since, and what the first version left."""

import re
from pathlib import Path

from vmms_tui.engine.store.disk import NEW

KEPT = 3
"""Generations that are kept, with all journals since the oldest of them."""

_NUMBERED = re.compile(r"(checkpoint|journal)-(\d+)\.(json|log)")


class Folder:
    """Where the files of a store are. Changes nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.first_version = path / "checkpoint.json"
        """The one checkpoint of format 1. Later it says to that version that it is too old for what is here now."""
        self.first_version_previous = path / "checkpoint.json.previous"
        """The one before it; without the journals since."""

    def checkpoint(self, sequence: int) -> Path:
        """A generation's checkpoint: all changes up to this one."""
        return self.path / f"checkpoint-{sequence:012d}.json"

    def journal(self, after: int) -> Path:
        """The journal that begins after this change."""
        return self.path / f"journal-{after:012d}.log"

    def checkpoints(self) -> list[tuple[int, Path]]:
        """All generations, the oldest first."""
        return self._numbered("checkpoint-*.json")

    def journals(self) -> list[tuple[int, Path]]:
        """All journals, the oldest first."""
        return self._numbered("journal-*.log")

    def unfinished(self) -> list[Path]:
        """What somebody who was killed was about to write."""
        return sorted(self.path.glob(f"*{NEW}"))

    def _numbered(self, pattern: str) -> list[tuple[int, Path]]:
        found = ((_NUMBERED.fullmatch(path.name), path) for path in self.path.glob(pattern))
        return sorted((int(match[2]), path) for match, path in found if match)

    def outdated(self) -> tuple[list[Path], list[Path]]:
        """Checkpoints and journals that no kept generation needs."""
        checkpoints = self.checkpoints()
        if len(checkpoints) < KEPT:
            return [], []  # the journals from the beginning on are a generation, too
        oldest = checkpoints[-KEPT][0]
        journals = self.journals()
        first = max((number for number, _ in journals if number <= oldest), default=oldest)
        return (
            [self.first_version_previous, *(path for _, path in checkpoints[:-KEPT])],
            [path for number, path in journals if number < first],
        )
