"""docs/commands.md says of every command and option that it exists, and of none that does not."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from vmms_tui.cli.root import vmms

DOCS = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## `?(.*?)`?\n(.*?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL))


def commands(group: click.Group, path: str = "vmms") -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None, name
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


ALL = dict(commands(vmms))


def heading(path: str, command: click.Command) -> str:
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    return " ".join([path, *(argument.make_metavar(click.Context(command)) for argument in arguments)])


def options(command: click.Command) -> set[str]:
    return {
        name
        for param in command.params
        if isinstance(param, click.Option) and not param.hidden
        for name in param.opts
        if name.startswith("--")
    }


def test_the_sections_are_the_commands() -> None:
    told = {section for section in SECTIONS if section.startswith("vmms ")}
    assert told == {heading(path, command) for path, command in ALL.items()}


@pytest.mark.parametrize("path", ALL)
def test_every_option_is_told(path: str) -> None:
    command = ALL[path]
    told = set(re.findall(r"`(--[a-z-]+)[ A-Z]*`", SECTIONS[heading(path, command)]))
    assert told == options(command) - {"--json", "--start"}


def test_what_all_commands_share_is_told() -> None:
    before = DOCS.split("## Exit codes")[0]
    shared = set(re.findall(r"^\| `(--[a-z-]+)` \|", before, re.MULTILINE))
    assert shared == options(vmms) | {"--help", "--json", "--start"}


def test_json_is_everywhere_but_for_what_answers_nothing() -> None:
    without = {path for path, command in ALL.items() if "--json" not in options(command)}
    assert without == {"vmms engine", "vmms demo", "vmms replay", "vmms completion"}


def test_exit_codes_are_told() -> None:
    assert set(re.findall(r"^\| (\d) \|", SECTIONS["Exit codes"], re.MULTILINE)) == {"0", "1", "2", "3"}
