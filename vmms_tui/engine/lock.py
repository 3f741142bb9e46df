"""One engine for an installation: a lock on `engine.lock` in the state folder, and a sign of life in it.

The kernel's lock (flock(2)) decides wherever it can: it is released by a crash, and Linux carries it over NFS to the
server. A home that is mounted with local locks (`nolock`, `local_lock=`, nfs(5)) hides it from other machines; there
the sign decides. The file says who has the lock, and its time of change is renewed every few seconds. The clocks of two
machines are never compared: how old the sign is, is measured against a file that is touched at the same place.
"""

import contextlib
import errno
import fcntl
import logging
import os
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from vmms_tui.model.errors import Failed, VmmsError
from vmms_tui.settings.people import unix_user

log = logging.getLogger(__name__)

NAME = "engine.lock"
RENEW = 5.0
"""Seconds between two signs of life."""
FRESH = 60.0
"""Seconds after which a sign of life means nothing any more."""
DOUBT = 30.0
"""Seconds without a sign of our own, as when the process was stopped, after which we look before we change anything."""
WATCH = 2 * RENEW + 2
"""Seconds for which an old sign is watched before it is taken over: clocks may lie, a sign that moves does not."""
SETTLE = 2.0
"""Seconds after which two that took over at the same time see who was the last to write."""
_SIZE = 512
"""Bytes of the file: written as one piece, so that nobody reads half of it, and a full disk has room for it."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class EngineRunning(VmmsError):
    """Another engine on this machine has this installation: attach to it."""


class EngineElsewhere(VmmsError):
    """The engine of this installation runs on another machine, which shares the state folder."""


class LockLost(Failed):
    """Somebody else has our installation: not one more change may be made."""


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the lock."""

    host: str
    boot: str
    """The kernel's id of this start of the machine, random(4)."""
    pid: int
    version: str
    since: str
    """When the engine took it, ISO 8601."""
    token: str = ""
    """Random, so that nobody takes another's sign for their own."""


def here(version: str, since: str) -> Sign:
    """The sign of this process."""
    return Sign(
        host=socket.gethostname(),
        boot=_BOOT.read_text(encoding="ascii").strip(),
        pid=os.getpid(),
        version=version,
        since=since,
        token=secrets.token_hex(8),
    )


def uptime() -> float:
    """Seconds since this machine was started, those asleep as well (clock_gettime(2))."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class InstallationLock:
    """The lock of one state folder. `take` and `renew` may block for as long as its file server does."""

    def __init__(
        self,
        folder: Path,
        sign: Sign,
        *,
        inherited: int | None = None,
        uptime: Callable[[], float] = uptime,
        settle: Callable[[float], object] | None = None,
    ) -> None:
        """`inherited` is the descriptor of a lock that an engine before us took; `settle` waits for seconds."""
        self._folder = folder
        self._path = folder / NAME
        self._sign = sign
        self._inherited = inherited
        self._uptime = uptime
        self._file: int | None = None
        self._written = False
        self._signed = 0.0
        self._turn = threading.Lock()
        self._ended = threading.Event()
        self._settle = settle or self._ended.wait
        self._keeper: threading.Thread | None = None

    def take(self) -> None:
        """Take the lock and say so in it.

        Raises:
            EngineRunning: another process of this machine has it.
            EngineElsewhere: another machine has it.
            Failed: root would run another user's engine, which could not use its own files afterwards.
            OSError: the file cannot be used.
        """
        _refuse_root(self._folder)
        self._file = self._inherited if self._inherited is not None else _locked(self._path, self._sign)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            before = read(self._path)
            if before is None or before.boot == self._sign.boot:
                self._write()
            else:
                self._take_over(before)
        except BaseException:
            self._close()
            raise

    def _take_over(self, before: Sign) -> None:
        """From another machine, or from this one as it was before it was started again."""
        if _alive(self._folder, before, self._sign, self._uptime()):
            raise _elsewhere(before)
        if before.host != self._sign.host:
            moved = self._path.stat().st_mtime_ns
            self._settle(WATCH)
            if read(self._path) != before or self._path.stat().st_mtime_ns != moved:
                raise _elsewhere(read(self._path) or before)
        log.warning("taken over from %s, process %d, which has given no sign of life", before.host, before.pid)
        self._write()
        self._settle(SETTLE)
        self.renew()

    def renew(self) -> None:
        """Give a sign of life. Raises LockLost when somebody else has the lock, OSError when that cannot be told."""
        with self._turn:
            if self._file is None:
                return
            if not self._ours():
                raise LockLost(
                    f"Another engine has taken {self._path}: this one ends.", "Nothing that was acknowledged is lost."
                )
            os.utime(self._file)
            self._signed = self._uptime()

    def check(self) -> None:
        """Raise LockLost if we may have lost it: after a pause in which another machine could have taken over.

        Costs nothing as long as our signs come in time. Raises OSError when that cannot be found out.
        """
        if self._uptime() - self._signed > DOUBT:
            self.renew()

    def keep(self, lost: Callable[[LockLost], None]) -> None:
        """Renew the sign from now on, in a thread of its own; call `lost` there, once, if the lock is lost."""
        self._keeper = threading.Thread(target=self._keep, args=[lost], name="engine-lock", daemon=True)
        self._keeper.start()

    def _keep(self, lost: Callable[[LockLost], None]) -> None:
        while not self._ended.wait(RENEW):
            try:
                self.renew()
            except LockLost as told:
                lost(told)
                return
            except OSError as error:
                log.warning("no sign of life can be given in %s: %s", self._path, error)

    def pause(self) -> int:
        """Renew the sign no more, and keep the lock: its descriptor, for whoever goes on with the installation.

        What comes after is `release` or `let_go`. Raises Failed when it is not ours.
        """
        self._stop_keeping()
        if self._file is None:
            raise Failed(f"{self._path} is not ours to hand over.")
        return self._file

    def let_go(self) -> None:
        """Forget the descriptor: somebody else has it by now, and has the lock with it. Twice is as once."""
        self._stop_keeping()
        self._close()

    def release(self) -> None:
        """Let others have it, also on other machines. Twice is as once."""
        self._stop_keeping()
        if self._file is not None:
            with contextlib.suppress(OSError):
                if self._ours():
                    os.pwrite(self._file, b"\n".rjust(_SIZE), 0)
            self._close()

    def _stop_keeping(self) -> None:
        self._ended.set()
        if self._keeper is not None and self._keeper is not threading.current_thread():
            self._keeper.join()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _ours(self) -> bool:
        """Whether the file still says so. It is opened anew: only then does NFS ask its server."""
        if self._file is None:
            return False
        if not self._path.exists():
            return self._made_anew()
        if not self._written:
            self._write()
        return not self._written or read(self._path) == self._sign

    def _made_anew(self) -> bool:
        """Put the file back that somebody has removed; False when another engine was faster."""
        try:
            file = _locked(self._path, self._sign)
        except VmmsError:
            return False
        log.warning("%s was removed, and is back", self._path)
        self._close()
        self._file = file
        self._write()
        return True

    def _write(self) -> None:
        if self._file is None:
            return
        try:
            os.pwrite(self._file, msgspec.json.encode(self._sign).ljust(_SIZE - 1) + b"\n", 0)
            os.fsync(self._file)
            self._written = True
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            # A full disk is the store's affair; on this machine the lock alone does.
            log.warning("%s cannot be written: %s", self._path, error.strerror)
        self._signed = self._uptime()


def read(path: Path) -> Sign | None:
    """Who has the lock by its file; None when it says nothing. Raises OSError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Sign)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def engine_elsewhere(folder: Path) -> VmmsError | None:
    """What to say to somebody who finds no engine here because it runs on another machine; else None."""
    try:
        me = here("", "")
        sign = read(folder / NAME)
        if sign is not None and sign.boot != me.boot and _alive(folder, sign, me, uptime()):
            return _elsewhere(sign)
    except OSError:
        return None  # another user's folder: nothing to be found out
    return None


def _elsewhere(sign: Sign) -> EngineElsewhere:
    return EngineElsewhere(
        f"The engine runs on {sign.host} (process {sign.pid}).",
        f"Log in there; if that machine is dead, try again in {FRESH:g} seconds.",
    )


def _alive(folder: Path, sign: Sign, me: Sign, up: float) -> bool:
    """Whether a sign from another start of a machine is fresh.

    One from this machine that is older than the machine has been up comes from before it was started.
    """
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{NAME}-") as touched:
        now = os.fstat(touched.fileno()).st_mtime
    age = now - (folder / NAME).stat().st_mtime
    return age < (min(FRESH, up) if sign.host == me.host else FRESH)


def _refuse_root(folder: Path) -> None:
    owner = folder.stat().st_uid
    if os.geteuid() == 0 and owner != 0:
        name = unix_user(owner)
        raise Failed(f"{folder} belongs to {name}: only {name} runs its engine.", f"Work as {name}, or let it start.")


def _locked(path: Path, me: Sign) -> int:
    """A descriptor of the file with the lock on it. Raises EngineRunning, EngineElsewhere or OSError."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        except FileNotFoundError:
            pass
        except OSError as error:
            os.close(file)
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise
            raise _taken(path, me) from None
        os.close(file)


def _taken(path: Path, me: Sign) -> VmmsError:
    sign = read(path)
    if sign is not None and sign.boot != me.boot:
        return _elsewhere(sign)
    return EngineRunning("An engine runs already" + (f" (process {sign.pid})." if sign else "."))
