"""`python -m bench [--markdown FILE] [NAME …]`: everything that needs no OpenStack, or the modules that are named.

With `--markdown` the tables are written to a file as well.
"""

import argparse
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench.table import table

USUAL = (
    *("warm_claim", "commit", "restart", "decide", "rest_calls", "lists", "terminal", "viewers", "memory"),
    *("dead_host", "scan"),
)
HEAD = """# Figures

Written by `python -m bench --markdown docs/figures.md`: {machine}.

Nothing here is a test: a figure that was missed says so. `python -m bench lab` needs the real OpenStack of `make lab`;
its figures are in the README.
"""
NAMES = {name: name for name in (*USUAL, "lab_claim", "lab_dead_host")} | {"lab": "lab_claim"}


def main(arguments: list[str]) -> int:
    """Measure and print; 2 when there is no such measurement. A missed target is told and is no failure."""
    parser = argparse.ArgumentParser("python -m bench")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there, too")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in NAMES]:
        print(f"There is no measurement {', '.join(unknown)}; there are: {', '.join(NAMES)}.")
        return 2
    at = time.strftime("%Y-%m-%d %H:%M %Z")
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {at}"
    print(machine)
    # Each in a process of its own: what one leaves in memory shall not cost the next.
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as one_by_one:
        tables = list(one_by_one.map(table, [NAMES[name] for name in given.names or USUAL]))
    if given.markdown:
        text = HEAD.format(machine=machine) + "".join(tables)
        given.markdown.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
