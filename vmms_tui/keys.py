"""The key table: one class for each thing a user can do.

Bindings, footer, help and docs/keys.md are made from it. The docstring of a class is `word: sentence.`: the word
stands in the footer, the sentence in the help. Lower case looks, UPPER CASE changes (and `+`, which adds time).
"""

from typing import ClassVar

from vmms_tui.keyboard import FORBIDDEN as FORBIDDEN
from vmms_tui.keyboard import Act as Act
from vmms_tui.keyboard import Place as Place
from vmms_tui.keyboard import Target as Target
from vmms_tui.keyboard import acts_at as acts_at
from vmms_tui.keyboard import address_of as address_of
from vmms_tui.keyboard import all_acts
from vmms_tui.keyboard import name_of as name_of
from vmms_tui.model.people import Role
from vmms_tui.model.records import Lease, LeaseState, Request, ServerState


class ForList(Act):
    """Something done in every list."""

    places: ClassVar[tuple[Place, ...]] = (Place.LISTS,)


class ForRow(Act):
    """Something done to a row."""

    places: ClassVar[tuple[Place, ...]] = (Place.POOLS, Place.SERVERS, Place.LEASES, Place.EVENTS)

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A row is needed."""
        return "" if target.record else "There is nothing under the cursor."


class ForLease(ForRow):
    """Something done to a lease that runs."""

    places = (Place.LEASES,)
    changes = True

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A lease that has not ended is needed."""
        if isinstance(target.record, Request):
            return "This request still waits for a server; D takes it back."
        if not isinstance(target.record, Lease):
            return "There is no lease under the cursor."
        return "This lease is ending." if target.record.state in _OVER else ""


_OVER = {LeaseState.ENDING, LeaseState.ENDED}


class GoPools(Act):
    """Pools: can I have a server now, and if not, why not."""

    id, keys, places = "go_pools", ("2",), (Place.EVERYWHERE,)


class GoLeases(Act):
    """Leases: who has which server, and until when."""

    id, keys, places = "go_leases", ("3",), (Place.EVERYWHERE,)


class GoEvents(Act):
    """Events: what happened, newest first."""

    id, keys, places = "go_events", ("8",), (Place.EVERYWHERE,)


class Down(ForList):
    """down: one row down."""

    id, keys = "down", ("j", "down")


class Up(ForList):
    """up: one row up."""

    id, keys = "up", ("k", "up")


class First(ForList):
    """first: to the first row."""

    id, keys = "first", ("g", "home")


class Last(ForList):
    """last: to the last row."""

    id, keys = "last", ("G", "end")


class HalfDown(ForList):
    """half down: half a page down."""

    id, keys = "half_down", ("ctrl+d",)


class HalfUp(ForList):
    """half up: half a page up."""

    id, keys = "half_up", ("ctrl+u",)


class PageDown(ForList):
    """page down: a page down."""

    id, keys = "page_down", ("pagedown", "ctrl+f")


class PageUp(ForList):
    """page up: a page up."""

    id, keys = "page_up", ("pageup",)


class OpenPool(ForRow):
    """servers: the servers of this pool."""

    id, keys, places, row = "open", ("enter",), (Place.POOLS,), 1


class RequestServer(Act):
    """request: ask for a server, on a form that says what you would get."""

    id, keys, places, row, changes = "request", ("n",), (Place.POOLS, Place.LEASES), 2, False
    needs = Role.DEVELOPER


class Renew(ForLease):
    """renew: add time to the lease, or to all marked leases."""

    id, keys, row = "renew", ("+",), 2


class Release(ForLease):
    """release: give the server back now, or take a queued request back."""

    id, keys, row = "release", ("D",), 2

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A request can be taken back, too."""
        return "" if isinstance(target.record, Request) else super().refusal(target)


class ServerMenu(ForLease):
    """server: stop, start, reboot, reset the password or rebuild."""

    id, keys, row = "server_menu", ("S",), 2


class RevealPassword(ForLease):
    """password: show the first password of the server; it is shown once."""

    id, keys, row = "password", ("P",), 2

    @classmethod
    def refusal(cls, target: Target) -> str:
        """Only the owner may read it."""
        if no := super().refusal(target):
            return no
        owner = target.record.owner if isinstance(target.record, Lease) else ""
        return "" if owner == target.you.name else f"Only {owner}, whose lease this is, may read its first password."


class Filter(ForList):
    """filter: show rows with these words; !word leaves out, owner:ada looks in one column, left<8h compares."""

    id, keys, row = "filter", ("/",), 1


class Order(ForList):
    """order: by a column; the same column again turns it round."""

    id, keys, row = "order", ("o",), 1


class Details(ForList):
    """details: show or hide the strip with the facts of the row."""

    id, keys, row = "details", ("d",), 1


class Explain(ForRow):
    """why: explain why it is in this state."""

    id, keys, row = "explain", ("x",), 1


class EventsOf(ForRow):
    """events: what happened to it."""

    id, keys, places, row = "events_of", ("e",), (Place.POOLS, Place.SERVERS, Place.LEASES), 1


class Copy(ForRow):
    """copy: its id, address or ssh line to the clipboard of your terminal."""

    id, keys, row = "copy", ("c",), 1


class Mark(ForRow):
    """mark: mark the row, or take the mark off; + and D then act on all marked rows."""

    id, keys, places, row = "mark", ("space",), (Place.LEASES,), 1


class ClearMarks(Act):
    """clear marks: take all marks off."""

    id, keys, places = "clear_marks", ("\\",), (Place.LEASES,)


class Help(Act):
    """help: the keys of this screen."""

    id, keys, places, row = "help", ("?", "f1"), (Place.EVERYWHERE,), 2


class Back(Act):
    """back: close, clear the filter, or go up."""

    id, keys, places = "back", ("escape",), (Place.EVERYWHERE, Place.DIALOG, Place.FORM)


class Quit(Act):
    """quit: close; at the top, leave the program."""

    id, keys, places, row = "quit", ("q",), (Place.EVERYWHERE,), 2


class Interrupt(Act):
    """does not quit: says that q quits."""

    id, keys, places = "interrupt", ("ctrl+c",), (Place.EVERYWHERE,)


class Suspend(Act):
    """to the shell: put the program into the background; `fg` brings it back."""

    id, keys, places = "suspend", ("ctrl+z",), (Place.EVERYWHERE,)


class Redraw(Act):
    """redraw: draw the whole screen again."""

    id, keys, places = "redraw", ("ctrl+l",), (Place.EVERYWHERE,)


class SendRequest(Act):
    """send: ask the engine for the server."""

    id, keys, places, row, changes = "send", ("ctrl+n",), (Place.FORM,), 2, True


class NextField(Act):
    """next field: to the next field or button; shift+tab goes back."""

    id, keys, places, row = "next_field", ("tab",), (Place.FORM, Place.DIALOG), 2


class ForServer(Act):
    """Something done to the server of a lease."""

    places = (Place.SERVER_MENU,)
    changes = True
    states: ClassVar[tuple[ServerState, ...]] = (ServerState.LEASED,)

    @classmethod
    def refusal(cls, target: Target) -> str:
        """The server must be in a state for it."""
        if target.server is None:
            return "The server is not known any more."
        if target.server.state in cls.states:
            return ""
        return f"The server is {target.server.state.value} now."


class StopServer(ForServer):
    """stop: shut it down; its disk and address stay."""

    id, keys = "stop", ("s",)


class StartServer(ForServer):
    """start: start the server again."""

    id, keys = "start", ("t",)
    states = (ServerState.STOPPED,)


class RebootServer(ForServer):
    """reboot: shut it down in good order and start it again."""

    id, keys = "reboot", ("r",)


class HardReboot(ForServer):
    """hard reboot: pull the plug and start it again."""

    id, keys = "hard_reboot", ("h",)


class ResetPassword(ForServer):
    """reset password: make a new password, shown this once."""

    id, keys = "reset_password", ("p",)


class RebuildServer(ForServer):
    """rebuild: put the image on it anew; its disk is lost."""

    id, keys = "rebuild", ("b",)
    states = (ServerState.LEASED, ServerState.STOPPED)


class ForCopy(Act):
    """Something to copy."""

    places = (Place.COPY_MENU,)


class CopyId(ForCopy):
    """id: the id of the row."""

    id, keys = "copy_id", ("i",)


class CopyServer(ForCopy):
    """server: the name of its server."""

    id, keys = "copy_server", ("n",)

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A server is needed."""
        return "" if target.server else "There is no server here."


class CopyAddress(ForCopy):
    """address: the address of its server."""

    id, keys = "copy_address", ("a",)

    @classmethod
    def refusal(cls, target: Target) -> str:
        """An address is needed."""
        if target.server is None:
            return "There is no server here."
        return "" if address_of(target.server) else "The server has no address yet."


class CopySsh(CopyAddress):
    """ssh: the line that logs in to its server."""

    id, keys = "copy_ssh", ("s",)


ACTS: tuple[type[Act], ...] = all_acts()
"""Everything a user can do."""
