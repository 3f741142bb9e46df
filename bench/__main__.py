"""`python -m bench [--markdown FILE] [NAME …]`: everything that needs no OpenStack, or the modules that are named.

With `--markdown` the tables are written to a file as well.
"""

import argparse
import importlib
import os
import platform
import sys
import time
from pathlib import Path

from bench.figures import Figure

USUAL = ("warm_claim", "commit", "restart", "decide", "rest_calls", "lists", "viewers", "memory")
HEAD = """# Figures

Written by `python -m bench --markdown docs/figures.md`: {machine}.

Nothing here is a test: a figure that was missed says so. `python -m bench lab` needs the real OpenStack of `make lab`;
its figures are in the README.
"""
NAMES = {name: name for name in (*USUAL, "lab_claim")} | {"lab": "lab_claim"}


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
    tables = [_one(NAMES[name]) for name in given.names or USUAL]
    if given.markdown:
        text = HEAD.format(machine=machine) + "".join(tables)
        given.markdown.write_text(text, encoding="utf-8")
    return 0


def _one(name: str) -> str:
    """Measure, print, and give the table for the file."""
    module = importlib.import_module(f"bench.{name}")
    said = (module.__doc__ or "").strip()
    print(f"\n{name}: {said.splitlines()[0]}", flush=True)
    load = os.getloadavg()[0]
    started = time.perf_counter()
    figures: list[Figure] = module.measure()
    rows = [figure.row() for figure in figures]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"  (took {time.perf_counter() - started:.0f} s, load {load:.1f} before)", flush=True)
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"\n## `python -m bench {name}`\n\n{said}\n\n| What | Measured | Wanted | |\n|---|---|---|---|\n{lines}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
