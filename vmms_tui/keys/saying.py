"""What to press, for sentences: the keys in force, the way to where they act, or the command that does the same. Pure.

No sentence has a key written into it: a user may have moved it, or switched it off.
"""

import re
from functools import cache

from vmms_tui.keys.act import Act, Place, acts_at
from vmms_tui.keys.inforce import SCREENS, acts_in, key_name

MENUS = {Place.SERVER_MENU: "server_menu", Place.COPY_MENU: "copy"}
"""By the place of a small menu: the act that opens it."""
_SHARED = {"open_image", "why", "events_of", "pause_queue", "stop_queue", "next_queue"}
"""Acts whose word is the command of another one: their own command is their id."""
_NAMED = re.compile(r"\{(\w+)\}")


def press(act: type[Act], here: Place | None = None) -> str:
    """What to press for an act, seen from a screen: `+`, `S t`, `3, then +`; without a key, what to type: `:renew`.

    Without a screen: seen from where the act is at home.
    """
    return keys_to(act, here) or typed(command_of(act), here)


def keys_to(act: type[Act], here: Place | None = None) -> str:
    """The keys that lead to an act, as `press` says them; nothing when one of them was switched off."""
    home = next((place for place in act.places if place in SCREENS), act.places[0])
    if home in MENUS:
        opener, letter = keys_to(_named(MENUS[home]), here), key_name(act, home)
        return f"{opener} {letter}" if opener and letter else ""
    here = here or home
    if here in act.places or act in acts_in(here):
        return key_name(act, here)
    way = next((one for one in acts_at(Place.EVERYWHERE) if getattr(one, "to", None) is home), None)
    first, then = key_name(way, here if here in SCREENS else Place.EVERYWHERE) if way else "", key_name(act, home)
    return f"{first}, then {then}" if first and then else ""


def command_of(act: type[Act]) -> str:
    """The name of the command that does the same as a key: `renew`."""
    return act.id.replace("_", "-") if act.id in _SHARED else act.word().replace(" ", "-").casefold()


def typed(line: str, here: Place | None = None) -> str:
    """How a command is given on a screen: `:renew`, with whatever key begins one there."""
    place = here if here in SCREENS else Place.EVERYWHERE
    colon = key_name(_named("command_line"), place)
    if not colon and (box := key_name(_named("palette"), place)):
        return f"{box} {line}"
    return f"{colon}{line}" if len(colon) == 1 else f"{colon} {line}" if colon else f"“{line}”, which has no key,"


def filled(text: str, here: Place | None = None) -> str:
    """A text with what to press in place of the names of acts: `{renew} renews it`. Other braces stay as they are."""
    known = _by_id()
    return _NAMED.sub(lambda found: press(known[found[1]], here) if found[1] in known else found[0], text)


@cache
def _by_id() -> dict[str, type[Act]]:
    return {act.id: act for act in acts_at(*Place)}


def _named(act_id: str) -> type[Act]:
    return _by_id()[act_id]
