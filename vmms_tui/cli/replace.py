"""`vmms engine --replace`: the installed program takes over from the engine that runs."""

import json
import select
import socket
import time
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import click

from vmms_tui.cli.ask import ask, exit_code, fail
from vmms_tui.cli.background import answers, ensure_engine
from vmms_tui.cli.options import Options
from vmms_tui.model.commands import ReplaceEngine
from vmms_tui.model.errors import Failed, TryAgain

PATIENCE = 60.0
"""Seconds that the next engine gets: the one before may take ten to let its steps end."""


def replace_engine(options: Options, *, start: bool) -> int:
    """Ask the engine to make room, wait for the next one, and say which is which; the exit code."""
    path = options.paths.socket
    if not answers(path):
        return _start(options, path) if start else _none(path)
    before = health(path)
    reply = ask(options, lambda client: client.send(ReplaceEngine()))
    if not reply.ok:
        fail(reply)
        return exit_code(reply)
    after = _next(path, before)
    click.echo(f"The engine was {_words(before)}; it is {_words(after)}.")
    return 0


def _none(path: Path) -> int:
    raise Failed(f"No engine answers at {path}: there is none to replace.", "Add --start to start one.")


def _start(options: Options, path: Path) -> int:
    ensure_engine(replace(options, start=True))
    click.echo(f"No engine was running; it is {_words(health(path))}.")
    return 0


def _words(about: dict[str, Any]) -> str:
    return f"{about.get('version', '?')} (pid {about.get('pid', '?')})"


def _next(path: Path, before: dict[str, Any]) -> dict[str, Any]:
    """What the engine says of itself as soon as it is another one."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            now = health(path)
        except TryAgain:
            now = before
        if now.get("instance") != before.get("instance"):
            return now
        select.select([], [], [], 0.05)
    raise TryAgain(f"The next engine has not answered for {PATIENCE:g} seconds.", "Its log has the details.")


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("vmms", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        """See HTTPConnection."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def health(path: Path) -> dict[str, Any]:
    """What the engine at a socket says of itself. Raises TryAgain when it does not answer."""
    connection = _UnixConnection(path)
    try:
        connection.request("GET", "/health")
        said: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError) as error:
        raise TryAgain(f"The engine at {path} does not answer ({error}).") from error
    finally:
        connection.close()
    return said
