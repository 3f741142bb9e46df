"""The event loop's side of a project: calls in worker threads, with deadlines, and repeats where they are safe."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_random, wait_random_exponential

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.errors import BadRequest, Busy, CloudFault, NotFound, OutcomeUnknown, Unreachable
from vmms_tui.engine.cloud.facts import Identity
from vmms_tui.engine.cloud.openstack.call import Call
from vmms_tui.engine.cloud.openstack.microversion import Version
from vmms_tui.engine.cloud.openstack.wording import clean
from vmms_tui.engine.workers import Closed, TooLate, Workers

if TYPE_CHECKING:
    from vmms_tui.engine.cloud.openstack.login import Login

T = TypeVar("T")

TRIES = 3
"""How often a call that changes nothing is made at most."""

_REPEATED = (Busy, CloudFault, Unreachable)
_backoff = wait_random_exponential(multiplier=0.25, max=2.0)
_jitter = wait_random(0.0, 0.25)


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a long list; `marker` asks for the next part and is empty on the last."""

    rows: tuple[T, ...]
    marker: str = ""


class Rest:
    """Calls as one project. Raises only the errors of `vmms_tui.engine.cloud.errors`."""

    def __init__(self, login: Callable[[], "Login"], workers: Workers, clock: Clock, *, api_timeout: float) -> None:
        """`login` makes or gives the blocking side; it is called in a worker thread."""
        self._login = login
        self._workers = workers
        self._clock = clock
        self._api_timeout = api_timeout
        self._version: Version | None = None
        self._project_id = ""

    async def get(
        self,
        service: str,
        path: str,
        read: Callable[[bytes], T],
        *,
        doing: str,
        params: Mapping[str, str] | None = None,
        newest: Version | None = None,
    ) -> T:
        """What `read` (called in the worker thread) makes of the answer. Repeated where the trouble may pass.

        `newest` is the newest compute microversion that may be spoken.
        """
        call = Call(service=service, method="GET", path=path, doing=doing, params=params or {}, newest=newest)
        return await self._repeat(call, lambda login: read(login.send(call).content))

    async def act(self, call: Call, read: Callable[[bytes], T]) -> T:
        """Make a call that changes something, once and never again."""
        return await self._once(call, lambda login: read(login.send(call).content))

    async def do(self, call: Call) -> None:
        """`act` without an answer to read."""
        await self.act(call, lambda _: None)

    async def pages(
        self,
        service: str,
        path: str,
        read: Callable[[bytes], Page[T]],
        *,
        doing: str,
        params: Mapping[str, str] | None = None,
        newest: Version | None = None,
    ) -> tuple[T, ...]:
        """All rows of a long list. Begun anew, twice at most, when the row that the next page starts at is gone."""
        for _ in range(TRIES):
            rows: list[T] = []
            marker = ""
            try:
                while True:
                    more = {**(params or {}), **({"marker": marker} if marker else {})}
                    page = await self.get(service, path, read, doing=doing, params=more, newest=newest)
                    rows.extend(page.rows)
                    if not page.marker or page.marker == marker:
                        return tuple(rows)
                    marker = page.marker
            except (BadRequest, NotFound):
                if not marker:
                    raise
        raise CloudFault(f"Could not {doing}: the list changed too fast to be read page by page.")

    async def identity(self, doing: str) -> Identity:
        """Who we are by the present token."""
        call = Call(service="identity", method="GET", path="/", doing=doing)
        return await self._repeat(call, lambda login: login.identity(call))

    async def microversion(self, doing: str) -> Version:
        """The compute microversion negotiated; asks the cloud once."""
        if self._version is None:
            call = Call(service="compute", method="GET", path="/", doing=doing)
            self._version = await self._repeat(call, lambda login: login.microversion(call))
        return self._version

    async def project_id(self, doing: str) -> str:
        """The id of the project that we are; asks the cloud once."""
        if not self._project_id:
            call = Call(service="identity", method="GET", path="/", doing=doing)
            self._project_id = await self._repeat(call, lambda login: login.project_id(call))
        return self._project_id

    async def _repeat(self, call: Call, work: Callable[["Login"], T]) -> T:
        """At most three tries, none begun once `api_timeout` seconds have been spent."""
        tries = AsyncRetrying(
            stop=stop_after_attempt(TRIES) | stop_before_delay(self._api_timeout),
            wait=_pause,
            retry=retry_if_exception_type(_REPEATED),
            sleep=self._clock.sleep,
            reraise=True,
        )
        return await tries(self._once, call, work)

    async def _once(self, call: Call, work: Callable[["Login"], T]) -> T:
        try:
            return await self._workers.run(lambda: _read(call, work, self._login))
        except Closed:
            raise Unreachable(f"Could not {clean(call.doing)}: the connection to the cloud is closed.") from None
        except TooLate as late:
            raise _late(call, late, self._workers.deadline) from None


def _read(call: Call, work: Callable[["Login"], T], login: Callable[[], "Login"]) -> T:
    try:
        return work(login())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        why = clean(str(error), call.secrets)
        raise CloudFault(f"Could not {clean(call.doing)}: the answer cannot be read ({why}).") from error


def _late(call: Call, late: TooLate, deadline: float) -> Exception:
    if not late.begun:
        return Busy(f"Could not {clean(call.doing)}: all {deadline:g} seconds went by in our own queue of calls.")
    if call.safe:
        return Unreachable(f"Could not {clean(call.doing)}: no answer within {deadline:g} seconds.")
    return OutcomeUnknown(
        f"It is not known whether it worked to {clean(call.doing)}: no answer within {deadline:g} seconds."
    )


def _pause(state: RetryCallState) -> float:
    """Seconds before the next try: what the cloud asked for and a little, else random and growing."""
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(error, "retry_after", None)
    return asked + _jitter(state) if asked else _backoff(state)
