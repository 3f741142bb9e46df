"""`vmms record` and `vmms replay`: what a screen is told, kept in a file and shown again."""

import asyncio
import logging
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vmms_tui.cli.options import Duration, Options
from vmms_tui.model.durations import parse_duration
from vmms_tui.model.errors import Failed, Refused, VmmsError

if TYPE_CHECKING:
    from vmms_tui.client.record import Recorder
    from vmms_tui.client.recording import Recording, Writer

MIB = 1 << 20
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--for", "length", type=Duration(), help="For so long; until ctrl-c unless said.")
@click.option(
    "--most", type=click.IntRange(1, 4096), default=64, show_default=True, metavar="MIB", help="The largest file."
)
@click.pass_obj
def record(options: Options, file: Path, length: timedelta | None, most: int) -> int:
    """Keep what a screen is told in FILE, to be shown again with `vmms replay`.

    Passwords and keys are never in it; names, addresses and notes are, as on your screen.
    """
    from vmms_tui.client.recording import TooLarge, Writer

    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failed(f"{file} is there already.", "Name a new file: nothing is written over.") from None
    except OSError as error:
        raise Failed(f"{file}: {error.strerror}.", "Name a file that can be made.") from error
    with os.fdopen(descriptor, "wb") as stream:
        writer = Writer(stream, largest=most * MIB)
        try:
            recorder, full = asyncio.run(_record(options, writer, length)), False
        except TooLarge as too_large:
            click.echo(f"{too_large}", err=True)
            recorder, full = None, True
        except OSError as error:
            raise Failed(f"{file}: {error.strerror}.", "What was written so far can be replayed.") from error
        except VmmsError:
            file.unlink(missing_ok=True)  # there was no engine to begin with
            raise
        finally:
            writer.close()
    told = f" {timedelta(seconds=int(recorder.seconds))}, {recorder.said} updates," if recorder else ""
    click.echo(f"Recorded{told} {writer.size / MIB:.1f} MiB: vmms replay {file}")
    return 1 if full else 0


async def _record(options: Options, writer: "Writer", length: timedelta | None) -> "Recorder":
    from vmms_tui.client.record import Recorder

    enough = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in ENDS:
        loop.add_signal_handler(number, enough.set)
    client = options.remote("record")
    recorder = Recorder(client, writer, time.monotonic)
    timer = loop.call_later(length.total_seconds(), enough.set) if length else None
    try:
        await recorder.run(enough)
    finally:
        if timer:
            timer.cancel()
        await client.close()
    return recorder


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--at", metavar="WHEN", default="", help="Begin at 03:12 (UTC), 2026-03-02T03:12, or 90min after the start."
)
@click.option("--speed", type=click.FloatRange(1, 3600), default=1.0, show_default=True, help="Seconds in one.")
@click.pass_obj
def replay(_options: Options, file: Path, at: str, speed: float) -> int:
    """Show a recording on the whole screen. Nothing in it can be changed.

    Keys: > faster, < slower, . hold, { ten minutes back, } ten minutes on.
    """
    from vmms_tui.client.recording import Recording

    recording = Recording(file)
    begin = position(recording, at) if at else 0.0
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise VmmsError("A replay needs a terminal.", "For scripts there is `vmms events --json`.")
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    from vmms_tui.app import run_app
    from vmms_tui.client.replay import Replay
    from vmms_tui.demo.app import PlayedApp

    player = Replay(recording, at=begin, speed=speed)
    return run_app(player, partial(PlayedApp, player=player))


def position(recording: "Recording", words: str) -> float:
    """Seconds from a recording's beginning to the instant that the words name. Raises Refused."""
    began = recording.began
    at = _after_the_start(words)
    if at is None:
        at = (_instant(words, began) - began).total_seconds()
    if not 0 <= at <= recording.length:
        end = began + timedelta(seconds=int(recording.length))
        raise Refused("at", f"{words} is not in this recording: it goes from {_said(began)} to {_said(end)}.", "")
    return at


def _after_the_start(words: str) -> float | None:
    if ":" in words:
        return None
    try:
        return parse_duration(words).total_seconds()
    except Refused:
        return None


def _instant(words: str, began: datetime) -> datetime:
    """Raises Refused for what is no time."""
    try:
        day = time_of_day.fromisoformat(words)
    except ValueError:
        pass
    else:
        there = datetime.combine(began.date(), day.replace(tzinfo=day.tzinfo or UTC))
        return there if there >= began else there + timedelta(days=1)
    try:
        named = datetime.fromisoformat(words)
    except ValueError:
        raise Refused("at", f"{words!r} is no time; write 03:12, 2026-03-02T03:12 or 90min.", "") from None
    return named.replace(tzinfo=named.tzinfo or UTC)


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
