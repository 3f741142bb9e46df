"""Commands that stand for no key."""

from vmms_tui.keys import dash
from vmms_tui.keys.saying import typed
from vmms_tui.model.commands import Freeze, ReloadSettings, Thaw
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
        how = f"Write {typed('readonly')} or {typed('readonly off')}."
        raise Refused("on_or_off", f"readonly is on or off, not {rest}.", how)
    return doing.desk.look_only(said != "off")


def _theme(doing: Doing, rest: str) -> str:
    return set_theme(doing.screen.app, rest.strip().casefold())


def _freeze(doing: Doing, rest: str) -> str:
    doing.desk.propose([Freeze(reason=rest.strip())])
    return ""


def _thaw(doing: Doing, _rest: str) -> str:
    doing.desk.propose([Thaw()])
    return ""


def _reload(doing: Doing, _rest: str) -> str:
    doing.desk.propose([ReloadSettings()])
    return ""


FIND = also(
    Word(name="find", says="Look for words, names and addresses in all that is known.", takes="WORDS", needs_more=True)
)
SAVE = also(
    Word(
        name="save",
        says="Keep the filter of this list under a name; @NAME in a filter uses it.",
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
        says="Change nothing from this screen until `readonly off` is said.",
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
FREEZE = also(
    Word(
        name="freeze",
        says="Let the engine stop, delete and take back nothing of its own accord until it is thawed.",
        takes="REASON",
        needs_more=True,
        run=_freeze,
        gives=Freeze,
    )
)
THAW = also(
    Word(
        name="thaw",
        says="Let stopping, deleting and taking back go on.",
        acts=(dash.Thaw,),
        run=_thaw,
        gives=Thaw,
    )
)
"""The key acts on the need that tells of it; the command wherever one is."""
RELOAD = also(
    Word(name="reload", says="Let the engine read its settings file again now.", run=_reload, gives=ReloadSettings)
)
