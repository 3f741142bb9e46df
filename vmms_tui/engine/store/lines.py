"""What a journal's file holds: a first line that says its format, then one line a batch, each with a checksum.

A line is a CRC-32 of its body (eight hexadecimal digits), a space, the body (JSON), a newline. A file is made with its
first line in it, so one without is damaged; only those of format 1 have none.
"""

import contextlib
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from vmms_tui.engine.store import migrations
from vmms_tui.engine.store.migrations import FORMAT
from vmms_tui.model.tables import Change

TORN = "a line was cut short"
WRONG = "the checksum is wrong"


class Head(msgspec.Struct, frozen=True):
    """The first line: what follows comes after this sequence."""

    format: int
    after: int


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """The changes of one commit."""

    sequence: int
    changes: tuple[Change, ...]


class Scanned(msgspec.Struct, kw_only=True):
    """A journal's file as it is. What is before byte `end` is whole; `fault` says what is wrong there, if anything."""

    path: Path
    after: int
    format: int = 1
    batches: list[Batch] = []
    end: int = 0
    fault: str = ""
    torn: bool = False
    """The fault is one that a loss of power leaves: the last line is not all there."""
    unended: bool = False
    """The last line is whole, but for the newline after it; `end` is before that."""

    @property
    def last(self) -> int:
        """The sequence of the last whole batch."""
        return self.batches[-1].sequence if self.batches else self.after


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Batch)
_head = msgspec.json.Decoder(Head)
_raw = msgspec.json.Decoder(tuple[int, list[dict[str, Any]]])


def head(after: int) -> bytes:
    """The first line of a journal."""
    return _line(_encoder.encode(Head(FORMAT, after)))


def encode(sequence: int, changes: Sequence[Change]) -> bytes:
    """The line of a batch."""
    return _line(_encoder.encode(Batch(sequence, tuple(changes))))


def _line(body: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _body(line: bytes) -> bytes | None:
    """What a line without its newline says, if its checksum is right."""
    body = line[9:]
    return body if line[:9] == b"%08x " % zlib.crc32(body) else None


def scan(path: Path, after: int, data: bytes) -> Scanned:
    """Read a journal as far as it is whole. `after` is the number in its name.

    Raises:
        NewerFormat: a newer VMMS wrote it.
    """
    found = Scanned(path=path, after=after, batches=[])
    if not data:
        found.fault, found.torn = "it is empty", True
    while found.end < len(data) and not found.fault and not found.unended:
        stop = data.find(b"\n", found.end)
        if stop < 0:
            _take_tail(found, data[found.end :])
        else:
            _take(found, data[found.end : stop], stop + 1)
    return found


def salvage(data: bytes) -> Iterator[Batch]:
    """The batches of whatever lines are whole, in no promised order; none of them counts any more."""
    for line in data.split(b"\n"):
        body = _body(line)
        if body is not None:
            with contextlib.suppress(msgspec.MsgspecError):
                yield _decoder.decode(body)


def _take(found: Scanned, line: bytes, end: int) -> None:
    body = _body(line)
    if body is None:
        found.fault = WRONG
        return
    found.fault = _understand(found, body)
    if not found.fault:
        found.end = end


def _take_tail(found: Scanned, piece: bytes) -> None:
    """The rest behind the last newline: whole but for its newline, cut short, or the NULs of a file that only grew."""
    text = piece.rstrip(b"\0")
    for line in (text, text[:-1]):
        if _body(line) is not None:
            _take(found, line, found.end + len(line))
            found.unended = not found.fault
            return
    found.fault, found.torn = TORN if text else "nothing but NULs", True


def _understand(found: Scanned, body: bytes) -> str:
    """Take a body in; what is wrong with it, if it does not belong here."""
    if found.end == 0 and body.startswith(b"{"):
        return _begin(found, body)
    batch = _batch(found, body)
    if batch.sequence != found.last + 1:
        return f"change {found.last + 1} should be there, and change {batch.sequence} is"
    found.batches.append(batch)
    return ""


def _begin(found: Scanned, body: bytes) -> str:
    try:
        first = _head.decode(body)
    except msgspec.MsgspecError as error:
        raise migrations.newer_records(found.path, error) from error
    found.format = migrations.check(first.format, found.path)
    return "" if first.after == found.after else f"it goes on after change {first.after}, and its name says otherwise"


def _batch(found: Scanned, body: bytes) -> Batch:
    try:
        if found.format == FORMAT:
            return _decoder.decode(body)
        sequence, changes = _raw.decode(body)
        raw = [sequence, [migrations.change(found.format, change) for change in changes]]
        return msgspec.convert(raw, Batch)
    except msgspec.MsgspecError as error:
        raise migrations.newer_records(f"{found.path}, byte {found.end}", error) from error
