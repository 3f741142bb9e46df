"""What tests do to the lab: its faults, its computes, its quotas."""

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from lab.openstack import network, processes, services
from lab.openstack.settings import Lab, LabError

CLOUDS = Path(os.environ.get("VMMS_LAB_DIR", "/var/tmp/vmms-lab")).absolute() / "clouds.yaml"
"""clouds.yaml of the lab; it is there once the lab has been up."""
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGTERM, "freeze": signal.SIGSTOP, "thaw": signal.SIGCONT}
WORDS = (*SIGNALS, "start", "pid", "status")
POWER = ("on", "off", "hang", "status")
FAULTS = frozenset(
    {
        *("spawn_seconds", "spawn_fail", "destroy_fail", "power_seconds", "power_off_fail", "power_on_fail"),
        *("live_migration_seconds", "live_migration_fail", "pre_live_migration_fail"),
        *("cold_migration_seconds", "cold_migration_fail", "snapshot_seconds", "snapshot_fail"),
        *("console_text", "set_admin_password_fail", "shared_storage"),
    }
)


def clouds_yaml() -> Path:
    """The clouds.yaml of the lab."""
    return Lab.of().clouds


def faults() -> dict[str, dict[str, object]]:
    """What the fake hypervisors do wrong at present."""
    try:
        found: dict[str, dict[str, object]] = json.loads(Lab.of().faults.read_text())
    except FileNotFoundError:
        return {}
    return found


def set_faults(faults: Mapping[str, Mapping[str, object]]) -> None:
    """Let the fake hypervisors fail from now on: by host name or `*`, the keys of README.md. Replaces all others."""
    if not isinstance(faults, Mapping) or not all(isinstance(keys, Mapping) for keys in faults.values()):
        raise LabError('faults look like {"cmp1": {"spawn_fail": true}}')
    unknown = {key for keys in faults.values() for key in keys} - FAULTS
    if unknown:
        raise LabError(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(sorted(FAULTS))}")
    path = Lab.of().faults
    if not path.parent.is_dir():
        raise LabError(f"there is no lab in {path.parent}")
    new = path.with_name("faults.json.new")
    new.write_text(json.dumps(faults) + "\n")
    new.replace(path)


def clear_faults() -> None:
    """Let everything work again."""
    set_faults({})


def compute(word: str, host: str) -> str:
    """Do a word of WORDS to one compute; what there is to say about it. Raises LabError."""
    lab, name = Lab.of(), f"nova-compute-{host}"
    _check(lab, host)
    if word == "start":
        services.start_compute(lab, host)
        return "started"
    pid = processes.pid_of(lab, name)
    if word == "status":
        return "stopped" if pid is None else "frozen" if processes.frozen(pid) else "running"
    if pid is None:
        raise LabError(f"{name} is not running")
    if word == "pid":
        return str(pid)
    if word not in SIGNALS:
        raise LabError(f"no such word: {word}; there are {', '.join(WORDS)}")
    processes.send(lab, name, SIGNALS[word])
    if word in {"kill", "stop"} and not processes.gone(lab, name, 30):
        raise LabError(f"{name} (pid {pid}) still lives after 30 s")
    return {"kill": "killed", "stop": "stopped", "freeze": "frozen", "thaw": "running"}[word]


def power(word: str, host: str) -> str:
    """Do a word of POWER to a whole compute host; whether it is `on` or `off` afterwards. Raises LabError.

    `off` is what a pulled plug is: all of its processes are killed and its address is gone when this returns. `hang`
    freezes them: the power stays on. `status` goes by what lives, so that it is a proof.
    """
    lab = Lab.of()
    _check(lab, host)
    names = services.host_processes(host)
    if word == "on":
        services.start_host(lab, host)
    elif word == "off":
        for name in names:
            processes.kill_group(lab, name)
        network.leave(lab, host)
        if left := [name for name in names if not processes.gone(lab, name, 30)]:
            raise LabError(f"{' and '.join(left)} still live after 30 s")
    elif word == "hang":
        for name in names:
            processes.send(lab, name, signal.SIGSTOP)
    elif word != "status":
        raise LabError(f"no such word: {word}; there are {', '.join(POWER)}")
    lives = any(processes.pid_of(lab, name) is not None for name in names)
    return "on" if lives or network.has_joined(lab, host) else "off"


def _check(lab: Lab, host: str) -> None:
    if host not in lab.computes:
        raise LabError(f"no compute is called {host}; there are {', '.join(lab.computes)}")
    if not (lab.etc / "nova" / f"compute-{host}.conf").exists():
        raise LabError("the lab has not been up yet")


def kill_compute(host: str) -> None:
    """Let a host die, as when its plug is pulled. Nova shows it `down` after 12 s."""
    power("off", host)


def start_compute(host: str) -> None:
    """Let a dead host come back, with the guests that it had. Nova shows it `up` some seconds later."""
    power("on", host)


def set_quota(project: str, **limits: int) -> None:
    """Set a project's quotas, by Nova's names (instances, cores, ram, ...) or Neutron's (floatingip, port, ...).

    Needs openstacksdk. -1 is unlimited, as everything is at first.
    """
    import openstack

    compute_names = {"instances", "cores", "ram", "key_pairs", "server_groups", "server_group_members"}
    nova = {key: value for key, value in limits.items() if key in compute_names}
    neutron = {key: value for key, value in limits.items() if key not in compute_names}
    region = openstack.config.OpenStackConfig(config_files=[str(clouds_yaml())]).get_one("lab-admin")
    with openstack.connection.Connection(config=region) as cloud:
        if nova:
            cloud.set_compute_quotas(project, **nova)
        if neutron:
            cloud.set_network_quotas(project, **neutron)
