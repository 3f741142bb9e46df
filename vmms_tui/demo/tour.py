"""The guided tour of the demo: what to say, and the keys that lead from stop to stop. It ends where it began."""

from vmms_tui.client.player import Stop
from vmms_tui.keys import Act, Place, key_name, keys_at, press
from vmms_tui.keys.everywhere import (
    Back,
    CommandLine,
    GoDash,
    GoEvents,
    GoHosts,
    GoLeases,
    GoOps,
    GoPools,
    GoStore,
    Help,
    Palette,
)
from vmms_tui.keys.leases import RequestServer
from vmms_tui.keys.lists import Down, Filter, Up
from vmms_tui.keys.ops import Abort, Pause, Retry
from vmms_tui.keys.playing import Faster, Hold, Slower
from vmms_tui.keys.pools import OpenPool
from vmms_tui.keys.reading import Close
from vmms_tui.keys.rows import Explain
from vmms_tui.keys.saying import command_of

FILTER = "left<8h"


def does(act: type[Act], here: Place) -> tuple[str, ...]:
    """The keys that do something on a screen: its own, or those that give its command."""
    if keys := keys_at(act, here):
        return keys[:1]
    lines = keys_at(CommandLine, here) or keys_at(Palette, here)
    return (lines[0], *command_of(act), "enter") if lines else ()


def _closes(place: Place) -> tuple[str, ...]:
    """The key that closes a text, or the form."""
    return (keys_at(Back, place) or (keys_at(Close, place) if place is not Place.FORM else ()))[:1]


def _unfilters() -> tuple[str, ...]:
    """The keys that leave the filter while it is typed: a letter would be one of its own."""
    back = does(Back, Place.LEASES)
    return back if len(back) == 1 and len(back[0]) > 1 else ("enter", *back)


def tour() -> tuple[Stop, ...]:
    """The stops, with the keys that are in force."""
    return (*_pools(), *_leases(), *_cloud(), *_rest())


def _pools() -> tuple[Stop, ...]:
    down, up = does(Down, Place.POOLS), does(Up, Place.POOLS)
    return (
        Stop(
            says="Dash: what needs you, what runs, and is there room. Whoever is on call keeps it open.",
            keys=does(GoDash, Place.POOLS),
            shows="Needs you now",
        ),
        Stop(
            says=f"{press(GoPools)}: Pools. Servers that are ready before anybody asks: how many are, of how many "
            "should be.",
            keys=does(GoPools, Place.DASH),
            back=does(GoDash, Place.POOLS),
            shows="debian-dev",
        ),
        Stop(
            says=f"{press(Down, Place.POOLS)} and {press(Up, Place.POOLS)} move the cursor. The strip tells about the "
            "row under it.",
            keys=down,
            back=up,
        ),
        Stop(
            says=f"{press(OpenPool)} opens a pool: these are its servers, with their states.",
            keys=does(OpenPool, Place.POOLS),
            shows="READY",
        ),
        Stop(
            says=f"{press(Back, Place.SERVERS)} leads back, here as everywhere.",
            keys=does(Back, Place.SERVERS),
            shows="el9-ci",
        ),
    )


def _leases() -> tuple[Stop, ...]:
    here = Place.LEASES
    explain, close = does(Explain, here), _closes(Place.OBJECT)
    return (
        Stop(
            says=f"{press(GoLeases)}: Leases. Who has which server, and how long still. ! means under half an hour.",
            keys=does(GoLeases, Place.POOLS),
            back=does(GoPools, here),
            shows="OWNER",
        ),
        Stop(
            says=f"{press(Explain, here)} explains the row under the cursor: why it is as it is, in sentences with "
            "times.",
            keys=explain,
            back=close,
            shows="Why",
        ),
        Stop(
            says=f"{press(Filter, here)} filters while you type: words, !words, owner:ada, {FILTER}. "
            f"{press(Back, here)} shows all again.",
            keys=(*close, *does(Filter, here), *FILTER),
            back=(*_unfilters(), *explain),
            shows=FILTER,
        ),
        Stop(
            says=f"{press(RequestServer, here)} asks for a server, on a form that says what you would get: nothing is "
            "asked for yet.",
            keys=(*_unfilters(), *does(RequestServer, here)),
            shows="request",
        ),
        Stop(
            says=f"{key_name(Back, Place.FORM) or 'Cancel'} leaves the form, and nothing was changed.",
            keys=_closes(Place.FORM),
            shows="OWNER",
        ),
    )


def _cloud() -> tuple[Stop, ...]:
    return (
        Stop(
            says=f"{press(GoHosts)}: Hosts. Which of the cloud's hosts is sick, full or closed, and what of ours is "
            "on it.",
            keys=does(GoHosts, Place.LEASES),
            back=does(GoLeases, Place.HOSTS),
            shows="cmp5",
        ),
        Stop(
            says=f"{press(GoStore)}: Store. The volumes of the projects in use: how large each is, and which server "
            "holds it.",
            keys=does(GoStore, Place.HOSTS),
            back=does(GoHosts, Place.STORE),
            shows="ci-cache",
        ),
    )


def _rest() -> tuple[Stop, ...]:
    knobs = ((Faster, "faster"), (Slower, "slower"), (Hold, "stand still"))
    said = ", ".join(f"{key} {word}" for act, word in knobs if (key := key_name(act, Place.PLAYED)))
    return (
        Stop(
            says=f"{press(GoEvents)}: Events. What happened, when, by whom and why, newest first. Nothing happens "
            "without a line here.",
            keys=does(GoEvents, Place.STORE),
            back=does(GoStore, Place.EVENTS),
            shows="Events",
        ),
        Stop(
            says=f"{press(GoOps)}: Ops. What the engine does: how far, how fast, how long still. "
            f"{press(Pause)} pauses, {press(Abort)} aborts, {press(Retry)} tries again.",
            keys=does(GoOps, Place.EVENTS),
            back=does(GoEvents, Place.OPS),
            shows="PROGRESS",
        ),
        Stop(
            says=f"{press(Help, Place.OPS)}: all keys of a screen. What is not in the help does nothing.",
            keys=does(Help, Place.OPS),
            back=_closes(Place.PROGRAM),
            shows="Keys",
        ),
        Stop(
            says="Back to Dash." + (f" Try the keys of time: {said}." if said else ""),
            keys=(*_closes(Place.PROGRAM), *does(GoDash, Place.OPS)),
            shows="Needs you now",
        ),
    )


TOUR = tour()
"""With the usual keys."""
