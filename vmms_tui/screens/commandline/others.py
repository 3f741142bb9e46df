"""Commands that stand for no key."""

from vmms_tui.model.errors import Refused
from vmms_tui.screens.commandline.doing import Doing
from vmms_tui.screens.commandline.words import Word, also
from vmms_tui.screens.listframe import ListFrame
from vmms_tui.widgets.themes import set_theme


def _save(doing: Doing, rest: str) -> str:
    screen = doing.screen
    name, _, words = rest.strip().partition(" ")
    if not words and isinstance(screen, ListFrame):
        words = screen.listing.filter_text
    return doing.desk.personal.save(name, words)


def _forget(doing: Doing, rest: str) -> str:
    return doing.desk.personal.forget(rest.strip())


def _read_only(doing: Doing, rest: str) -> str:
    said = rest.strip().casefold()
    if said not in {"", "on", "off"}:
        raise Refused("on_or_off", f"readonly is on or off, not {rest}.", "Write :readonly or :readonly off.")
    return doing.desk.look_only(said != "off")


def _theme(doing: Doing, rest: str) -> str:
    return set_theme(doing.screen.app, rest.strip().casefold())


FIND = also(
    Word(name="find", says="Look for words, names and addresses in all that is known.", takes="WORDS", needs_more=True)
)
SAVE = also(
    Word(
        name="save",
        says="Keep the filter of this list under a name; /@NAME uses it.",
        takes="NAME",
        needs_more=True,
        run=_save,
    )
)
FORGET = also(Word(name="forget", says="Forget a saved filter.", takes="NAME", needs_more=True, run=_forget))
READ_ONLY = also(
    Word(
        name="readonly",
        aliases=("read-only",),
        says="Change nothing from this screen until `readonly off`.",
        takes="[off]",
        run=_read_only,
    )
)
THEME = also(
    Word(
        name="theme",
        says="Take another look: dark, light, terminal or mono.",
        takes="NAME",
        needs_more=True,
        run=_theme,
    )
)
