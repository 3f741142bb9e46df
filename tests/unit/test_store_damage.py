"""Damage: what a loss of power leaves is cut and told; what was acknowledged is never lost without a word."""

import os
import re
from pathlib import Path

import msgspec
import pytest

from tests.unit.store_kit import Writer, checkpoints, contents, event, generations, journals, loaded, names
from tests.unit.test_store_formats import sample
from vmms_tui.engine.store import lines, migrations
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.migrations import NewerFormat, Step
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.model.records import Event
from vmms_tui.model.tables import Put


async def one_journal(folder: Path) -> Path:
    """Five batches and no checkpoint."""
    writer = Writer(folder)
    await writer.add_events(5)
    await writer.close()
    return journals(folder)[0]


def starts_of(path: Path) -> list[int]:
    """Where each line begins, and the end."""
    return [0, *(found.end() for found in re.finditer(rb"\n", path.read_bytes()))]


def edit(path: Path, offset: int, new: bytes) -> None:
    data = bytearray(path.read_bytes())
    data[offset : offset + len(new)] = new
    path.write_bytes(data)


@pytest.mark.parametrize("lost", [2, 5, 40])
async def test_a_torn_tail_is_cut_said_and_kept(tmp_path: Path, lost: int) -> None:
    path = await one_journal(tmp_path)
    whole, end = path.read_bytes(), starts_of(path)[5]
    os.truncate(path, len(whole) - lost)
    sequence, records, (remark,) = await loaded(tmp_path)
    assert (sequence, [record.id for record in records][-1]) == (4, "00000004")
    assert remark == (
        f"{path.name} ended in the middle of a line at byte {end} (a line was cut short); the rest was cut and is kept "
        f"as {path.name}.damaged."
    )
    assert path.with_name(f"{path.name}.damaged").read_bytes() == whole[end:-lost]
    assert path.read_bytes() == whole[:end]
    assert (await loaded(tmp_path))[2] == ()


async def test_a_tail_of_nuls_is_cut(tmp_path: Path) -> None:
    path = await one_journal(tmp_path)
    os.truncate(path, path.stat().st_size + 4096)
    sequence, _, (remark,) = await loaded(tmp_path)
    assert sequence == 5
    assert "nothing but NULs" in remark


async def test_after_a_cut_the_store_goes_on(tmp_path: Path) -> None:
    path = await one_journal(tmp_path)
    os.truncate(path, path.stat().st_size - 5)
    writer = Writer(tmp_path)
    await writer.add(Put(event(5, "again")))
    await writer.close()
    sequence, records, remarks = await loaded(tmp_path)
    assert (sequence, records[-1], remarks) == (5, event(5, "again"), ())


@pytest.mark.parametrize("end", [b"", b"X", b"\0", b"\0\0\0"])
async def test_a_last_line_that_lacks_only_its_newline_is_taken(tmp_path: Path, end: bytes) -> None:
    path = await one_journal(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + end)
    sequence, _, remarks = await loaded(tmp_path)
    assert sequence == 5
    assert remarks == (f"{path.name} lacked the end of its last line, which is whole; nothing was lost.",)
    assert path.read_bytes() == whole
    assert (await loaded(tmp_path))[2] == ()


async def refusal(folder: Path) -> str:
    """Why a start is refused. It must change nothing."""
    before = contents(folder)
    with pytest.raises(StoreProblem) as caught:
        FileStore(folder).load()
    assert contents(folder) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("line", [0, 1, 3, 5])
async def test_a_whole_line_with_a_wrong_checksum_is_refused(tmp_path: Path, line: int) -> None:
    path = await one_journal(tmp_path)
    start = starts_of(path)[line]
    edit(path, start + 20, b"\xff")
    assert await refusal(tmp_path) == (
        f"{path}: damaged at byte {start} (the checksum is wrong), so changes that were acknowledged may be lost; all "
        f"before it is whole, up to change {max(0, line - 1)}: `vmms recover --last-good` puts the rest aside and says "
        f"what was in it."
    )


async def test_a_torn_line_that_others_follow_is_refused(tmp_path: Path) -> None:
    path = await one_journal(tmp_path)
    writer = Writer(tmp_path)
    await writer.add_events(1)
    await writer.close()
    os.truncate(path, path.stat().st_size - 7)
    assert "(a line was cut short)" in await refusal(tmp_path)


async def test_a_change_that_is_missing_is_noticed(tmp_path: Path) -> None:
    path = await one_journal(tmp_path)
    kept = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(kept[:2] + kept[3:]))
    assert "change 2 should be there, and change 3 is" in await refusal(tmp_path)


async def test_a_change_that_stands_twice_is_noticed(tmp_path: Path) -> None:
    path = await one_journal(tmp_path)
    path.write_bytes(path.read_bytes() + lines.encode(5, [Put(event(5))]))
    assert "change 6 should be there, and change 5 is" in await refusal(tmp_path)


@pytest.mark.parametrize("size", [0, 5])
async def test_a_journal_without_its_first_line_is_refused(tmp_path: Path, size: int) -> None:
    path = await one_journal(tmp_path)
    os.truncate(path, size)
    assert "damaged at byte 0" in await refusal(tmp_path)


async def test_a_journal_that_is_away_is_noticed(tmp_path: Path) -> None:
    await generations(tmp_path)
    writer = Writer(tmp_path)
    await writer.add_events(2)
    await writer.close()
    newest, before = journals(tmp_path)[-1], journals(tmp_path)[-2]
    content = before.read_bytes()
    before.unlink()
    assert "it is missing" in await refusal(tmp_path)
    before.write_bytes(content)
    newest.rename(newest.with_name("journal-000000000017.log"))
    assert "it goes on after change 17, and the one before it ends with 16" in await refusal(tmp_path)


async def test_a_damaged_checkpoint_is_refused_and_the_last_good_generation_named(tmp_path: Path) -> None:
    await generations(tmp_path, number=2)
    before, newest = checkpoints(tmp_path)
    edit(newest, 100, b"\xff")
    said = await refusal(tmp_path)
    assert said.startswith(f"{newest}: the checkpoint is damaged (")
    assert f"the last good generation is {before.name} with the journals since, nothing is lost with it: " in said
    assert said.endswith("`vmms recover --last-good` goes back to it.")
    edit(before, 100, b"\xff")
    assert "is the journals from the beginning on, nothing is lost" in await refusal(tmp_path)
    journals(tmp_path)[0].unlink()
    assert "no other generation is whole" in await refusal(tmp_path)


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b"null", b'{"about":{}}', b'{"about":{"1":{"format":1}}}', b"\0" * 99]
)
async def test_a_checkpoint_that_says_something_else_is_damaged(tmp_path: Path, text: bytes) -> None:
    await generations(tmp_path)
    checkpoints(tmp_path)[-1].write_bytes(text)
    assert "the checkpoint is damaged" in await refusal(tmp_path)


async def test_a_checkpoint_under_another_name_is_refused(tmp_path: Path) -> None:
    await generations(tmp_path)
    checkpoints(tmp_path)[-1].rename(tmp_path / "checkpoint-000000000013.json")
    assert "it holds change 12, and its name says otherwise" in await refusal(tmp_path)


async def test_a_newer_journal_is_refused_and_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(lines, "FORMAT", 3)
        path = await one_journal_of(3, tmp_path)
    assert await refusal(tmp_path) == (
        f"{path}: a newer VMMS wrote it (format 3), and this one reads up to format 2: use the newer one."
    )


async def one_journal_of(written: int, folder: Path) -> Path:
    """A journal that says another format."""
    path = folder / "journal-000000000000.log"
    path.write_bytes(lines.head(0))
    assert f'"format":{written}'.encode() in path.read_bytes()
    return path


async def test_a_record_that_is_not_known_here_is_of_a_newer_vmms(tmp_path: Path) -> None:
    path = await one_journal(tmp_path)
    body = b'[6,[{"op":"put","record":{"type":"spaceship","id":"x"}}]]'
    path.write_bytes(path.read_bytes() + lines._line(body))
    assert "it is whole, but this VMMS cannot read it" in await refusal(tmp_path)
    with pytest.raises(NewerFormat):
        FileStore(tmp_path).load()


async def test_every_older_format_goes_through_all_later_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were a format 3, which calls the kind of an event otherwise."""

    def in_record(record: dict[str, object]) -> dict[str, object]:
        return record | {"kind": f"new.{record['kind']}"} if record.get("type") == "event" else record

    def in_change(change: migrations.RawChange) -> migrations.RawChange:
        return change | {"record": in_record(change["record"])} if change["op"] == "put" else change

    def in_tables(tables: migrations.RawTables) -> migrations.RawTables:
        return {name: {key: in_record(one) for key, one in table.items()} for name, table in tables.items()}

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, Step(in_tables, in_change)))
    for module in ("migrations", "lines", "checkpoint"):
        monkeypatch.setattr(f"vmms_tui.engine.store.{module}.FORMAT", 3)
    folder, expected = sample("store-format-1/checkpoint-and-journal", tmp_path)
    _, records, _ = await loaded(folder)
    kinds = {record.id: record.kind for record in records if isinstance(record, Event)}
    before = {record.id: record.kind for record in expected.records if isinstance(record, Event)}
    assert kinds == {number: f"new.{kind}" for number, kind in before.items()}
    assert len(kinds) > 2


async def test_the_first_versions_store_is_settled_and_says_so_to_that_version(tmp_path: Path) -> None:
    folder, expected = sample("store-format-1/checkpoint-and-journal", tmp_path)
    writer = Writer(folder)
    await writer.add_events(1)
    await writer.close()
    assert (await loaded(folder))[0] == expected.sequence + 1
    assert "checkpoint-000000000008.json" in names(folder)
    about = msgspec.json.decode((folder / "checkpoint.json").read_bytes())["about"]["1"]
    assert about["format"] == 2, "the first version refuses what is not of format 1"
    for _ in range(3):
        writer = Writer(folder)
        await writer.add_events(1)
        await writer.checkpoint()
        await writer.close()
    assert [name for name in names(folder) if "previous" in name or name.endswith("008.json")] == []
    assert (await loaded(folder))[0] == expected.sequence + 4


async def test_the_first_versions_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    folder, _ = sample("store-format-1/checkpoint-and-journal", tmp_path)
    os.truncate(folder / "checkpoint.json", 300)
    said = await refusal(folder)
    assert "checkpoint.json.previous with the journals since, it goes up to change 5" in said
