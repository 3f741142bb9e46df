"""`vmms`: the screen, and a command for everything that the screens can do. Thin: the engine decides."""


def main() -> None:
    """Run `vmms` with the arguments of this process, and exit with its code."""
    import gc
    import io
    import sys

    gc.disable()  # until the program is loaded, of which nearly everything stays: it would be looked at again and again
    from vmms_tui.cli.root import vmms

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

    vmms(prog_name="vmms")
