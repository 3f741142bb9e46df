"""What the small menus hold."""

from typing import ClassVar

from vmms_tui.keys.act import Act, Place, Target, address_of
from vmms_tui.model.people import Role
from vmms_tui.model.records import ServerState

STATES = {ServerState.LEASED: "runs", ServerState.STOPPED: "is stopped"}
"""What people call the states of a lent server; the others have the word of the engine."""


def doing(state: ServerState) -> str:
    """What a server does, as the end of a sentence: `runs`, `is stopped`, `is healing`."""
    return STATES.get(state, f"is {state.value}")


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
        return f"The server {doing(target.server.state)} now."


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


class HealServer(ForServer):
    """heal: mend it now, if it does not work; its why says what comes next."""

    id, keys = "heal", ("e",)
    states = (ServerState.LEASED, ServerState.STOPPED)
    needs = Role.OPERATOR


class ForCopy(Act):
    """Something to copy."""

    places = (Place.COPY_MENU,)


class CopyId(ForCopy):
    """id: the id of the row."""

    id, keys = "copy_id", ("i",)


class CopyName(ForCopy):
    """name: the name of the row, where it has another one than its id."""

    id, keys = "copy_name", ("m",)

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A name is needed."""
        return "" if getattr(target.record, "name", "") else "It has no name but its id."


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


class CopyRow(ForCopy):
    """row: the row as it is shown."""

    id, keys = "copy_row", ("r",)


class CopyTable(ForCopy):
    """table: all rows that are shown, with their titles."""

    id, keys = "copy_table", ("t",)


class CopyCommand(ForCopy):
    """command: the command that lists the same."""

    id, keys = "copy_listing", ("c",)
