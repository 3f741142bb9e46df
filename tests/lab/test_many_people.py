"""Several people over real SSH on one installation, at once: each sees and does what is theirs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from lab.hosts.packages import possible
from tests.lab.desk import Desk, Person

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(bool(possible()), reason=possible()),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

PEOPLE = {"olga": "vmms-ops", "dan": "vmms-dev", "eve": "vmms-dev", "mallory": ""}
BY_HAND = """python3 - <<'END'
import http.client, json, socket
line = http.client.HTTPConnection("vmms")
line.sock = socket.socket(socket.AF_UNIX)
line.sock.connect("/run/vmms/engine.sock")
body = json.dumps({command})
line.request("POST", "/command", body, {{"vmms-says": "olga, root", "content-type": "application/json"}})
print(line.getresponse().read().decode())
END"""
SNAPSHOT = """python3 - <<'END'
import http.client, socket
line = http.client.HTTPConnection("vmms")
line.sock = socket.socket(socket.AF_UNIX)
line.sock.connect("/run/vmms/engine.sock")
line.request("GET", "/snapshot")
print(line.getresponse().read().decode())
END"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people() -> AsyncIterator[dict[str, Person]]:
    """Everybody at their lines, and the engine that Olga's screen runs."""
    desk = Desk("desk")
    try:
        await desk.furnish(PEOPLE)
        desk.belongs_to("olga")
        async with AsyncExitStack() as lines:
            yield {name: await lines.enter_async_context(desk.at(name)) for name in PEOPLE}
    finally:
        desk.host.remove()


async def leases(person: Person, words: str = "") -> dict[str, dict[str, Any]]:
    """The leases that they see, by id."""
    code, answer = await person.vmms(f"leases {words}")
    assert code == 0, answer
    return {lease["id"]: lease for lease in answer["leases"]}


async def ask(person: Person) -> str:
    """A new lease of theirs."""
    code, reply = await person.vmms("request --purpose dev --for 8h")
    assert code == 0, reply
    return str(reply["lease_id"])


async def test_each_sees_and_does_what_is_theirs(people: dict[str, Person]) -> None:
    olga, dan, eve, mallory = people.values()
    async with olga.screen() as hers:
        await hers.shows("4/4")
        dans, eves = await asyncio.gather(ask(dan), ask(eve))

        assert set(await leases(dan)) == {dans}
        assert set(await leases(eve)) == {eves}
        assert {lease["owner"] for lease in (await leases(olga)).values()} == {"dan", "eve"}
        assert (await dan.vmms(f"renew {dans} 1h"))[0] == 0

        code, why = await dan.vmms(f"renew {eves} 1h")
        assert (code, "another's" in str(why), "eve" in str(why)) == (1, True, False)
        told = json.loads(await dan.sh(BY_HAND.format(command={"command": "release", "lease_id": eves})))
        assert (told["code"], told["rule"]) == ("refused", "not_owner")
        assert '"eve"' not in await dan.sh(SNAPSHOT)
        assert (await olga.vmms(f"renew {eves} 1h"))[0] == 0

        code, why = await mallory.vmms("leases")
        assert (code, "mallory has no role" in str(why)) == (1, True)
        assert "Permission denied" in await dan.sh("ls /var/lib/vmms")
