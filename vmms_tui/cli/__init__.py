"""`vmms`: the screen, and a command for everything that the screens can do. Thin: the engine decides."""


def main() -> None:
    """Run `vmms` with the arguments of this process, and exit with its code."""
    import io
    import sys

    from vmms_tui.cli.root import vmms

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

    vmms(prog_name="vmms")
