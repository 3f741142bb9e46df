"""Reads from the cloud again because a person asks, not because it is time. Bounded, and told call by call."""

from collections.abc import Awaitable, Callable

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.port import CloudAccount
from vmms_tui.engine.keepers.catalog import CatalogKeeper
from vmms_tui.engine.keepers.observe import Observer
from vmms_tui.engine.policy.words import counted
from vmms_tui.model.commands import Reply
from vmms_tui.model.errors import TryAgain

PAUSE = 10.0
"""Seconds after a reading before the next is made because somebody asks."""
WHAT = {"servers": "The list of servers", "offers": "What the cloud offers and allows"}
"""What can be read again, by the word that asks for it."""


class Refresher:
    """Lets the loop that looks at the cloud look now."""

    def __init__(
        self,
        clock: Clock,
        account: CloudAccount,
        observer: Observer,
        catalog: CatalogKeeper,
        look: Callable[[], Awaitable[None]],
    ) -> None:
        """`look` lets the loop run once, and returns when it has."""
        self._clock = clock
        self._account = account
        self._observer = observer
        self._catalog = catalog
        self._look = look
        self._last: dict[str, float] = {}

    async def refresh(self, kind: str) -> Reply:
        """Read one of PACED and say with which calls; or say how old the last reading is. Raises TryAgain."""
        now = self._clock.monotonic()
        age = now - self._last.get(kind, -PAUSE)
        if age < PAUSE:
            return Reply(text=f"{WHAT[kind]} was read {age:.0f} s ago; ask again in {PAUSE - age:.0f} s.")
        self._last[kind] = now
        if kind == "servers":
            self._observer.again_completely()
        else:
            self._catalog.again()
        before = self._account.calls_made()
        await self._look()
        calls = [
            (f"{service} {call}", made - before.get((service, call), 0))
            for (service, call), made in self._account.calls_made().items()
        ]
        made = [f"{call} x{number}" for call, number in calls if number > 0]
        if not self._observer.status.ok:
            raise TryAgain(
                f"The cloud does not answer: {self._observer.status.problem}", "It is asked again by itself."
            )
        total = sum(number for _, number in calls)
        return Reply(text=f"{WHAT[kind]} was read again; {counted(total, 'call')} meanwhile: {', '.join(made)}.")
