"""`vmms`: the screen, and a command for everything that the screens can do. Thin: the engine decides."""

SELDOM = 50_000
"""Containers made, less those freed, from one look of the collector to the next. Python's own number is 700: it would
look a hundred times while a program is loaded, of which nearly everything stays."""


def main() -> None:
    """Run `vmms` with the arguments of this process, and exit with its code."""
    import gc
    import io
    import sys

    gc.set_threshold(SELDOM)
    from vmms_tui.cli.root import vmms

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

    vmms(prog_name="vmms")
