"""What the cloud shows of a move, as one word, and what is said when it did not work. Pure."""

from enum import StrEnum

from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.moves import MoveRecord, MoveUnderWay
from vmms_tui.engine.operations.steps import Fail
from vmms_tui.model.migration import Moving
from vmms_tui.model.records import Server

ON_THE_WAY = frozenset({"MIGRATING", "RESIZE", "REVERT_RESIZE"})
"""Statuses of a server whose move the cloud has taken on and not ended."""
CAME_TO_NOTHING = frozenset({"failed", "cancelled", "error", "reverted"})
"""Statuses of the record of a move whose server is where it was."""


class Sight(StrEnum):
    """How a move stands."""

    NOTHING = "nothing"
    """The cloud shows nothing of it."""
    GOES_ON = "goes on"
    WAITS = "waits"
    """A cold one is done and waits for a word."""
    THERE = "there"
    """The cloud says that it is over and the server elsewhere."""
    STAYED = "stayed"
    """It is over, and the server is where it was."""
    BROKEN = "broken"
    """The server is in ERROR."""


def sight(seen: CloudServer, record: MoveRecord | None, source: str) -> Sight:
    """How a move stands by the server itself, which was read last, and by the record of the move, if there is one."""
    if seen.task_state or seen.status in ON_THE_WAY:
        return Sight.GOES_ON
    if seen.status == "ERROR":
        return Sight.BROKEN
    if seen.status == "VERIFY_RESIZE":
        return Sight.WAITS
    if record is not None and record.status in CAME_TO_NOTHING:
        return Sight.STAYED
    if (seen.host and seen.host != source) or (record is not None and record.status in {"completed", "confirmed"}):
        return Sight.THERE
    return Sight.NOTHING if record is None else Sight.GOES_ON


def ours(records: tuple[MoveRecord, ...], known: int) -> MoveRecord | None:
    """The newest record that was not there before we asked."""
    return max((one for one in records if one.id > known), key=lambda one: one.id, default=None)


def of_record(under_way: tuple[MoveUnderWay, ...], record: MoveRecord | None) -> MoveUnderWay | None:
    """The progress of our move."""
    return next((one for one in under_way if record is None or one.id == record.id), None)


def why_it_stayed(server: Server, moving: Moving, record: MoveRecord | None, *, cold: bool, nova: str = "") -> Fail:
    """Why a move came to nothing, with what to do. `nova` is what Nova says of it."""
    its = f" (Nova: {nova})" if nova else ""
    stays = f"{server.id} is on {moving.source} as before"
    if moving.ending:
        return Fail(f"{moving.ending}: {stays}", remedy=f"Nothing is left half done. {moving.remedy or _again(server)}")
    to = record.destination if record is not None else ""
    match record.status if record is not None else "":
        case "cancelled":
            said = "Ask whoever works on the hosts, then move it again."
            return Fail(f"the migration was aborted, not by VMMS: {stays}", remedy=said)
        case "reverted":
            said = "Ask whoever works on the hosts, then move it again."
            return Fail(f"the migration was taken back, not by VMMS: {stays}", remedy=said)
        case "error" if not to:
            why = "the scheduler found no host for it" + ("" if cold else ", or a check before the copying refused it")
            said = "Free room or open a host; the log of nova-scheduler says which filter refused."
            return Fail(f"{why}{its}: {stays}", remedy=said)
        case "error" | "failed":
            said = f"The logs of nova-compute on {moving.source} and {to or 'the other host'} say why. {_again(server)}"
            return Fail(f"the migration to {to or 'another host'} failed{its}: {stays}", remedy=said)
    said = f"Look at nova-conductor. {_again(server)}"
    return Fail(f"the cloud took the order and made nothing of it: {stays}", remedy=said)


def _again(server: Server) -> str:
    return f"`vmms migrate {server.id} --to HOST` tries another host."


def why_broken(server: Server, moving: Moving, fault: str) -> Fail:
    """On a server that its move has left in ERROR."""
    why = f"{fault.rstrip('.') or 'the cloud says ERROR and no more'}; it is on {moving.source}"
    return Fail(why, remedy=f"A hard reboot brings it back: `vmms reboot {server.id} --hard`.")
