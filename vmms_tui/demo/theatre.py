"""The demo for people: a stage in a thread of its own, whose time goes as fast as they want, and who watches it."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from vmms_tui.client.local import LocalClient
from vmms_tui.client.player import Playing, Stop, next_speed
from vmms_tui.demo import company
from vmms_tui.demo.director import Director
from vmms_tui.demo.pace import Pace
from vmms_tui.demo.show import Scene
from vmms_tui.demo.stage import Stage
from vmms_tui.engine.turns import share_the_interpreter
from vmms_tui.keys import Place, key_name
from vmms_tui.keys.playing import Faster
from vmms_tui.model.errors import Failed, VmmsError
from vmms_tui.model.people import Peer

log = logging.getLogger(__name__)

SPEED = 60.0
"""How fast a demo goes unless it is said."""
OPENS = "A moment: the company opens, and its pools fill."
LESS_THAN_ASKED = 0.9
"""From which share of the speed that is asked for the one that is reached is not worth a word."""


class DemoClient(LocalClient):
    """A viewer of a demo: nobody is asked before it ends, for nothing goes on afterwards."""

    @property
    def embedded(self) -> bool:
        """See EngineClient."""
        return False


class Theatre:
    """Gives a screen its client and its knobs. `start` and `stop` block; everything else is the screen's thread's.

    Implements Player.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seed: int = 1,
        speed: float | None = None,
        scene: Scene | None = None,
        fleet: int = 0,
        tour: tuple[Stop, ...] = (),
        real: Callable[[], float] = time.monotonic,
    ) -> None:
        """All files are in `folder`. `speed` is seconds a second, `fleet` how many servers there are at first."""
        self.tour = tour
        self._stage = Stage(folder, seed=seed, start=scene.start if scene else company.MONDAY, fleet=fleet)
        self._scene = scene
        self._director: Director | None = None
        self._speed = speed or (scene.speed if scene else SPEED)
        self._directed = self._speed
        """What the scene wanted last: a new wish of it goes before what was asked for."""
        self._keep_speed = speed is not None
        self._held = False
        self._reached: float | None = None
        self._real = real
        self._ready = threading.Event()
        self._end = threading.Event()
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="demo", daemon=True)

    # Player

    def look(self) -> Playing:
        """See Player."""
        director, reached = self._director, self._reached
        slow = reached is not None and reached < self._speed * LESS_THAN_ASKED and not self._held
        return Playing(
            what="DEMO",
            now=self._stage.now,
            asked=self._speed,
            reached=reached if slow else None,
            held=self._held,
            caption=director.caption if director else "" if self._ready.is_set() else OPENS,
        )

    def monotonic(self) -> float:
        """See Player. Between two updates no time goes by: ages are those of the last, however fast it goes."""
        return 0.0

    def change_speed(self, steps: int) -> None:
        """See Player."""
        self._speed, self._reached = next_speed(self._speed, steps), None

    def hold(self) -> None:
        """See Player."""
        self._held, self._reached = not self._held, None

    def seek(self, seconds: float) -> str:
        """See Player."""
        key = key_name(Faster, Place.PLAYED)
        return f"A demo goes one way only{f'; {key} makes it faster' if key else ''}."

    # Its life

    @property
    def opened(self) -> bool:
        """Whether there is an engine to look at."""
        return self._ready.is_set() and self._problem is None

    def start(self) -> None:
        """Return when the stage is open; called again, it says the same. Raises VmmsError."""
        if not self._ready.is_set():
            self._thread.start()
        self._ready.wait()
        if self._problem is not None:
            raise self._problem if isinstance(self._problem, VmmsError) else Failed(f"The demo: {self._problem}")

    def stop(self) -> None:
        """End it, and return when all is quiet."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def client(self, peer: Peer) -> LocalClient:
        """A viewer."""
        return DemoClient(self._stage.engine, peer)

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception as problem:  # its thread has nobody else to tell
            log.exception("the demo has ended")
            self._problem = problem
        finally:
            self._ready.set()

    async def _live(self) -> None:
        stage = await self._stage.open()
        share_the_interpreter()
        if self._scene is not None:
            self._director = Director(stage, self._scene)
            await self._director.act()
        self._ready.set()
        try:
            await self._play(stage, Pace(self._real()))
        finally:
            await stage.close()

    async def _play(self, stage: Stage, pace: Pace) -> None:
        while not self._end.is_set():
            began = self._real()
            if self._held:
                pace.rest(began)
            else:
                pace.begin(began, self._speed)
                await self._frame(stage, pace, began)
            await asyncio.sleep(pace.pause(self._real() - began))

    async def _frame(self, stage: Stage, pace: Pace, began: float) -> None:
        while step := pace.step(self._real() - began):
            before = self._real()
            await stage.advance(step, step)
            after = self._real()
            pace.took(step, after, after - before)
            self._follow_the_scene()
        self._reached = pace.reached(self._real())

    def _follow_the_scene(self) -> None:
        """Take on the speed that the scene wants from a step on, unless the user has said one for all."""
        director = self._director
        if director is not None and not self._keep_speed and director.speed != self._directed:
            self._speed = self._directed = director.speed
