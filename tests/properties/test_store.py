"""Any byte flipped, any file cut: a start finds exactly what was acknowledged, or refuses with a sentence."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.store_kit import Writer, checkpoints, contents, event, generations, journals, loaded, put
from vmms_tui.engine.store.files import FileStore
from vmms_tui.engine.store.lines import head
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.model.records import AnyRecord

Found = tuple[int, tuple[AnyRecord, ...]]


class Sample:
    """A store with three generations and two starts since, and what it held after each acknowledged change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.held: Found = asyncio.run(self._make(folder / "sample"))
        self.ever = {str(record) for record in (*self.held[1], *(event(number) for number in (1, 2)))}
        """Whatever was held at any time."""
        self.files = contents(folder / "sample")
        self.newest = journals(folder / "sample")[-1].name
        self.base = checkpoints(folder / "sample")[-1].name
        self.read = [self.base, *(path.name for path in journals(folder / "sample")[-2:])]
        """What a start reads: older files are only for falling back to."""

    async def _make(self, folder: Path) -> Found:
        await generations(folder)
        writer = Writer(folder)
        await writer.add_events(3)
        await writer.close()
        return writer.sequence, tuple(writer.records)

    def start(self, files: dict[str, bytes]) -> Found | None:
        """What a start finds in these files; None when it is refused with a sentence. Nothing else may come."""
        put(self.folder, files)
        try:
            sequence, records, _ = asyncio.run(loaded(self.folder))
        except StoreProblem as problem:
            refused = str(problem)
        else:
            again = asyncio.run(loaded(self.folder))
            assert again == (sequence, records, ()), "a second start finds the same, and no fault"
            return sequence, records
        assert str(self.folder) in refused
        assert "\n" not in refused
        self._go_back(files)
        return None

    def _go_back(self, files: dict[str, bytes]) -> None:
        """It goes on from what is whole, which is never a change that was not made, or says that nothing is."""
        try:
            sequence = FileStore(self.folder).go_back().sequence
        except StoreProblem as problem:
            said = str(problem)
        else:
            said = ""
        if said:
            assert "no generation is whole" in said
            assert contents(self.folder) == files
            return
        found = asyncio.run(loaded(self.folder))
        assert found[0] == sequence
        assert set(map(str, found[1])) <= self.ever

    def upto(self, sequence: int) -> Found:
        """What was held after this change of the newest journal, each of which made one record."""
        return sequence, self.held[1][: len(self.held[1]) - (self.held[0] - sequence)]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return Sample(tmp_path_factory.mktemp("store"))


def test_the_sample_is_what_it_should_be(sample: Sample) -> None:
    assert sample.start(sample.files) == sample.held
    assert len(sample.files) == 7
    assert sample.held[0] == 19


@given(data=st.data())
@settings(max_examples=400)
def test_a_flipped_byte_loses_nothing_in_silence(sample: Sample, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(sample.files)))
    content = bytearray(sample.files[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    found = sample.start(sample.files | {name: bytes(content)})
    assert found in {None, sample.held} if name in sample.read else found == sample.held


@given(data=st.data())
@settings(max_examples=300)
def test_a_cut_loses_at_most_what_the_last_write_was(sample: Sample, data: st.DataObject) -> None:
    """In the newest journal a cut looks as a write that never ended; anywhere else it is damage."""
    name = data.draw(st.sampled_from(sample.read))
    content = sample.files[name]
    size = data.draw(st.integers(0, len(content) - 1))
    found = sample.start(sample.files | {name: content[:size]})
    if name != sample.newest:
        # all is there where only the newline went
        assert found is None or (found == sample.held and size == len(content) - 1)
    elif size < len(head(16)) - 1:
        assert found is None, "without its first line a journal was never begun"
    else:
        whole = content[: size + 1] if content[size : size + 1] == b"\n" else content[:size]
        assert found == sample.upto(16 + whole.count(b"\n") - 1)


@given(data=st.data())
@settings(max_examples=200)
def test_any_rubbish_is_refused_or_cut(sample: Sample, data: st.DataObject) -> None:
    """Bytes put into a file, over or between its own: never another exception, never a change that was not made."""
    name = data.draw(st.sampled_from(sample.read))
    content = sample.files[name]
    at, over = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, 40))
    rubbish = data.draw(st.binary(max_size=60))
    found = sample.start(sample.files | {name: content[:at] + rubbish + content[at + over :]})
    if found is not None:
        assert found[1] == sample.held[1][: len(found[1])]
        if name != sample.newest:
            assert found == sample.held


@given(name=st.data())
def test_a_file_that_is_away_is_noticed_or_not_needed(sample: Sample, name: st.DataObject) -> None:
    away = name.draw(st.sampled_from(sorted(set(sample.files) - {sample.newest})))
    found = sample.start({other: content for other, content in sample.files.items() if other != away})
    assert found in {None, sample.held}
    assert (found is None) == (away == journals_of(sample)[-2])


def journals_of(sample: Sample) -> list[str]:
    return sorted(name for name in sample.files if name.startswith("journal"))
