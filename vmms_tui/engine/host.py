"""Gives an engine its thread, its ports and its lock: one engine per installation."""

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import vmms_tui
from vmms_tui.engine.audit.archive import Archive
from vmms_tui.engine.audit.files import AuditFiles
from vmms_tui.engine.clock import Clock, RealClock
from vmms_tui.engine.cloud.port import CloudAccount
from vmms_tui.engine.engine import Engine
from vmms_tui.engine.guests.port import Guests
from vmms_tui.engine.lock import EngineRunning, InstallationLock, LockLost, here
from vmms_tui.engine.memory import share_arenas
from vmms_tui.engine.notices.port import Post
from vmms_tui.engine.secrets import Vault
from vmms_tui.engine.server import Server
from vmms_tui.engine.store.opened import store_of
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.engine.successor import Inheritance, complaint
from vmms_tui.engine.turns import unswept
from vmms_tui.engine.witnesses.port import Witnesses
from vmms_tui.model.commands import Reply
from vmms_tui.model.errors import Failed, TryAgain, VmmsError
from vmms_tui.model.status import Work
from vmms_tui.settings import Settings, SettingsProblems
from vmms_tui.settings.load import SIMULATED

log = logging.getLogger(__name__)


LOOK_EVERY = 5.0
"""Seconds between two looks at whether there is anything to do."""


class EngineHost:
    """An engine in a thread of its own, with its door on a Unix socket. `start` and `stop` block.

    It is the Successor of its engine: whoever started it looks at `replacing` when it has ended.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        source: Callable[[], Settings],
        clock: Clock | None = None,
        inherited: Inheritance | None = None,
        check: Sequence[str] = (),
        until_idle: float | None = None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """`inherited` comes from an engine before this one. With `check` the program for the next one proves itself.

        With `until_idle` it ends by itself after so many seconds without anything to do and anybody to look. `ended` is
        called in the engine's thread when it has ended, for whatever reason.
        """
        self._settings = settings
        self._source = source
        self._clock = clock or RealClock()
        self._inherited = inherited
        self._check = check
        self._until_idle = until_idle
        self._ended = ended
        self._ready = threading.Event()
        self.problem: BaseException | None = None
        """Why the engine did not start, or has ended by itself, if so."""
        self.replacing = False
        """Whether the engine ends, or has ended, to make room for the next one."""
        self.idle = False
        """Whether it has ended because there was nothing to do."""
        self.left = Work()
        """What was still to be done when it ended."""
        self._engine: Engine | None = None
        self._server: Server | None = None
        self._end: asyncio.Event | None = None
        self._over = False
        self._keeping = False
        self._proving = False
        self._door: int | None = None
        self._lock: InstallationLock | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    @property
    def door(self) -> Engine:
        """The engine, for a LocalClient. Only after `start`."""
        if self._engine is None:
            raise Failed("The engine has not been started.")
        return self._engine

    @property
    def alive(self) -> bool:
        """Whether the engine has not ended yet."""
        return not self._over

    def start(self) -> None:
        """Take the lock, start the thread, and return when the door is open.

        Raises:
            EngineRunning: another process has the lock.
            EngineElsewhere: an engine on another machine has it.
            Failed: the store, the keys or the socket cannot be used.
        """
        lock = self._take_lock()
        lock.keep(self._lost)
        share_arenas()
        self._thread.start()
        self._ready.wait()
        if self.problem is not None:
            self._thread.join()
            lock.release()
            if isinstance(self.problem, VmmsError):
                raise self.problem
            raise Failed(str(self.problem)) from self.problem

    def stop(self) -> None:
        """Let steps under way end, write a checkpoint, close the door, and return when all is quiet."""
        self._finish()
        self.release()

    def stop_for_next(self) -> Inheritance | None:
        """Stop, and keep lock and socket for the next engine: `let_go` when it has them, `release` if it never comes.

        None when the engine has ended in a way that leaves nothing to inherit.
        """
        self._keeping = True
        self._finish()
        if self._lock is None or self._door is None or self.problem is not None:
            return None
        return Inheritance(self._lock.pause(), self._door)

    def _finish(self) -> None:
        if self._engine is not None and self._end is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._engine.loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def let_go(self) -> None:
        """Forget lock and socket: the next engine has them."""
        self._close_door()
        if self._lock is not None:
            self._lock.let_go()

    def release(self) -> None:
        """Let anybody have the installation."""
        if self._door is not None and self._server is not None:
            self._server.forget()
        self._close_door()
        if self._lock is not None:
            self._lock.release()

    def _close_door(self) -> None:
        if self._door is not None:
            os.close(self._door)
            self._door = None

    # What the engine asks of its host

    async def prove(self) -> None:
        """See Successor."""
        if self._proving or self.replacing:
            raise TryAgain("The engine is being replaced already.")
        self._proving = True
        try:
            said = await complaint(self._check)
        finally:
            self._proving = False
        if said:
            raise Failed(f"The program that is installed now does not work, so this engine stays: {said}")

    def make_room(self) -> None:
        """See Successor."""
        self.replacing = self._keeping = True
        if self._end is not None:
            self._end.set()

    def _take_lock(self) -> InstallationLock:
        paths = self._settings.paths
        sign = here(vmms_tui.__version__, self._clock.now().isoformat())
        lock = InstallationLock(paths.state, sign, inherited=self._inherited.lock if self._inherited else None)
        try:
            paths.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            mode = 0o755 if self._settings.policy.access.shared else 0o700
            paths.socket.parent.mkdir(parents=True, exist_ok=True, mode=mode)
            lock.take()
        except EngineRunning:
            raise EngineRunning(f"An engine runs already; its door is {paths.socket}.") from None
        except OSError as error:
            remedy = "Mend that, or set VMMS_STATE_DIR and VMMS_RUNTIME_DIR to other folders."
            raise Failed(f"{error.filename or paths.state}: {error.strerror}.", remedy) from error
        self._lock = lock
        return lock

    def _lost(self, told: LockLost) -> None:
        """The lock is another's. Called in the lock's thread: nothing more is written, and the engine ends."""
        log.error("%s", told)
        self.problem = told
        engine, end = self._engine, self._end
        if engine is not None and end is not None:
            with contextlib.suppress(RuntimeError):  # it has ended meanwhile
                engine.loop.call_soon_threadsafe(engine.give_up, str(told))
                engine.loop.call_soon_threadsafe(end.set)

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except (VmmsError, StoreProblem, OSError) as problem:
            self.problem = problem
        except BaseException as problem:
            log.exception("the engine has ended")
            self.problem = Failed(f"A mistake in VMMS ended the engine: {problem}", "Its log has the details.")
        finally:
            self._over = True
            self._ready.set()
            self._ended()

    async def _live(self) -> None:
        self._end = asyncio.Event()
        with unswept():
            engine = self._make_engine()
        server = self._server = Server(
            engine,
            self._settings.paths.socket,
            shared=self._settings.policy.access.shared,
            inherited=self._inherited.door if self._inherited else None,
        )
        engine.share, engine.successor = server.share, self if self._check else None
        try:
            await engine.start()
            await server.start()
            self._engine = engine
            self._ready.set()
            self.idle = await self._wait(engine, self._end)
            if self._keeping:
                await engine.drain()  # with the door still open
        finally:
            self._door = await server.stop(keep=self._keeping)
            await engine.stop()
            self.left = engine.work()

    async def _wait(self, engine: Engine, end: asyncio.Event) -> bool:
        """Return when somebody wants it, or, with True, when there was nothing to do for long."""
        idle = 0.0
        pause = None if self._until_idle is None else min(LOOK_EVERY, self._until_idle / 4)
        while not end.is_set() and (self._until_idle is None or idle < self._until_idle):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(end.wait(), pause)
            idle = 0.0 if pause is None or engine.work() or engine.viewers() else idle + pause
        return not end.is_set()

    def _make_engine(self) -> Engine:
        settings, state = self._settings, self._settings.paths.state
        account, guests = make_ports(settings, self._clock)
        watch = SettingsWatch(settings, self._source)
        post = make_post(settings)
        engine = Engine(
            clock=self._clock,
            store=store_of(state),
            account=account,
            guests=guests,
            archive=Archive(AuditFiles(state / "audit")),
            vault=Vault(state / "vault.key"),
            installation=settings.installation,
            pools=settings.pools,
            policy=settings.policy,
            post=post,
            witnesses=make_witnesses(account),
            paths=settings.paths.named(),
            read_settings=watch.look,
        )
        watch.engine = engine
        if self._lock is not None:
            engine.context.ledger.guard = self._lock.check
        return engine


def make_ports(settings: Settings, clock: Clock) -> tuple[CloudAccount, Guests]:
    """The cloud that the settings name, and the way into its servers."""
    state = settings.paths.state
    if settings.cloud == SIMULATED:
        from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
        from vmms_tui.engine.cloud.simulated.settings import EXAMPLE
        from vmms_tui.engine.guests.simulated import SimulatedGuests

        simulated = SimulatedAccount(clock, path=state / "cloud.json", settings=EXAMPLE)
        return simulated, SimulatedGuests(simulated.up_for, disk_at=simulated.disk_at)
    from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
    from vmms_tui.engine.guests.real import SSHGuests

    return OpenStackAccount(settings.cloud, file=settings.paths.clouds), SSHGuests(state / "id_ed25519")


def make_witnesses(account: CloudAccount) -> Witnesses:
    """Who else is asked about the hosts of this cloud."""
    if account.name == SIMULATED:
        from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
        from vmms_tui.engine.witnesses.simulated import SimulatedWitnesses

        if isinstance(account, SimulatedAccount):
            return SimulatedWitnesses(account)
    from vmms_tui.engine.witnesses.real import RealWitnesses

    return RealWitnesses()


def make_post(settings: Settings) -> Post:
    """How people are told."""
    if settings.cloud == SIMULATED:
        from vmms_tui.engine.notices.simulated import SimulatedPost

        return SimulatedPost()
    from vmms_tui.engine.notices.real import ApprisePost

    return ApprisePost()


class SettingsWatch:
    """Reads the settings file again when it has changed on disk."""

    def __init__(self, settings: Settings, source: Callable[[], Settings]) -> None:
        self.engine: Engine | None = None
        self._now = settings
        self._source = source
        self._seen = _stamps(settings)

    async def look(self) -> Reply | None:
        """Take new settings on; wrong ones are told and leave the good ones in force."""
        stamp = _stamps(self._now)
        if self.engine is None or stamp == self._seen:
            return None
        self._seen = stamp
        try:
            new = self._source()
        except SettingsProblems as problems:
            self.engine.settings.problems = tuple(str(problem) for problem in problems.problems)
            return None
        if (new.cloud, new.installation) != (self._now.cloud, self._now.installation):
            said = f"{new.paths.config}: cloud and installation are taken on at the next start only."
            self.engine.settings.problems = (said,)
            return None
        self._now, self._seen = new, _stamps(new)
        await self.engine.take_settings(new.pools, new.policy)
        return Reply(text=f"{new.paths.config} is in force: {len(new.pools)} pools.")


def _stamps(settings: Settings) -> tuple[tuple[int, int], ...]:
    """Of the settings file, and of the file of addresses that it names."""
    addresses = settings.policy.channels.file
    return tuple(_stamp(path) for path in (settings.paths.config, *([Path(addresses)] if addresses else ())))


def _stamp(path: Path) -> tuple[int, int]:
    """Changes when the file does; a file that is away counts as one, too."""
    try:
        about = path.stat()
    except OSError:
        return (0, 0)
    return (about.st_mtime_ns, about.st_size)
