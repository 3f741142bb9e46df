"""A recording: what a viewer was told, with times, in one compressed file.

The file is one gzip member after the other (RFC 1952), each with lines of JSON that begin with a whole snapshot: to see
an instant, one member is read. Each line is `{"at": SECONDS, "said": LINE}`: seconds since the recording began, and a
line of the engine's change stream as `model.wire` has it. The first line of each member is `{"head": …}` instead.
"""

import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from vmms_tui.model.errors import Failed
from vmms_tui.model.records import Secret
from vmms_tui.model.status import Snapshot, Update
from vmms_tui.model.tables import Put, Tables
from vmms_tui.model.wire import Reader, encode_head, encode_news, encode_piece

FORMAT = 1
IN_A_LINE = 250
"""Records of a snapshot in one line."""
READ = 1 << 16
"""Bytes that are read of a file at a time."""
LONGEST = 1 << 26
"""Bytes of a line, at most: what is longer is none of ours."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of a member."""

    vmms_recording: int
    """The format."""
    at: float
    """When this member begins, in seconds since the recording began."""
    began: datetime
    """The engine's time at the beginning of the recording."""
    version: str
    installation: str


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: a head, or what was said when."""

    head: Head | None = None
    at: float = 0.0
    said: msgspec.Raw = msgspec.Raw(b"")


class Said(msgspec.Struct, frozen=True):
    """What a viewer was told, and when."""

    at: float
    news: Snapshot | Update


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


class TooLarge(Failed):
    """The recording has come to the size that it may have; `close` ends it well."""


def without_passwords(news: Snapshot | Update) -> Snapshot | Update:
    """The same without what no viewer is told anyway, whatever engine it comes from."""
    if isinstance(news, Snapshot):
        return msgspec.structs.replace(news, records=tuple(one for one in news.records if not isinstance(one, Secret)))
    kept = tuple(one for one in news.changes if not (isinstance(one, Put) and isinstance(one.record, Secret)))
    return news if len(kept) == len(news.changes) else msgspec.structs.replace(news, changes=kept)


class Writer:
    """Writes a recording. Every line that was written can be read, whatever ends the program."""

    def __init__(self, file: BinaryIO, *, largest: int, member_every: float = 600.0) -> None:
        """At most `largest` bytes; a whole snapshot again about every so many seconds."""
        self.size = 0
        """Bytes written."""
        self._file = file
        self._largest = largest
        self._member_every = member_every
        self._press = zlib.compressobj(wbits=31)
        self._open = False
        self._tables = Tables()
        self._last: Snapshot | None = None
        self._began: datetime | None = None
        self._member_at = 0.0
        self._since_snapshot = 0

    def take(self, at: float, news: Snapshot | Update) -> None:
        """Write what was told at this time, in seconds since the recording began; never earlier than the last.

        Raises:
            TooLarge: there is no room for it; the recording is whole without it.
            OSError: the disk does not take it.
        """
        news = without_passwords(news)
        if isinstance(news, Snapshot):
            self._last, self._tables = news, Tables(news.records)
            self._member(at, news)
            return
        if self._last is None:
            return  # an update to nothing
        for change in news.changes:
            self._tables.apply(change)
        self._since_snapshot += len(news.changes)
        due = at - self._member_at >= self._member_every
        if due and self._since_snapshot * 4 >= len(self._last.records):
            whole = msgspec.structs.replace(
                self._last, sequence=news.sequence, records=self._tables.records(), status=news.status
            )
            self._last = whole
            self._member(at, whole)
        else:
            self._put([_line(at, encode_news(news))])

    def _member(self, at: float, whole: Snapshot) -> None:
        self.close()
        self._began = self._began or whole.status.now
        head = Head(
            vmms_recording=FORMAT,
            at=at,
            began=self._began,
            version=whole.status.version,
            installation=whole.status.installation,
        )
        self._press, self._open = zlib.compressobj(wbits=31), True
        self._member_at, self._since_snapshot = at, 0
        self._put([_encoder.encode(Line(head=head)) + b"\n", *_whole(at, whole)])

    def _put(self, lines: list[bytes]) -> None:
        before = self._press.copy()
        data = b"".join(self._press.compress(line) for line in lines) + self._press.flush(zlib.Z_SYNC_FLUSH)
        if self.size + len(data) > self._largest:
            self._press = before
            raise TooLarge("The recording has come to its largest size.", "Give it more with --most.")
        self._file.write(data)
        self._file.flush()
        self.size += len(data)

    def close(self) -> None:
        """End the member that is open."""
        if self._open:
            end = self._press.flush()
            self._file.write(end)
            self._file.flush()
            self.size += len(end)
            self._open = False


def _line(at: float, said: bytes) -> bytes:
    return _encoder.encode(Line(at=round(at, 3), said=msgspec.Raw(said.rstrip(b"\n")))) + b"\n"


def _whole(at: float, whole: Snapshot) -> list[bytes]:
    records = whole.records
    if len(records) <= IN_A_LINE:
        return [_line(at, encode_news(whole))]
    pieces = [records[first : first + IN_A_LINE] for first in range(0, len(records), IN_A_LINE)]
    return [_line(at, encode_head(whole, len(records))), *(_line(at, encode_piece(piece)) for piece in pieces)]


class Member(msgspec.Struct, frozen=True):
    """Where a member is, and when it begins."""

    offset: int
    at: float


class Recording:
    """A recording that was looked through once. `said` reads it from a member on."""

    def __init__(self, path: Path) -> None:
        """Raises Failed when it cannot be read, is none of ours, or is damaged anywhere but at its very end."""
        self._path = path
        self.members: list[Member] = []
        self.began: datetime
        """The engine's time at its beginning."""
        self.length = 0.0
        """Seconds."""
        self.cut = False
        """Whether its end is missing: whoever recorded was killed."""
        self._look_through()

    def _look_through(self) -> None:
        """Every line once. A member counts from its whole snapshot on: the last may be cut before that."""
        with self._told(), self._path.open("rb") as file:
            beginning: Member | None = None
            reader = Reader()
            for offset, line in _lines(file, 0, self._notice_cut):
                if line.head is not None:
                    self._check(line.head)
                    beginning, reader = Member(offset, line.head.at), Reader()
                elif beginning is None and not self.members:
                    raise self._foreign("it does not begin as one")
                elif beginning is not None and isinstance(reader.take(bytes(line.said)), Snapshot):
                    self.members.append(beginning)
                    beginning = None
                if beginning is None:
                    self.length = max(self.length, line.at)
        if not self.members:
            raise self._foreign("there is nothing in it")

    def _check(self, head: Head) -> None:
        if head.vmms_recording != FORMAT:
            raise self._foreign(f"its format is {head.vmms_recording}, this program reads {FORMAT}")
        if not self.members:
            self.began = head.began

    def _notice_cut(self) -> None:
        self.cut = True

    def said(self, at: float) -> Iterator[Said]:
        """What was said from the last whole snapshot before this time on. Raises Failed."""
        first = max((one for one in self.members if one.at <= at), key=lambda one: one.at, default=self.members[0])
        reader = Reader()
        with self._told(), self._path.open("rb") as file:
            for _, line in _lines(file, first.offset, self._notice_cut):
                if line.head is not None:
                    reader = Reader()
                    continue
                news = reader.take(bytes(line.said))
                if isinstance(news, Snapshot | Update):
                    yield Said(line.at, news)

    def _foreign(self, why: str) -> Failed:
        return Failed(f"{self._path} is no recording of VMMS ({why}).", "Make one with `vmms record FILE`.")

    def _told(self) -> "_Told":
        return _Told(self._path)


class _Told:
    """What goes wrong with a file, in a sentence."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            raise Failed(f"{self._path}: {error.strerror}.", "Name a file that can be read.") from error
        if isinstance(error, zlib.error | msgspec.DecodeError | UnicodeDecodeError | EOFError):
            said = f"{self._path} is no recording of VMMS, or it is damaged."
            raise Failed(said, "Make one with `vmms record FILE`.") from error


def _lines(file: BinaryIO, offset: int, cut: Callable[[], None]) -> Iterator[tuple[int, Line]]:
    """Every whole line from a member on, with the offset of its member."""
    file.seek(offset)
    waiting, data = b"", b""
    unpress = zlib.decompressobj(wbits=31)
    while data or (data := file.read(READ)):
        if unpress.eof:
            offset, unpress, waiting = file.tell() - len(data), zlib.decompressobj(wbits=31), b""
        waiting += unpress.decompress(data)
        data = unpress.unused_data
        *lines, waiting = waiting.split(b"\n")
        for line in lines:
            yield offset, _decoder.decode(line)
        if len(waiting) > LONGEST:
            raise EOFError("a line without an end")
    if not unpress.eof:
        cut()
