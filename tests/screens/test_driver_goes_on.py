"""SIGCONT starts the terminal again only where SIGTSTP had stopped it."""

import pytest

from vmms_tui.widgets.driver import CarefulDriver


@pytest.mark.parametrize("stopped", [True, False])
def test_only_what_was_stopped_starts_again(*, stopped: bool) -> None:
    starts = []

    class Driver(CarefulDriver):
        def __init__(self) -> None:
            self._must_signal_resume = stopped
            self._auto_restart = True

        def start_application_mode(self) -> None:
            starts.append("start")

    Driver()._sigcont_application()
    assert bool(starts) is stopped
