"""`python -m bench.renewals SOCKET FIRST PACE`: renew one lease after the other, from that number on, so many a second.

A process of its own, so that what it costs is not counted. It runs until it is ended.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from vmms_tui.client.remote import RemoteClient
from vmms_tui.model.commands import Renew


async def main(path: Path, first: int, pace: float) -> None:
    """Renew until somebody ends us. Raises RuntimeError when the engine refuses."""
    client = RemoteClient(path)
    number = first
    while True:
        reply = await client.send(Renew(lease_id=f"lease-{number:05d}", term=timedelta(hours=9)))
        if not reply.ok:
            raise RuntimeError(reply.text or reply.code)
        number += 1
        await asyncio.sleep(1 / pace)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
