"""Where VMMS keeps its files (XDG Base Directory Specification), and the variables that move them."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import platformdirs

MACHINE = "etc/vmms/vmms.toml"
"""The settings of a machine's one installation; its other files are where hier(7) and systemd.exec(5) have them."""

MACHINE_CLOUDS = "etc/vmms/clouds.yaml"
"""Its clouds, for the engine's user alone."""


class Paths(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one installation."""

    config: Path
    """vmms.toml."""
    state: Path
    """Folder of the store, the keys and the log; only its owner may read it."""
    socket: Path
    """The engine's door."""
    log: Path
    own_log: Path
    """The log of a screen whose user may not write to `log`."""
    clouds: Path | None = None
    """The clouds.yaml of this installation, before openstacksdk's usual places; it need not be there."""
    machine: bool = False
    """Whether it is the machine's one installation, whose engine is a service: others only attach to it."""

    def named(self) -> dict[str, str]:
        """What people want to know of these, by name."""
        return {name: str(getattr(self, name)) for name in ("config", "state", "socket", "log")}


def find(config: Path | None, environ: Mapping[str, str], *, simulated: bool) -> Paths:
    """The files that options and variables name, or else the usual ones.

    `VMMS_CONFIG`, `VMMS_STATE_DIR` and `VMMS_RUNTIME_DIR` go before all. Who has no settings of their own uses the
    machine's installation, if there is one in /etc/vmms (below `VMMS_ROOT`, for tests and images); else the files are
    in the XDG folders. The simulated cloud has folders of its own, so that it never touches the real one's.
    """
    name = "vmms-simulated" if simulated else "vmms"
    usual = platformdirs.PlatformDirs(name, appauthor=False)
    root = Path(environ.get("VMMS_ROOT") or "/")
    state = _moved(environ, "VMMS_STATE_DIR", simulated=simulated)
    runtime = _moved(environ, "VMMS_RUNTIME_DIR", simulated=simulated)
    named = config or environ.get("VMMS_CONFIG")
    own = _usual_config(usual)
    shared = not (named or simulated) and not _there(own) and _there(root / MACHINE)
    if shared:
        places = (root / MACHINE, state or root / "var/lib/vmms", runtime or root / "run/vmms")
    else:
        packaged = Path(__file__).parents[1] / "example" / "vmms.toml"
        kept = state or Path(usual.user_state_dir)
        places = (Path(named or (packaged if simulated else own)), kept, runtime or _runtime(name, kept, environ))
    return Paths(
        config=places[0],
        state=places[1],
        socket=places[2] / "engine.sock",
        log=places[1] / "vmms.log",
        own_log=Path(usual.user_state_dir) / "vmms.log",
        clouds=root / MACHINE_CLOUDS if shared else None,
        machine=shared and state is None,
    )


def _there(path: Path) -> bool:
    """Whether a file is there, also one that we may not look at."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


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
