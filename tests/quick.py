"""Quicker tests of screens: short naps between keys, and style sheets that are parsed once for all apps of a process.

Textual's pilot sleeps for 20 ms until the process has done next to nothing meanwhile, twice for each key and once for
each pause; that is a little more than the time from one drawing of the screen to the next. Here both are a quarter of
it. And it does not sleep at all where nothing has been done since it woke the last time.

Every app, and every change of its theme, parses all style sheets of Textual and ours anew: a sixth of what a test does.
"""

import asyncio
from time import process_time

import textual.app
import textual.pilot
import textual.screen
from textual import _wait
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

NAP = 0.005
"""Seconds; 0.02 of Textual's own."""
DRAWN_EVERY = 1 / 240
"""Seconds from one drawing to the next; 1/60 of Textual's own."""
NOTHING = 0.0001
"""Seconds of the processor's time: what is done between two naps where nobody has anything to do."""

_woken = -1.0
_parse = Stylesheet._parse_rules
_parsed: dict[tuple[object, ...], list[RuleSet]] = {}


async def nap(min_sleep: float = NAP, max_sleep: float = 1.0) -> None:
    """Wait until the process is at rest. See `textual._wait.wait_for_idle`."""
    global _woken  # noqa: PLW0603 one for the process, as its time is
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]  # what would run next
    if min_sleep == 0 and not ready and process_time() - _woken < NOTHING:
        return
    await _wait.wait_for_idle(min_sleep, max_sleep)
    _woken = process_time()


def parsed(
    sheet: Stylesheet,
    css: str,
    read_from: tuple[str, str],
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    """The rules of a style sheet. They are only read, and come out the same as long as its variables are."""
    what = (css, read_from, is_default_rules, tie_breaker, scope)
    key = (frozenset(sheet._variables.items()), what)
    if key not in _parsed:
        _parsed[key] = _parse(sheet, *what)
    return _parsed[key]


def be_quick() -> None:
    """Let every app of this process be like this."""
    _wait.SLEEP_GRANULARITY, _wait.SLEEP_IDLE = NAP, NAP / 20
    for module in (textual.app, textual.pilot):
        assert vars(module)["wait_for_idle"] in {_wait.wait_for_idle, nap}
        vars(module)["wait_for_idle"] = nap
    textual.screen.UPDATE_PERIOD = DRAWN_EVERY  # type: ignore[misc]  # Final
    Stylesheet._parse_rules = parsed  # type: ignore[assignment, method-assign]
