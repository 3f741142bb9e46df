"""Words to the service manager, where there is one (sd_notify(3), which shows the protocol).

The libraries for it are larger than this, and not maintained.
"""

import contextlib
import os
import socket


def notify(*words: str, patience: float = 5.0) -> None:
    """Send assignments like `READY=1`. Without a service manager, or when it does not listen, nothing happens.

    `patience`: the seconds that it gets to take them, when its queue is full.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.settimeout(patience)
        line.connect(address)
        line.sendall("\n".join(words).encode())


def watchdog() -> float | None:
    """Seconds between two signs of life that the service manager wants; None when it wants none.

    Half of its patience, as sd_watchdog_enabled(3) recommends.
    """
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    meant = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(microseconds) / 2_000_000 if microseconds.isdecimal() and int(microseconds) and meant else None
