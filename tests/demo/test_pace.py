"""How fast a demo goes: as asked where the machine can, as fast as it can where not, and never at the screen's cost."""

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.client.player import SPEEDS, next_speed
from vmms_tui.demo.pace import FRAME, MOST, MOST_WHEN_SLOW, SHARE, Pace


def played(speed: float, seconds: float, cost: float) -> tuple[float, float, float | None]:
    """Simulated seconds, the engine's share of the time, and the speed that is told, where a step costs so much."""
    real, simulated, busy = 0.0, 0.0, 0.0
    pace = Pace(real)
    while real < seconds:
        began = real
        pace.begin(began, speed)
        while step := pace.step(real - began):
            assert 0 < step <= MOST_WHEN_SLOW
            real, busy, simulated = real + cost, busy + cost, simulated + step
            pace.took(step, real, cost)
        real += pace.pause(real - began)
    return simulated, busy / real, pace.reached(real)


@given(st.sampled_from(SPEEDS), st.floats(0.0, 0.002))
def test_where_the_machine_can_it_goes_as_asked(speed: float, cost: float) -> None:
    simulated, share, reached = played(speed, 20.0, cost)
    if speed / MOST * cost < SHARE / 2:
        assert abs(simulated - 20 * speed) <= 0.05 * 20 * speed + 2 * max(1.0, FRAME * speed)
        assert reached is not None
        assert abs(reached - speed) < 0.15 * speed
    assert share <= SHARE + 0.05


@given(st.sampled_from(SPEEDS), st.floats(0.001, 3.0))
def test_the_screen_has_its_share_whatever_a_step_costs(speed: float, cost: float) -> None:
    _, share, reached = played(speed, 30.0, cost)
    assert share <= SHARE + 0.05
    assert reached is None or reached <= speed * 1.2 + 1


def test_slow_machines_say_what_they_reach() -> None:
    simulated, _, reached = played(3600.0, 60.0, 0.05)
    assert simulated < 60 * 3600 * 0.5
    assert reached is not None
    assert abs(reached - simulated / 60) < 0.2 * reached


def test_time_that_stood_still_is_not_owed() -> None:
    pace = Pace(0.0)
    pace.rest(1000.0)
    pace.begin(1000.1, 60.0)
    assert pace.step(0.0) <= 60 * 0.11


@given(st.floats(0.5, 5000.0))
def test_speeds_go_up_and_down_in_steps(speed: float) -> None:
    up, down = next_speed(speed, 1), next_speed(speed, -1)
    assert up in SPEEDS
    assert down in SPEEDS
    assert up > speed or up == SPEEDS[-1]
    assert down < speed or down == SPEEDS[0]
