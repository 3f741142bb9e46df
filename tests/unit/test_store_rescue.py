"""Back to the last good generation: what is whole goes on, what is not is put aside and told of."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.store_kit import Writer, checkpoints, contents, event, generations, journals, loaded, names, put
from tests.unit.test_store_damage import edit, starts_of
from tests.unit.test_store_formats import sample
from vmms_tui.engine.store import lines
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.port import Rescued, StoreProblem
from vmms_tui.model.records import Pool
from vmms_tui.model.tables import Put


async def rescued(folder: Path, sequence: int) -> Rescued:
    """Refused before, said without being done, done; then it goes on."""
    with pytest.raises(StoreProblem):
        FileStore(folder).load()
    before = contents(folder)
    said = FileStore(folder).go_back(act=False)
    assert contents(folder) == before
    done = FileStore(folder).go_back()
    assert (done.sequence, done.generation, done.told) == (said.sequence, said.generation, said.told)
    assert len(done.aside) == len(said.aside)
    assert sum(map(len, contents(folder).values())) >= sum(map(len, before.values())), "nothing is thrown away"
    assert (await loaded(folder))[0] == done.sequence == sequence
    writer = Writer(folder)
    await writer.add(Put(event(99)))
    await writer.checkpoint()
    await writer.close()
    assert (await loaded(folder))[:2] == (sequence + 1, tuple(writer.records))
    return done


async def test_a_damaged_checkpoint_costs_nothing(tmp_path: Path) -> None:
    held = await generations(tmp_path)
    newest = checkpoints(tmp_path)[-1]
    edit(newest, 100, b"\xff")
    done = await rescued(tmp_path, 16)
    assert done.aside == (f"{newest}.damaged",)
    assert done.generation == "checkpoint-000000000008.json with the journals since"
    assert (await loaded(tmp_path))[1][: len(held.records)] == tuple(held.records)


async def test_with_all_checkpoints_damaged_the_journals_do(tmp_path: Path) -> None:
    await generations(tmp_path, number=2)
    for path in checkpoints(tmp_path):
        edit(path, 100, b"\xff")
    done = await rescued(tmp_path, 12)
    assert done.generation == "the journals from the beginning on"
    assert len(done.aside) == 2


async def test_a_damaged_line_costs_what_follows_and_that_is_told(tmp_path: Path) -> None:
    await generations(tmp_path)
    writer = Writer(tmp_path)
    await writer.add_events(2)
    await writer.add(Put(Pool(id="ci", purposes=(), flavor="f", image="i")))
    await writer.close()
    newest, damaged = journals(tmp_path)[-1], journals(tmp_path)[-2]
    edit(damaged, starts_of(damaged)[2] + 30, b"\xff")
    done = await rescued(tmp_path, 13)
    assert set(done.aside) == {f"{newest}.damaged", f"{damaged}.damaged"}
    assert done.told == ("ci",), "small things like events are not named"


async def test_a_journal_that_is_away_or_never_began(tmp_path: Path) -> None:
    await generations(tmp_path)
    journals(tmp_path)[-1].unlink()
    await rescued(tmp_path, 12)


async def test_a_journal_whose_beginning_is_damaged(tmp_path: Path) -> None:
    await generations(tmp_path)
    path = journals(tmp_path)[-1]
    edit(path, 12, b"\xff")
    assert (await rescued(tmp_path, 12)).aside == (f"{path}.damaged",)


async def test_nothing_is_done_to_what_is_whole_or_newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await generations(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(StoreProblem, match="nothing is damaged there: nothing was done"):
        FileStore(tmp_path).go_back()
    with monkeypatch.context() as newer:
        newer.setattr(lines, "FORMAT", 3)
        (tmp_path / "journal-000000000016.log").write_bytes(lines.head(16))
    with pytest.raises(StoreProblem, match="a newer VMMS wrote it"):
        FileStore(tmp_path).go_back()
    (tmp_path / "journal-000000000016.log").unlink()
    assert contents(tmp_path) == before


async def test_without_any_whole_generation_the_cloud_is_named(tmp_path: Path) -> None:
    await generations(tmp_path, number=4)
    for path in checkpoints(tmp_path):
        edit(path, 100, b"\xff")
    with pytest.raises(StoreProblem, match="no generation is whole: put the folder away, and `vmms recover` takes on"):
        FileStore(tmp_path).go_back()


async def test_the_first_versions_store(tmp_path: Path) -> None:
    folder, _ = sample("store-format-1/checkpoint-and-journal", tmp_path)
    os.truncate(folder / "checkpoint.json", 300)
    said = FileStore(folder).go_back(act=False)
    done = FileStore(folder).go_back()
    assert done.sequence == said.sequence
    assert (await loaded(folder))[0] == done.sequence
    assert "checkpoint.json.damaged" in names(folder)


@pytest.mark.parametrize("name", ["unlink", "rename", "ftruncate", "write"])
async def test_what_was_interrupted_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """At whichever call the disk fails, what is left is refused still or done, and the second try ends well."""
    made = await generations(tmp_path / "made")
    folder = tmp_path / "made"
    edit(checkpoints(folder)[-1], 100, b"\xff")
    damaged = journals(folder)[-1]
    edit(damaged, starts_of(damaged)[3] + 30, b"\xff")
    files = contents(folder)
    real: Callable[..., object] = getattr(os, name)
    for at in range(6):
        work = put(tmp_path / "work", files)
        left = iter(range(at))

        def failing(*arguments: object, left: object = left) -> object:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise OSError(5, "Input/output error")
            return real(*arguments)

        with monkeypatch.context() as broken:
            broken.setattr(os, name, failing)
            try:
                FileStore(work).go_back()
            except StoreProblem as problem:
                assert "Input/output error" in str(problem)  # noqa: PT017 either way is right
        try:
            found = await loaded(work)
        except StoreProblem:
            FileStore(work).go_back()
            found = await loaded(work)
        assert found[0] == 14
        assert set(found[1]) <= set(made.records) | {event(2)} | {event(1)}
