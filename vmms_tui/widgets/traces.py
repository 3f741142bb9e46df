"""What was there a moment ago: rows that went, which stay at their place, and cells that say something new. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

Cell = tuple[str, str]
"""Text and tone."""

STAYS = timedelta(seconds=10)
"""How long a row that went is still shown."""
FRESH = timedelta(seconds=4)
"""How long a cell that changed is shown as changed."""
MANY = 8
"""Where more cells than this change at once, none is shown as changed: it would say nothing, and cost bytes."""
REACH = 50
"""How many rows above a row that went are tried to find its place again."""


class Gone:
    """Rows that went, with the cells that they had."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[datetime, Sequence[Cell]]] = {}

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._rows

    def cells(self, row_id: str) -> Sequence[Cell]:
        """What it said last."""
        return self._rows[row_id][1]

    def since(self, row_id: str) -> datetime:
        """When it went."""
        return self._rows[row_id][0]

    def bury(self, rows: Mapping[str, Sequence[Cell]], now: datetime) -> None:
        """These rows go now."""
        for row_id, cells in rows.items():
            self._rows[row_id] = now, cells

    def clear(self) -> None:
        """Show none of them any more."""
        self._rows.clear()

    def expire(self, now: datetime) -> bool:
        """Forget those that went long ago, or when the clock was another; whether there were any."""
        over = [one for one, (went, _) in self._rows.items() if not timedelta(0) <= now - went < STAYS]
        for row_id in over:
            del self._rows[row_id]
        return bool(over)

    def weave(self, old: Sequence[str], ids: Sequence[str], alive: Collection[str]) -> Sequence[str]:
        """`ids` with the rows that went among them, each under the row that it stood under in `old`."""
        for row_id in [one for one in self._rows if one in alive]:
            del self._rows[row_id]  # it has come back
        if not self._rows:
            return ids
        woven = list(ids)
        for at, row_id in sorted((place, one) for one in self._rows if (place := _index(old, one)) >= 0):
            above = (_index(woven, old[row]) for row in range(at - 1, max(-1, at - 1 - REACH), -1))
            woven.insert(next((place + 1 for place in above if place >= 0), min(at, len(woven))), row_id)
        return woven


def _index(ids: Sequence[str], row_id: str) -> int:
    try:
        return ids.index(row_id)
    except ValueError:
        return -1


class Fresh:
    """Cells that changed a moment ago."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, int], datetime] = {}

    def __contains__(self, cell: object) -> bool:
        return cell in self._cells

    def __bool__(self) -> bool:
        return bool(self._cells)

    def note(self, rows: Mapping[str, tuple[Sequence[Cell], Sequence[Cell]]], now: datetime) -> None:
        """What rows said before and say now, both at the same instant."""
        pairs = {
            (row_id, at)
            for row_id, (before, after) in rows.items()
            for at, (old, new) in enumerate(zip(before, after, strict=True))
            if old[0] != new[0]
        }
        if len(pairs) <= MANY:
            self._cells.update(dict.fromkeys(pairs, now))

    def expire(self, now: datetime) -> bool:
        """Forget what changed long ago; whether there was anything."""
        over = [cell for cell, at in self._cells.items() if not timedelta(0) <= now - at < FRESH]
        for cell in over:
            del self._cells[cell]
        return bool(over)
