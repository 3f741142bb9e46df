"""Where the lab lives and what it listens on: VMMS_LAB_* variables, all with defaults."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
PORTS = {
    "MYSQL": 17306,
    "RABBIT": 17672,
    "RDIST": 17673,
    "EPMD": 17369,
    "MEMC": 17211,
    "KEYSTONE": 17500,
    "PLACEMENT": 17778,
    "GLANCE": 17292,
    "NOVA": 17774,
    "NEUTRON": 17696,
    "CINDER": 17776,
    "SSH": 17022,
}


class LabError(Exception):
    """The lab cannot do what was asked; the message says why and where to look."""


@cache
def _version(python: str) -> str:
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([python, "-c", program], check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabError(f"{python} does not run; set VMMS_LAB_PYTHON") from error


@dataclass(frozen=True)
class Lab:
    """One lab: its folder, its ports, its computes."""

    root: Path
    python: str
    password: str
    computes: tuple[str, ...]
    vcpus: str
    ram_mb: str
    disk_gb: str
    network: str
    ports: Mapping[str, int]

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> "Lab":
        """The lab that the environment names."""
        env = os.environ if environ is None else environ
        try:
            ports = {name: int(env.get(f"VMMS_LAB_P_{name}", port)) for name, port in PORTS.items()}
        except ValueError as error:
            raise LabError(f"VMMS_LAB_P_*: {error}") from error
        return cls(
            root=Path(env.get("VMMS_LAB_DIR", "/var/tmp/vmms-lab")).absolute(),
            python=env.get("VMMS_LAB_PYTHON", "/usr/bin/python3.11"),
            password=env.get("VMMS_LAB_PASSWORD", "lab"),
            computes=tuple(env.get("VMMS_LAB_COMPUTES", "cmp1 cmp2 cmp3 cmp4").split()),
            vcpus=env.get("VMMS_LAB_VCPUS", "64"),
            ram_mb=env.get("VMMS_LAB_RAM_MB", "131072"),
            disk_gb=env.get("VMMS_LAB_DISK_GB", "2000"),
            network=env.get("VMMS_LAB_NETWORK", "10.77.1"),
            ports=ports,
        )

    @property
    def venv(self) -> Path:
        """OpenStack's own Python environment."""
        return self.root / "venv"

    @property
    def site(self) -> Path:
        """Where that environment keeps its packages."""
        return self.venv / "lib" / f"python{_version(self.python)}" / "site-packages"

    @property
    def etc(self) -> Path:
        """Configuration files, written anew at every start."""
        return self.root / "etc"

    @property
    def log(self) -> Path:
        """Logs, and NAME.out with what a process printed."""
        return self.root / "log"

    @property
    def run(self) -> Path:
        """Pid files and the database's socket."""
        return self.root / "run"

    @property
    def state(self) -> Path:
        """What the services keep outside the database."""
        return self.root / "state"

    @property
    def clouds(self) -> Path:
        """clouds.yaml with every account of the lab."""
        return self.root / "clouds.yaml"

    @property
    def faults(self) -> Path:
        """What the fake hypervisors shall do wrong; read at every operation."""
        return self.root / "faults.json"

    def url(self, service: str, path: str = "/") -> str:
        """Where an API answers."""
        return f"http://127.0.0.1:{self.ports[service]}{path}"

    @property
    def bridge(self) -> str:
        """The interface of the network that the compute hosts are seen in."""
        return f"vmms-{self.network.replace('.', '-')}"[:15]

    def address(self, host: str) -> str:
        """Where a compute host is in that network; Nova tells it as the address of the hypervisor."""
        return f"{self.network}.{self.computes.index(host) + 1}"

    def words(self) -> dict[str, str]:
        """What conf/*.in and seed.py call these settings."""
        return {
            "LAB": str(self.root),
            "LAB_PW": self.password,
            "LAB_COMPUTES": " ".join(self.computes),
            "LAB_VCPUS": self.vcpus,
            "LAB_RAM_MB": self.ram_mb,
            "LAB_DISK_GB": self.disk_gb,
            "VENV": str(self.venv),
            "ETC": str(self.etc),
            "CLOUDS": str(self.clouds),
            **{f"P_{name}": str(port) for name, port in self.ports.items()},
        }

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of everything that the lab runs. Loopback never goes through a proxy."""
        local = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
        return {**os.environ, **local, **self.words(), **more}
