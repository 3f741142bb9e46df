"""Viewers: everybody gets all of it, once, in order; what is the same for many is made once."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from tests.unit.fake_door import NOW, STATUS, FakeDoor
from vmms_tui.engine import viewers as module
from vmms_tui.engine.lines import IN_A_PART, Lines
from vmms_tui.engine.server import Server
from vmms_tui.engine.viewers import MOST_PENDING, MOST_UPDATES, Source, Viewers
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, Event, Secret
from vmms_tui.model.status import Reading, Snapshot, Update
from vmms_tui.model.tables import Put, Tables
from vmms_tui.model.wire import STEPS, Reader

OPERATOR = Caller(name="op", roles=(Role.OPERATOR,))
OTHER = Caller(name="op2", roles=(Role.OPERATOR,))
ALICE = Caller(name="alice", roles=(Role.DEVELOPER,))
Stream = AsyncIterator[Snapshot | Update]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a quarter of a second here."""
    monkeypatch.setattr(module, "PACE", 0.001)


def event(number: int, owner: str = "") -> Event:
    return Event(id=f"{number:010d}", at=NOW, kind="test", text=f"event {number}", owner=owner)


class World:
    """Records and those who look at them."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.sequence = 0
        self.looked = 0
        self.viewers = Viewers(Source(self.records, lambda: self.sequence, lambda: STATUS, lambda _lease_id: None))

    def records(self, kinds: Collection[str]) -> tuple[AnyRecord, ...]:
        self.looked += 1
        return self.tables.records(kinds)

    def put(self, *records: AnyRecord) -> None:
        """A commit."""
        self.sequence += 1
        for record in records:
            self.tables.apply(Put(record))
        self.viewers.tell(self.sequence, tuple(Put(record) for record in records))

    def stream(self, caller: Caller = OPERATOR) -> "aclosing[AsyncGenerator[Snapshot | Update]]":
        stream = self.viewers.follow(caller)
        assert isinstance(stream, AsyncGenerator)
        return aclosing(stream)


async def caught_up(stream: Stream, tables: Tables, sequence: int) -> None:
    """Take news in until this change has been told."""
    async with asyncio.timeout(10):
        while True:
            news = await anext(stream)
            if isinstance(news, Snapshot):
                tables.__init__(news.records)  # type: ignore[misc]
            else:
                for change in news.changes:
                    tables.apply(change)
            if news.sequence >= sequence:
                return


async def test_two_who_see_the_same_get_the_very_same_update() -> None:
    world = World()
    async with world.stream() as one, world.stream(OTHER) as two:
        assert isinstance(await anext(one), Snapshot)
        assert isinstance(await anext(two), Snapshot)
        news = asyncio.gather(anext(one), anext(two))
        await asyncio.sleep(0)
        world.put(event(1))
        first, second = await news
    assert isinstance(first, Update)
    assert first is second


async def test_who_comes_at_the_same_time_shares_one_look_at_everything() -> None:
    world = World()
    world.put(*(event(number) for number in range(10)))
    streams = [world.viewers.follow(OPERATOR) for _ in range(20)]
    shots = await asyncio.gather(*(anext(stream) for stream in streams))
    assert world.looked <= 2
    assert all(isinstance(shot, Snapshot) and len(shot.records) == 10 for shot in shots)
    for stream in streams:
        await stream.aclose()  # type: ignore[attr-defined]


async def test_a_snapshot_is_no_older_than_the_wish_for_it() -> None:
    """Who has just asked for a server finds the request in what they are shown."""
    world = World()
    for number in range(5):
        world.put(event(number))
        async with world.stream() as stream:
            shot = await anext(stream)
            assert isinstance(shot, Snapshot)
            assert shot.sequence == world.sequence
            assert len(shot.records) == number + 1


async def test_each_is_told_who_they_are_and_only_what_they_may_see() -> None:
    world = World()
    world.put(event(1, "alice"), event(2, "bob"), Secret(id="vm-1", token="t"))
    async with world.stream(ALICE) as alice, world.stream() as operator:
        hers, all_of_it = await anext(alice), await anext(operator)
        assert isinstance(hers, Snapshot)
        assert isinstance(all_of_it, Snapshot)
        assert (hers.you, all_of_it.you) == (ALICE, OPERATOR)
        assert [record.id for record in hers.records] == [event(1).id]
        assert len(all_of_it.records) == 2
        coming = asyncio.gather(anext(alice), anext(operator))
        world.put(event(3, "bob"))
        await asyncio.sleep(0.01)
        world.put(event(4, "alice"))
        for_her, for_all = await coming
        assert isinstance(for_her, Update)
        assert isinstance(for_all, Update)
        assert [change.record for change in for_her.changes if isinstance(change, Put)] == [event(4, "alice")]
        assert Put(event(3, "bob")) in for_all.changes


async def test_who_is_slow_gets_all_of_it_in_one() -> None:
    world = World()
    slow, quick = Tables(), Tables()
    async with world.stream() as lagging, world.stream() as reading:
        await caught_up(lagging, slow, 0)
        await caught_up(reading, quick, 0)
        for number in range(20):
            world.put(event(number))
            await caught_up(reading, quick, world.sequence)
        news = await anext(lagging)
        assert isinstance(news, Update)
        assert len(news.changes) == 20
        assert quick.records() == world.tables.records()


@pytest.mark.parametrize("each", [1, MOST_PENDING // 2 + 1, MOST_PENDING + 1])
async def test_who_is_too_slow_starts_anew(each: int) -> None:
    """Whether the changes are many small ones or few large ones, and however large one is."""
    world = World()
    slow, quick = Tables(), Tables()
    async with world.stream() as lagging, world.stream() as reading:
        await caught_up(lagging, slow, 0)
        await caught_up(reading, quick, 0)
        for number in range(MOST_UPDATES + 2 if each == 1 else 3):
            world.put(*(event(number * each + one) for one in range(each)))
            await caught_up(reading, quick, world.sequence)
        assert isinstance(await anext(lagging), Snapshot)
        world.put(event(10**9))
        await caught_up(lagging, slow, world.sequence)
        assert slow.all(Event)[-1] == event(10**9)
        assert quick.count(Event) == world.tables.count(Event) - 1


async def test_who_saw_what_was_taken_back_starts_anew_at_once() -> None:
    world = World()
    async with world.stream() as waiting, world.stream() as lagging:
        for stream in (waiting, lagging):
            await caught_up(stream, Tables(), 0)
        following = asyncio.ensure_future(anext(waiting))
        await asyncio.sleep(0)
        world.viewers.begin_anew()
        assert isinstance(await following, Snapshot)
        assert isinstance(await anext(lagging), Snapshot)
        world.put(event(1))
        seen = Tables()
        await caught_up(waiting, seen, world.sequence)
        assert seen.all(Event) == [event(1)]


async def test_nothing_is_kept_for_who_has_gone() -> None:
    world = World()
    async with world.stream() as stream:
        await anext(stream)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait({waiting})
    world.put(event(1))
    assert not world.viewers._audiences
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), 5)


async def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    world = World()
    async with world.stream() as staying:
        await anext(staying)
        async with world.stream() as leaving:
            await anext(leaving)
            going = asyncio.ensure_future(anext(leaving))
            coming = asyncio.ensure_future(anext(staying))
            await asyncio.sleep(0.01)
            going.cancel()
            await asyncio.wait({going})
        world.put(event(1))
        news = await asyncio.wait_for(coming, 5)
    assert isinstance(news, Update)
    assert news.changes == (Put(event(1)),)


async def test_who_is_sent_away_hears_nothing_more() -> None:
    world = World()
    async with world.stream() as stream:
        await anext(stream)
        coming = asyncio.ensure_future(anext(stream, None))
        await asyncio.sleep(0.01)
        world.viewers.send_away()
        assert await asyncio.wait_for(coming, 5) is None
    async with world.stream() as again:
        assert isinstance(await anext(again), Snapshot)


async def test_a_quiet_engine_gives_a_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.01)
    world = World()
    async with world.stream() as stream:
        await anext(stream)
        sign = await asyncio.wait_for(anext(stream), 5)
    assert isinstance(sign, Update)
    assert sign.changes == ()


# On the wire


async def line(lines: Lines, news: Snapshot | Update) -> bytes:
    return b"".join([part async for part in lines.of(news)])


@pytest.mark.parametrize("number", [0, 1, IN_A_PART - 1, IN_A_PART, IN_A_PART + 1, 3 * IN_A_PART + 1])
async def test_a_snapshot_in_parts_is_the_snapshot(number: int) -> None:
    odd = msgspec.structs.replace(event(0), text='"records":[] ]}\n\x1b[31m名前')
    records = tuple(msgspec.structs.replace(odd, id=str(each)) for each in range(number))
    shot = Snapshot(sequence=7, records=records, status=STATUS, you=ALICE)
    told = [one async for one in Lines().of(shot)]
    assert all(one.endswith(b"\n") and one.count(b"\n") == 1 for one in told)
    reader = Reader()
    *before, last = [news for one in told if (news := reader.take(one)) is not None]
    assert last == shot
    readings = [(news.had, news.of) for news in before if isinstance(news, Reading)]
    assert len(readings) == len(before) <= STEPS
    assert readings == sorted(set(readings))
    assert readings[:1] == ([(0, number)] if number > IN_A_PART else [])
    whole = b"".join([part async for part in Lines().snapshot(shot)])
    assert msgspec.json.decode(whole, type=Snapshot) == shot


async def test_what_many_are_sent_is_encoded_once() -> None:
    lines = Lines()
    update = Update(sequence=1, changes=(Put(event(1)),), status=STATUS)
    assert await line(lines, update) is await line(lines, update)
    assert Reader().take(await line(lines, update)) == update
    records = tuple(event(number) for number in range(2 * IN_A_PART))
    one = Snapshot(sequence=1, records=records, status=STATUS, you=ALICE)
    first, second = lines.of(one), lines.of(msgspec.structs.replace(one, you=OPERATOR))
    pairs = [(a, b) async for a in first if (b := await anext(second))]
    heads, parts = pairs[0], pairs[1:]
    assert len(parts) == 2
    assert heads[0] != heads[1]
    assert all(a is b for a, b in parts)


async def test_pieces_come_after_their_head_and_nothing_between() -> None:
    records = tuple(event(number) for number in range(2 * IN_A_PART))
    head, first, second = [one async for one in Lines().of(Snapshot(sequence=1, records=records, status=STATUS))]
    update = await line(Lines(), Update(sequence=1, changes=(), status=STATUS))
    for wrong in ([first], [head, update], [head, head], [head, first, second, second], [b"{}"]):
        reader = Reader()
        for one in wrong[:-1]:
            reader.take(one)
        with pytest.raises(msgspec.DecodeError, match="where one was due"):
            reader.take(wrong[-1])


async def test_who_does_not_read_is_hung_up_on(tmp_path: Path) -> None:
    door = FakeDoor(*(msgspec.structs.replace(event(number), text="x" * 4000) for number in range(2000)))
    server = Server(door, tmp_path / "e.sock", reading=0.05)
    await server.start()
    try:
        _reader, writer = await asyncio.open_unix_connection(tmp_path / "e.sock", limit=1024)
        writer.write(b"GET /follow HTTP/1.1\r\nhost: vmms\r\n\r\n")
        end = time.monotonic() + 10
        while not door.viewers:
            assert time.monotonic() < end
            await asyncio.sleep(0.005)
        while door.viewers:
            assert time.monotonic() < end
            await asyncio.sleep(0.005)
        writer.close()
    finally:
        await server.stop()
