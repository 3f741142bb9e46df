"""Which clocks tell a jump: somebody set the wall clock, and the machine did not only sleep."""

import time

import pytest

from vmms_tui.engine.clock import RealClock
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
