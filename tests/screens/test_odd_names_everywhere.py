"""Names that have broken programs, on all other screens, pages and dialogs: each line is as wide as the screen."""

import pytest

from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.commands import AnyCommand, Inspect, ReadConsole, ReadServer, Reply
from vmms_tui.model.draining import Errand, Leg, LegState, MoveQueue, queue_id
from vmms_tui.model.healing import Illness, Rung, Sickness
from vmms_tui.model.records import AnyRecord, Level, OperationState, changed
from vmms_tui.model.surroundings import Image, Kind, Network, Subnet, Volume
from vmms_tui.screens.frame import Frame
from vmms_tui.widgets.table import VirtualTable

from .cloudland import NOW, OPERATIONS, POOLS, STATUS, event, lent, minutes, reminder
from .cloudscape import host, survey
from .driver import Driver, running
from .fullworld import INSPECTION
from .looks import SIZES
from .scripted import ScriptedClient, hours
from .test_moving import MOVE
from .test_nothing_breaks_out import NASTY, columns_stand, whole

ALL = " ".join(NASTY.values())
"""All of them in one name: that of whatever is first in its list."""
NAMES = {"all": ALL, **NASTY}


def cloud() -> list[AnyRecord]:
    """Hosts, volumes, networks and images: one of each kind with each name."""
    records: list[AnyRecord] = [survey(kind, problem=ALL if kind is Kind.VOLUMES else "") for kind in Kind]
    for number, name in enumerate(NAMES.values()):
        records += [
            host(number, name=name, zone=name, kind=name, node=name, status="disabled", disabled_reason=name),
            Volume(id=f"v-{number}", name=name, status=name, kind=name, attached_to=(name,), size_gib=number),
            Network(id=f"n-{number}", name=name, status=name, kind=name, subnets=(Subnet(cidr=name),)),
            Image(id=f"i-{number}", name=name, status=name, visibility=name, updated=NOW),
        ]
    return records


def ours() -> list[AnyRecord]:
    """Pools, leases, operations, events, needs and moves: everything that has a name has this one."""
    records: list[AnyRecord] = []
    for number, (key, name) in enumerate(NAMES.items(), 1):
        on, lease = lent(number, "el9-ci", name, hours(number), note=name, matched=name, purpose=name)
        records += [
            changed(on, host=name, failure=name, floating_ip=name),
            lease,
            changed(OPERATIONS[0], id=f"op-{number}", reason=name, waiting_for=name, actor=name),
            changed(
                OPERATIONS[0], id=f"op-9{number}", state=OperationState.FAILED, outcome=name, remedy=name, actor=name
            ),
            event(number, minutes(number), name, name, Level.ERROR, detail=name, server_id=on.id, owner=name),
            changed(reminder(number), owner=name, text=name, command=name),
            changed(POOLS[0], id=key, flavor=name, image=name, purposes=(name,), broken=name),
            changed(MOVE, id=f"op-8{number}", server_id=on.id, reason=name, actor=name),
        ]
    legs = [
        Leg(server_id=f"vm-{number:05}", source=ALL, to=name, state=state, why=name, remedy=name, said=name)
        for number, (name, state) in enumerate(zip(NAMES.values(), [*LegState] * 2, strict=False), 1)
    ]
    queue = MoveQueue(id=queue_id(Errand.DRAIN, ALL), errand=Errand.DRAIN, by=ALL, reason=ALL, since=NOW, host=ALL)
    illness = Illness(id="vm-00002", kind=Sickness.ERROR, why=ALL, since=NOW, asks=ALL, then=Rung.REBUILD)
    seen = Acknowledgement(id="ill:vm-00002", basis="", by=ALL, at=NOW, note=ALL)
    return [*records, changed(queue, legs=tuple(legs)), illness, seen]


def client() -> ScriptedClient:
    status = changed(STATUS, problem=ALL, cloud=changed(STATUS.cloud, name=ALL, problem=ALL, ok=True, since=NOW))
    made = ScriptedClient((*ours(), *cloud()), status, actor=ALL)
    answers: dict[type[AnyCommand], Reply] = {
        ReadConsole: Reply(body="\n".join(NAMES.values()), read_at=NOW),
        ReadServer: Reply(body=ALL, read_at=NOW),
        Inspect: Reply(inspection=INSPECTION),
    }
    made.answer = lambda command: answers.get(type(command), Reply(text=ALL, remedy=ALL))
    return made


WAYS = {
    "dash": ["1"],
    "dash, why": ["1", "x"],
    "dash, acknowledge": ["1", "a", "x"],
    "dash, filter": ["1", "slash", "x"],
    "lease, details": ["3", "g", "d"],
    "lease, raw": ["3", "g", "y"],
    "lease, log": ["3", "g", "l"],
    "lease, events": ["3", "g", "e"],
    "lease, menu": ["3", "g", "m"],
    "lease, move": ["3", "g", "M"],
    "host": ["4", "g"],
    "host, wide": ["4", "w", "right", "right"],
    "host, why": ["4", "g", "x"],
    "host, details": ["4", "g", "d"],
    "host, raw": ["4", "g", "y"],
    "host, menu": ["4", "g", "m"],
    "host, servers": ["4", "g", "enter"],
    "host, close": ["4", "g", "L"],
    "host, drain": ["4", "g", "D"],
    "host, open again": ["4", "g", "O"],
    "host, evacuate": ["4", "g", "E"],
    "host, moves": ["4", "g", "v"],
    "host, another limit": ["4", "g", "+"],
    "host, end of moves": ["4", "g", "X"],
    "rebalance": ["4", "B"],
    "volumes": ["5", "g"],
    "volume, why": ["5", "g", "x"],
    "networks": ["6", "g"],
    "network, why": ["6", "g", "x"],
    "network, servers": ["6", "g", "enter"],
    "images": ["7", "g"],
    "image, why": ["7", "g", "x"],
    "operations": ["9", "g"],
    "operation, why": ["9", "g", "x"],
    "operation, details": ["9", "g", "d"],
    "operation, abort": ["9", "g", "X"],
    "palette": ["ctrl+p", "x"],
    "command line": [":", *"drain x"],
    "bell": ["3", "g", "D", "right", "enter", "b"],
    "inspector": ["i"],
    "help": ["?"],
}
"""Every screen, page and dialog of which `test_nothing_breaks_out` tells nothing, and the keys that lead there."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_nothing_breaks_out_anywhere_else(size: tuple[int, int]) -> None:
    async with running(client(), size=size) as driver:
        for way, keys in WAYS.items():
            await driver.press(*keys)
            await driver.settled()
            whole(driver, way)
            for table in driver.app.screen.query(VirtualTable):
                columns_stand(driver, table, way)
            await back(driver, wide="wide" in way)


async def back(driver: Driver, *, wide: bool) -> None:
    """To a screen on which keys mean what they mean."""
    while not isinstance(driver.app.screen, Frame):
        await driver.press("escape")
    await driver.press("escape", "escape", "escape", "w" if wide else "escape", "2")
