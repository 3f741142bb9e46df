"""The holidays of countries (https://holidays.readthedocs.io), and the time zone of this machine."""

from collections.abc import Iterable
from datetime import date

from vmms_tui.model.calendar import Calendar
from vmms_tui.model.records import changed

YEARS_AHEAD = 2
"""Years after the present one whose holidays are known; leases end sooner."""


class UnknownCountry(ValueError):
    """There is no such country, or no such part of it."""


def holidays_of(country: str, years: Iterable[int]) -> frozenset[date]:
    """The holidays of a country (`DE`) or of a part of it (`DE-BY`), codes as in ISO 3166. Raises UnknownCountry."""
    from holidays import country_holidays

    code, _, part = country.partition("-")
    try:
        return frozenset(country_holidays(code, subdiv=part or None, years=years))
    except NotImplementedError as unknown:
        raise UnknownCountry(str(unknown)) from unknown


def with_holidays(calendar: Calendar, year: int) -> Calendar:
    """The calendar with its country's holidays in the year before this one and some after it."""
    if not calendar.country:
        return calendar
    return changed(calendar, holidays=holidays_of(calendar.country, range(year - 1, year + YEARS_AHEAD + 1)))


def own_time_zone() -> str:
    """The IANA name of this machine's zone; UTC where it does not say."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from tzlocal import get_localzone_name

    try:
        name = get_localzone_name()
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, LookupError, OSError, ValueError):
        return "UTC"
    return str(name)
