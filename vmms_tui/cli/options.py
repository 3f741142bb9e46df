"""What all commands have in common: where the engine is, and how the answer is to look."""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vmms_tui.model.durations import parse_duration
from vmms_tui.model.errors import Refused
from vmms_tui.settings.paths import Paths, find

if TYPE_CHECKING:
    from vmms_tui.client.remote import RemoteClient
    from vmms_tui.settings import Settings


@dataclass(frozen=True)
class Options:
    """What the user said before the command, and `--json` and `--start` after it."""

    simulated: bool = False
    config: Path | None = None
    read_only: bool = False
    json: bool = False
    start: bool = False
    theme: str = ""
    """The look that was asked for; empty: the files and the terminal decide."""

    @property
    def paths(self) -> Paths:
        """Where the files are. Does not read the settings."""
        return find(self.config, os.environ, simulated=self.simulated)

    def settings(self) -> "Settings":
        """The settings as they are on disk now. Raises SettingsProblems."""
        from vmms_tui.settings import load

        return load(self.config, os.environ, simulated=self.simulated)

    def arguments(self) -> list[str]:
        """The global options again, for another process."""
        config = ["--config", str(self.config.absolute())] if self.config else []
        return ["--simulated", *config] if self.simulated else config

    def remote(self, with_what: str, *, patience: float | None = None) -> "RemoteClient":
        """A client of the engine behind the socket; `with_what` it asks, the audit says. `patience` is seconds."""
        from vmms_tui.client.remote import PATIENCE, RemoteClient
        from vmms_tui.settings.people import from_where

        says = from_where(with_what, os.environ)
        return RemoteClient(self.paths.socket, says=says, read_only=self.read_only, patience=patience or PATIENCE)


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.5
    """A length of time like `8h`, `2d` or `1d12h`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As a timedelta; a usage error when it is none, or not above zero."""
        if not isinstance(value, str):
            return value
        try:
            return parse_duration(value)
        except Refused as refused:
            self.fail(str(refused), param, ctx)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--json`; it gets Options first."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON, with stable field names.")(
        _with_options(command)
    )


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--json` and `--start`; it gets Options first."""
    return click.option("--start", is_flag=True, help="Start an engine in the background if none runs.")(
        json_option(command)
    )


def _with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(command)
    def called(*, as_json: bool, start: bool = False, **arguments: Any) -> Any:
        said: Options = click.get_current_context().obj
        return command(replace(said, json=as_json, start=start), **arguments)

    return called
