"""Whether servers in use answer, over real TCP on loopback: a port, a banner, a page."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from vmms_tui.engine.banners import LONGEST
from vmms_tui.engine.guests.port import Guest
from vmms_tui.engine.guests.real import SSHGuests
from vmms_tui.model.healing import HealthKind, HealthProof

GUEST = Guest(server_id="vm-1", address="127.0.0.1", login="vmms")
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def machine(said: bytes, *, hang: bool = False) -> AsyncIterator[int]:
    """A port that says this to whoever connects; then it closes, or hangs."""
    over = asyncio.Event()

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        if hang:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()


@pytest.fixture
def guests(tmp_path: Path) -> SSHGuests:
    return SSHGuests(tmp_path / "key", limit=0.5)


@pytest.mark.parametrize(
    ("said", "ready", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", True, "SSH answers on port"),
        (b"Welcome.\r\nNo entry.\r\nSSH-2.0-x\r\n", True, "SSH answers on port"),
        (b"220 mail.example ESMTP\r\n", False, "does not say SSH"),
        (b"", False, "does not say SSH"),
        (b"x" * (LONGEST + 1) + b"\nSSH-2.0-x\r\n", False, "does not say SSH"),
        (b"no\n" * LONGEST + b"SSH-2.0-x\r\n", False, "does not say SSH"),
    ],
)
async def test_a_banner(guests: SSHGuests, said: bytes, ready: bool, words: str) -> None:
    async with machine(said) as port:
        finding = await guests.answers(HealthProof(kind=HealthKind.SSH, port=port), GUEST)
    assert (finding.ready, words in finding.words) == (ready, True), finding


async def test_a_machine_that_takes_the_connection_and_says_nothing_is_silent(guests: SSHGuests) -> None:
    async with machine(b"", hang=True) as port:
        finding = await guests.answers(HealthProof(kind=HealthKind.SSH, port=port), GUEST)
        assert (finding.ready, finding.words) == (False, "No answer within 0.5 seconds")
        assert (await guests.answers(HealthProof(kind=HealthKind.PORT, port=port), GUEST)).ready


@pytest.mark.parametrize(("status", "ready"), [(200, True), (503, False), (302, False)])
async def test_a_page(guests: SSHGuests, status: int, ready: bool) -> None:
    async with machine(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n".encode()) as port:
        finding = await guests.answers(HealthProof(kind=HealthKind.HTTP, port=port, path="/up"), GUEST)
    assert (finding.ready, str(status) in finding.words) == (ready, True)


@pytest.mark.parametrize("kind", [HealthKind.PORT, HealthKind.SSH, HealthKind.HTTP])
async def test_a_closed_port(guests: SSHGuests, kind: HealthKind) -> None:
    async with machine(b"") as port:
        pass
    finding = await guests.answers(HealthProof(kind=kind, port=port), GUEST)
    assert not finding.ready
    assert str(port) in finding.words


async def test_nobody_is_asked_without_an_address_or_a_proof(guests: SSHGuests) -> None:
    bare = Guest(server_id="vm-1", address="", login="vmms")
    assert not (await guests.answers(HealthProof(kind=HealthKind.PORT), bare)).ready
    assert (await guests.answers(HealthProof(), bare)).ready
