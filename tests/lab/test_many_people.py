"""Several people over real SSH on one installation, at once: each sees and does what is theirs."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from lab.hosts.packages import possible
from tests.lab.desk import Desk, Person, Screen

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(bool(possible()), reason=possible()),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

PEOPLE = {"olga": "vmms-ops", "dan": "vmms-dev", "eve": "vmms-dev", "mallory": ""}
KNOCK = """python3 - <<'END'
import http.client, json, socket
line = http.client.HTTPConnection("vmms")
line.sock = socket.socket(socket.AF_UNIX)
line.sock.connect("/run/vmms/engine.sock")
line.request({words})
print(line.getresponse().read().decode())
END"""
BY_HAND = KNOCK.replace(
    "{words}",
    '"POST", "/command", json.dumps({command}), {{"vmms-says": "olga, root", "content-type": "application/json"}}',
)
SNAPSHOT = KNOCK.replace("{words}", '"GET", "/snapshot"')
HEALTH = KNOCK.replace("{words}", '"GET", "/health"')


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


async def filled(screen: Screen) -> None:
    """Go from where one starts to Pools, and wait until the pool has what it should have."""
    await screen.shows("1*Dash")
    screen.press("2")
    await screen.shows("2*Pools", "4/4")


def something_is_built(text: str) -> bool:
    """Whether Ops shows a server that is not ready yet."""
    return any("provision" in line and "done" not in line for line in text.splitlines())


async def test_each_sees_and_does_what_is_theirs(people: dict[str, Person]) -> None:
    olga, dan, eve, mallory = people.values()
    async with olga.screen() as hers:
        await filled(hers)
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


async def test_one_screen_shows_the_others_change_within_a_second(people: dict[str, Person]) -> None:
    olga, dan, _, _ = people.values()
    async with olga.screen() as hers, dan.screen() as his:
        await filled(hers)
        await filled(his)
        lease = await ask(dan)
        for screen in (hers, his):
            await screen.shows("4/4")
            screen.press("3")
            await screen.shows(lease)
        delays = []
        for _ in range(5):
            code, reply = await olga.vmms(f"renew {lease} 1h")
            assert code == 0, reply
            began = time.monotonic()
            end = str(reply["end"])[11:16]
            await asyncio.gather(his.shows(end), hers.shows(end))
            delays.append(time.monotonic() - began)
    assert statistics.median(delays) < 1.0, delays


@pytest.mark.parametrize("cut", [False, True], ids=["quits", "line drops"])
async def test_the_first_one_leaves_in_the_middle_of_work_and_the_engine_lives_on(
    people: dict[str, Person], cut: bool
) -> None:
    olga, dan, eve, _ = people.values()
    await _end_the_engine(olga)
    async with AsyncExitStack() as others:
        async with olga.screen() as hers:
            await filled(hers)
            still = await others.enter_async_context(eve.screen())
            await filled(still)
            before = await _engine(dan)
            lease = await ask(dan)
            hers.press("9")
            await hers.until(something_is_built, "nothing is under way")
            if not cut:
                hers.press("q")
                await hers.shows("They go on: an engine in the background takes over.")
                hers.press("\t\r")
                await hers.shows("An engine goes on in the background")
        await _until(dan, answers=True, than=before)
        assert lease in await leases(dan)
        assert (await dan.vmms(f"renew {lease} 1h"))[0] == 0
        assert (await olga.sh(f"stat -c %U /proc/{await _engine(dan)}")).strip() == "olga"
        mine = await ask(eve)
        await still.shows("4/4")
        still.press("3")
        await still.shows(mine)
    after = await _engine(dan)
    async with olga.screen() as again:
        again.press("3")
        await again.shows(lease, mine)
        assert await _engine(dan) == after


async def test_the_engine_is_killed_and_every_screen_goes_on(people: dict[str, Person]) -> None:
    olga, dan, _, _ = people.values()
    code, _ = await olga.vmms("leases --start")
    assert code == 0
    async with olga.screen() as hers, dan.screen() as his:
        await asyncio.gather(filled(hers), filled(his))
        before = await ask(dan)
        killed = await _engine(dan)
        await olga.sh(f"kill -9 {killed}")
        await _until(dan, answers=True, than=killed)
        after = await ask(dan)
        assert {before, after} <= set(await leases(dan))
        for screen in (hers, his):
            screen.press("3")
            await screen.shows(before, after)
            assert "engine away" not in screen.text


async def _engine(person: Person) -> int:
    """The process of the engine; 0 when none answers."""
    said = await person.sh(HEALTH)
    return int(json.loads(said)["pid"]) if said.startswith("{") else 0


async def _end_the_engine(person: Person) -> None:
    if running := await _engine(person):
        await person.sh(f"kill {running}")
        await _until(person, answers=False, than=running)


async def _until(person: Person, *, answers: bool, than: int) -> None:
    """Wait until another engine answers, or none does."""
    async with asyncio.timeout(60):
        while (now := await _engine(person)) == than or bool(now) != answers:  # over SSH: it paces itself
            continue
