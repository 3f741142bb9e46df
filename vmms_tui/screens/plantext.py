"""A plan as lines: what will happen, whether it can be undone, what was looked at, and the same as commands. Pure."""

from vmms_tui.keys import Place, press
from vmms_tui.keys.preflight import CopyCommand
from vmms_tui.screens.checks import BLOCK, WARN
from vmms_tui.screens.plans import Plan
from vmms_tui.screens.wording import count
from vmms_tui.widgets.line import Piece, piece, width_of
from vmms_tui.widgets.text import fit, plain, wrapped

UNDO = 24
"""Cells of the column that says what can be undone."""
LONGEST = 6
"""Lines of a command that are shown."""
SAME = "same as  "
UNCHANGED = "Nothing has been changed yet."


def plan_lines(plan: Plan, said: str, read: Piece, width: int) -> list[list[Piece]]:
    """A plan as lines of at most `width` cells. `said` stands instead of the word that nothing was changed yet."""
    undo = min(UNDO, width // 3)
    room = width - undo - 4
    lines: list[list[Piece]] = [
        [piece(fit(plain(plan.title), width).rstrip(), "title")],
        [piece(said, "bad") if said else piece(UNCHANGED, "muted"), piece(_to_read(plan), "warn")],
        _both_ends(read, piece(f"plan {plan.id}" if plan.id else "", "muted"), width),
        [],
        [piece(fit("what will happen", room + 4), "muted"), piece("can it be undone?", "muted")],
    ]
    for effect in plan.effects:
        undone = wrapped(effect.undone, undo)
        what = wrapped(plain(effect.what), room)
        for row in range(max(len(what), len(undone))):
            mark = "- " if row == 0 else "  "
            left = fit(mark + (what[row] if row < len(what) else ""), room + 4)
            lines.append([piece(left), piece(undone[row] if row < len(undone) else "", "muted")])
    lines += [[], [piece("checks", "muted")], *check_lines(plan, width)]
    if plan.command_lines:
        lines.append([])
    for command in plan.command_lines:
        lines += _command(command, width)
    return lines


def _command(command: str, width: int) -> list[list[Piece]]:
    """A command for reading; of a long one its beginning only."""
    room = max(20, width - len(SAME))
    head = command[: room * LONGEST]
    rows = wrapped(plain(head, len(head)), room)
    if len(rows) > LONGEST or head != command:
        how = press(CopyCommand, Place.PREFLIGHT)
        rows = [*rows[: LONGEST - 1], f"… {how} copies it whole: {len(command):,} characters"]
    return [[piece(" " * len(SAME) if row else SAME, "muted"), piece(one)] for row, one in enumerate(rows)]


def _to_read(plan: Plan) -> str:
    """That there is something to read below, where it may not be seen at once."""
    blocks, warns = (sum(1 for check in plan.folded if check.mark == mark) for mark in (BLOCK, WARN))
    said = [f"{blocks} BLOCK" if blocks else "", f"{warns} WARN" if warns else ""]
    words = ", ".join(one for one in said if one)
    return f"  {words} below." if words else ""


def check_lines(plan: Plan, width: int) -> list[list[Piece]]:
    """What was looked at, each with its mark; what blocks with its remedy."""
    tones = {BLOCK: "bad", WARN: "warn"}
    lines: list[list[Piece]] = []
    for check in plan.folded:
        words = " ".join(part for part in (check.text, check.remedy) if part)
        lines += _beside(f"{check.mark:5} ", tones.get(check.mark, "good"), words, width)
    warned, blocked = (sum(1 for part in plan.parts if not part.calm), sum(1 for part in plan.parts if part.blocked))
    if plan.calm is not None:
        has = f"{count(warned, 'of them has', 'of them have')} a warning."
        lines.append([piece(f"      {f'{blocked} of them cannot be done.' if blocked else has}", "muted")])
    return lines


def _beside(mark: str, tone: str, words: str, width: int) -> list[list[Piece]]:
    rows = wrapped(plain(words), max(20, width - len(mark)))
    return [[piece(mark if not row else " " * len(mark), tone), piece(one)] for row, one in enumerate(rows)]


def _both_ends(left: Piece, right: Piece, width: int) -> list[Piece]:
    return [left, piece(" " * max(1, width - width_of([left, right]))), right]
