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
from typing import TYPE_CHECKING, BinaryIO

import click

from vmms_tui.cli.options import Duration, Options, json_option
from vmms_tui.cli.output import print_json
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
@json_option
def record(options: Options, file: Path, length: timedelta | None, most: int) -> int:
    """Keep what a screen is told in FILE, to be shown again with `vmms replay`.

    Passwords and keys are never in it; names, addresses and notes are, as on your screen.
    """
    from vmms_tui.client.recording import TooLarge, Writer

    with _new_file(file) as stream:
        writer, full = Writer(stream, largest=most * MIB), False
        recorder = _recorder(options, writer)
        try:
            asyncio.run(_record(recorder, length))
        except TooLarge:
            full = True
        except OSError as error:
            raise Failed(f"{file}: {error.strerror}.", "What was written so far can be replayed.") from error
        except VmmsError:
            file.unlink(missing_ok=True)  # there was no engine to begin with
            raise
        finally:
            writer.close()
    if options.json:
        print_json({"file": str(file), "seconds": recorder.seconds, "updates": recorder.said, "bytes": writer.size})
    else:
        lasted = timedelta(seconds=int(recorder.seconds))
        click.echo(f"Recorded {lasted}, {recorder.said} updates, {writer.size / MIB:.1f} MiB: vmms replay {file}")
    if full:
        raise Failed(f"{file} has come to its largest size, {most} MiB.", "Give it more with --most.")
    return 0


def _new_file(file: Path) -> BinaryIO:
    """For nobody else to read. Raises Failed; a file that is there is never written over."""
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise Failed(f"{file} is there already.", "Name a new file: nothing is written over.") from None
    except OSError as error:
        raise Failed(f"{file}: {error.strerror}.", "Name a file that can be made.") from error


def _recorder(options: Options, writer: "Writer") -> "Recorder":
    from vmms_tui.client.record import Recorder

    return Recorder(options.remote("record"), writer, time.monotonic)


async def _record(recorder: "Recorder", length: timedelta | None) -> None:
    enough, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in ENDS:
        loop.add_signal_handler(number, enough.set)
    timer = loop.call_later(length.total_seconds(), enough.set) if length else None
    try:
        await recorder.run(enough)
    finally:
        if timer:
            timer.cancel()
        await recorder.close()


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--at", metavar="WHEN", default="", help="Begin at 03:12 (UTC), 2026-03-02T03:12, or 90min after the start."
)
@click.option("--speed", type=click.FloatRange(1, 3600), default=1.0, show_default=True, help="Seconds in one.")
@click.pass_obj
def replay(options: Options, file: Path, at: str, speed: float) -> int:
    """Show a recording on the whole screen. Nothing in it can be changed.

    The keys of time stand above the screens: `vmms keys`.
    """
    from vmms_tui.client.recording import Recording

    recording = Recording(file)
    begin = position(recording, at) if at else 0.0
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise VmmsError("A replay needs a terminal.", "For scripts there is `vmms events --json`.")
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    from vmms_tui.cli.personal import look, own_keys
    from vmms_tui.client.replay import Replay
    from vmms_tui.demo.app import PlayedApp
    from vmms_tui.running import run_app

    player = Replay(recording, at=begin, speed=speed)
    theme, problems = look(options, own=True)
    return run_app(player, partial(PlayedApp, player=player, personal=own_keys(problems)), theme=theme)


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
