"""VMMS: pools of ready OpenStack servers, lent on leases, from one terminal program."""


def __getattr__(name: str) -> str:
    """`__version__`, looked up when it is asked for: reading a package's metadata takes its time."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("vmms-tui")
