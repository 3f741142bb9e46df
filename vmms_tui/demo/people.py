"""Simulated people: when they ask for servers, and what they do with them. Pure, and the same for a seed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec

from vmms_tui.model.commands import RequestServer
from vmms_tui.model.records import Lease

NAMES = (
    *("ada", "alan", "barbara", "claude", "dennis", "donald", "edith", "edsger", "frances", "grace"),
    *("hedy", "jean", "john", "katherine", "ken", "leslie", "linus", "lynn", "margaret", "niklaus"),
    *("radia", "richard", "robin", "shafi", "sophie", "stephanie", "tim", "tony", "vint", "whitfield"),
)
PROJECTS = ("billing", "portal", "search", "mobile", "platform")
NOTES = {
    "development": ("", "bug 4711", "feature branch", "pairing with the new colleague", "migration of the database"),
    "ci": ("build main", "build release 4.2", "nightly", "pull request 812", "pull request 816"),
    "load-test": ("release 4.2 soak", "checkout under load", "what does the cache bring"),
    "training": ("fine-tuning", "embedding run", "evaluation"),
    "qa": ("installer", "regression of 4.1", "screen reader test"),
}


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """How one purpose is asked for: requests on a working day, their hours of the day, how long, how many at once."""

    a_day: float
    hours: tuple[float, ...]
    """24 weights, one for each hour; most of those of nine o'clock come in its first minutes."""
    term: tuple[float, float]
    """Least and most hours; short ones are more frequent."""
    batch: int = 1
    """So many come together, at most."""
    weekend: float = 0.1
    """The share of a working day on Saturday and Sunday."""


def _office(peak: float = 3.0) -> tuple[float, ...]:
    """Few before eight, a rush until ten, less over lunch, a smaller rush after it, nobody at night."""
    day = dict.fromkeys(range(24), 0.02)
    day |= {7: 0.4, 8: peak, 9: peak, 10: 1.5, 11: 1.0, 12: 0.5, 13: 1.6, 14: 1.3, 15: 1.0, 16: 0.7, 17: 0.4, 18: 0.2}
    return tuple(day[hour] for hour in range(24))


RUSH = 9
"""The hour at whose beginning most people come."""
_NIGHT = tuple(1.5 if hour in {1, 2, 3} else 0.0 for hour in range(24))

HABITS: dict[str, Habit] = {
    "development": Habit(a_day=60, hours=_office(), term=(2, 26), batch=2),
    "ci": Habit(
        a_day=70,
        hours=tuple(a + b for a, b in zip(_office(1.5), _NIGHT, strict=True)),
        term=(0.5, 4),
        batch=4,
        weekend=0.4,
    ),
    "load-test": Habit(a_day=4, hours=_office(1.0), term=(2, 20), batch=2),
    "training": Habit(a_day=2, hours=_office(1.0), term=(6, 72)),
    "qa": Habit(a_day=7, hours=_office(1.5), term=(1, 8)),
}


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks for a server."""

    at: datetime
    owner: str
    command: RequestServer


class Fate(msgspec.Struct, frozen=True):
    """What becomes of a lease in its owner's hands."""

    given_back: datetime | None
    """When it is given back early, if it is."""
    renews: bool
    """Whether its owner renews it when they are told that it ends."""
    answers_after: timedelta
    """How long they take to answer."""


def wishes(seed: int, day: datetime, scale: float = 1.0) -> tuple[Wish, ...]:
    """All requests of the calendar day (UTC) that `day` lies in, in their order; `scale` times as many as usual."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = [wish for purpose, habit in HABITS.items() for wish in _of_a_day(seed, purpose, habit, midnight, scale)]
    return tuple(sorted(found, key=lambda wish: (wish.at, wish.owner, wish.command.purpose)))


def _of_a_day(seed: int, purpose: str, habit: Habit, midnight: datetime, scale: float) -> Iterator[Wish]:
    chance = Random(f"{seed} {purpose} {midnight:%Y-%m-%d}")  # noqa: S311 people, not secrets
    mean = scale * habit.a_day * (habit.weekend if midnight.weekday() >= 5 else 1.0)
    left = max(0, round(chance.gauss(mean, mean**0.5)))
    while left > 0:
        together = min(left, chance.randint(1, habit.batch))
        left -= together
        hour = chance.choices(range(24), habit.hours)[0]
        at = midnight + timedelta(hours=hour, seconds=int(3600 * chance.random() ** (3 if hour == RUSH else 1)))
        owner, project, note = chance.choice(NAMES), chance.choice(PROJECTS), chance.choice(NOTES[purpose])
        for number in range(together):
            yield Wish(
                at=at + timedelta(seconds=number * chance.randint(1, 40)),
                owner=owner,
                command=RequestServer(
                    purpose=purpose,
                    term=_term(chance, habit),
                    importance=chance.choices((0, 3, 5, 8, 9), (70, 14, 8, 6, 2))[0],
                    project=project,
                    note=note,
                ),
            )


def _term(chance: Random, habit: Habit) -> timedelta:
    least, most = habit.term
    return timedelta(minutes=15 * round(4 * (least + (most - least) * chance.random() ** 2.5)))


def fate(seed: int, lease: Lease) -> Fate:
    """What its owner does with this lease; asked again after each renewal."""
    chance = Random(f"{seed} {lease.id} {lease.renewals}")  # noqa: S311 people, not secrets
    early, renews = chance.random() < 0.55, chance.random() < (0.3 if lease.importance < 7 else 0.7)
    back = lease.start + (lease.end - lease.start) * chance.uniform(0.25, 0.95) if early else None
    return Fate(back, renews and lease.renewals < 2, timedelta(minutes=chance.randint(1, 25)))
