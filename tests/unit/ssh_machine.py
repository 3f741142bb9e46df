"""SSH and other servers in this process, on loopback; their commands are really run, in a home of their own."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh

from vmms_tui.engine.guests.port import Guest
from vmms_tui.model.spec import Proof, ProofKind

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Machine:
    """An SSH server with a home folder; commands see only the programs in `bin` beside the system's own."""

    def __init__(self, folder: Path, let_in: str) -> None:
        self.home = folder / "home"
        self.bin = folder / "bin"
        self.home.mkdir(parents=True)
        self.bin.mkdir()
        self.let_in = let_in
        self.program("cloud-init", "echo 'status: done'")
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = 0
        self.logins = 0
        self.commands: list[tuple[asyncio.subprocess.Process, asyncio.Task[None] | None]] = []

    @property
    def authorized_keys(self) -> Path:
        return self.home / ".ssh" / "authorized_keys"

    def program(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    async def run(self, process: asyncssh.SSHServerProcess[str]) -> None:
        self.logins += 1
        environment = {"HOME": str(self.home), "PATH": f"{self.bin}:{os.defpath}"}
        child = await asyncio.create_subprocess_exec(
            "sh", "-c", process.command or "true", env=environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        self.commands.append((child, asyncio.current_task()))
        said, complained = await child.communicate((await process.stdin.read()).encode())
        with contextlib.suppress(OSError):
            process.stdout.write(said.decode("utf-8", "replace"))
            process.stderr.write(complained.decode("utf-8", "replace"))
            process.exit(child.returncode or 0)

    async def end_commands(self) -> None:
        for child, task in self.commands:
            if child.returncode is None:
                os.killpg(child.pid, signal.SIGKILL)
            if task:
                await asyncio.wait([task])

    def guest(self, **fields: str) -> Guest:
        return Guest(
            server_id="vm-1",
            address=fields.get("address", "127.0.0.1"),
            login="vmms",
            ssh_port=self.port,
            host_key=fields.get("host_key", ""),
        )

    @property
    def proof(self) -> Proof:
        return Proof(kind=ProofKind.SSH, port=self.port)

    @asynccontextmanager
    async def on(self, address: str = "127.0.0.1") -> AsyncIterator[None]:
        server = await asyncssh.listen(
            address,
            self.port,
            config=None,
            server_host_keys=[self.host_key],
            authorized_client_keys=asyncssh.import_authorized_keys(self.let_in),
            process_factory=self.run,
        )
        self.port = server.get_port()
        try:
            yield
        finally:
            await self.end_commands()
            server.close()
            await server.wait_closed()


@asynccontextmanager
async def tcp(handler: Handler, address: str = "127.0.0.1") -> AsyncIterator[int]:
    """A plain TCP server; the port."""
    talks: list[asyncio.Task[None] | None] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task())
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await handler(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(talk, address, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*filter(None, talks))
        await server.wait_closed()


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept, and never say a word."""
    del writer
    await reader.read()


def says(text: bytes) -> Handler:
    """Answer the first line with `text` and hang up."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(text)
        await writer.drain()

    return handler


def at(port: int, kind: ProofKind, path: str = "/") -> tuple[Proof, Guest]:
    return Proof(kind=kind, port=port, path=path), Guest(server_id="vm-1", address="127.0.0.1", login="vmms")


async def closed_port() -> int:
    async with tcp(silence) as port:
        return port
