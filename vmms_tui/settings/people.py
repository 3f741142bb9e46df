"""Who is who on this machine."""

import os
import pwd


def unix_user(uid: int | None = None) -> str:
    """The name of a Unix user; by default of the one who runs this program, whatever LOGNAME says (getpwuid(3))."""
    number = os.geteuid() if uid is None else uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid-{number}"
