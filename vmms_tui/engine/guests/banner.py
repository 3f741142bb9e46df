"""Whether what answers on a TCP port is SSH: without logging in, and so without any key."""

import asyncio

from vmms_tui.engine.guests.port import Finding
from vmms_tui.engine.guests.wording import plain

START = b"SSH-"
"""How the line begins with which a server names itself (RFC 4253, section 4.2) …"""
LONGEST = 8 * 1024
"""… which other lines may precede: so many bytes are read at most."""


async def prove_by_banner(address: str, port: int) -> Finding:
    """Connect, and read until the line that says SSH. Takes as long as the server takes: the caller sets a limit."""
    try:
        reader, writer = await asyncio.open_connection(address, port, limit=LONGEST)
    except OSError as error:
        return Finding(ready=False, words=f"port {port} does not answer: {plain(str(error))}")
    read = 0
    try:
        while read < LONGEST and (line := await reader.readline()):
            if line.startswith(START):
                return Finding(ready=True, words=f"SSH answers on port {port}")
            read += len(line)
    except (OSError, ValueError) as error:  # a line that is too long is no banner
        return Finding(ready=False, words=f"port {port} does not say SSH: {plain(str(error))}")
    finally:
        writer.transport.abort()
    return Finding(ready=False, words=f"port {port} answers, and does not say SSH")
