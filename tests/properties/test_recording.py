"""What a recording gives back: the same tables at each instant, whatever was told and wherever it is cut."""

import io
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmms_tui.client.recording import Recording, Said, TooLarge, Writer
from vmms_tui.client.replay import Scene
from vmms_tui.model.errors import Failed
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, Event, Lease, Secret, Server, ServerState
from vmms_tui.model.status import CloudStatus, EngineStatus, Snapshot, Update
from vmms_tui.model.tables import Change, Drop, Put, Tables, type_of

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
IDS = st.sampled_from(["a", "b", "c", "d"])
TEXT = st.text(max_size=20)


def status(at: float) -> EngineStatus:
    now = NOW + timedelta(seconds=int(at))
    return EngineStatus(now=now, started=NOW, version="1", installation="t", cloud=CloudStatus(name="c", ok=True))


def server(name: str, text: str) -> Server:
    return Server(id=name, pool="p", state=ServerState.READY, since=NOW, created=NOW, failure=text)


def lease(name: str, text: str) -> Lease:
    return Lease(id=name, server_id=name, pool="p", owner=text, purpose="dev", start=NOW, end=NOW)


def event(name: str, text: str) -> Event:
    return Event(id=name, at=NOW, kind="k", text=text)


RECORDS = st.builds(lambda make, name, text: make(name, text), st.sampled_from([server, lease, event]), IDS, TEXT)
CHANGES = st.one_of(RECORDS.map(Put), st.builds(Drop, st.sampled_from(["server", "lease", "event"]), IDS))


@st.composite
def stories(draw: st.DrawFn) -> list[Said]:
    """What a viewer is told: a snapshot, updates, and now and then a snapshot again."""
    told: list[Said] = []
    at = 0.0
    for number in range(draw(st.integers(1, 12))):
        if number == 0 or draw(st.integers(0, 5)) == 0:
            records = {(type_of(one), one.id): one for one in draw(st.lists(RECORDS, max_size=6))}
            news: Snapshot | Update = Snapshot(
                sequence=number,
                records=tuple(records.values()),
                status=status(at),
                you=Caller(name="ada", roles=(Role.OPERATOR,)),
            )
        else:
            changes: list[Change] = draw(st.lists(CHANGES, max_size=4))
            news = Update(sequence=number, changes=tuple(changes), status=status(at))
        told.append(Said(at, news))
        at = round(at + draw(st.floats(0, 400)), 3)
    return told


def held(records: tuple[AnyRecord, ...]) -> dict[tuple[str, str], AnyRecord]:
    return {(type_of(one), one.id): one for one in records}


def at_each_instant(told: list[Said]) -> list[tuple[float, dict[tuple[str, str], AnyRecord]]]:
    tables, known = Tables(), []
    for one in told:
        if isinstance(one.news, Snapshot):
            tables = Tables(one.news.records)
        else:
            for change in one.news.changes:
                tables.apply(change)
        known.append((one.at, held(tables.records())))
    return known


def written(told: list[Said], *, member_every: float = 600.0, largest: int = 1 << 20) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, largest=largest, member_every=member_every)
    for one in told:
        writer.take(one.at, one.news)
    writer.close()
    assert writer.size == len(file.getvalue())
    return file.getvalue()


def replayed(data: bytes, times: list[float]) -> list[dict[tuple[str, str], AnyRecord]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        recording = Recording(path)
        return [held(Scene.at_instant(recording, at).snapshot().records) for at in times]


@given(stories(), st.sampled_from([0.001, 50.0, 600.0]))
@settings(deadline=None)
def test_every_instant_is_as_it_was(told: list[Said], member_every: float) -> None:
    known = dict(at_each_instant(told))  # of what was said at one time, the last
    assert replayed(written(told, member_every=member_every), list(known)) == list(known.values())


@given(stories())
@settings(deadline=None)
def test_going_on_is_the_same_as_going_there(told: list[Said]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(written(told, member_every=50.0))
        recording = Recording(path)
        scene = Scene.at_instant(recording, 0.0)
        tables = Tables(scene.snapshot().records)
        for at, known in dict(at_each_instant(told)).items():
            update = scene.go_on(at)
            for change in update.changes if update else ():
                tables.apply(change)
            assert held(tables.records()) == known
            assert scene.now == status(at).now


@given(stories(), st.data())
@settings(deadline=None)
def test_a_file_that_was_cut_off_is_whole_up_to_there(told: list[Said], data: st.DataObject) -> None:
    whole = written(told, member_every=50.0)
    length = data.draw(st.integers(0, len(whole) - 1))
    known = at_each_instant(told)
    with suppress(Failed):  # nothing whole was in it yet
        assert replayed(whole[:length], [known[-1][0]])[0] in [tables for _, tables in known]


@given(stories(), st.data())
@settings(deadline=None)
def test_damage_is_told_or_does_no_harm(told: list[Said], data: st.DataObject) -> None:
    whole = bytearray(written(told, member_every=50.0))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    with suppress(Failed):
        replayed(bytes(whole), [one.at for one in told])


@given(stories(), st.integers(1, 3000))
@settings(deadline=None)
def test_a_full_file_is_within_its_size_and_can_be_replayed(told: list[Said], largest: int) -> None:
    file = io.BytesIO()
    writer = Writer(file, largest=largest)
    taken = 0
    try:
        for one in told:
            writer.take(one.at, one.news)
            taken += 1
    except TooLarge:
        pass
    writer.close()
    assert len(file.getvalue()) <= largest + 64  # the end of a member
    if taken:
        assert replayed(file.getvalue(), [told[taken - 1].at])[0] == at_each_instant(told)[taken - 1][1]


def test_passwords_are_left_out_whatever_an_engine_tells() -> None:
    secret = Secret(id="a", token="gAAAAAB-secret-token")
    first = Snapshot(sequence=1, records=(secret, server("a", "")), status=status(0), you=Caller(name="ada"))
    more = Update(sequence=2, changes=(Put(secret), Put(server("b", ""))), status=status(1))
    got = replayed(written([Said(0.0, first), Said(1.0, more)]), [1.0])
    assert set(got[0]) == {("server", "a"), ("server", "b")}


@pytest.mark.parametrize("data", [b"", b"no gzip", b"\x1f\x8b", b'{"head":{}}'])
def test_a_foreign_file_is_told_in_a_sentence(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(Failed, match="no recording of VMMS"):
        Recording(tmp_path / "file")
    with pytest.raises(Failed, match=r"No such file or directory\."):
        Recording(tmp_path / "nothing")
    with pytest.raises(Failed, match=r"Is a directory\."):
        Recording(tmp_path)
