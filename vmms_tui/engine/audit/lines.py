"""Lines of the archive, and the names of its full files."""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

import msgspec

from vmms_tui.model.records import Event

CURRENT = "audit.jsonl"
"""The file that grows."""
CUT = b" #cut short\n"
"""Ends a line whose write was cut short: it is not an event."""
DAMAGE = (EOFError, OSError, zlib.error)
"""What reading a damaged file raises."""

_NAME = re.compile(r"audit-(?P<first>\d{10,})-(?P<earliest>\d{8}T\d{6}Z)-(?P<latest>\d{8}T\d{6}Z)\.jsonl(\.gz)?")
_INSTANT = "%Y%m%dT%H%M%SZ"
_encoder = msgspec.json.Encoder()


class Mark(msgspec.Struct, frozen=True):
    """What makes an event one: its number, and its time, should numbers have begun anew."""

    id: str
    at: datetime


_marks = msgspec.json.Decoder(Mark)
_events = msgspec.json.Decoder(Event)


Lines = gzip.GzipFile | BufferedReader
"""A file to read, line by line."""


class Stretch:
    """What lies between the ends of a file: its lowest number, its earliest and its latest time."""

    def __init__(self) -> None:
        self.first = ""
        self._earliest = self._latest = datetime(1970, 1, 1, tzinfo=UTC)

    def take(self, event: Event | Mark) -> None:
        """Know of one more."""
        self._earliest = min(self._earliest, event.at) if self.first else event.at
        self._latest = max(self._latest, event.at)
        self.first = min(self.first, event.id) if self.first else event.id

    def name(self) -> str:
        """The name of the full file that holds it. Names are in the order of numbers."""
        return f"audit-{self.first or '0' * 10}-{self._earliest:{_INSTANT}}-{self._latest:{_INSTANT}}.jsonl"


class Full(msgspec.Struct, frozen=True):
    """A full file, plain for a moment and then compressed."""

    plain: Path
    first: str
    earliest: datetime
    latest: datetime

    @property
    def packed(self) -> Path:
        """Where it is when it is compressed."""
        return self.plain.with_name(self.plain.name + ".gz")

    def open(self) -> "Lines":
        """To read it, wherever it is. Raises FileNotFoundError when it is gone, OSError."""
        try:
            return gzip.open(self.packed, "rb")
        except FileNotFoundError:
            try:
                return self.plain.open("rb")
            except FileNotFoundError:  # it was compressed between the two looks
                return gzip.open(self.packed, "rb")


def full_files(folder: Path) -> list[Full]:
    """The full files of a folder, oldest first. Raises OSError."""
    found: dict[str, Full] = {}
    for path in folder.iterdir() if folder.is_dir() else ():
        said = _NAME.fullmatch(path.name)
        if said:
            plain = path.with_name(path.name.removesuffix(".gz"))
            found[plain.name] = Full(plain, said["first"], _instant(said["earliest"]), _instant(said["latest"]))
    return [found[name] for name in sorted(found)]


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
    except ValueError:  # a name that only looks like ours: let it be read
        return datetime.max.replace(tzinfo=UTC)


def encode(event: Event) -> bytes:
    """One line."""
    return _encoder.encode(event) + b"\n"


def event_of(line: bytes) -> Event | None:
    """The event of a line; None for one that was cut short, or damaged."""
    try:
        return _events.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def mark_of(line: bytes) -> Mark | None:
    """Which event a line is, as far as one has to know that to find out whether it is there."""
    try:
        return _marks.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def marks(lines: Iterable[bytes]) -> Iterator[Mark]:
    """Of those lines that are whole."""
    return (mark for line in lines if (mark := mark_of(line)) is not None)
