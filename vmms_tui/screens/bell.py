"""What was said on this screen since it began, kept until it is read. Pure."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

MOST = 500
"""Messages that are kept; the oldest go first."""
LONGEST = 2000
"""Characters of a message."""


@dataclass(frozen=True)
class Message:
    """A sentence, when it was said last, and how often in a row."""

    at: datetime
    text: str
    tone: str = ""
    times: int = 1
    unread: bool = True


class Bell:
    """Messages, and which of them nobody has read yet."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque(maxlen=MOST)
        self._standing: dict[str, str] = {}
        """What is wrong just now, by what it is about."""
        self._notices: set[str] = set()

    def hear(self, text: str, tone: str, at: datetime, *, unread: bool = True) -> None:
        """Something was said. What a person saw at once, as the answer to a key, is not `unread`."""
        text = text[:LONGEST]
        if not text:
            return
        last = self._messages[-1] if self._messages else None
        if last is not None and (last.text, last.tone) == (text, tone):
            again = replace(last, at=at, times=last.times + 1, unread=last.unread or unread)
            self._messages[-1] = again
            return
        self._messages.append(Message(at, text, tone, unread=unread))

    def stand(self, alarms: Mapping[str, str], at: datetime) -> None:
        """This is wrong now, by what it is about: what came is told, and what went."""
        for about, text in alarms.items():
            if about not in self._standing:
                self.hear(text, "bad", at)
        for about, text in self._standing.items():
            if about not in alarms:
                self.hear(f"Over: {text}", "good", at)
        self._standing = dict(alarms)

    def notice(self, notice_id: str, text: str, at: datetime) -> None:
        """A notice to this person; it is told once."""
        if notice_id not in self._notices:
            self._notices.add(notice_id)
            self.hear(text, "warn", at)

    @property
    def unread(self) -> int:
        """How many messages nobody has read."""
        return sum(1 for one in self._messages if one.unread)

    @property
    def urgent(self) -> bool:
        """Whether something bad is among them."""
        return any(one.unread and one.tone in {"bad", "warn"} for one in self._messages)

    def messages(self) -> list[Message]:
        """All that are kept, the newest first."""
        return list(reversed(self._messages))

    def read(self) -> None:
        """All of them have been read."""
        self._messages = deque((replace(one, unread=False) for one in self._messages), maxlen=MOST)
