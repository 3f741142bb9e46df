"""A whole simulated cloud as JSON, read record by record and written in pieces.

A cloud of fifty thousand servers would else be in memory twice while it is read, and twice again while it is written.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from vmms_tui.engine.cloud.simulated.records import Contents, SimFloatingIP, SimPort, SimServer, SimVolume

PIECE = 2_000
"""Records that are written together."""

_encode = msgspec.json.Encoder().encode
_decode_tables = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_rest = msgspec.json.Decoder(Contents).decode
_LONG: dict[str, type[SimServer | SimPort | SimFloatingIP | SimVolume]] = {
    "servers": SimServer,
    "ports": SimPort,
    "floating_ips": SimFloatingIP,
    "volumes": SimVolume,
}
"""Of what there may be many."""

_Same = dict[type, dict[Any, Any]]
"""Values that were met, apart by type: 1 is equal to 1.0."""


def decoded(data: bytes) -> Contents:
    """The cloud that this tells of. Raises DecodeError, UnicodeDecodeError."""
    raw = _decode_tables(data)
    contents = _decode_rest(_encode({name: said for name, said in raw.items() if name not in _LONG}))
    same: _Same = {str: {}, int: {}, float: {}}
    for name, kind in _LONG.items():
        if name in raw:
            table, decode = getattr(contents, name), msgspec.json.Decoder(kind).decode
            said_alike = [field.name for field in msgspec.structs.fields(kind) if field.type in same]
            for key, said in _decode_tables(raw.pop(name)).items():
                thing = decode(said)
                same[str].setdefault(key, key)  # the id that is here already, rather than leave a hole where it was
                _share(thing, said_alike, same)
                table[thing.id] = thing
    return contents


def _share(thing: Any, fields: Sequence[str], same: _Same) -> None:
    """Let a record hold what others hold, too, where they say the same."""
    for name in fields:
        if said := getattr(thing, name):
            setattr(thing, name, same[type(said)].setdefault(said, said))
    texts = same[str]
    for name, said in getattr(thing, "metadata", {}).items():
        thing.metadata[name] = texts.setdefault(said, said)


def pieces(contents: Contents) -> Iterator[bytes]:
    """What `decoded` reads, a piece at a time."""
    rest = {name: value for name, value in msgspec.structs.asdict(contents).items() if name not in _LONG}
    yield _encode(rest)[:-1]
    for name in _LONG:
        yield b"," + _encode(name) + b":{"
        things, comma = iter(getattr(contents, name).items()), b""
        while piece := dict(islice(things, PIECE)):
            yield comma + _encode(piece)[1:-1]
            comma = b","
        yield b"}"
    yield b"}"
