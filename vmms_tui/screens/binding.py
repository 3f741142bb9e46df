"""Textual's bindings, made from the key table as it is in force."""

from textual.binding import Binding, BindingsMap

from vmms_tui.keys import Place, acts_at, keys_at
from vmms_tui.keys.everywhere import Interrupt


def bindings(*places: Place) -> list[Binding]:
    """Textual's bindings for what can be done at these places; the first is where we are. Ctrl-c is the app's."""
    return [
        Binding(",".join(keys), f"do('{act.id}')", act.word(), show=False, id=act.id)
        for act in acts_at(*places)
        if act is not Interrupt and (keys := keys_at(act, places[0]))
    ]


def rebound(had: BindingsMap, *places: Place) -> BindingsMap:
    """The bindings that a class brought along, with those of these places as they are in force now.

    A class is made when its module is read, with the usual keys; the user's are known when a screen is made. Theirs go
    before all that Textual binds.
    """
    fresh = BindingsMap(bindings(*places))
    ours = {act.id for act in acts_at(*places)}
    for key, others in had.key_to_bindings.items():
        kept = [one for one in others if one.id not in ours]
        if kept and key not in fresh.key_to_bindings:
            fresh.key_to_bindings[key] = kept
    return fresh
