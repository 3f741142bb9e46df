"""Whether what answers on a TCP port is SSH: without logging in, and so without any key."""

from vmms_tui.engine.banners import connected, says_ssh
from vmms_tui.engine.guests.port import Finding
from vmms_tui.engine.wording import plain


async def prove_by_banner(address: str, port: int) -> Finding:
    """Connect, and read until the line that says SSH. Takes as long as the server takes: the caller sets a limit."""
    try:
        reader, writer = await connected(address, port)
    except OSError as error:
        return Finding(ready=False, words=f"port {port} does not answer: {plain(str(error))}")
    try:
        if await says_ssh(reader):
            return Finding(ready=True, words=f"SSH answers on port {port}")
    except (OSError, ValueError) as error:  # a line that is too long is no banner
        return Finding(ready=False, words=f"port {port} does not say SSH: {plain(str(error))}")
    finally:
        writer.transport.abort()
    return Finding(ready=False, words=f"port {port} answers, and does not say SSH")
