"""Which clocks tell a jump: somebody set the wall clock, and the machine did not only sleep."""

import time
from datetime import datetime, timedelta

import pytest

from vmms_tui.engine.clock import RealClock, SimulatedClock
from vmms_tui.engine.watch import Watch
from vmms_tui.model.spec import GuardRules

RULES = GuardRules()


class Machine:
    """This machine's clocks, moved by so many seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = self.boot = 0.0
        wall, boot = time.time, time.clock_gettime  # noqa: TID251 it is replaced
        monkeypatch.setattr(time, "time", lambda: wall() + self.wall)
        monkeypatch.setattr(time, "clock_gettime", lambda which: boot(which) + self.boot)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_a_night_of_sleep_is_no_jump(machine: Machine) -> None:
    watch = Watch(RealClock())
    machine.wall = machine.boot = 9 * 3600.0
    assert watch.look(RULES) is None


@pytest.mark.parametrize("by", [3600.0, -3600.0])
def test_a_wall_clock_that_is_set_is_a_jump(machine: Machine, by: float) -> None:
    watch = Watch(RealClock())
    machine.wall = by
    jump = watch.look(RULES)
    assert jump is not None
    assert abs(jump.far.total_seconds() - by) <= 2
    watch.noted()
    assert watch.look(RULES) is None


def test_a_jump_of_the_simulated_clock_moves_the_wall_only() -> None:
    clock = SimulatedClock()
    first = clock.now()
    clock.jump(-90)
    assert clock.now() == first - timedelta(seconds=90)
    assert (clock.monotonic(), clock.boottime()) == (0.0, 0.0)
    clock.advance(30)
    assert clock.now() == datetime.fromisoformat("2026-03-02T11:59:00+00:00")
    assert (clock.monotonic(), clock.boottime()) == (30.0, 30.0)
