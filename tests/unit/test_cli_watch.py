"""`vmms watch`: each change is a line, nothing is told twice or lost, ctrl-c ends it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.screens.cloudland import STATUS, WORLD, lent
from tests.screens.cloudland import event as an_event
from tests.screens.scripted import hours, mirror_of
from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import POOL, FakeDoor, event, lease, request, server
from vmms_tui.cli.watching import KINDS, Change, Watch
from vmms_tui.model.records import AnyRecord, LeaseState, ServerState, changed
from vmms_tui.model.status import Snapshot, Update
from vmms_tui.model.tables import Drop, Put
from vmms_tui.screens.mirror import Mirror


def watching(what: str, words: str = "") -> tuple[Watch[Any], Mirror]:
    mirror = mirror_of(WORLD, STATUS)
    watch = Watch(KINDS[what], words)
    watch.begin(mirror.tables, mirror.now)
    return watch, mirror


def told(watch: Watch[Any], mirror: Mirror, *changes: Put | Drop) -> list[Change]:
    delta = mirror.take(Update(sequence=2, changes=changes, status=STATUS))
    return watch.take(mirror.tables, delta, mirror.now)


def test_a_lease_comes_changes_and_goes() -> None:
    watch, mirror = watching("leases")
    on, lease_ = lent(99, "el9-ci", "ada", hours(1))
    (new,) = told(watch, mirror, Put(on), Put(lease_))
    assert new.line().startswith(
        "2026-03-02 12:00:00Z lease-00099 new: lease lease-00099, server vm-00099, pool el9-ci"
    )
    (other,) = told(watch, mirror, Put(changed(on, state=ServerState.STOPPED)))
    assert other.line() == "2026-03-02 12:00:00Z lease-00099 state STOP, was RUN"
    assert told(watch, mirror, Put(changed(on, state=ServerState.STOPPED, host="h09"))) == []
    (gone,) = told(watch, mirror, Put(changed(lease_, state=LeaseState.ENDED)))
    assert gone.line() == "2026-03-02 12:00:00Z lease-00099 gone"
    assert told(watch, mirror, Drop("lease", "lease-00099")) == []


def test_what_leaves_the_filter_is_told_once_and_what_comes_into_it_is_new() -> None:
    watch, mirror = watching("leases", "state:RUN owner:ada")
    on, _ = lent(12, "el9-ci", "ada", hours(1))
    (out,) = told(watch, mirror, Put(changed(on, state=ServerState.STOPPED)))
    assert out.line() == "2026-03-02 12:00:00Z lease-00012 does not fit the filter any more"
    assert told(watch, mirror, Put(changed(on, state=ServerState.FAILED))) == []
    assert [one.what for one in told(watch, mirror, Put(on))] == ["new"]
    assert told(watch, mirror, Put(lent(52, "el9-ci", "cy", hours(3))[1])) == []


def test_a_server_changes_the_counts_of_its_pool() -> None:
    watch, mirror = watching("pools")
    (one,) = told(watch, mirror, Put(lent(70, "el9-ci", "ada", hours(1))[0]))
    assert (one.id, one.now["ready"], one.was["ready"]) == ("el9-ci", "1/6", "2/6")
    assert told(watch, mirror, Drop("pool", "win22"))[0].line().endswith("win22 gone")


def test_events_are_told_with_their_own_time_and_never_go() -> None:
    watch, mirror = watching("events")
    fresh = an_event(50, timedelta(minutes=9), "lease.granted", "to you\x1b[31m\nand on", owner="ada")
    (one,) = told(watch, mirror, Put(fresh))
    assert one.line().startswith("2026-03-02 11:51:00Z 0000000050 new: ")
    assert "\x1b" not in one.line()
    assert "\n" not in one.line()
    assert told(watch, mirror, Drop("event", "0000000050")) == []


def test_operations_are_told_step_by_step() -> None:
    watch, mirror = watching("operations")
    operation = next(one for one in WORLD if one.id == "op-000072")
    (one,) = told(watch, mirror, Put(changed(operation, step="prove", waiting_for="TCP port 22")))
    assert one.line() == "2026-03-02 12:00:00Z op-000072 step prove, was boot; waits TCP port 22, was nothing"


owners = st.dictionaries(st.integers(1, 8), st.sampled_from(["ada", "grace", "lin"]), max_size=8)


@given(owners, st.lists(st.tuples(owners, st.booleans()), max_size=6))
def test_whoever_follows_the_lines_knows_what_is_there(
    first: dict[int, str], later: list[tuple[dict[int, str], bool]]
) -> None:
    """Also when the line broke between, and only a new snapshot tells what changed."""

    def records(world: dict[int, str]) -> list[AnyRecord]:
        return [one for number, owner in world.items() for one in lent(number, "el9-ci", owner, hours(1))]

    mirror = mirror_of(tuple(records(first)), STATUS)
    watch = Watch(KINDS["leases"], "")
    watch.begin(mirror.tables, mirror.now)
    known = {f"lease-{number:05d}": owner for number, owner in first.items()}
    before = first
    for world, broken in later:
        if broken:
            fresh = mirror_of(tuple(records(world)), STATUS)
            delta = mirror.take(Snapshot(sequence=1, records=fresh.tables.records(), status=STATUS))
        else:
            drops = [Drop("lease", f"lease-{number:05d}") for number in before.keys() - world.keys()]
            delta = mirror.take(
                Update(sequence=2, changes=(*drops, *(Put(one) for one in records(world))), status=STATUS)
            )
        for change in watch.take(mirror.tables, delta, mirror.now):
            if change.what == "gone":
                del known[change.id]
            else:
                assert (change.what == "new") is (change.id not in known)
                assert change.what == "new" or change.was["owner"] == known[change.id]
                known[change.id] = change.now["owner"]
        assert known == {f"lease-{number:05d}": owner for number, owner in world.items()}
        assert watch.count == len(known)
        before = world


# The command


@contextmanager
def running(terminal: Terminal, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "vmms_tui.cli", "watch", *words]
    environ = os.environ | terminal.environ
    with subprocess.Popen(command, stdout=-1, stderr=-1, text=True, env=environ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().rstrip("\n")


def put(door: FakeDoor, *records: AnyRecord) -> None:
    door.loop.call_soon_threadsafe(lambda: door.put(*records))


@pytest.mark.timeout(60)
def test_lines_come_as_things_change_and_ctrl_c_ends_it(terminal: Terminal) -> None:
    door = FakeDoor(POOL, server("vm-1", ServerState.LEASED, lease_id="lease-1"), lease("lease-1", "vm-1", "ada"))
    with terminal.engine(door), running(terminal, "leases") as process:
        assert line(process.stderr) == "vmms: 1 lease now; each change is a line, ctrl-c ends."
        put(door, lease("lease-1", "vm-1", "grace"))
        assert line(process.stdout) == "2026-03-02 12:00:00Z lease-1 owner grace, was ada"
        put(door, request("req-1", "lin", note="\x1b[31m"))
        assert "req-1 new: " in line(process.stdout)
        door.loop.call_soon_threadsafe(door.end_streams)
        assert "The engine is away; waiting for it." in line(process.stderr)
        assert line(process.stderr) == "vmms: The engine is back."
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert process.stderr is not None
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


@pytest.mark.timeout(60)
def test_json_is_a_text_on_each_line(terminal: Terminal) -> None:
    door = FakeDoor(POOL)
    with terminal.engine(door), running(terminal, "events", "--json", "--filter", "level:error") as process:
        line(process.stderr)
        put(door, event(1, "not this", timedelta(0)))
        put(door, changed(event(2, "this one", timedelta(0)), level="error"))
        told_ = json.loads(line(process.stdout))
        assert (told_["id"], told_["what"], told_["now"]["text"]) == ("00000002", "new", "this one")
        assert set(told_) == {"at", "id", "what", "now", "was"}


def test_without_an_engine_it_says_so(terminal: Terminal) -> None:
    refused(terminal.run("watch", "leases"), 3, "No engine")


def test_a_filter_that_nobody_understands_and_a_thing_that_is_none(terminal: Terminal) -> None:
    refused(terminal.run("watch", "leases", "--filter", "owner<3"), 2, "owner holds words")
    refused(terminal.run("watch", "clouds"), 2, "clouds")


def test_plain_says_where_lines_are(terminal: Terminal) -> None:
    result = terminal.run("--plain")
    assert result.exit_code == 0
    assert "vmms watch leases" in result.stdout
    assert len(result.stdout.splitlines()) == 1


def test_reset_terminal_writes_sequences_and_tells_them(terminal: Terminal) -> None:
    written = terminal.run("reset-terminal").stdout
    assert terminal.json("reset-terminal")[0]["sequence"] in written
    assert written.isascii()
