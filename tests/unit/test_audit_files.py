"""The archive's files: every event once, whatever is cut short, full, damaged or moved away."""

import errno
import gzip
import os
import stat
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmms_tui.engine.audit import reading
from vmms_tui.engine.audit.files import AuditFiles
from vmms_tui.engine.audit.lines import CURRENT, CUT, Full, encode, full_files
from vmms_tui.engine.audit.reading import PAGE, pages
from vmms_tui.model.audit import EventPage, EventQuery
from vmms_tui.model.records import Event, Level, changed

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SMALL = 2_000


def event(number: int, **fields: object) -> Event:
    made = Event(id=f"{number:010d}", at=START + timedelta(minutes=number), kind="lease.granted", text=f"line {number}")
    return changed(made, **fields)


def events(first: int, last: int) -> list[Event]:
    return [event(number) for number in range(first, last + 1)]


def files(folder: Path, *, keep: int = 100, largest: int = SMALL) -> AuditFiles:
    made = AuditFiles(folder, largest=largest)
    made.keep = keep
    return made


def answer(folder: Path, recent: Iterable[Event] = (), **query: object) -> list[EventPage]:
    wish = EventQuery(**query)  # type: ignore[arg-type]
    return list(pages(folder, list(recent), wish, lambda one: one, START))


def read(folder: Path, recent: Iterable[Event] = (), **query: object) -> list[Event]:
    found = answer(folder, recent, **query)
    assert [page.end for page in found] == [False] * (len(found) - 1) + [True]
    assert not any(page.remarks for page in found)
    return [one for page in found for one in page.events]


def test_what_is_appended_is_read_again(tmp_path: Path) -> None:
    archive = files(tmp_path / "audit")
    archive.append(events(1, 5))
    archive.append([event(6, text="名 \x1b[31m\u2028\n\x00", detail="two\nlines", level=Level.ERROR)])
    archive.close()
    assert read(tmp_path / "audit")[:5] == events(1, 5)
    assert read(tmp_path / "audit")[5].text == "名 \x1b[31m\u2028\n\x00"
    assert stat.S_IMODE((tmp_path / "audit").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "audit" / CURRENT).stat().st_mode) == 0o600
    assert archive.last_number() == 6


def test_full_files_are_compressed_kept_and_the_oldest_removed(tmp_path: Path) -> None:
    archive = files(tmp_path, keep=3)
    for number in range(1, 101):
        archive.append([event(number)])
    full = full_files(tmp_path)
    assert len(full) == 3
    assert all(one.packed.exists() and not one.plain.exists() for one in full)
    assert all(stat.S_IMODE(one.packed.stat().st_mode) == 0o600 for one in full)
    assert all(len(gzip.decompress(one.packed.read_bytes())) <= SMALL for one in full)
    found = read(tmp_path)
    assert found == events(int(found[0].id), 100)
    assert int(found[0].id) > 1
    archive.close()


def test_a_batch_larger_than_a_file_goes_into_several(tmp_path: Path) -> None:
    archive = files(tmp_path)
    archive.append([*events(1, 60), event(61, detail="x" * 3 * SMALL), event(62)])
    archive.close()
    assert [one.id for one in read(tmp_path)] == [one.id for one in events(1, 62)]
    assert len(full_files(tmp_path)) >= 4


def test_after_a_start_only_what_is_missing_is_appended(tmp_path: Path) -> None:
    first = files(tmp_path)
    first.append(events(1, 40))
    first.close()
    again = files(tmp_path)
    again.append(events(5, 50))  # what a store still knows
    again.append(events(51, 52))
    again.close()
    assert read(tmp_path) == events(1, 52)


def test_numbers_that_come_late_are_not_taken_for_known(tmp_path: Path) -> None:
    first = files(tmp_path)
    first.append([event(1), event(2), event(4), event(5)])
    first.close()
    again = files(tmp_path)
    again.append(events(1, 6))
    again.close()
    assert sorted(one.id for one in read(tmp_path)) == [one.id for one in events(1, 6)]


def test_the_same_numbers_at_another_time_are_other_events(tmp_path: Path) -> None:
    first = files(tmp_path)
    first.append(events(1, 3))
    first.close()
    again = files(tmp_path)
    again.append([event(2, at=START + timedelta(days=9), text="after the store was lost")])
    again.close()
    assert len(read(tmp_path)) == 4


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(cut=st.integers(1, 400))
def test_a_line_cut_short_is_ended_and_its_event_comes_again(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("audit")
    first = files(folder)
    first.append(events(1, 3))
    first.close()
    whole = (folder / CURRENT).read_bytes()
    cut = min(cut, len(whole))
    (folder / CURRENT).write_bytes(whole[:-cut])
    again = files(folder)
    again.append(events(1, 4))
    again.close()
    assert read(folder) == events(1, 4)
    kept = (folder / CURRENT).read_bytes()
    assert kept.startswith(whole[:-cut]), "a line was rewritten"
    assert kept.count(CUT) == (not whole[:-cut].endswith((b"\n", b"}")) and cut < len(whole))


class FragileFiles(AuditFiles):
    """Fails at the n-th act on the disk, with a part of a write done."""

    acts = 0
    fails_at = -1

    def _count(self) -> None:
        self.acts += 1
        if self.acts - 1 == self.fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    def _write(self, file: int, data: bytes) -> None:
        try:
            self._count()
        except OSError:
            os.write(file, data[: len(data) // 2])
            raise
        super()._write(file, data)

    def _rename(self, full: Path) -> None:
        self._count()
        super()._rename(full)

    def _compress(self, full: Full) -> None:
        self._count()
        super()._compress(full)

    def _remove(self, full: Full) -> None:
        self._count()
        super()._remove(full)


def in_batches(archive: AuditFiles, last: int, step: int) -> None:
    for first in range(1, last + 1, step):
        archive.append(events(first, min(last, first + step - 1)))


@pytest.mark.parametrize("new_start", [False, True], ids=["goes on", "new start"])
@pytest.mark.parametrize("act", range(40))
def test_a_failure_at_any_act_loses_and_doubles_nothing(tmp_path: Path, act: int, new_start: bool) -> None:
    archive = FragileFiles(tmp_path, largest=700)
    archive.keep = 1000
    archive.fails_at = act
    done = 0
    for first in range(1, 61, 3):
        batch = events(done + 1, first + 2)
        try:
            archive.append(batch)
            done = first + 2
        except OSError:
            assert archive._file is None
            if new_start:
                archive.close()
                archive = FragileFiles(tmp_path, largest=700)
                archive.keep = 1000
    archive.append(events(done + 1, 60) if done < 60 else [])
    archive.close()
    assert read(tmp_path) == events(1, 60)


def test_a_file_moved_away_is_begun_anew(tmp_path: Path) -> None:
    archive = files(tmp_path)
    archive.append(events(1, 2))
    (tmp_path / CURRENT).rename(tmp_path / "kept elsewhere")
    archive.append(events(3, 4))
    (tmp_path / CURRENT).unlink()
    archive.append(events(5, 6))
    archive.close()
    assert read(tmp_path) == events(5, 6)


def test_what_a_crash_left_half_done_is_done_at_the_next_start(tmp_path: Path) -> None:
    archive = files(tmp_path)
    archive.append(events(1, 50))
    archive.close()
    full = full_files(tmp_path)
    plain = gzip.decompress(full[0].packed.read_bytes())
    full[0].plain.write_bytes(plain)  # compressed, and not removed yet
    full[1].plain.write_bytes(gzip.decompress(full[1].packed.read_bytes()))  # renamed, and not compressed yet
    full[1].packed.unlink()
    full[1].packed.with_name(full[1].packed.name + ".new").write_bytes(b"half")
    assert read(tmp_path) == events(1, 50)
    again = files(tmp_path)
    again.append([event(51)])
    again.close()
    assert all(one.packed.exists() and not one.plain.exists() for one in full_files(tmp_path))
    assert not list(tmp_path.glob("*.new"))
    assert read(tmp_path) == events(1, 51)


# Reading


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 events in several full files and a growing one."""
    folder = tmp_path_factory.mktemp("audit")
    made = files(folder)
    made.append(VARIED)
    made.close()
    return folder


VARIED = [
    event(
        number,
        actor=("engine", "alice", "bob")[number % 3],
        kind=("lease.granted", "lease.released", "server.gone", "server.ready")[number % 4],
        level=(Level.INFO, Level.INFO, Level.WARNING, Level.ERROR)[number % 4],
        lease_id=f"lease-{number % 7:05d}",
        server_id=f"vm-{number % 5:05d}",
        pool="dev" if number % 2 else "",
        owner=("alice", "bob")[number % 2],
        request_id="req-00001" if number == 77 else "",
    )
    for number in range(1, 301)
]
QUERIES = st.builds(
    EventQuery,
    since=st.none() | st.integers(-5, 310).map(lambda number: START + timedelta(minutes=number)),
    until=st.none() | st.integers(-5, 310).map(lambda number: START + timedelta(minutes=number)),
    actor=st.sampled_from(["", "engine", "alice", "nobody", "al"]),
    about=st.sampled_from(["", "lease-00003", "vm-00001", "req-00001", "dev", "bob", "lease-0000"]),
    kind=st.sampled_from(["", "lease.", "server.ready", "lease.granted", "ease"]),
    level=st.sampled_from(Level),
    newest_first=st.booleans(),
)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(query=QUERIES, known=st.integers(0, 300))
def test_a_query_finds_exactly_what_it_wants(archive: Path, query: EventQuery, known: int) -> None:
    """However many of the newest the store still has."""
    recent = VARIED[len(VARIED) - known :]
    wanted = [one for one in VARIED if query.wants(one)]
    found = read(archive, recent, **{name: getattr(query, name) for name in query.__struct_fields__})
    assert found == (wanted[::-1] if query.newest_first else wanted)


def test_pages_are_small_and_what_may_not_be_seen_is_left_out(archive: Path) -> None:
    theirs: Callable[[Event], Event | None] = lambda one: one if one.owner == "alice" else None  # noqa: E731
    found = list(pages(archive, [], EventQuery(), theirs, START))
    assert [one for page in found for one in page.events] == [one for one in VARIED if one.owner == "alice"]
    assert all(len(page.events) <= PAGE for page in found)


def test_damage_is_told_and_the_rest_is_shown(tmp_path: Path) -> None:
    made = files(tmp_path)
    made.append(events(1, 60))
    made.close()
    full = full_files(tmp_path)
    packed = full[1].packed.read_bytes()
    full[1].packed.write_bytes(packed[: len(packed) // 2])
    with (tmp_path / CURRENT).open("r+b") as file:
        file.write(b"xxxx")
    for backwards in (False, True):
        found = answer(tmp_path, newest_first=backwards)
        remarks = [remark for page in found for remark in page.remarks]
        assert len(remarks) == 2
        assert any("is damaged" in remark and full[1].plain.name in remark for remark in remarks)
        assert f"1 of the lines of {CURRENT} cannot be read." in remarks
        assert 30 < sum(len(page.events) for page in found) < 60
        assert found[-1].end


def test_a_file_that_is_full_while_it_is_read_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = files(tmp_path)
    made.append(events(1, 30))

    def just_after(folder: Path) -> list[Full]:
        made.append(events(31, 90))
        return full_files(folder)

    monkeypatch.setattr(reading, "full_files", just_after)
    found = read(tmp_path)
    assert found == events(1, len(found)), "a line twice, or a gap"
    assert 30 <= len(found) < 90
    monkeypatch.undo()
    assert read(tmp_path) == events(1, 90)
    made.close()


def test_an_archive_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file in place of the folder")
    (page,) = answer(tmp_path / "audit", events(5, 6))
    assert page.events == tuple(events(5, 6))
    assert "cannot be read" in page.remarks[0]
    with pytest.raises(OSError, match=r"exists|Not a directory"):
        files(tmp_path / "audit").append(events(1, 1))


def test_lines_are_json_for_everybody(tmp_path: Path) -> None:
    made = files(tmp_path)
    made.append([event(1, actor="alice")])
    made.close()
    (line,) = (tmp_path / CURRENT).read_bytes().splitlines()
    said = msgspec.json.decode(line)
    assert (said["id"], said["at"], said["actor"]) == ("0000000001", "2026-03-02T12:01:00Z", "alice")
    assert encode(event(1, actor="alice")) == line + b"\n"
