"""The store: what was appended is there again after any kind of end, and three generations are kept."""

import asyncio
import json
import os
import stat
import threading
from pathlib import Path

import pytest
from tinydb import TinyDB

from tests.unit.store_kit import Writer, checkpoints, contents, event, generations, journals, loaded, names
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.model.tables import Drop, Put


async def test_what_was_appended_is_there_without_a_clean_end(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.load()
    await asyncio.gather(*(store.append(n, [Put(event(n))]) for n in range(1, 51)))
    sequence, records, _ = await loaded(tmp_path)
    assert sequence == 50
    assert [record.id for record in records] == [f"{n:08d}" for n in range(1, 51)]
    await store.close()


async def test_without_a_thread_the_order_is_that_of_the_turns_of_the_loop(tmp_path: Path) -> None:
    store, before, durable = FileStore(tmp_path, beside=False), set(threading.enumerate()), list[int]()
    store.watch(durable.append, lambda _problem: None)
    store.load()

    async def append_two(number: int) -> None:
        await store.append(number, [Put(event(number))])
        await store.append(number + 2, [Put(event(number + 2))])

    await asyncio.gather(append_two(1), append_two(2))
    await store.checkpoint(4, [event(number) for number in range(1, 5)])
    await store.append(5, [Put(event(5))])
    assert durable == [2, 4, 5]
    assert set(threading.enumerate()) <= before
    assert [record.id for record in (await loaded(tmp_path))[1]] == [f"{n:08d}" for n in range(1, 6)]
    await store.close()


async def test_a_dropped_record_stays_away(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    await writer.add_events(3)
    await writer.add(Drop("event", "00000002"))
    await writer.close()
    assert [record.id for record in (await loaded(tmp_path))[1]] == ["00000001", "00000003"]


async def test_a_checkpoint_is_taken_with_what_comes_while_it_is_written(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    await writer.add_events(20)
    await asyncio.gather(writer.checkpoint(), writer.add(Put(event(21))))
    await writer.close()
    assert names(tmp_path) == ["checkpoint-000000000020.json", "journal-000000000000.log", "journal-000000000020.log"]
    assert await loaded(tmp_path) == (21, writer.records, ())


async def test_three_generations_are_kept_with_the_journals_since(tmp_path: Path) -> None:
    writer = await generations(tmp_path, number=5, each=2)
    kept = ["000000000006", "000000000008", "000000000010"]
    assert [path.name for path in checkpoints(tmp_path)] == [f"checkpoint-{number}.json" for number in kept]
    assert [path.name for path in journals(tmp_path)] == [f"journal-{number}.log" for number in kept]
    assert await loaded(tmp_path) == (12, writer.records, ())


@pytest.mark.parametrize("lost", [1, 2])
async def test_an_older_generation_and_its_journals_lose_nothing(tmp_path: Path, lost: int) -> None:
    writer = await generations(tmp_path)
    for path in checkpoints(tmp_path)[-lost:]:
        path.unlink()
    assert await loaded(tmp_path) == (writer.sequence, writer.records, ())


async def test_all_generations_lost_but_not_the_journals_is_no_empty_store(tmp_path: Path) -> None:
    await generations(tmp_path, number=4)
    for path in checkpoints(tmp_path):
        path.unlink()
    with pytest.raises(StoreProblem, match=r"journal-000000000000\.log: damaged at byte 0 \(it is missing\)"):
        FileStore(tmp_path).load()


async def test_a_checkpoint_is_a_tinydb_file(tmp_path: Path) -> None:
    await generations(tmp_path, number=1)
    path = checkpoints(tmp_path)[0]
    with TinyDB(path, access_mode="r") as database:
        assert database.table("about").all()[0]["sequence"] == 4
        assert [document["id"] for document in database.table("event")] == [f"{n:08d}" for n in range(1, 5)]
    assert json.loads(path.read_text())["about"]["1"]["format"] == 2


async def test_only_the_owner_may_read(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "store"
    await generations(folder)
    folder.chmod(0o755)
    checkpoints(folder)[0].chmod(0o644)
    await loaded(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


async def test_what_a_killed_one_left_half_written_goes(tmp_path: Path) -> None:
    writer = await generations(tmp_path)
    (tmp_path / "checkpoint-000000000099.json.new").write_bytes(b'{"about"')
    assert await loaded(tmp_path) == (writer.sequence, writer.records, ())
    assert [name for name in names(tmp_path) if name.endswith(".new")] == []


async def test_a_start_that_changes_nothing_adds_no_file(tmp_path: Path) -> None:
    await generations(tmp_path)
    await loaded(tmp_path)
    before = names(tmp_path)
    for _ in range(3):
        await loaded(tmp_path)
    assert names(tmp_path) == before


async def test_a_checkpoint_is_due_after_so_many_changes_also_over_several_starts(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    await writer.add_events(6)
    await writer.close()
    store = FileStore(tmp_path, lines_between_checkpoints=8)
    found = store.load()
    await store.append(7, [Put(event(7))])
    assert not store.due()
    await store.append(8, [Put(event(8))])
    assert store.due()
    await store.checkpoint(8, (*found.records, event(7), event(8)))
    assert not store.due()
    await store.close()


async def test_looking_changes_nothing(tmp_path: Path) -> None:
    await generations(tmp_path)
    path = journals(tmp_path)[-1]
    os.truncate(path, path.stat().st_size - 3)
    before = contents(tmp_path)
    assert FileStore(tmp_path).look().sequence == 15
    assert contents(tmp_path) == before
    assert FileStore(tmp_path / "nothing").look().sequence == 0
    assert not (tmp_path / "nothing").exists()


async def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreProblem, match="VMMS_STATE_DIR"):
        FileStore(tmp_path / "file" / "state").load()
