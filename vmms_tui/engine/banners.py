"""What a TCP port says first: enough to know SSH, without logging in and so without any key."""

import asyncio

START = b"SSH-"
"""How the line begins with which a server names itself (RFC 4253, section 4.2) …"""
LONGEST = 8 * 1024
"""… which other lines may precede: so many bytes are read at most."""


async def connected(address: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection whose lines have an end. Takes as long as it takes. Raises OSError."""
    return await asyncio.open_connection(address, port, limit=LONGEST)


async def says_ssh(reader: asyncio.StreamReader) -> bool:
    """Read until the line that says SSH, or until there is none. Waits as long as the server says nothing.

    Raises OSError, and ValueError for a line that is too long: that is no banner.
    """
    read = 0
    while read < LONGEST and (line := await reader.readline()):
        if line.startswith(START):
            return True
        read += len(line)
    return False
