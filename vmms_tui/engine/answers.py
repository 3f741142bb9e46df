"""Who answers the proofs of health, and who does not. In memory only: after a start nobody has answered yet."""

from collections.abc import Collection
from datetime import datetime

import msgspec


class Answer(msgspec.Struct, frozen=True, gc=False):
    """The last answer of a server: where it was asked, and when."""

    address: str
    port: int
    at: datetime


class Silence(msgspec.Struct, frozen=True, gc=False):
    """What came of the proofs of a server that failed, in a row."""

    proofs: int
    """How many."""
    words: str
    """What the last of them said."""
    at: datetime
    """When that was."""
    held: int
    """At so many of them, the last ones in a row, another server that can be compared with it answered."""
    doubt: str
    """Why the last one proves nothing, without a stop: nobody else answered either. Empty: somebody did."""


class Answers:
    """The last answer of each server that ever gave one, and the silence of those that do not answer now."""

    def __init__(self) -> None:
        self.last: dict[str, Answer] = {}
        self.mute: dict[str, Silence] = {}

    def heard(self, server_id: str, address: str, port: int, at: datetime) -> None:
        """It answered."""
        self.mute.pop(server_id, None)
        self.last[server_id] = Answer(address, port, at)

    def missed(self, server_id: str, words: str, at: datetime, *, anew: bool) -> None:
        """It did not answer; `weigh` follows. `anew`: what was before does not count, as it was mended since."""
        old = None if anew else self.mute.get(server_id)
        proofs, held = (old.proofs, old.held) if old is not None else (0, 0)
        self.mute[server_id] = Silence(proofs + 1, words, at, held, "")

    def weigh(self, server_id: str, doubt: str) -> None:
        """Why its last silence proves nothing; empty: it counts."""
        silence = self.mute.get(server_id)
        if silence is not None:
            held = 0 if doubt else silence.held + 1
            self.mute[server_id] = msgspec.structs.replace(silence, held=held, doubt=doubt)

    def doubt(self, server_id: str) -> str:
        """Why the last silence of this one proves nothing, without a stop; empty: it does, or there was none."""
        silence = self.mute.get(server_id)
        return silence.doubt if silence is not None else ""

    def held(self, server_id: str) -> int:
        """How many of its failures, the last ones in a row, count."""
        silence = self.mute.get(server_id)
        return silence.held if silence is not None else 0

    def answers(self, server_id: str) -> bool:
        """Whether it answered when it was last asked, since the engine started."""
        return server_id in self.last and server_id not in self.mute

    def only(self, ids: Collection[str]) -> None:
        """Forget all others."""
        for gone in self.last.keys() - ids:
            del self.last[gone]
        for gone in self.mute.keys() - ids:
            del self.mute[gone]
