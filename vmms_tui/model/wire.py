"""What goes over the engine's socket beside commands and replies: one JSON text a line.

A large snapshot takes many lines: its head, which says how many records are to come, then pieces with records.
"""

from collections.abc import Sequence

import msgspec

from vmms_tui.model.records import AnyRecord
from vmms_tui.model.status import Reading, Snapshot, Update


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the change stream: a snapshot, a piece of one, or an update."""

    snapshot: Snapshot | None = None
    more: int = 0
    """Records of this snapshot that are to come in pieces."""
    piece: tuple[AnyRecord, ...] = ()
    update: Update | None = None


STEPS = 20
"""How often, at most, a reader says how much of a snapshot has come."""
_PIECE = b'{"piece":['
_END_OF_PIECE = b"]}\n"
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(News)


def encode_news(news: Snapshot | Update) -> bytes:
    """One line, with its end."""
    line = News(snapshot=news) if isinstance(news, Snapshot) else News(update=news)
    return _encoder.encode(line) + b"\n"


def encode_head(snapshot: Snapshot, more: int) -> bytes:
    """The first line of a snapshot whose records come in pieces: so many."""
    return _encoder.encode(News(snapshot=msgspec.structs.replace(snapshot, records=()), more=more)) + b"\n"


def encode_piece(records: Sequence[AnyRecord]) -> bytes:
    """Records of a snapshot as one line, with its end."""
    return _PIECE + _encoder.encode(records)[1:-1] + _END_OF_PIECE


def records_of_piece(line: bytes) -> bytes:
    """The records in such a line as they stand there: JSON with commas between them."""
    return line[len(_PIECE) : -len(_END_OF_PIECE)]


def open_snapshot(snapshot: Snapshot) -> bytes:
    """A snapshot as one JSON object up to its records, which are to follow, and then CLOSED."""
    fields = (name for name in snapshot.__struct_fields__ if name != "records")
    head = {name: msgspec.Raw(_encoder.encode(getattr(snapshot, name))) for name in fields}
    return _encoder.encode(head)[:-1] + b',"records":['


CLOSED = b"]}"


class Reader:
    """Puts lines together."""

    def __init__(self) -> None:
        self._head: Snapshot | None = None
        self._records: list[AnyRecord] = []
        self._of = 0

    def take(self, line: bytes) -> Snapshot | Update | Reading | None:
        """What is known with this line; None: nothing that is worth a word.

        Raises:
            msgspec.DecodeError: it is no line of ours, or not one that can follow those before.
        """
        news = _decoder.decode(line)
        if news.piece and self._head is not None:
            return self._take_piece(self._head, news.piece)
        said = news.snapshot or news.update
        if said is None or self._head is not None:
            raise msgspec.ValidationError("a line with neither a snapshot nor an update where one was due")
        if news.snapshot is None or not news.more:
            return said
        self._head, self._records, self._of = news.snapshot, [], news.more
        return Reading(had=0, of=self._of)

    def _take_piece(self, head: Snapshot, piece: tuple[AnyRecord, ...]) -> Snapshot | Reading | None:
        before = len(self._records)
        self._records += piece
        had = len(self._records)
        if had >= self._of:
            whole = msgspec.structs.replace(head, records=tuple(self._records))
            self._head, self._records = None, []
            return whole
        return Reading(had=had, of=self._of) if had * STEPS // self._of > before * STEPS // self._of else None
