"""What README and the pages under docs/ say exists: files, commands, settings, make targets, measurements."""

import re
import shlex
from pathlib import Path

import click
import pytest

from bench.__main__ import NAMES
from vmms_tui.cli.root import vmms
from vmms_tui.settings import load

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / name
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/operations.md")
]
SCREENS = sorted((ROOT / "docs" / "screens").glob("*.md"))
PAGES += SCREENS
OTHERS = [page for page in sorted((ROOT / "docs").rglob("*.md")) if page not in PAGES]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MODULES = {path.relative_to(ROOT / "vmms_tui").as_posix() for path in (ROOT / "vmms_tui").rglob("*.py")}


def of(pages: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", pages, ids=lambda page: page.name)


def blocks(page: Path, language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(page.read_text(encoding="utf-8")) if found == language]


def code(page: Path) -> list[str]:
    """Every line of code: in blocks, and between backquotes."""
    text = page.read_text(encoding="utf-8")
    lines = [line for found, block in BLOCK.findall(text) if found in {"", "sh"} for line in block.splitlines()]
    return [*lines, *re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))]


@of([*PAGES, *OTHERS])
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", page.read_text(encoding="utf-8"))
    local = [one for pair in targets for one in pair if one and not one.startswith(("http:", "https:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


def named(command: click.Command, words: list[str]) -> str:
    """What is wrong with a command line; nothing when the commands and options exist."""
    context = click.Context(command)
    for place, word in enumerate(words):
        if word.startswith("--"):
            known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help"}
            if word.partition("=")[0] not in known:
                return f"{command.name} has no {word}"
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z-]+", word):
            under = command.get_command(context, word)
            return f"{command.name} has no {word}" if under is None else named(under, words[place + 1 :])
    return ""


@of(PAGES)
def test_commands_and_their_options_exist(page: Path) -> None:
    lines = [line.partition("#")[0].strip() for line in code(page)]
    calls = [shlex.split(line[line.rindex("vmms ") :])[1:] for line in lines if re.match(r"(sudo .*)?vmms ", line)]
    assert [wrong for words in calls if (wrong := named(vmms, words))] == []


def test_readme_shows_commands_at_all() -> None:
    """Or the test above could not fail."""
    assert len([line for line in code(ROOT / "README.md") if line.startswith("vmms ")]) >= 5
    assert named(vmms, ["request", "--purpos", "ci"]) == "request has no --purpos"
    assert named(vmms, ["reqest"]) == "vmms has no reqest"


@of(PAGES)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named_ones = {found for line in code(page) for found in re.findall(r"\bmake ([a-z][a-z-]*)", line)}
    assert named_ones <= targets


@of(PAGES)
def test_measurements_exist(page: Path) -> None:
    assert {found for line in code(page) for found in re.findall(r"-m bench ([a-z_]+)", line)} <= set(NAMES)


@of([ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"])
def test_files_of_the_program_exist(page: Path) -> None:
    """Paths from the top of the project, and names within vmms_tui/ or its engine/."""
    words = [word for word in code(page) if re.fullmatch(r"[\w./-]+(\.py|/)", word)]
    assert words
    assert [word for word in words if not exists(word)] == []


def exists(word: str) -> bool:
    tops = [ROOT, ROOT / "vmms_tui", ROOT / "vmms_tui" / "engine"]
    return any((top / word).exists() for top in tops) or any(one.endswith(f"/{word}") for one in MODULES)


@of([ROOT / "README.md", ROOT / "docs" / "operations.md"])
def test_settings_shown_are_right(page: Path, tmp_path: Path) -> None:
    shown = blocks(page, "toml")
    assert shown
    for number, text in enumerate(shown):
        folder = tmp_path / str(number)
        folder.mkdir()
        for script in re.findall(r'setup_script_file = "(.+?)"', text):
            (folder / script).write_text("#!/bin/sh\n")
        (folder / "vmms.toml").write_text(text)
        settings = load(folder / "vmms.toml", {"VMMS_STATE_DIR": str(folder)})
        assert settings.pools
