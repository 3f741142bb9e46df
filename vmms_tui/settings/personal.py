"""The files that are a user's own, beside whatever installation they look at: keys, filters, look, past commands.

`keys.toml`, `filters.toml` and `screen.toml` are in the folder of the settings, `~/.config/vmms` (XDG Base Directory
Specification), past commands in that of the state. Nothing in them is needed: what cannot be read is told, and done
without.
"""

import contextlib
import os
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from vmms_tui.model.errors import Failed

LARGEST = 256_000
"""Bytes of such a file that are read."""
THEMES = ("auto", "dark", "light", "terminal", "mono")
"""What a look may be called; a test holds it together with `widgets/themes.py`."""


class PersonalFiles(msgspec.Struct, frozen=True):
    """Where they are."""

    keys: Path
    filters: Path
    past: Path
    screen: Path


def personal_files() -> PersonalFiles:
    """The usual places of the user who runs this program."""
    usual = platformdirs.PlatformDirs("vmms", appauthor=False)
    config, state = Path(usual.user_config_dir), Path(usual.user_state_dir)
    return PersonalFiles(
        keys=config / "keys.toml",
        filters=config / "filters.toml",
        past=state / "commands.txt",
        screen=config / "screen.toml",
    )


def read_toml(path: Path) -> dict[str, Any]:
    """What a file says; nothing when it is not there. Raises Failed, in one sentence, when it cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise Failed(f"{path} is larger than {LARGEST // 1000} kB.", "Make it smaller.")
        return tomllib.loads(text.decode("utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise Failed(f"{path} is not TOML: {error}.", "Mend that line.") from error
    except UnicodeDecodeError as error:
        raise Failed(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from error
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}.", "See who may read it.") from error


def read_filters(path: Path) -> dict[str, str]:
    """Saved filters by name. Raises Failed when the file cannot be read or holds something else."""
    said = read_toml(path)
    for name, words in said.items():
        if not isinstance(words, str):
            raise Failed(f"{path}: {name} is no filter.", f'Write it as {name} = "owner:ada left<8h".')
    return said


def write_filters(path: Path, filters: Mapping[str, str]) -> None:
    """Keep saved filters. Comments in the file stay. Raises Failed when it cannot be written, or was broken before."""
    import tomlkit

    read_filters(path)
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else "# Filters by name; /@name uses them.\n"
        document = tomlkit.parse(text)
        for name in [name for name in document if name not in filters]:
            del document[name]
        for name, words in filters.items():
            if document.get(name) != words:
                document[name] = words
        _replace(path, tomlkit.dumps(document))
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}.", "See who may write there.") from error


def read_theme(path: Path) -> str:
    """The look that a file names: `theme` below `[screen]`; nothing when it names none.

    Raises Failed, in one sentence, when the file cannot be read or names none of THEMES.
    """
    return theme_of(read_toml(path), path)


def theme_of(said: Mapping[str, Any], path: Path) -> str:
    """The same of what stands in a file. Raises Failed when it is none of THEMES."""
    screen = said.get("screen", {})
    if not isinstance(screen, Mapping):
        raise Failed(f"{path}: screen is a table.", 'Write theme = "light" below [screen].')
    theme = screen.get("theme", "")
    if theme == "" or theme in THEMES:
        return str(theme)
    near = get_close_matches(str(theme), THEMES, n=1)
    known = f"Did you mean {near[0]}?" if near else f"There is {', '.join(THEMES)}."
    raise Failed(f"{path}: there is no theme {theme!r}.", known)


def read_past(path: Path) -> list[str]:
    """Past commands, the last at the end. What cannot be read was never given."""
    try:
        with path.open("rb") as file:
            lines = file.read(LARGEST).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [line for line in lines if line.strip() and line.isprintable()]


def write_past(path: Path, lines: Sequence[str]) -> None:
    """Keep them. Where that does not work they are forgotten: it is no reason for anything to fail."""
    with contextlib.suppress(OSError):
        _replace(path, "".join(f"{line}\n" for line in lines))


def _replace(path: Path, text: str) -> None:
    """Write a file that is there as it was, or as it shall be, whenever somebody looks. Only its owner may read it."""
    path = path.resolve()  # a link to a file elsewhere stays one
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
