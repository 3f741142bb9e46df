"""One engine for an installation: two processes, two machines, crashes, and a clock that stood still."""

import os
import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from vmms_tui.engine import lock as locks
from vmms_tui.engine.lock import (
    FRESH,
    NAME,
    EngineElsewhere,
    EngineRunning,
    InstallationLock,
    LockLost,
    Sign,
    engine_elsewhere,
    here,
)
from vmms_tui.model.errors import Failed

HOLDER = """
import pathlib, sys
from vmms_tui.engine.lock import InstallationLock, here
InstallationLock(pathlib.Path(sys.argv[1]), here("1", "now")).take()
print("taken", flush=True)
sys.stdin.read()
"""
SINCE = "2026-03-02T12:00:00+00:00"


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the lock."""
    words = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "taken\n"
        yield process
        process.kill()


def me() -> Sign:
    return here("0.1.0", SINCE)


def other() -> Sign:
    changes = {"host": "hades", "boot": "another start of another machine", "pid": 77, "token": "theirs"}
    return msgspec.structs.replace(me(), **changes)


def sign_of(sign: Sign, folder: Path, age: float) -> None:
    """Let the folder hold a sign of life of this age in seconds, whose lock is invisible from here."""
    path = folder / NAME
    path.write_bytes(msgspec.json.encode(sign))
    now = path.stat().st_mtime
    os.utime(path, (now - age, now - age))


class Waits:
    """Remembers the seconds that it is to wait, and lets something happen meanwhile."""

    def __init__(self, *happen: object) -> None:
        self.seconds: list[float] = []
        self._happen = list(happen)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self._happen:
            happen = self._happen.pop(0)
            assert callable(happen)
            happen()


def test_the_lock_is_one_and_says_whose_it_is(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(EngineRunning, match=f"process {holder.pid}"):
        InstallationLock(tmp_path, me()).take()
    sign = locks.read(tmp_path / NAME)
    assert sign is not None
    assert (sign.pid, sign.boot, sign.version) == (holder.pid, me().boot, "1")


def test_a_killed_process_gives_it_up(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait(30)
    lock = InstallationLock(tmp_path, me(), settle=Waits())
    lock.take()
    sign = locks.read(tmp_path / NAME)
    assert sign is not None
    assert sign.pid == os.getpid()
    lock.release()
    assert locks.read(tmp_path / NAME) is None


def test_another_machine_with_a_fresh_sign_is_left_alone(tmp_path: Path) -> None:
    sign_of(other(), tmp_path, FRESH / 2)
    waits = Waits()
    with pytest.raises(EngineElsewhere) as caught:
        InstallationLock(tmp_path, me(), settle=waits).take()
    assert str(caught.value).startswith("The engine runs on hades (process 77). Log in there")
    assert waits.seconds == []
    assert locks.read(tmp_path / NAME) is not None, "its sign must stay"
    told = engine_elsewhere(tmp_path)
    assert told is not None
    assert "hades" in str(told)
    assert [path.name for path in tmp_path.iterdir()] == [NAME], "what was touched is gone again"


def test_a_clock_that_is_ahead_over_there_counts_as_fresh(tmp_path: Path) -> None:
    sign_of(other(), tmp_path, -500)
    with pytest.raises(EngineElsewhere):
        InstallationLock(tmp_path, me(), settle=Waits()).take()


def test_a_stale_sign_of_another_machine_is_watched_and_taken_over(tmp_path: Path) -> None:
    sign_of(other(), tmp_path, FRESH + 1)
    assert engine_elsewhere(tmp_path) is None
    waits = Waits()
    lock = InstallationLock(tmp_path, me(), settle=waits)
    lock.take()
    assert waits.seconds == [locks.WATCH, locks.SETTLE]
    assert waits.seconds[0] > 2 * locks.RENEW
    lock.release()


def test_an_old_sign_that_moves_is_alive(tmp_path: Path) -> None:
    """The clock of the file server, or of its client, may lie."""
    sign_of(other(), tmp_path, FRESH * 10)
    waits = Waits(lambda: sign_of(other(), tmp_path, FRESH * 9))
    with pytest.raises(EngineElsewhere):
        InstallationLock(tmp_path, me(), settle=waits).take()


def test_of_two_that_take_over_at_once_the_last_to_write_wins(tmp_path: Path) -> None:
    sign_of(other(), tmp_path, FRESH + 1)
    third = msgspec.structs.replace(other(), host="styx", boot="a third")
    waits = Waits(lambda: None, lambda: sign_of(third, tmp_path, 0))
    with pytest.raises(LockLost):
        InstallationLock(tmp_path, me(), settle=waits).take()
    assert locks.read(tmp_path / NAME) == third
    InstallationLock(tmp_path, third).take()


def test_this_machine_after_it_was_started_again_need_not_wait(tmp_path: Path) -> None:
    before = msgspec.structs.replace(me(), boot="the start before this one")
    sign_of(before, tmp_path, 25)
    with pytest.raises(EngineElsewhere):
        InstallationLock(tmp_path, me(), uptime=lambda: 30.0, settle=Waits()).take()
    waits = Waits()
    lock = InstallationLock(tmp_path, me(), uptime=lambda: 20.0, settle=waits)
    lock.take()
    assert waits.seconds == [locks.SETTLE]
    lock.release()


def test_a_sign_that_was_taken_back_needs_no_waiting_anywhere(tmp_path: Path) -> None:
    first = InstallationLock(tmp_path, other())
    first.take()
    first.release()
    waits = Waits()
    InstallationLock(tmp_path, me(), settle=waits).take()
    assert waits.seconds == []


def test_the_sign_is_renewed_by_the_file_servers_clock(tmp_path: Path) -> None:
    lock = InstallationLock(tmp_path, me())
    lock.take()
    os.utime(tmp_path / NAME, (0, 0))
    lock.renew()
    probe = tmp_path / "probe"
    probe.touch()
    assert abs(probe.stat().st_mtime - (tmp_path / NAME).stat().st_mtime) < FRESH / 2
    lock.release()


def test_after_a_pause_in_which_another_took_over_nothing_may_be_changed(tmp_path: Path) -> None:
    up = [1000.0]
    lock = InstallationLock(tmp_path, me(), uptime=lambda: up[0])
    lock.take()
    sign_of(other(), tmp_path, 0)
    up[0] += locks.DOUBT
    lock.check()
    up[0] += 1
    with pytest.raises(LockLost):
        lock.check()
    lock.release()
    assert locks.read(tmp_path / NAME) == other(), "the other's sign is not ours to wipe"


def test_the_keeper_tells_that_it_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "RENEW", 0.01)
    lock = InstallationLock(tmp_path, me())
    lock.take()
    told: queue.SimpleQueue[LockLost] = queue.SimpleQueue()
    lock.keep(told.put)
    sign_of(other(), tmp_path, 0)
    assert "Another engine has taken" in str(told.get(timeout=30))
    lock.release()


def test_a_lock_file_that_somebody_removes_comes_back(tmp_path: Path) -> None:
    lock = InstallationLock(tmp_path, me())
    lock.take()
    (tmp_path / NAME).unlink()
    lock.renew()
    with pytest.raises(EngineRunning):
        InstallationLock(tmp_path, me()).take()
    (tmp_path / NAME).unlink()
    faster = InstallationLock(tmp_path, me())
    faster.take()
    with pytest.raises(LockLost):
        lock.renew()
    lock.release()
    faster.release()


def test_a_lock_that_is_handed_over_is_never_free(tmp_path: Path) -> None:
    first = InstallationLock(tmp_path, me())
    first.take()
    file = os.dup(first.pause())
    first.let_go()
    with pytest.raises(EngineRunning):
        InstallationLock(tmp_path, me()).take()
    second = InstallationLock(tmp_path, me(), inherited=file)
    second.take()
    second.renew()
    second.release()
    InstallationLock(tmp_path, me()).take()


def test_a_full_disk_keeps_no_engine_from_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        lock = InstallationLock(tmp_path, me())
        lock.take()
        lock.renew()
        with pytest.raises(EngineRunning):
            InstallationLock(tmp_path, me()).take()
    lock.renew()
    assert locks.read(tmp_path / NAME) is not None
    lock.release()


def test_a_folder_that_is_another_users_tells_nothing(tmp_path: Path) -> None:
    assert engine_elsewhere(tmp_path / "away") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_does_not_run_another_users_engine(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(Failed, match="belongs to nobody"):
        InstallationLock(tmp_path, me()).take()
    assert list(tmp_path.iterdir()) == []
