"""Reads what a folder holds, and changes nothing: the newest generation and the journals since, or what is wrong."""

from pathlib import Path

import msgspec
from msgspec import structs

from vmms_tui.engine.store import checkpoint, lines
from vmms_tui.engine.store.checkpoint import Checkpoint, Damaged
from vmms_tui.engine.store.folder import Folder
from vmms_tui.engine.store.lines import Scanned
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.model.record import changed
from vmms_tui.model.tables import Change, Put, Tables

RECOVER = "`vmms recover --last-good`"


class Fault(msgspec.Struct, frozen=True):
    """Where a journal is no longer whole."""

    path: Path
    offset: int
    why: str

    def sentence(self, reached: int) -> str:
        """For the person who has to decide."""
        return (
            f"{self.path}: damaged at byte {self.offset} ({self.why}), so changes that were acknowledged may be lost; "
            f"all before it is whole, up to change {reached}: {RECOVER} puts the rest aside and says what was in it."
        )


class Replay(msgspec.Struct, kw_only=True):
    """A generation with the journals since."""

    path: Path | None
    """The checkpoint; None: there was none yet."""
    base: Checkpoint | None
    tables: Tables
    sequence: int
    """The last change that is whole."""
    read: list[Scanned] = []
    """The journals that were read, whole or not."""
    fault: Fault | None = None

    @property
    def lines(self) -> int:
        """How many changes came since the checkpoint."""
        return self.sequence - (self.base.sequence if self.base else 0)


def read(folder: Folder) -> Replay:
    """Everything, with at most a torn tail left out.

    Raises:
        StoreProblem: something is damaged, or was written by a newer VMMS.
    """
    number, path = _newest(folder)
    try:
        base = _load(path, number) if path else None
    except Damaged as damaged:
        raise StoreProblem(_refusal(folder, path, damaged)) from damaged
    found = _replay(folder, path, base)
    if found.fault:
        raise StoreProblem(found.fault.sentence(found.sequence))
    return found


def _newest(folder: Folder) -> tuple[int | None, Path | None]:
    if holds_first_version(folder):
        return None, folder.first_version
    generations = folder.checkpoints()
    return generations[-1] if generations else (None, None)


def holds_first_version(folder: Folder) -> bool:
    """Whether the one checkpoint of format 1 is still what counts, and not the word to its version. Raises nothing."""
    try:
        return folder.first_version.exists() and b'"signpost"' not in folder.first_version.read_bytes()[:200]
    except OSError:
        return True


def _load(path: Path, number: int | None) -> Checkpoint:
    """A checkpoint that is what its name says. Raises Damaged, NewerFormat."""
    base = checkpoint.read(path)
    if number is not None and base.sequence != number:
        raise Damaged(f"it holds change {base.sequence}, and its name says otherwise")
    return base


def _refusal(folder: Folder, path: Path | None, damaged: Damaged) -> str:
    good = best(folder, leave_out=path)
    if good is None:
        return (
            f"{path}: the checkpoint is damaged ({damaged}), and no other generation is whole: put the folder away, "
            f"and `vmms recover` takes on the servers and leases that the cloud tells of."
        )
    name = f"{good.path.name} with the journals since" if good.path else "the journals from the beginning on"
    whole = "nothing is lost with it" if good.fault is None else f"it goes up to change {good.sequence}"
    return (
        f"{path}: the checkpoint is damaged ({damaged}); the last good generation is {name}, {whole}: {RECOVER} goes "
        f"back to it."
    )


def best(folder: Folder, leave_out: Path | None = None) -> Replay | None:
    """The generation that with its journals reaches furthest; None when none is whole. Raises NewerFormat."""
    found: list[Replay] = []
    candidates: list[tuple[int | None, Path]] = [*reversed(folder.checkpoints())]
    if holds_first_version(folder):
        candidates = [(None, folder.first_version), *candidates]
    if folder.first_version_previous.exists():
        candidates.append((None, folder.first_version_previous))
    for number, path in candidates:
        if path == leave_out:
            continue
        try:
            found.append(_replay(folder, path, _load(path, number)))
        except Damaged:
            continue
    if folder.journal(0).exists():
        found.append(_replay(folder, None, None))
    return max(found, key=lambda one: one.sequence, default=None)


def _replay(folder: Folder, path: Path | None, base: Checkpoint | None) -> Replay:
    """A generation and what the journals since add to it, up to the first fault. Raises NewerFormat."""
    start = base.sequence if base else 0
    found = Replay(path=path, base=base, tables=Tables(base.records if base else ()), sequence=start, read=[])
    journals = folder.journals()
    needed = _needed(journals, start, exactly=base is None or base.format > 1)
    if needed is None:
        untouched = holds_first_version(folder) if base else not folder.checkpoints()
        found.fault = None if untouched and not journals else Fault(folder.journal(start), 0, "it is missing")
        return found
    old = not folder.first_version.exists() or holds_first_version(folder)
    for number, name in needed:
        _take(found, number, name, may_be_torn=number == needed[-1][0], may_be_old=old)
        if found.fault:
            break
    return found


def _needed(journals: list[tuple[int, Path]], start: int, *, exactly: bool) -> list[tuple[int, Path]] | None:
    """The journals that go on after `start`; None when there is none that begins there.

    The first version did not always begin one with its checkpoint: then the one before it will do.
    """
    first = max((number for number, _ in journals if number <= start), default=None)
    if first is None or (exactly and first != start):
        return None
    return [(number, path) for number, path in journals if number >= first]


def _take(found: Replay, number: int, path: Path, *, may_be_torn: bool, may_be_old: bool) -> None:
    """Go on with one journal."""
    scanned = lines.scan(path, number, path.read_bytes())
    found.read.append(scanned)
    before = found.read[-2].last if len(found.read) > 1 else number
    if number != before:
        found.fault = Fault(path, 0, f"it goes on after change {number}, and the one before it ends with {before}")
        return
    for batch in scanned.batches:
        if batch.sequence > found.sequence:
            for change in batch.changes:
                _apply(found.tables, change)
            found.sequence = batch.sequence
    if scanned.fault and not (may_be_torn and scanned.torn and _began(found, scanned, may_be_old=may_be_old)):
        found.fault = Fault(path, scanned.end, scanned.fault)


def _apply(tables: Tables, change: Change) -> None:
    """Take a change. A record that is another now goes on with the values that it had, not with equal ones beside."""
    old = tables.get(type(change.record), change.record.id) if isinstance(change, Put) else None
    if old is not None and isinstance(change, Put):
        new = change.record
        said = zip(new.__struct_fields__, structs.astuple(old), structs.astuple(new), strict=True)
        change = Put(changed(old, **{name: value for name, was, value in said if was != value}))
    tables.apply(change)


def _began(found: Replay, scanned: Scanned, *, may_be_old: bool) -> bool:
    """Whether a journal was ever begun as ours are: whole with its first line. Those of format 1 were not."""
    if scanned.end > 0:
        return True
    if len(found.read) > 1:
        return may_be_old and found.read[-2].format == 1
    return may_be_old and found.base is not None and found.base.format == 1
