"""`python3 -m lab.hosts up NAME [--user-data FILE] | down [NAME …] | status | run NAME COMMAND …`."""

import argparse
import sys
from pathlib import Path

from lab.hosts.host import Host, HostError, hosts


def main() -> int:
    """Carry out one command; 1 with a sentence when it does not work."""
    words = _parser().parse_args()
    try:
        _carry_out(words)
    except HostError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _carry_out(words: argparse.Namespace) -> None:
    match words.command:
        case "up":
            for name in words.names:
                print(name, Host(name).start(words.user_data.read_bytes() if words.user_data else b"#cloud-config\n"))
        case "down":
            for host in [Host(name) for name in words.names] or hosts():
                host.remove()
        case "status":
            for host in hosts():
                print(host.name, host.address, "running" if host.running else "off")
        case "run":
            print(Host(words.name).run(*words.argv), end="")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m lab.hosts", description="Hosts for tests, in namespaces.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="make and boot hosts")
    up.add_argument("names", nargs="+", metavar="NAME")
    up.add_argument("--user-data", type=Path, metavar="FILE")
    down = commands.add_parser("down", help="throw hosts away; without names all of them")
    down.add_argument("names", nargs="*", metavar="NAME")
    commands.add_parser("status", help="list hosts")
    run = commands.add_parser("run", help="run a command in a host as root")
    run.add_argument("name", metavar="NAME")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND")
    return parser


if __name__ == "__main__":
    sys.exit(main())
