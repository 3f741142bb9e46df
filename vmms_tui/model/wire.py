"""What goes over the engine's socket beside commands and replies: one JSON text a line."""

import msgspec

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
