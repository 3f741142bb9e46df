"""`python3 -m lab.hosts up NAME [--user-data FILE] | down [NAME …] | status | run NAME COMMAND … | off NAME …`."""

import argparse
import sys
from pathlib import Path

from lab.hosts.compute import Compute
from lab.hosts.host import Host, HostError, existing, hosts

FAILED = 2
"""How a question ends that could not be answered: 0 and 1 are answers."""
_CHANGES = {
    "off": "pull its plug",
    "on": "boot it again",
    "cut": "pull its network cable",
    "join": "plug it in again",
    "hang": "stop all its processes where they are",
    "wake": "let them run on",
}


def main() -> int:
    """Carry out one command; 1 with a sentence when it does not work."""
    words = _parser().parse_args()
    try:
        return _carry_out(words)
    except HostError as error:
        print(error, file=sys.stderr)
        return FAILED if words.command in {"power", "reach"} else 1


def _carry_out(words: argparse.Namespace) -> int:
    match words.command:
        case "up":
            user_data = words.user_data.read_bytes() if words.user_data else b"#cloud-config\n"
            for name in words.names:
                print(name, Compute(name).boot() if words.compute else Host(name).start(user_data))
        case "down":
            for host in [Host(name) for name in words.names] or hosts():
                host.remove()
        case "status":
            for host in hosts():
                print(host.name, host.address, "running" if host.running else "off")
        case "run":
            print(Host(words.name).run(*words.argv), end="")
        case command:
            return _about(command, words)
    return 0


def _about(command: str, words: argparse.Namespace) -> int:
    """What is asked of one host that there is."""
    host = existing(words.name)
    match command:
        case "power":
            print(host.name, "is on" if host.running else "is off")
            return 1 if host.running else 0
        case "reach":
            return 0 if Compute(host.name).reaches(words.address) else 1
        case "off":
            host.power_off()
            print(host.name, "is off")
        case change:
            {"on": host.power_on, "cut": host.cut, "join": host.join, "hang": host.hang, "wake": host.wake}[change]()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m lab.hosts", description="Hosts for tests, in namespaces.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="make and boot hosts")
    up.add_argument("names", nargs="+", metavar="NAME")
    kind = up.add_mutually_exclusive_group()
    kind.add_argument("--user-data", type=Path, metavar="FILE")
    kind.add_argument("--compute", action="store_true", help="with libvirtd and glusterd in place of cloud-init")
    down = commands.add_parser("down", help="throw hosts away; without names all of them")
    down.add_argument("names", nargs="*", metavar="NAME")
    commands.add_parser("status", help="list hosts")
    run = commands.add_parser("run", help="run a command in a host as root")
    run.add_argument("name", metavar="NAME")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND")
    for name, does in _CHANGES.items():
        commands.add_parser(name, help=does).add_argument("name", metavar="NAME")
    commands.add_parser("power", help="0: its power is off; 1: it is on").add_argument("name", metavar="NAME")
    reach = commands.add_parser("reach", help="0: the SSH of ADDRESS answers NAME; 1: it does not")
    reach.add_argument("name", metavar="NAME")
    reach.add_argument("address", metavar="ADDRESS")
    return parser


if __name__ == "__main__":
    sys.exit(main())
