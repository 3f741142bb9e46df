"""A user's own things, read from their files: `vmms keys`, and what the screen begins with."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from vmms_tui.cli.complaints import REFUSED, say
from vmms_tui.cli.options import Options, json_option
from vmms_tui.model.errors import Failed
from vmms_tui.settings.personal import (
    THEMES,
    personal_files,
    read_filters,
    read_past,
    read_theme,
    read_toml,
    theme_of,
    write_filters,
    write_past,
)

if TYPE_CHECKING:
    from vmms_tui.keys import Act, Place
    from vmms_tui.keys.inforce import Keymap
    from vmms_tui.screens.personal import Personal

T = TypeVar("T")


def personal(problems: tuple[str, ...] = ()) -> "Personal":
    """What is this user's own. A file that cannot be read is told on the screen, and done without.

    `problems` are those of files that were read before.
    """
    from vmms_tui.cli.root import COMMANDS
    from vmms_tui.screens.personal import Personal

    files = personal_files()
    none: dict[str, str] = {}
    filters, unread = _read(read_filters, files.filters, none)
    return Personal(
        past=read_past(files.past),
        filters=filters,
        keymap=keymap(),
        unread=(*problems, *unread),
        shell=tuple(COMMANDS),
        keep_past=partial(write_past, files.past),
        keep_filters=partial(write_filters, files.filters),
    )


def own_keys(problems: tuple[str, ...] = ()) -> "Personal":
    """Nothing of this user's but their keys, for time that is played: nothing is kept of it."""
    from vmms_tui.screens.personal import Personal

    return Personal(keymap=keymap(), unread=problems)


def look(options: Options, *, own: bool = False) -> tuple[str, tuple[str, ...]]:
    """The look to begin with, and what is wrong with the files that say it.

    What was asked for goes before the user's own file, that before the settings, and these before the terminal: then
    it is `auto`. With `own` the settings of the installation have no say.
    """
    if options.theme:
        return options.theme, ()
    theme, problems = _read(read_theme, personal_files().screen, "")
    if not theme and not own:
        theme, wrong = _read(_in_settings, options.paths.config, "")
        problems += wrong
    return theme or THEMES[0], problems


def _in_settings(path: Path) -> str:
    """The look that the settings name. Whether they can be read at all is the engine's trouble. Raises Failed."""
    try:
        said = read_toml(path)
    except Failed:
        return ""
    return theme_of(said, path)


def _read(read: Callable[[Path], T], path: Path, otherwise: T) -> tuple[T, tuple[str, ...]]:
    try:
        return read(path), ()
    except Failed as failed:
        return otherwise, (str(failed),)


def keymap() -> "Keymap":
    """The keys that this user has moved; with problems none."""
    from vmms_tui.keys.inforce import Keymap, read

    path = personal_files().keys
    nothing: dict[str, object] = {}
    said, problems = _read(read_toml, path, nothing)
    return (
        Keymap(problems=tuple(f"{one} The usual keys are in force." for one in problems))
        if problems
        else read(said, str(path))
    )


@click.command()
@json_option
def keys(options: Options) -> int:
    """The keys of the screens as they are in force, and the file that moves them."""
    from vmms_tui.cli.output import print_json, print_table
    from vmms_tui.keys import Place, name_of
    from vmms_tui.keys.inforce import keys_at

    moved, file = keymap(), personal_files().keys
    told = [(place, act, keys_at(act, place, moved)) for place in Place for act in _listed(place, moved)]
    if options.json:
        entries = [
            {
                "place": place.name.lower(),
                "act": act.id,
                "keys": list(there),
                "usual": list(act.keys),
                "word": act.word(),
                "does": act.sentence(),
                "changes": act.changes,
            }
            for place, act, there in told
        ]
        print_json({"file": str(file), "there": file.exists(), "problems": list(moved.problems), "keys": entries})
    else:
        rows = [
            (place.name.lower(), act.id, " ".join(map(name_of, there)) or "-", _mark(act, there), act.sentence())
            for place, act, there in told
        ]
        print_table(("PLACE", "ACT", "KEYS", "", "DOES"), rows, "There are no keys.")
        how = (
            "is not followed"
            if moved.problems
            else "moves them"
            if file.exists()
            else "would move them; it is not there"
        )
        click.echo(f"\n{file} {how}.")
    for problem in moved.problems:
        say(problem)
    return REFUSED if moved.problems else 0


def _listed(place: "Place", moved: "Keymap") -> "list[type[Act]]":
    """What stands in the table for a place, and what was moved there from further out."""
    from vmms_tui.keys import acts_at
    from vmms_tui.keys.inforce import acts_in

    return [act for act in acts_in(place) if act in acts_at(place) or (place, act.id) in moved.moved]


def _mark(act: "type[Act]", there: tuple[str, ...]) -> str:
    return "" if there == act.keys else "moved" if there else "off"
