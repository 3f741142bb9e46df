"""The store: what was appended is there again after any kind of end."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.model.records import Event
from vmms_tui.model.tables import Drop, Put

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def event(number: int, text: str = "something") -> Event:
    return Event(id=f"{number:08d}", at=AT, kind="test", text=text)


async def filled(folder: Path, batches: int) -> FileStore:
    store = FileStore(folder)
    store.load()
    await asyncio.gather(*(store.append(n, [Put(event(n))]) for n in range(1, batches + 1)))
    return store


def journal_of(folder: Path) -> Path:
    return sorted(folder.glob("journal-*.log"))[-1]


async def test_what_was_appended_is_there_without_a_clean_end(tmp_path: Path) -> None:
    store = await filled(tmp_path, 50)
    again = FileStore(tmp_path)
    loaded = again.load()
    assert loaded.sequence == 50
    assert [record.id for record in loaded.records] == [f"{n:08d}" for n in range(1, 51)]
    await again.close()
    await store.close()


async def test_a_dropped_record_stays_away(tmp_path: Path) -> None:
    store = await filled(tmp_path, 3)
    await store.append(4, [Drop("event", "00000002")])
    await store.close()
    again = FileStore(tmp_path)
    assert [record.id for record in again.load().records] == ["00000001", "00000003"]
    await again.close()


async def test_a_checkpoint_replaces_the_journal(tmp_path: Path) -> None:
    store = await filled(tmp_path, 20)
    records = tuple(event(n) for n in range(1, 21))
    await asyncio.gather(store.checkpoint(20, records), store.append(21, [Put(event(21))]))
    await store.close()
    assert journal_of(tmp_path).name == "journal-000000000020.log"
    again = FileStore(tmp_path)
    loaded = again.load()
    assert loaded.sequence == 21
    assert len(loaded.records) == 21
    await again.close()


@pytest.mark.parametrize("lost", [1, 5, 40])
async def test_a_damaged_tail_is_cut_and_said(tmp_path: Path, lost: int) -> None:
    await (await filled(tmp_path, 5)).close()
    path = journal_of(tmp_path)
    os.truncate(path, path.stat().st_size - lost)
    store = FileStore(tmp_path)
    loaded = store.load()
    assert loaded.sequence == 4
    assert "cut" in loaded.remarks[0]
    await store.append(5, [Put(event(5, "again"))])
    await store.close()
    again = FileStore(tmp_path)
    assert again.load().sequence == 5
    await again.close()


async def test_a_flipped_bit_is_seen(tmp_path: Path) -> None:
    await (await filled(tmp_path, 5)).close()
    path = journal_of(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    store = FileStore(tmp_path)
    loaded = store.load()
    assert loaded.sequence < 5
    assert loaded.remarks
    assert path.with_name(path.name + ".damaged").stat().st_size > 0
    await store.close()


async def test_a_damaged_checkpoint_is_refused_with_the_one_before(tmp_path: Path) -> None:
    store = await filled(tmp_path, 1)
    await store.checkpoint(1, [event(1)])
    await store.append(2, [Put(event(2))])
    await store.checkpoint(2, [event(1), event(2)])
    await store.close()
    (tmp_path / "checkpoint.json").write_bytes(b'{"event": {"1": ')
    with pytest.raises(StoreProblem, match=r"checkpoint\.json\.previous"):
        FileStore(tmp_path).load()
    assert (tmp_path / "checkpoint.json.previous").exists()


async def test_a_journal_that_was_removed_is_noticed(tmp_path: Path) -> None:
    store = await filled(tmp_path, 4)
    await store.close()
    path = journal_of(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:1] + lines[2:]))
    with pytest.raises(StoreProblem, match="change 2 is missing"):
        FileStore(tmp_path).load()


async def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreProblem, match="VMMS_STATE_DIR"):
        FileStore(tmp_path / "file" / "state").load()


async def test_a_disk_that_fails_refuses_every_later_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await filled(tmp_path, 1)

    def full(_file: int, _data: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(StoreProblem, match="No space left"):
            await store.append(2, [Put(event(2))])
    with pytest.raises(StoreProblem):
        await store.append(2, [Put(event(2))])
    await store.close()
    again = FileStore(tmp_path)
    assert again.load().sequence == 1
    await again.close()
