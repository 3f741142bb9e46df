"""TCP connections of the witnesses: who answers, who does not, and what cannot be told."""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from vmms_tui.engine.banners import connected, says_ssh
from vmms_tui.engine.wording import plain
from vmms_tui.model.witness import Says

Heard = tuple[Says, str]
"""What was heard, and the sentence about it."""
Call = Callable[[str, int, float], Awaitable[Heard]]
"""Of an address, a port, and the time of the loop until when to wait."""

FEW = 4
"""Addresses of one name that are called at most."""
ANSWERS = frozenset({errno.ECONNREFUSED, errno.ECONNRESET})
"""A kernel is there and says no."""
SILENCE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.ETIMEDOUT})
"""Nobody is there, or there is no way."""


class NotResolved(Exception):
    """A name has no address; its words are the end of a sentence."""


class Names:
    """Addresses of names, looked up in threads of our own: a name server that does not answer blocks nobody else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="vmms-names")

    async def addresses(self, name: str, until: float) -> list[str]:
        """Its first addresses; an address is its own. Raises NotResolved."""
        with contextlib.suppress(ValueError):
            return [str(ip_address(name))]
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(until):
                found = await loop.run_in_executor(self._threads, _looked_up, name)
        except TimeoutError:
            raise NotResolved(f"the name {name} was not resolved in time") from None
        except (OSError, UnicodeError, RuntimeError) as error:
            raise NotResolved(f"the name {name} cannot be resolved: {plain(str(error))}") from None
        return found[:FEW]

    def close(self) -> None:
        """Look no further; a look-up that is under way is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _looked_up(name: str) -> list[str]:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


async def connect(address: str, port: int, until: float) -> Heard:
    """Whether TCP is taken or refused there."""
    return await _heard(address, port, until, _takes)


async def _takes(where: str, _reader: asyncio.StreamReader, _until: float) -> Heard:
    return Says.ALIVE, f"{where} takes connections"


async def banner(address: str, port: int, until: float) -> Heard:
    """Whether SSH answers there. A port that takes connections and says nothing is the sign of a host that hangs."""
    return await _heard(address, port, until, _speaks)


async def _speaks(where: str, reader: asyncio.StreamReader, until: float) -> Heard:
    try:
        async with asyncio.timeout_at(until):
            ssh = await says_ssh(reader)
    except TimeoutError:
        return Says.SILENT, f"{where} takes connections and says nothing: the host hangs"
    except (OSError, ValueError):
        ssh = False
    return Says.ALIVE, f"SSH answers on {where}" if ssh else f"{where} answers, if not as SSH does"


async def _heard(
    address: str, port: int, until: float, listen: Callable[[str, asyncio.StreamReader, float], Awaitable[Heard]]
) -> Heard:
    """Connect, and `listen` to what is there. What keeps from that is an answer, too."""
    where = f"port {port} of {address}"
    try:
        async with asyncio.timeout_at(until):
            reader, writer = await connected(address, port)
    except TimeoutError:
        return Says.SILENT, f"{where} does not answer"
    except OSError as error:
        return _meaning(where, error)
    try:
        return await listen(where, reader, until)
    finally:
        writer.transport.abort()


def _meaning(where: str, error: OSError) -> Heard:
    if error.errno in ANSWERS:
        return Says.ALIVE, f"{where} refuses connections: its kernel answers"
    if error.errno in SILENCE:
        return Says.SILENT, f"{where} cannot be reached: {_reason(error)}"
    return Says.UNKNOWN, f"{where} could not be asked: {_reason(error)}"


def _reason(error: OSError) -> str:
    """In the system's words alone: asyncio adds the address, which stands before them."""
    number = error.errno or 0
    return os.strerror(number) if number in errno.errorcode else plain(str(error))
