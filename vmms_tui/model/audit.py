"""What may be asked of the past, and the answer: events, piece by piece."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from vmms_tui.model.records import Event, Level

Instant = Annotated[datetime, msgspec.Meta(tz=True)]

_LOUDNESS = {Level.INFO: 0, Level.WARNING: 1, Level.ERROR: 2}


class EventQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which events are wanted. Whatever is not said leaves all through."""

    since: Instant | None = None
    since_ago: timedelta | None = None
    """How long before the engine's now, in place of `since`."""
    until: Instant | None = None
    until_ago: timedelta | None = None
    actor: str = ""
    about: str = ""
    """The id of a lease, server, request or operation, or the name of a host, pool or owner."""
    kind: str = ""
    """How the kind begins: `lease.` for all about leases."""
    level: Level = Level.INFO
    """The least level."""
    newest_first: bool = False

    def at(self, now: datetime) -> "EventQuery":
        """The same with instants in place of times ago."""
        return msgspec.structs.replace(
            self,
            since=_before(now, self.since_ago) or self.since,
            until=_before(now, self.until_ago) or self.until,
            since_ago=None,
            until_ago=None,
        )

    def wants(self, event: Event) -> bool:
        """Whether this event is among them; times ago must have been made instants."""
        return (
            (self.since is None or event.at >= self.since)
            and (self.until is None or event.at <= self.until)
            and (not self.actor or event.actor == self.actor)
            and (not self.about or self.about in ids_of(event))
            and event.kind.startswith(self.kind)
            and _LOUDNESS[event.level] >= _LOUDNESS[self.level]
        )


def ids_of(event: Event) -> tuple[str, ...]:
    """Everything that an event is about."""
    return (event.server_id, event.lease_id, event.request_id, event.operation_id, event.host, event.pool, event.owner)


def _before(now: datetime, ago: timedelta | None) -> datetime | None:
    try:
        return None if ago is None else now - ago
    except OverflowError:  # before the year 1
        return datetime.min.replace(tzinfo=now.tzinfo)


class EventPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some of the answer. The last page has `end`; an answer without one is not whole."""

    now: datetime
    """The engine's time."""
    since: datetime | None = None
    """From when on events were looked for."""
    events: tuple[Event, ...] = ()
    remarks: tuple[str, ...] = ()
    """What could not be read, in sentences."""
    end: bool = False
