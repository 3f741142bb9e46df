"""What one call of `vmms` was told by its options and variables."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from vmms_tui.settings import Paths, Settings

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


@dataclass
class Call:
    """The options that every command has. They may stand before or after the command's name."""

    config: Path | None = None
    simulated: bool = False
    start: bool = False
    json: bool = False

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables; `--simulated` goes before VMMS_CLOUD and the file's cloud."""
        return {**os.environ, "VMMS_CLOUD": "simulated"} if self.simulated else os.environ

    def paths(self) -> "Paths":
        """Where this installation keeps its files. The settings file is not read."""
        from vmms_tui.settings.paths import find

        return find(self.config, self.environ, simulated=self.simulated)

    def settings(self) -> "Settings":
        """Read the settings file. Raises SettingsProblems."""
        from vmms_tui.settings import load

        return load(self.config, self.environ, simulated=self.simulated)

    def words(self) -> list[str]:
        """The options that another `vmms` needs to mean the same installation."""
        config = ["--config", str(self.config.absolute())] if self.config else []
        return [*config, *(["--simulated"] if self.simulated else [])]


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    call = context.ensure_object(Call)
    if value and parameter.name:
        setattr(call, parameter.name, value)


def common(command: CommandT) -> CommandT:
    """Give a command the options that every command has."""
    for names, help_text, extra in (
        (("--json",), "Print JSON.", {"is_flag": True}),
        (("--start",), "Start an engine in the background if none runs.", {"is_flag": True}),
        (("--config",), "The settings file.", {"type": click.Path(path_type=Path), "metavar": "FILE"}),
        (
            ("--simulated",),
            "Use the simulated cloud, with example settings and a state of its own.",
            {"is_flag": True, "envvar": "VMMS_SIMULATED"},
        ),
    ):
        option: Any = click.option(*names, help=help_text, expose_value=False, callback=_remember, **extra)
        command = option(command)
    return command


pass_call = click.make_pass_decorator(Call, ensure=True)
