"""Which days nobody works, and where that is."""

from datetime import date

import msgspec


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Days on which nothing is stopped or taken back. Without any, all days are alike."""

    time_zone: str = "UTC"
    """IANA name of the zone in which days begin and end, and in which notices tell times beside UTC."""
    weekend: frozenset[int] = frozenset()
    """Days of the week, Monday is 0, as in datetime.date.weekday."""
    dates: frozenset[date] = frozenset()
    """Single days besides."""
    country: str = ""
    """Whose holidays are free, as the settings say it: `DE`, `DE-BY`."""
    holidays: frozenset[date] = frozenset()
    """The holidays of that country in some years: the engine fills them in, and renews them every year."""
