"""The rescue of a host of the real OpenStack (`make lab`) whose plug is pulled, from then until all is verified.

Witnesses: Nova, SSH at its address, and its power; two looks in a row, 2 s apart. Fence: the lab's, with its proof.
Four evacuations at a time. A server is verified when host, status, ports and floating IP are as they should be.
"""

import asyncio
import os

from bench.figures import Figure, disk
from lab.openstack.control import CLOUDS
from tests.lab.rescuing import Times, ended_badly, killed_and_rescued, rescuers

DEAD = "cmp2"
SERVERS = 10


def measure() -> list[Figure]:
    """See the module; nothing where there is no lab."""
    if not CLOUDS.exists():
        print(f"  skipped: there is no {CLOUDS}; `make lab` starts the real cloud.")
        return []
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
    return _figures(asyncio.run(_measure()))


async def _measure() -> Times:
    with disk() as folder:
        async with rescuers(folder) as land:
            await land.lend_on(DEAD, SERVERS)
            before = {one.id: one.floating_ip for one in land.servers()}
            times = await killed_and_rescued(land, DEAD)
            if bad := ended_badly(land.evacuations()):
                raise RuntimeError(f"not all were rescued: {bad}")
            if {one.id: one.floating_ip for one in land.servers()} != before:
                raise RuntimeError("a floating IP is not the same")
            return times


def _figures(times: Times) -> list[Figure]:
    steps = (
        ("until Nova calls the host down", times.down),
        ("  until VMMS has seen that", times.suspected - times.down),
        ("  until its witnesses agree", times.fencing - times.suspected),
        ("  until it is fenced, with proof", times.fenced - times.fencing),
        ("  until it is given up, and the evacuations are begun", times.asked - times.fenced),
        (f"  until {times.servers} servers are evacuated, started and verified", times.verified - times.asked),
        ("from the pulled plug until all is verified", times.verified),
        ("  Nova's share of that: seeing it, evacuating, starting", times.down + times.nova),
    )
    return [
        *(Figure(what=what, value=value, unit="s") for what, value in steps),
        Figure(what="  beyond Nova's own time", value=times.verified - times.down - times.nova, unit="s", target=60),
    ]
