"""A host where people log in over real SSH and work with one VMMS: users, groups, terminals."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pyte

from lab.hosts import Host
from tests.lab.conftest import until

PROJECT = Path(__file__).parents[2]
PATIENCE = 60.0
SETTINGS = """
cloud = "simulated"
installation = "desk"

[access]
operators = ["vmms-ops"]
developers = ["vmms-dev"]

[policy]
burst_least = 1000

[pools.dev]
purposes = ["dev"]
flavor = "m1.small"
image = "debian-13"
networks = ["private"]
floating_network = "public"
available = 4
limit = 12
"""
PROGRAM = """#!/bin/sh
exec env PYTHONPATH=/opt/vmms PYTHONDONTWRITEBYTECODE=1 /opt/venv/bin/python -m vmms_tui.cli "$@"
"""
LEFT_OUT = ("*mypy*", "*ruff*", "*/uv", "*/uvx", "*/pip", "*grimp*", "*hypothesis*", "*.egg-info", "share")
"""What nobody needs to run VMMS."""


class Desk:
    """The host, with VMMS in it and nobody at work yet."""

    def __init__(self, name: str) -> None:
        self.host = Host(name)
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.host.remove()
        self.address = self.host.start(b"#cloud-config\n{}\n")

    async def furnish(self, people: dict[str, str]) -> None:
        """Install VMMS, and make the people, each in a group of their own or in the one that is named."""
        await until(self._is_up, "the host")
        self.host.put(Path(sys.prefix), "/opt/venv", *LEFT_OUT)
        for part in ("vmms_tui", "vmms.tcss"):
            source = PROJECT / part
            if source.is_dir():
                self.host.put(source, f"/opt/vmms/{part}")
            else:
                self._write(f"/opt/vmms/{part}", source.read_text())
        self._write("/usr/local/bin/vmms", PROGRAM, mode="755")
        self._write("/etc/vmms/vmms.toml", SETTINGS)
        for group in ("vmms-ops", "vmms-dev"):
            self.host.run("groupadd", group)
        public = self.key.export_public_key().decode()
        for person, group in people.items():
            self.host.run("useradd", "--create-home", "--shell", "/bin/bash", person)
            if group:
                self.host.run("usermod", "--append", "--groups", group, person)
            self._write(f"/home/{person}/.ssh/authorized_keys", public, owner=person)

    async def _is_up(self) -> bool:
        return "the host is up" in self.host.console()

    def belongs_to(self, person: str) -> None:
        """Let the installation be this person's, who runs its engine."""
        self.host.run("install", "-d", "-m", "700", "-o", person, "/var/lib/vmms")
        self.host.run("install", "-d", "-m", "755", "-o", person, "/run/vmms")

    def _write(self, path: str, text: str, *, mode: str = "644", owner: str = "root") -> None:
        script = 'mkdir -p "$(dirname "$1")"; printf %s "$2" >"$1"; chmod "$3" "$1"; chown -R "$4" "$(dirname "$1")"'
        if owner == "root":
            script = script.replace('chown -R "$4" "$(dirname "$1")"', 'chown "$4" "$1"')
        self.host.run("sh", "-c", script, "write", path, text, mode, owner)

    @asynccontextmanager
    async def at(self, person: str) -> AsyncIterator["Person"]:
        """Somebody logged in over SSH."""
        async with asyncssh.connect(
            self.address, username=person, client_keys=[self.key], known_hosts=None, config=None, agent_path=None
        ) as connection:
            yield Person(person, connection)


class Person:
    """Somebody at their SSH line."""

    def __init__(self, name: str, connection: asyncssh.SSHClientConnection) -> None:
        self.name = name
        self.connection = connection

    async def vmms(self, words: str) -> tuple[int, Any]:
        """Run a command with --json; its exit code, and what it answered (else what it complained about)."""
        done = await asyncio.wait_for(self.connection.run(f"vmms {words} --json"), PATIENCE)
        text, complaint = _text(done.stdout), _text(done.stderr)
        return done.exit_status or 0, json.loads(text) if text.strip() else complaint

    async def sh(self, script: str) -> str:
        """Run a shell script; what it printed."""
        done = await asyncio.wait_for(self.connection.run(script), PATIENCE)
        return _text(done.stdout) + _text(done.stderr)

    @asynccontextmanager
    async def screen(self, command: str = "vmms", size: tuple[int, int] = (80, 24)) -> AsyncIterator["Screen"]:
        """`vmms`, or another command, in a terminal of theirs."""
        process = await self.connection.create_process(
            command, term_type="xterm-256color", term_size=size, encoding=None
        )
        screen = Screen(process, size)
        try:
            yield screen
        finally:
            await screen.close()


def _text(said: bytes | str | None) -> str:
    return said.decode() if isinstance(said, bytes) else said or ""


class Screen:
    """A terminal on the far side of an SSH line."""

    def __init__(self, process: "asyncssh.SSHClientProcess[bytes]", size: tuple[int, int]) -> None:
        self.process = process
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while data := await self.process.stdout.read(65536):
            self._stream.feed(data)
            self._news.set()

    @property
    def text(self) -> str:
        """What stands there now."""
        return "\n".join(self._screen.display)

    def press(self, keys: str) -> None:
        """Type."""
        self.process.stdin.write(keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Let the terminal have another size."""
        self._screen.resize(lines, columns)
        self.process.change_terminal_size(columns, lines)

    async def shows(self, *words: str) -> None:
        """Wait until all of these stand there."""
        await self.until(lambda text: all(word in text for word in words), f"{words} did not come")

    async def until(self, holds: Callable[[str], bool], else_: str) -> None:
        """Wait until this holds of what stands there."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds(self.text):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{else_}:\n{self.text}") from None

    async def ended(self) -> None:
        """Wait until the line is gone."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(self._reader, return_exceptions=True)

    async def close(self) -> None:
        """Cut the line, if it still stands."""
        self.process.close()
        await self.process.wait_closed()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
