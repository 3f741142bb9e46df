"""What a key stands for: the base of the key table, where its entries act, and on what."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from vmms_tui.model.draining import MoveQueue
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Record, Server


class Place(StrEnum):
    """Where a key acts. The value is the heading in the help."""

    EVERYWHERE = "everywhere"
    LISTS = "in every list"
    DASH = "Dash"
    POOLS = "Pools"
    SERVERS = "Servers of a pool"
    LEASES = "Leases"
    HOSTS = "Hosts"
    MOVES = "Moves"
    STORE = "Store"
    NETS = "Nets"
    REPOS = "Repos"
    EVENTS = "Events"
    OPS = "Ops"
    SERVER_MENU = "the server menu"
    COPY_MENU = "the copy menu"
    READING = "texts to read"
    OBJECT = "details, why, raw and log of one thing"
    LOG = "the console log"
    RAW = "the raw record"
    PROGRAM = "the help, the bell and the inspector"
    FORM = "the request form"
    DIALOG = "dialogs"
    PREFLIGHT = "Preflight"
    PLAYED = "in the demo and in recordings"
    TOUR = "on the guided tour"
    COMMAND_LINE = "the command line"
    SHOWN_ONCE = "a password"


LIST_PLACES = (
    *(Place.POOLS, Place.SERVERS, Place.LEASES, Place.HOSTS, Place.MOVES, Place.STORE, Place.NETS, Place.REPOS),
    *(Place.EVENTS, Place.OPS),
)
"""Where there is a list with rows."""

ANYBODY = Caller(name="", roles=(Role.OPERATOR,))
"""Who we are as long as the engine has not said it: it refuses what must not be."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a key would act on."""

    record: Record | None = None
    server: Server | None = None
    marked: int = 0
    you: Caller = ANYBODY
    need: str = ""
    """The need under the cursor, if those on call can acknowledge it."""
    about: str = ""
    """The need under the cursor, whoever it is for."""
    login: str = "vmms"
    """The account on its server."""
    queue: MoveQueue | None = None
    """The queue of moves that is shown."""
    engine_away: str = ""
    """Why nothing can be changed now; empty when it can."""
    cloud_away: str = ""
    """Why nothing can be changed for which the cloud is needed; empty when it can."""


_ACTS: "list[type[Act]]" = []


class Act:
    """Something a user can do."""

    id: ClassVar[str]
    keys: ClassVar[tuple[str, ...]]
    places: ClassVar[tuple[Place, ...]]
    changes: ClassVar[bool] = False
    """Whether it changes something in the engine or the cloud."""
    needs_cloud: ClassVar[bool] = True
    """Whether a change waits for the cloud when that is away."""
    needs: ClassVar[Role | None] = None
    """The role without which it cannot be done; None: anybody may."""
    row: ClassVar[int] = 0
    """Line of the footer; 0: only in the help."""

    def __init_subclass__(cls) -> None:
        if "id" in vars(cls):
            _ACTS.append(cls)

    @classmethod
    def word(cls) -> str:
        """What the footer says."""
        return _docstring(cls).partition(":")[0]

    @classmethod
    def sentence(cls) -> str:
        """What the help says."""
        return _docstring(cls).partition(":")[2].strip()

    @classmethod
    def allowed(cls, you: Caller) -> bool:
        """Whether it is for such people at all; what is not is neither shown nor done."""
        needs = cls.needs or (Role.DEVELOPER if cls.changes else None)
        return needs is None or (you.has(needs) and not you.read_only)

    @classmethod
    def refusal(cls, target: Target) -> str:
        """Why it cannot be done to this; empty when it can."""
        return ""

    @classmethod
    def why_not_now(cls, target: Target) -> str:
        """Why it cannot be done now: because of the world, or of what it would be done to."""
        away = target.engine_away or (target.cloud_away if cls.needs_cloud else "")
        return (away if cls.changes else "") or cls.refusal(target)


def why_not(you: Caller) -> str:
    """Why a change is not for such people."""
    if you.read_only:
        return "this is read-only."
    return f"it is not for {' and '.join(role.value for role in you.roles) or 'you'}s; ask an operator."


def _docstring(act: type[Act]) -> str:
    return " ".join((act.__doc__ or "").split())


def acts_at(*places: Place) -> list[type[Act]]:
    """What can be done at these places: place by place, in each in the order of the table."""
    found = {act: None for place in places for act in _ACTS if place in act.places}
    return list(found)


def arranged(modules: Iterable[str]) -> tuple[type[Act], ...]:
    """Everything a user can do, from now on in the order of these modules; others have no part in it."""
    order = list(modules)
    _ACTS[:] = sorted((act for act in _ACTS if act.__module__ in order), key=lambda act: order.index(act.__module__))
    return tuple(_ACTS)


FORBIDDEN = frozenset(f"ctrl+{letter}" for letter in "abshijkmq") | {"ctrl+space", "ctrl+@", "ctrl+["}
"""Keys that terminals, multiplexers and habits own: screen and tmux, flow control, backspace, tab, enter."""


NAMES = {
    "escape": "esc",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "down": "↓",
    "up": "↑",
    "comma": ",",
    "left": "←",
    "right": "→",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}


def name_of(key: str) -> str:
    """A key as people write it."""
    return NAMES.get(key, key.replace("ctrl+", "ctrl-"))


def address_of(server: Server) -> str:
    """The address people use: the floating IP, else the fixed one, else nothing."""
    return server.floating_ip or server.address
