"""Bytes to the terminal, counted."""

from textual.drivers.headless_driver import HeadlessDriver

from vmms_tui.widgets.wire import WINDOW, Wire, counting


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_in_all_by_second_and_by_key() -> None:
    clock = Clock()
    wire = Wire(clock)
    wire.pressed("j")
    wire.wrote("é" * 10)
    wire.wrote("x" * 5)
    clock.now += 1
    assert (wire.total, wire.last_second(), wire.of_key, wire.a_second()) == (25, 25, 25, 25.0)
    wire.pressed("k")
    wire.wrote("y")
    assert (wire.key, wire.of_key, wire.before) == ("k", 1, ("j", 25))
    clock.now += WINDOW
    assert (wire.total, wire.last_second()) == (26, 0)
    assert wire.a_second() == 0.0


def test_it_keeps_a_minute_and_no_more() -> None:
    clock = Clock()
    wire = Wire(clock)
    for _ in range(1000):
        clock.now += 0.5
        wire.wrote("abc")
    assert len(wire._seconds) <= WINDOW + 2
    assert 5.9 <= wire.a_second() <= 6.1


def test_every_byte_of_a_driver_is_counted() -> None:
    wire = Wire(Clock())
    kind = counting(HeadlessDriver, wire)
    assert issubclass(kind, HeadlessDriver)
    kind.write(object.__new__(kind), "12345")
    assert wire.total == 5
