"""What can be done on every screen."""

from typing import ClassVar

from vmms_tui.keys.act import Act, Place

BOXES = (Place.DIALOG, Place.COMMAND_LINE, Place.SHOWN_ONCE)
"""Boxes over a screen."""


class Go(Act):
    """To another screen."""

    places = (Place.EVERYWHERE,)
    to: ClassVar[Place]


class GoDash(Go):
    """Dash: what needs you, what runs, and is there room."""

    id, keys, to = "go_dash", ("1",), Place.DASH


class GoPools(Go):
    """Pools: can I have a server now, and if not, why not."""

    id, keys, to = "go_pools", ("2",), Place.POOLS


class GoLeases(Go):
    """Leases: who has which server, and until when."""

    id, keys, to = "go_leases", ("3",), Place.LEASES


class GoHosts(Go):
    """Hosts: which host is sick, full or closed."""

    id, keys, to = "go_hosts", ("4",), Place.HOSTS


class GoStore(Go):
    """Store: the volumes, and what holds them."""

    id, keys, to = "go_store", ("5",), Place.STORE


class GoNets(Go):
    """Nets: addresses left, and who has this one."""

    id, keys, to = "go_nets", ("6",), Place.NETS


class GoRepos(Go):
    """Repos: what servers are made of, and how old it is."""

    id, keys, to = "go_repos", ("7",), Place.REPOS


class GoEvents(Go):
    """Events: what happened, newest first."""

    id, keys, to = "go_events", ("8",), Place.EVENTS


class GoOps(Go):
    """Ops: what the engine does just now."""

    id, keys, to = "go_ops", ("9",), Place.OPS


class Earlier(Act):
    """earlier: to the screen where you were before."""

    id, keys, places = "earlier", ("[",), (Place.EVERYWHERE,)


class Later(Act):
    """later: forward again."""

    id, keys, places = "later", ("]",), (Place.EVERYWHERE,)


class Undo(Act):
    """undo: take your last change back, where that can be done."""

    id, keys, places, changes = "undo", ("U",), (Place.EVERYWHERE,), True


class CommandLine(Act):
    """command: type what you want to see or do; the list says what there is, and what changes something."""

    id, keys, places, row = "command_line", (":",), (Place.EVERYWHERE,), 2


class Palette(Act):
    """palette: the same list in a box."""

    id, keys, places = "palette", ("ctrl+p",), (Place.EVERYWHERE,)


class Help(Act):
    """help: the keys of this screen."""

    id, keys, places, row = "help", ("?", "f1"), (Place.EVERYWHERE, Place.PROGRAM), 2


class Back(Act):
    """back: close, clear the filter, or go up."""

    id, keys, places = "back", ("escape",), (Place.EVERYWHERE, *BOXES, Place.FORM, Place.READING)


class Quit(Act):
    """quit: close; at the top, leave the program."""

    id, keys, places, row = "quit", ("q",), (Place.EVERYWHERE,), 2


class BellAct(Act):
    """bell: everything that was said on this screen, whole, until it is read."""

    id, keys, places = "bell", ("b",), (Place.EVERYWHERE, Place.PROGRAM)


class Inspector(Act):
    """inspector: calls to the cloud and how long they took, ages of what is known, bytes on this line."""

    id, keys, places = "inspector", ("i",), (Place.EVERYWHERE, Place.PROGRAM)


class Interrupt(Act):
    """does not quit: says what does."""

    id, keys, places = "interrupt", ("ctrl+c",), (Place.EVERYWHERE,)


class Suspend(Act):
    """to the shell: put the program into the background; `fg` brings it back."""

    id, keys, places = "suspend", ("ctrl+z",), (Place.EVERYWHERE,)


class Redraw(Act):
    """redraw: draw the whole screen again."""

    id, keys, places = "redraw", ("ctrl+l",), (Place.EVERYWHERE,)
