"""What can be done on Hosts, Store, Nets and Repos."""

from vmms_tui.keys.act import Act, Place, Target
from vmms_tui.keys.rows import ForRow
from vmms_tui.model.draining import Errand
from vmms_tui.model.people import Role
from vmms_tui.model.surroundings import Host

PLACES = (Place.HOSTS, Place.STORE, Place.NETS, Place.REPOS)


class ReadAgain(Act):
    """read: have this list read again from the cloud now."""

    id, keys, places, row = "read_again", ("r",), PLACES, 2


class OpenHost(ForRow):
    """servers: our servers on this host."""

    id, keys, places, row = "open_host", ("enter",), (Place.HOSTS,), 1


class Disable(ForRow):
    """close: close this host to new servers, with a reason, or open it again."""

    id, keys, places, row = "disable_host", ("L",), (Place.HOSTS,), 2
    changes = True
    needs = Role.OPERATOR


class Evacuate(ForRow):
    """evacuate: build the servers of this host, which is dead, anew elsewhere; you swear that it is."""

    id, keys, places, row = "evacuate", ("E",), (Place.HOSTS,), 2
    changes = True
    needs = Role.OPERATOR

    @classmethod
    def refusal(cls, target: Target) -> str:
        """Only a host that the cloud calls down."""
        if no := super().refusal(target):
            return no
        up = isinstance(target.record, Host) and target.record.state.lower() != "down"
        return "The cloud does not say that it is down: its servers run." if up else ""


class Drain(ForRow):
    """drain: close this host with a reason, and move all of ours away, some at a time."""

    id, keys, places, row = "drain", ("D",), (Place.HOSTS,), 2
    changes = True
    needs = Role.OPERATOR

    @classmethod
    def refusal(cls, target: Target) -> str:
        """Only a host that is up."""
        if no := super().refusal(target):
            return no
        away = isinstance(target.record, Host) and not target.record.is_up
        return "It is not up: nothing moves away from it." if away else ""


class Undrain(ForRow):
    """undrain: open this host again, and bring back what its drain moved away."""

    id, keys, places, row = "undrain", ("O",), (Place.HOSTS,), 2
    changes = True
    needs = Role.OPERATOR


class Moves(Act):
    """moves: queues of moves, done and under way and waiting, and what could not go and why."""

    id, keys, places = "moves", ("v",), (Place.HOSTS,)


class SteerMoves(ForRow):
    """pause moves: begin no more moves of this host until they are resumed; or let them go on."""

    id, keys, places = "steer_moves", ("P",), (Place.HOSTS,)
    changes = True
    needs = Role.OPERATOR


class EndMoves(ForRow):
    """end moves: begin no more moves of this host for good; what is under way ends."""

    id, keys, places = "end_moves", ("T",), (Place.HOSTS,)
    changes = True
    needs = Role.OPERATOR


class LimitMoves(ForRow):
    """limit moves: how many servers of this host move at a time."""

    id, keys, places = "limit_moves", ("+",), (Place.HOSTS,)
    changes = True
    needs = Role.OPERATOR


class PowerOff(ForRow):
    """power off: take the power of this host, which is closed and empty, by the fence command of the settings."""

    id, keys, places = "power_off", ("K",), (Place.HOSTS, Place.MOVES)
    changes = True
    needs = Role.OPERATOR

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A host that is closed; of a queue that which it has emptied."""
        if target.queue is not None:
            emptied = target.queue.errand is Errand.DRAIN and not target.queue.open
            return "" if emptied else "This queue has emptied no host."
        if not isinstance(target.record, Host):
            return "There is no host under the cursor."
        return "" if target.record.status.lower() == "disabled" else "It takes new servers: empty it first."


class Rebalance(Act):
    """rebalance: a plan of moves that even the load of the open hosts."""

    id, keys, places, row = "rebalance", ("B",), (Place.HOSTS,), 2
    changes = True
    needs = Role.OPERATOR


class OpenVolume(ForRow):
    """server: the server of ours that holds this volume."""

    id, keys, places, row = "open_volume", ("enter",), (Place.STORE,), 1

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A server of ours must hold it."""
        if no := super().refusal(target):
            return no
        return "" if target.server else "No server of ours holds this volume."


class OpenNetwork(ForRow):
    """servers: our servers with an address of this network."""

    id, keys, places, row = "open_network", ("enter",), (Place.NETS,), 1


class OpenImage(ForRow):
    """pools: the pools that boot from this image."""

    id, keys, places, row = "open_image", ("enter",), (Place.REPOS,), 1
