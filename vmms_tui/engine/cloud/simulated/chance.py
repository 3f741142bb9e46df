"""Chance that comes out the same every time: it is drawn from the seed and from what it is about."""

import hashlib
from uuid import UUID


def _digest(seed: int, *about: object) -> bytes:
    text = "\0".join(map(str, (seed, *about)))
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


def identifier(seed: int, *about: object) -> str:
    """A UUID of version 4 in form."""
    return str(UUID(bytes=_digest(seed, "id", *about)[:16], version=4))


def between(seed: int, low: float, high: float, *about: object) -> float:
    """A number from `low` to `high`, evenly, in thousandths."""
    share = int.from_bytes(_digest(seed, "number", *about)[:8]) / 2**64
    return round(low + (high - low) * share, 3)
