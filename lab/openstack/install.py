"""What the lab needs on the machine: Debian's daemons, and OpenStack in a Python environment of its own."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.openstack.processes import tail
from lab.openstack.settings import HERE, Lab, LabError

LOCK = HERE / "requirements.lock"
PLUGIN = HERE / "plugin"
PROGRAMS = ("mariadbd", "mariadb-install-db", "memcached", "epmd", "gcc", "qemu-img")
PACKAGES = (
    *("rabbitmq-server", "mariadb-server", "memcached", "qemu-utils"),
    *("python3-venv", "python3-dev", "gcc"),
)
NO_STARTS = Path("/usr/sbin/policy-rc.d")
TRIES = 4


def rabbitmq() -> Path | None:
    """RabbitMQ's own starter; Debian's wrapper insists on its own user and folders."""
    return max(Path("/usr/lib/rabbitmq/lib").glob("*/sbin/rabbitmq-server"), default=None)


def run(command: Iterable[object], log: Path, env: dict[str, str] | None = None) -> None:
    """Run a command to its end, with what it prints added to a log."""
    argv = [str(word) for word in command]
    with log.open("ab") as out:
        done = subprocess.run(argv, check=False, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env)
    if done.returncode:
        raise LabError(f"{' '.join(argv[:3])} ... failed ({done.returncode}); {log}:\n{tail(log)}")


def packages(lab: Lab, say: Callable[[str], None]) -> None:
    """Install Debian's packages, if anything of them is missing."""
    if not _missing(lab):
        return
    say("apt-get: installing MariaDB, RabbitMQ, memcached, a compiler")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = lab.log / "apt.log"
    apt = ["apt-get", "-q", "-o", "Acquire::Retries=3"]
    with _no_starts():
        run([*apt, "update"], log, env)
        run([*apt, "install", "-y", "--no-install-recommends", *PACKAGES], log, env)
    still = _missing(lab)
    if still:
        raise LabError(f"apt-get has installed its packages, but {', '.join(still)} cannot be found")


def _missing(lab: Lab) -> list[str]:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if rabbitmq() is None:
        missing.append("rabbitmq-server")
    probe = "import ensurepip, sysconfig, pathlib as p; (p.Path(sysconfig.get_path('include')) / 'Python.h').stat()"
    try:
        subprocess.run([lab.python, "-c", probe], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        missing.append(f"venv and headers of {lab.python}")
    return missing


@contextmanager
def _no_starts() -> Iterator[None]:
    """Keep apt-get from starting the daemons by itself, on all interfaces."""
    if NO_STARTS.exists():
        yield
        return
    NO_STARTS.write_text("#!/bin/sh\nexit 101\n")
    NO_STARTS.chmod(0o755)
    try:
        yield
    finally:
        NO_STARTS.unlink()


def openstack(lab: Lab, say: Callable[[str], None]) -> None:
    """Install OpenStack from the lock and our plugins, unless just these are installed already."""
    stamp = lab.venv / ".lab-installed"
    want = _fingerprint(lab)
    if not stamp.exists() or stamp.read_text().strip() != want:
        say(f"installing OpenStack into {lab.venv}: some minutes")
        if not lab.site.is_dir():  # none yet, or one of another Python
            shutil.rmtree(lab.venv, ignore_errors=True)
        log = lab.log / "pip.log"
        if not (lab.venv / "bin" / "pip").exists():
            run([lab.python, "-m", "venv", lab.venv], log)
        _try_again(lambda: run(_installer(lab, log), log), say)
        _plugins(lab, log)
        stamp.write_text(want + "\n")
    _poll_faster(lab.site / "oslo_messaging" / "_drivers" / "amqpdriver.py")
    # Nova loads drivers from its own package only.
    shutil.copyfile(PLUGIN / "nova_virt.py", lab.site / "nova" / "virt" / "vmmslab.py")


def _fingerprint(lab: Lab) -> str:
    """What is to be installed, in 16 digits."""
    files = [LOCK, PLUGIN / "pyproject.toml", *sorted((PLUGIN / "vmms_lab_plugins").glob("*.py"))]
    data = f"{lab.python}\n".encode() + b"".join(path.read_bytes() for path in files)
    return hashlib.sha256(data).hexdigest()[:16]


def _installer(lab: Lab, log: Path) -> list[object]:
    """uv, if VMMS_LAB_UV or the calling Python's environment has it, is three times faster than pip."""
    named = os.environ.get("VMMS_LAB_UV")
    uv = Path(named) if named else Path(sys.prefix) / "bin" / "uv"
    if os.access(uv, os.X_OK):
        return [uv, "pip", "install", "--quiet", "--python", lab.venv / "bin" / "python", "--requirements", LOCK]
    return [lab.venv / "bin" / "pip", "install", "--quiet", "--retries", "10", "--requirement", LOCK]


def _try_again(act: Callable[[], None], say: Callable[[str], None]) -> None:
    """A download that broke off goes on from the cache: try a few times."""
    for number in range(1, TRIES + 1):
        try:
            act()
        except LabError as error:
            if number == TRIES:
                raise
            say(f"try {number} of {TRIES} failed; again in {5 * number} s: {str(error).splitlines()[-1]}")
            time.sleep(5 * number)
        else:
            return


def _plugins(lab: Lab, log: Path) -> None:
    """Our ML2 and Cinder plugins; from a copy, as building leaves files behind."""
    build = lab.root / "plugin-build"
    shutil.rmtree(build, ignore_errors=True)
    shutil.copytree(PLUGIN, build)
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--force-reinstall"]
    run([lab.venv / "bin" / "pip", "install", "--quiet", *offline, build], log)


def _poll_faster(path: Path) -> None:
    """Speed only: oslo.messaging 17.3 waits for every RPC reply with sleeps of half a second; 10 ms here.

    The file is replaced, never written to: uv may have made it a hard link into its cache.
    """
    old = path.read_text()
    between = re.compile(r"see lp-2035113.*?raise oslo_messaging", re.IGNORECASE | re.DOTALL)
    new = between.sub(lambda found: found[0].replace("time.sleep(0.5)", "time.sleep(0.01)"), old)
    if new != old:
        fresh = path.with_suffix(".new")
        fresh.write_text(new)
        fresh.replace(path)
