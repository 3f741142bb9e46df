"""What the first lines of every screen say: where, who, how fresh, and what is wrong. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.cells import set_cell_size

from vmms_tui.keys import Place, key_name
from vmms_tui.keys.everywhere import BellAct
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.status import CloudStatus, EngineStatus, LoopStatus
from vmms_tui.screens.bell import Bell
from vmms_tui.screens.mirror import ASKING, Mirror
from vmms_tui.screens.wording import count, frozen_words, loop_words, span
from vmms_tui.widgets.line import Piece, piece, width_of
from vmms_tui.widgets.text import plain, wrapped

AGE = 14
"""Cells of the age of the data."""
GOES_ON = "   "
"""Before a line that goes on with the sentence above."""
CALLS = "api "
"""Before the number of calls to the cloud."""


def whole(here: Place = Place.EVERYWHERE) -> str:
    """What stands after a sentence that is cut: the key to where it can be read whole."""
    key = key_name(BellAct, here)
    return f" … {key}:all" if key else " …"


STALE = timedelta(seconds=60)
"""Data older than this is called STALE."""


def header(
    status: EngineStatus | None, you: Caller, away: str, operations: int, now: datetime, *, locked: bool = False
) -> list[list[Piece]]:
    """Left and right part of line 1."""
    if status is None:
        word = piece("asking … ", "muted") if away == ASKING else piece("engine away ", "warn")
        return [[piece(" VMMS ", "title")], [word]]
    place = status.context
    left = [piece(" VMMS ", "title"), *([piece(" PROD ", "shout")] if place.production else [])]
    left += [piece(f" {plain(place.name or status.cloud.name)} ", "strong"), piece(f" {plain(you.name)}")]
    if locked:
        left += [piece(" "), piece(" LOCKED ", "shout")]
    elif you.read_only or not you.has(Role.DEVELOPER):
        left += [piece(" "), piece(" READ-ONLY ", "shout")]
    right = [
        piece(f"{count(operations, 'op')}  ", "" if operations else "muted"),
        piece(f"{CALLS}{status.cloud.calls_last_minute}/min  ", "muted"),
        *_cloud(status, now),
    ]
    if away:
        right[-2:] = [piece("cloud ?  ", "muted"), piece("engine away ", "bad")]
    return [left, right]


def _cloud(status: EngineStatus, now: datetime) -> list[Piece]:
    listed = status.cloud.listed_at
    word = piece("cloud ok  ", "good") if status.cloud.ok else piece("asking the cloud  ", "muted")
    if _away(status.cloud):
        word = piece("cloud away!  ", "bad")
    if listed is None:
        return [word, piece("no data yet ", "warn")]
    age = now - listed
    return [word, piece(f" STALE {span(age)} ", "shout") if age > STALE else piece(f"data {span(age)} ", "muted")]


def _away(cloud: CloudStatus) -> bool:
    """Whether the cloud failed to answer. Where the engine has just begun it has not been asked yet."""
    return not cloud.ok and cloud.since is not None


def header_line(left: list[Piece], right: list[Piece], width: int, keep: int = 1) -> list[Piece]:
    """Both parts in one line; what does not fit beside the last `keep` pieces is left out, piece by piece.

    The calls to the cloud go first: a message that nobody has read, and work that is under way, weigh more.
    """
    right = list(right)
    while len(right) > keep and width_of(left) + width_of(right) + 1 > width:
        calls = next((at for at, (text, _) in enumerate(right) if text.startswith(CALLS)), 0)
        del right[calls]
    return [*left, piece(" " * max(1 if right else 0, width - width_of(left) - width_of(right))), *right]


def bell_piece(unread: int, urgent: bool) -> Piece:
    """How many messages nobody has read: `bell 3 !`."""
    return piece(f"bell {unread}{' !' if urgent else ''}  ", "warn" if urgent else "" if unread else "muted")


def bars(mirror: Mirror, width: int, bell: Bell, played: Sequence[Piece] = ()) -> tuple[list[Piece], list[Piece]]:
    """Line 1, and at its right the age of the data, which stands by itself because it changes every second.

    `played` is what it says of time that is played.
    """
    running = len(mirror.running())
    left, right = header(mirror.status, mirror.you, mirror.away, running, mirror.now, locked=mirror.locked)
    left = [left[0], *played, *left[1:]]
    right.insert(min(1, len(right) - 1), bell_piece(bell.unread, bell.urgent))
    if mirror.reading is not None:
        right[-1:] = [piece(f"reading {100 * mirror.reading.had // mirror.reading.of}% ", "warn")]
    age = right[-1:]
    return header_line(left, right[:-1], width - AGE, keep=0), [piece(" " * (AGE - width_of(age))), *age]


def _within(sentence: str) -> str:
    """A sentence as a part of another one."""
    return plain(sentence).rstrip(".")


def engine_away(mirror: Mirror) -> str:
    """Why nothing can be changed just now; empty when it can."""
    if mirror.status is None or not mirror.away:
        return ""
    return f"the engine is away ({_within(mirror.away)}); what you see is what it said last."


def cloud_away(mirror: Mirror) -> str:
    """Why nothing can be changed in the cloud just now; empty when it can, or when it was not asked yet."""
    cloud = mirror.status.cloud if mirror.status else None
    if cloud is None or not _away(cloud):
        return ""
    return f"the cloud is away ({_within(cloud.problem)}); what you see is what it said last."


def stale(mirror: Mirror) -> bool:
    """Whether what is shown may not hold any more."""
    return bool(engine_away(mirror) or cloud_away(mirror))


def stale_words(mirror: Mirror) -> list[Piece]:
    """The same in a word, with the age of what is shown; nothing when it holds."""
    listed = mirror.status.cloud.listed_at if mirror.status else None
    if not stale(mirror):
        return []
    return [piece("   "), piece(f" STALE {span(mirror.now - listed)} " if listed else " STALE ", "shout")]


def alarms(status: EngineStatus | None, away: str, now: datetime) -> list[str]:
    """Everything that is wrong, as sentences; the worst first."""
    return list(alarms_by_name(status, away, now).values())


def alarms_by_name(status: EngineStatus | None, away: str, now: datetime) -> dict[str, str]:
    """The same by what each is about, which stays the same while its sentence counts the minutes."""
    said = {"engine": f"Engine away: {plain(away)}" if away and away != ASKING else ""}
    if status is not None:
        since = f" (for {span(now - status.cloud.since)})" if status.cloud.since else ""
        said |= {
            "changes": f"The engine takes no changes: {plain(status.problem)}" if status.problem else "",
            "frozen": plain(frozen_words(status.frozen, now)) if status.frozen else "",
            "cloud": f"Cloud unreachable: {plain(status.cloud.problem)}{since}" if _away(status.cloud) else "",
            **{f"loop {loop.name}": _loop(loop, now) for loop in status.loops},
            **{f"settings {problem}": f"Settings: {plain(problem)}" for problem in status.settings_problems},
        }
    return {name: sentence for name, sentence in said.items() if sentence}


def _loop(loop: LoopStatus, now: datetime) -> str:
    said = loop_words(loop, now)
    return f"Loop {plain(loop.name)} {plain(said)}" if said else ""


def alarm_lines(
    sentences: list[str], said: list[str], most: int, width: int = 0, here: Place = Place.EVERYWHERE
) -> list[list[Piece]]:
    """What is wrong, then what was said to this person; the last line says how many more there are.

    In a window of so many cells a long sentence goes on in the next line while there is room, and else says where it
    can be read whole: `here` is the screen. Without `width`, each has a line.
    """
    tones = ["bad"] * len(sentences) + ["warn"] * len(said)
    sentences = sentences + said
    shown = sentences if len(sentences) <= most else sentences[: most - 1]
    heads = [f" ! {sentence} " for sentence in shown]
    if len(shown) < len(sentences):
        more = len(sentences) - len(shown)
        heads.append(f" ! (+{more - 1} more) {sentences[len(shown)]} ")
    spare = most - len(heads)
    lines: list[list[Piece]] = []
    for head, tone in zip(heads, tones, strict=False):
        parts = _in_lines(head, width, 1 + spare, whole(here)) if width else [head]
        spare -= len(parts) - 1
        lines += [[piece(part, tone)] for part in parts]
    return lines


def _in_lines(sentence: str, width: int, most: int, more: str) -> list[str]:
    """A sentence in so many lines at most; what is left over can be read in the bell, as `more` says."""
    lines = wrapped(sentence.rstrip(), width - len(GOES_ON) - 1)
    parts = [lines[0], *(f"{GOES_ON}{one}" for one in lines[1:])]
    if len(parts) <= most:
        return parts
    return [*parts[: most - 1], set_cell_size(parts[most - 1], width - len(more) - 1).rstrip() + more]
