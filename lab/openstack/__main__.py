"""python3 -m lab.openstack up|down|status|compute|power|fault|check"""

import argparse
import json
import os
import subprocess
import sys

from lab.openstack import control, lifecycle, processes
from lab.openstack.settings import HERE, Lab, LabError


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m lab.openstack", description="A real OpenStack on one machine.")
    words = parser.add_subparsers(dest="word", required=True)
    words.add_parser("up", help="start it; the last line is the path of clouds.yaml")
    down = words.add_parser("down", help="stop it")
    down.add_argument("--purge", action="store_true", help="forget the cloud; keep the installed OpenStack")
    words.add_parser("status", help="what runs, and its memory; 1 when something does not run")
    compute = words.add_parser("compute", help="faults of nova-compute alone on a host")
    compute.add_argument("what", choices=control.WORDS)
    compute.add_argument("host")
    power = words.add_parser("power", help="power of a whole host; status: 0 when it is off, 1 when it is on, else 3")
    power.add_argument("what", choices=control.POWER)
    power.add_argument("host")
    fault = words.add_parser("fault", help="faults of the fake hypervisors: show, set or clear them")
    fault.add_argument("faults", nargs="?", help='JSON such as {"*": {"spawn_fail": true}}, or: clear')
    words.add_parser("check", help="create, stop, start and delete a server")
    return parser.parse_args()


def _status(lab: Lab) -> int:
    pids = {name: processes.pid_of(lab, name) for name in processes.known(lab)}
    sizes = processes.memory(pid for pid in pids.values() if pid is not None)
    for name, pid in pids.items():
        if pid is None:
            print(f"{name:<20} STOPPED")
        else:
            print(f"{name:<20} pid {pid:<7} {sizes[pid] // 1024:5} MiB{'  FROZEN' if processes.frozen(pid) else ''}")
    print(f"total RSS {sum(sizes.values()) // 1024} MiB; {lab.clouds}" if pids else f"no lab runs in {lab.root}")
    return 0 if pids and all(pids.values()) else 1


def _power(word: str, host: str) -> int:
    now = control.power(word, host)
    print(f"the power of {host} is {now}")
    return 1 if word == "status" and now == "on" else 0


def _fault(text: str | None) -> None:
    if text == "clear":
        control.clear_faults()
    elif text is not None:
        try:
            control.set_faults(json.loads(text))
        except json.JSONDecodeError as error:
            raise LabError(f"that is no JSON: {error}") from error
    print(json.dumps(control.faults()))


def _check(lab: Lab) -> int:
    if not lab.clouds.exists():
        raise LabError(f"no lab runs in {lab.root}")
    env = lab.environment(OS_CLIENT_CONFIG_FILE=str(lab.clouds))
    return subprocess.run([lab.venv / "bin" / "python", HERE / "check.py"], env=env, check=False).returncode


def main() -> int:
    """Do what the words say."""
    arguments, lab = _arguments(), Lab.of()
    if arguments.word in {"up", "down", "compute", "power"} and os.geteuid() != 0:
        raise LabError("the lab runs as root")
    if arguments.word == "up":
        lifecycle.up(lab)
        print(lab.clouds)
    elif arguments.word == "down":
        for name in lifecycle.down(lab, arguments.purge):
            print(f"{name} had to be killed", file=sys.stderr)
        print("down")
    elif arguments.word == "compute":
        print(control.compute(arguments.what, arguments.host))
    elif arguments.word == "power":
        return _power(arguments.what, arguments.host)
    elif arguments.word == "fault":
        _fault(arguments.faults)
    elif arguments.word == "status":
        return _status(lab)
    else:
        return _check(lab)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        sys.exit(3)  # neither of the words that `power status` has for on and off
