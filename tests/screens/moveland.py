"""A drain in full swing: a move that comes to its end, one that does not, one that is forced, and some that ended."""

from datetime import timedelta

from vmms_tui.model.draining import Leg, LegState, MoveQueue, Phase
from vmms_tui.model.migration import Copying, Moving, read
from vmms_tui.model.progress import BYTES, counted
from vmms_tui.model.records import AnyRecord, Event, Level, Operation, OperationKind, OperationState, Server, changed
from vmms_tui.model.tables import Tables

from .cloudland import NOW, WORLD, minutes
from .cloudscape import CLOUDY, HOSTS
from .drainland import FAILED, HOST, OFF, REASON, queue

GIB = 2**30
STEP = timedelta(seconds=20)
_LEFT = (16.0, 9.0, 6.0, 5.0, 4.4, 4.2, 4.1, 4.2, 4.1)
"""GiB that are left of the one that does not end, every twenty seconds."""


def _server(name: str, gib: int) -> Server:
    found = Tables(WORLD).get(Server, "vm-00012")
    assert found is not None
    return changed(found, id=name, host="h02", ram_mib=gib * 1024, disk_gib=40, lease_id="", cloud_id=f"c-{name}")


def _endless() -> Copying:
    copying: Copying | None = None
    for number, left in enumerate(_LEFT):
        at = NOW - STEP * (len(_LEFT) - 1 - number)
        copying = read(
            copying,
            at,
            memory_total=16 * GIB,
            memory_left=int(left * GIB),
            memory_sent=(16 + 6 * number) * GIB if number else 0,
        )
    assert copying is not None
    return copying


def _good() -> Copying:
    first = read(None, NOW - 2 * STEP, memory_total=4 * GIB, memory_left=4 * GIB, memory_sent=0)
    second = read(first, NOW - STEP, memory_total=4 * GIB, memory_left=2 * GIB, memory_sent=2 * GIB)
    return read(second, NOW, memory_total=4 * GIB, memory_left=GIB // 2, memory_sent=4 * GIB)


def move(number: int, server: str, copying: Copying | None, to: str, **moving: object) -> Operation:
    """A move from h02 that has copied for some time."""
    under_way = Moving(source="h02", was="leased", power="ACTIVE", destination=to, copying=copying)
    bare = Operation(
        id=f"op-{number:06d}",
        kind=OperationKind.MOVE,
        server_id=server,
        started=NOW - minutes(4),
        updated=NOW - minutes(4),
        step="follow",
        actor="olga",
        reason=f"drain of h02: {REASON}",
        state=OperationState.WAITING,
        waiting_for=f"on its way from h02 to {to}",
        args={"host": "", "cold": "no"},
        moving=changed_moving(under_way, **moving),
    )
    for one in copying.seen if copying is not None else ():
        bare = counted(bare, one.sent, one.sent + one.left, BYTES, one.at)
    return bare


def changed_moving(moving: Moving, **fields: object) -> Moving:
    """The same with these fields."""
    return Moving(**{**{name: getattr(moving, name) for name in moving.__struct_fields__}, **fields})


def over(number: int, server: str, to: str) -> Operation:
    """One that took 50 seconds."""
    one = move(number, server, _good(), to)
    return changed(
        one, step="verify", state=OperationState.DONE, outcome="moved", updated=one.started + timedelta(0, 50)
    )


ENDLESS = changed(
    move(91, "vm-00301", _endless(), "h04"), waiting_for="h02 to h04: written anew as fast as it is copied"
)
GOOD = move(92, "vm-00302", _good(), "h05")
FORCED = move(92, "vm-00302", _good(), "h05", forced_by="olga", forced=True)
_DONE = tuple(over(80 + number, f"vm-0031{number}", "h05") for number in range(3))
LEGS = (
    *(Leg(server_id=one.server_id, source="h02", to="h05", state=LegState.DONE, operation_id=one.id) for one in _DONE),
    Leg(server_id="vm-00301", source="h02", state=LegState.MOVING, operation_id=ENDLESS.id),
    Leg(server_id="vm-00302", source="h02", state=LegState.MOVING, operation_id=GOOD.id),
    Leg(server_id="vm-00303", source="h02"),
    Leg(server_id="vm-00304", source="h02"),
    OFF,
    FAILED,
)
SWING = queue(legs=LEGS)
ENDED = queue(
    Phase.STOPPED,
    tuple(one for one in LEGS if one.state is not LegState.MOVING),
    ended=NOW - minutes(1),
)
SERVERS = (_server("vm-00301", 16), _server("vm-00302", 4), _server("vm-00303", 2), _server("vm-00304", 1))
EVENTS = tuple(
    Event(
        id=f"{900 + number:010d}", at=NOW - STEP * (6 - number), kind="server.migrate", text=text, level=level, **about
    )
    for number, (text, level, about) in enumerate(
        (
            ("host h02 is emptied: a new fan [red]", Level.INFO, {"host": "h02"}),
            (
                "vm-00302 moves live from h02 to the host that the scheduler chooses",
                Level.INFO,
                {"server_id": "vm-00302"},
            ),
            ("the move of vm-00209 failed: \x1b[31mIt is pinned", Level.WARNING, {"server_id": "vm-00209"}),
            ("vm-00999 was renewed", Level.INFO, {"server_id": "vm-00999"}),
        )
    )
)


MOVES: tuple[AnyRecord, ...] = (*SERVERS, ENDLESS, GOOD, *_DONE)
"""Servers and moves of the drain."""


def world(*queues: MoveQueue, good: Operation = GOOD) -> tuple[AnyRecord, ...]:
    """The cloud with these queues, their moves, servers and events in it."""
    records = [HOST if record is HOSTS[1] else record for record in CLOUDY]
    return (*records, *SERVERS, ENDLESS, good, *_DONE, *EVENTS, *queues)
