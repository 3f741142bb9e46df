"""Back to the last good generation: what is not whole is put aside, never deleted."""

import os
from pathlib import Path

import msgspec

from vmms_tui.engine.store import disk, lines
from vmms_tui.engine.store.folder import Folder
from vmms_tui.engine.store.mending import cut
from vmms_tui.engine.store.migrations import NewerFormat
from vmms_tui.engine.store.port import Rescued, StoreProblem
from vmms_tui.engine.store.replay import Replay, best, holds_first_version, read
from vmms_tui.model.records import Lease, Pool, Request, Server
from vmms_tui.model.tables import Drop

TOLD = (Lease, Server, Request, Pool)
"""Records that a person wants to know of when changes are lost; the others follow from them."""


class Plan(msgspec.Struct, kw_only=True):
    """What stands in the way of the best generation."""

    found: Replay
    journals: list[Path]
    """After the fault, the newest first."""
    faulty: Path | None
    """The journal with the fault, if it begins well."""
    checkpoints: list[Path]
    """Newer than the best one, the newest first."""


def go_back(folder: Folder, *, act: bool = True) -> Rescued:
    """Make the generation that reaches furthest the newest one. See `port.Store.go_back`.

    Whatever it does first, the folder stays as refused as it was until the last step: it can be done again.
    """
    plan = _plan(folder)
    found = plan.found
    told = _told(plan)
    aside = [*map(str, plan.journals), *map(str, plan.checkpoints)]
    if plan.faulty:
        aside.append(f"{plan.faulty} from byte {found.fault.offset if found.fault else 0} on")
    if act:
        aside = [str(path) for path in _act(folder, plan)]
        read(folder)
    name = f"{found.path.name} with the journals since" if found.path else "the journals from the beginning on"
    return Rescued(sequence=found.sequence, generation=name, aside=tuple(aside), told=told)


def _plan(folder: Folder) -> Plan:
    try:
        read(folder)
    except NewerFormat:
        raise
    except StoreProblem:
        pass
    else:
        raise StoreProblem(f"{folder.path}: nothing is damaged there: nothing was done.")
    found = best(folder)
    if found is None:
        raise StoreProblem(
            f"{folder.path}: no generation is whole: put the folder away, and `vmms recover` takes on the servers and "
            f"leases that the cloud tells of."
        )
    plan = Plan(found=found, journals=[], faulty=None, checkpoints=_newer(folder, found))
    if found.fault:
        whole = found.fault.offset > 0
        plan.faulty = found.fault.path if whole else None
        numbers = {path: number for number, path in folder.journals()}
        first = numbers.get(found.fault.path, found.sequence)
        later = [path for path, number in numbers.items() if number > first or (number == first and not whole)]
        plan.journals = sorted(later, reverse=True)
    return plan


def _newer(folder: Folder, found: Replay) -> list[Path]:
    newer = [path for _, path in reversed(folder.checkpoints())]
    if found.path in newer:
        newer = newer[: newer.index(found.path)]
    elif found.path == folder.first_version:
        newer = []
    if found.path not in (folder.first_version, folder.first_version_previous) and holds_first_version(folder):
        newer.append(folder.first_version)
    return newer


def _act(folder: Folder, plan: Plan) -> list[Path]:
    found = plan.found
    aside = [disk.put_aside(path) for path in plan.journals]
    if plan.faulty and found.fault:
        kept = cut(plan.faulty, found.fault.offset)
        aside += [kept] if kept else []
    aside += [disk.put_aside(path) for path in plan.checkpoints]
    if found.path == folder.first_version_previous:
        aside += _promote(folder)
    if found.fault and not plan.faulty and not folder.journal(found.sequence).exists():
        disk.write_whole(folder.journal(found.sequence), [lines.head(found.sequence)])
    return aside


def _promote(folder: Folder) -> list[Path]:
    """Let the first version's checkpoint before the last be the last: one of them is there at any instant."""
    kept: list[Path] = []
    if folder.first_version.exists():
        kept = [disk.aside(folder.first_version)]
        disk.write_whole(kept[0], [folder.first_version.read_bytes()])
    os.rename(folder.first_version_previous, folder.first_version)  # noqa: PTH104 every touch goes through os
    disk.sync_folder(folder.path)
    return kept


def _told(plan: Plan) -> tuple[str, ...]:
    """The ids of what the changes were about that are put aside, as far as they can be read."""
    pieces = [path.read_bytes() for path in reversed(plan.journals)]
    if plan.faulty and plan.found.fault:
        pieces = [plan.faulty.read_bytes()[plan.found.fault.offset :], *pieces]
    ids: dict[str, None] = {}
    for piece in pieces:
        for batch in lines.salvage(piece):
            for change in batch.changes:
                if isinstance(change, Drop):
                    continue
                if isinstance(change.record, TOLD):
                    ids[change.record.id] = None
    return tuple(ids)
