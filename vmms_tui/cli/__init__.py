"""`vmms`: the screen, and a command for everything that the screens can do. Thin: the engine decides."""


def main() -> None:
    """Run `vmms` with the arguments of this process, and exit with its code."""
    from vmms_tui.cli.root import vmms

    vmms(prog_name="vmms")
