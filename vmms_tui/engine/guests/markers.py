"""What the console log says about the set-up script."""

import re

from vmms_tui.engine.guests.port import Finding
from vmms_tui.engine.guests.user_data import FAILED, READY
from vmms_tui.engine.wording import plain
from vmms_tui.model.spec import Proof


def last_marker(text: str, server_id: str) -> str:
    """The last marker line about this server, from its first word on; empty when there is none.

    The last one counts: a rebuilt server's console may still show how the set-up before ended.
    """
    marker = re.compile(rf"(?<![\w-])(?:{READY}|{FAILED})[ \t]+{re.escape(server_id)}(?![\w.-])[^\r\n]*")
    found = marker.findall(text)
    return plain(found[-1]) if found else ""


def set_up_failure(text: str, server_id: str) -> Finding | None:
    """The finding when the set-up script of this server said that it failed."""
    marker = last_marker(text, server_id)
    if not marker.startswith(FAILED):
        return None
    return Finding(ready=False, failed=True, words=f"the set-up script failed: {marker}")


def prove_by_console(proof: Proof, server_id: str, console: str) -> Finding:
    """Whether the marker of the proof stands in the console log."""
    seen = last_marker(console, server_id) if proof.marker == READY else proof.marker in console
    shown = plain(proof.marker)
    return Finding(
        ready=bool(seen), words=f"the console shows {shown}" if seen else f"the console shows no {shown} yet"
    )
