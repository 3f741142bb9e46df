"""What a scene is made of: timed steps with captions, what is done at them, and what must be seen after them. Data."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import msgspec

from vmms_tui.keys import Place
from vmms_tui.model.records import Record
from vmms_tui.model.status import EngineStatus

RecordT = TypeVar("RecordT", bound=Record)


class View(Protocol):
    """What is looked at: an engine's state, or a screen's copy of it."""

    @property
    def now(self) -> datetime:
        """The engine's time."""
        ...

    @property
    def status(self) -> EngineStatus:
        """How the engine is."""
        ...

    def all(self, kind: type[RecordT]) -> list[RecordT]:
        """Every record of a type."""
        ...


class Check(msgspec.Struct, frozen=True):
    """Something that must come true. `says` is it in words."""

    says: str
    holds: Callable[[View], bool]


class Shows(msgspec.Struct, frozen=True):
    """A text that must stand on a screen, with this filter."""

    place: Place
    text: str
    narrow: str = ""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """These people ask for a server each, evenly spread over a time."""

    owners: tuple[str, ...]
    purpose: str
    term: timedelta
    over: timedelta = timedelta(0)
    importance: int = 0
    note: str = ""


class RenewTheirs(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody renews all their leases."""

    owner: str
    term: timedelta


class HostDies(msgspec.Struct, frozen=True):
    """The host of this person's first server stops answering."""

    owner: str


class HostGivenUp(msgspec.Struct, frozen=True):
    """The administrators of the cloud mark every server of the dead hosts as failed (`nova reset-state`)."""


class HostsBack(msgspec.Struct, frozen=True):
    """All hosts answer again."""


class CloudAway(msgspec.Struct, frozen=True):
    """The cloud's interfaces answer nobody."""


class CloudBack(msgspec.Struct, frozen=True):
    """They answer again."""


class NewImage(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a pool name another image from now on."""

    pool: str
    image: str


Deed = Ask | RenewTheirs | HostDies | HostGivenUp | HostsBack | CloudAway | CloudBack | NewImage


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a scene."""

    at: timedelta
    """From the scene's beginning."""
    says: str
    """The caption."""
    does: tuple[Deed, ...] = ()
    sees: tuple[Check, ...] = ()
    """What must come true, all at one time, …"""
    within: timedelta = timedelta(minutes=10)
    """… so long after the step at the latest."""
    shows: tuple[Shows, ...] = ()
    """What then stands on screens."""
    speed: float | None = None
    """How fast time goes from here on, in a demo for people; None: as before."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A story on the stage."""

    name: str
    title: str
    start: datetime
    steps: tuple[Step, ...]
    speed: float = 10.0
