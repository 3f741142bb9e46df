"""Who is who on this machine."""

import os
import pwd
from collections.abc import Mapping

from vmms_tui.model.people import Peer


def unix_user(uid: int | None = None) -> str:
    """The name of a Unix user; by default of the one who runs this program, whatever LOGNAME says (getpwuid(3))."""
    number = os.geteuid() if uid is None else uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid-{number}"


def this_process(with_what: str = "", *, read_only: bool = False) -> Peer:
    """Who runs this program, as the kernel would say it at a door."""
    groups = frozenset({*os.getgroups(), os.getegid()})
    says = from_where(with_what, os.environ)
    return Peer(name=unix_user(), uid=os.geteuid(), pid=os.getpid(), groups=groups, says=says, read_only=read_only)


def from_where(with_what: str, environ: Mapping[str, str]) -> str:
    """What a program says of itself: with what it asks, and from where its user came (sshd(8), SSH_CONNECTION)."""
    address = environ.get("SSH_CONNECTION", "").partition(" ")[0]
    return ", ".join(part for part in (with_what, f"ssh from {address}" if address else "") if part)
