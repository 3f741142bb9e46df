"""`python -m bench [NAME …]`: everything that needs no OpenStack, or the modules that are named."""

import importlib
import os
import platform
import sys
import time

from bench.figures import Figure

USUAL = ("warm_claim", "commit", "restart", "decide", "rest_calls", "lists", "viewers")
NAMES = {name: name for name in (*USUAL, "lab_claim")} | {"lab": "lab_claim"}


def main(names: list[str]) -> int:
    """Measure and print; 2 when there is no such measurement. A missed target is told and is no failure."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"There is no measurement {', '.join(unknown)}; there are: {', '.join(NAMES)}.")
        return 2
    at = time.strftime("%Y-%m-%d %H:%M %Z")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {at}")
    for name in names or USUAL:
        _one(NAMES[name])
    return 0


def _one(name: str) -> None:
    module = importlib.import_module(f"bench.{name}")
    print(f"\n{name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
    load = os.getloadavg()[0]
    started = time.perf_counter()
    figures: list[Figure] = module.measure()
    rows = [figure.row() for figure in figures]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"  (took {time.perf_counter() - started:.0f} s, load {load:.1f} before)", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
