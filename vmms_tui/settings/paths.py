"""Where VMMS keeps its files (XDG Base Directory Specification), and the variables that move them."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import platformdirs


class Paths(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one installation."""

    config: Path
    """vmms.toml."""
    state: Path
    """Folder of the store, the keys and the log; only its owner may read it."""
    socket: Path
    """The engine's door."""
    log: Path


def find(config: Path | None, environ: Mapping[str, str], *, simulated: bool) -> Paths:
    """The files that options and variables name, or else the usual ones.

    `VMMS_CONFIG`, `VMMS_STATE_DIR` and `VMMS_RUNTIME_DIR` go before the XDG folders; the simulated cloud has folders
    of its own, so that it never touches the real one's.
    """
    name = "vmms-simulated" if simulated else "vmms"
    usual = platformdirs.PlatformDirs(name, appauthor=False)
    state = _moved(environ, "VMMS_STATE_DIR", simulated=simulated) or Path(usual.user_state_dir)
    runtime = _moved(environ, "VMMS_RUNTIME_DIR", simulated=simulated) or _runtime(name, state, environ)
    if config is None:
        packaged = Path(__file__).parents[1] / "example" / "vmms.toml"
        config = Path(environ.get("VMMS_CONFIG") or (packaged if simulated else _usual_config(usual)))
    return Paths(config=config, state=state, socket=runtime / "engine.sock", log=state / "vmms.log")


def _moved(environ: Mapping[str, str], variable: str, *, simulated: bool) -> Path | None:
    """Where a variable moves a folder; the simulated cloud's lies in it."""
    folder = environ.get(variable)
    if not folder:
        return None
    return Path(folder) / "simulated" if simulated else Path(folder)


def _usual_config(usual: platformdirs.PlatformDirs) -> Path:
    return Path(usual.user_config_dir) / "vmms.toml"


def _runtime(name: str, state: Path, environ: Mapping[str, str]) -> Path:
    """The session's folder for sockets; beside the state where that was moved, or where there is no session."""
    session = environ.get("XDG_RUNTIME_DIR")
    return Path(session) / name if session and not environ.get("VMMS_STATE_DIR") else state
