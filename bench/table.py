"""One measurement, printed and as a table for the docs."""

import importlib
import os
import time

from bench.figures import Figure


def table(name: str) -> str:
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
