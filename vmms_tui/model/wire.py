"""What goes over the engine's socket beside commands and replies: one JSON text a line."""

from collections.abc import Sequence

import msgspec

from vmms_tui.model.records import AnyRecord
from vmms_tui.model.status import Snapshot, Update


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the change stream: one of the two is set."""

    snapshot: Snapshot | None = None
    update: Update | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(News)


def encode_news(news: Snapshot | Update) -> bytes:
    """One line, with its end."""
    line = News(snapshot=news) if isinstance(news, Snapshot) else News(update=news)
    return _encoder.encode(line) + b"\n"


END_OF_SNAPSHOT = b"]}"


def encode_head(snapshot: Snapshot) -> bytes:
    """A snapshot as JSON up to its records, which are to follow, and then END_OF_SNAPSHOT."""
    fields = (name for name in snapshot.__struct_fields__ if name != "records")
    head = {name: msgspec.Raw(_encoder.encode(getattr(snapshot, name))) for name in fields}
    return _encoder.encode(head)[:-1] + b',"records":['


def encode_records(records: Sequence[AnyRecord]) -> bytes:
    """Records as JSON, with commas between them."""
    return _encoder.encode(records)[1:-1]


def decode_news(line: bytes) -> Snapshot | Update:
    """What a line says.

    Raises:
        msgspec.DecodeError: it is no line of ours.
    """
    news = _decoder.decode(line)
    said = news.snapshot or news.update
    if said is None:
        raise msgspec.ValidationError("a line with neither a snapshot nor an update")
    return said
