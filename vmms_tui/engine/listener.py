"""The engine's socket, and its name in the file system."""

import logging
import socket
import stat
from pathlib import Path

from vmms_tui.model.errors import Failed

log = logging.getLogger(__name__)


class Listener:
    """A Unix socket at a path. It can pass to the next engine: whoever connects meanwhile waits in its queue."""

    def __init__(self, path: Path, *, shared: bool = False, inherited: int | None = None) -> None:
        """`shared`: every user may connect. `inherited`: descriptor of the socket of an engine before us."""
        self._path = path
        self._shared = shared
        self._inherited = inherited
        self._inode = 0

    def open(self) -> socket.socket:
        """The socket, at its path, with its mode. It does not listen yet, unless it was inherited.

        Raises:
            Failed: it cannot be made, or somebody answers there already.
        """
        inherited, self._inherited = self._inherited, None
        if inherited is not None:
            listener = socket.socket(fileno=inherited)
            listener.set_inheritable(False)
            if listener.getsockname() == str(self._path) and self._path.exists():
                self._path.chmod(self._mode())
                self._inode = self._path.lstat().st_ino
                return listener
            listener.close()
        _clear(self._path)
        return self._bound()

    def _bound(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(self._path))
            # Nobody can connect before this: it listens later.
            self._path.chmod(self._mode())
            self._inode = self._path.lstat().st_ino
        except OSError as error:
            listener.close()
            why = error.strerror or str(error)
            raise Failed(
                f"The engine's socket {self._path} cannot be made ({why}).", "Set VMMS_RUNTIME_DIR."
            ) from error
        return listener

    def _mode(self) -> int:
        return 0o666 if self._shared else 0o600

    def share(self, shared: bool) -> None:
        """Let every user connect from now on, or only our own."""
        if shared != self._shared:
            self._shared = shared
            self._path.chmod(self._mode())

    def gone(self) -> bool:
        """Whether the path leads to our socket no more: a session's folder goes with the session (pam_systemd(8))."""
        try:
            return self._path.lstat().st_ino != self._inode
        except OSError:
            return True

    def put_back(self) -> socket.socket | None:
        """A new socket in place of one whose name is gone; None where there is no room for it yet."""
        try:
            self._path.parent.mkdir(mode=0o755 if self._shared else 0o700, exist_ok=True)
            _clear(self._path)
            listener = self._bound()
        except (OSError, Failed) as error:
            log.debug("the socket %s cannot be put back: %s", self._path, error)
            return None
        log.warning("the socket %s was removed, and is back", self._path)
        return listener

    def remove(self) -> None:
        """Remove our socket's name, unless somebody has put another there since."""
        if not self.gone():
            try:
                self._path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("the socket %s cannot be removed: %s", self._path, error)


def _clear(path: Path) -> None:
    """Remove what a dead engine left."""
    try:
        kind = path.lstat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(kind):
        raise Failed(f"{path} is in the way: it is no socket.", "Move it away, or set VMMS_RUNTIME_DIR.")
    if _answers(path):
        raise Failed(f"Somebody answers at {path}: an engine runs there.", "Attach to it: start `vmms`.")
    path.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except BlockingIOError:
            return True
        return True
