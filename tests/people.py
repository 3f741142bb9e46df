"""Callers for tests."""

import os
import zlib

from vmms_tui.model.people import Peer


def peer(name: str = "ann", *, groups: frozenset[int] = frozenset(), read_only: bool = False) -> Peer:
    """A stranger to this process of that name, always with the same uid; `operator` is the engine's own user."""
    uid = os.geteuid() if name == "operator" else 100_000 + zlib.crc32(name.encode()) % 1_000_000
    return Peer(name=name, uid=uid, groups=groups, pid=4242, says="test", read_only=read_only)
