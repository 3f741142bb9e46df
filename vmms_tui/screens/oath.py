"""An oath that a host is dead, and the words with which it passes the guards: asked one after the other."""

from collections.abc import Callable, Sequence

from textual.app import App

from vmms_tui.model.commands import EvacuateHost
from vmms_tui.model.errors import Refused
from vmms_tui.model.evacuation import obstacle
from vmms_tui.model.plans import host_named
from vmms_tui.model.rescue_guards import WORDS, insisted
from vmms_tui.model.suspects import Suspect
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.evacuationplans import guards_of
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.prompt import Prompt
from vmms_tui.screens.reasons import preview_of
from vmms_tui.widgets.text import plain


def ask(app: App[None], mirror: Mirror, name: str, then: Callable[[EvacuateHost], None]) -> None:
    """Ask how they know that it is dead; then, where a guard speaks against it, for the word that passes it."""

    def answered(sworn: str | None) -> None:
        if sworn is not None:
            command = EvacuateHost(host=name, sworn=" ".join(sworn.split()))
            _insist(app, command, _guards(mirror, command), then)

    title = f"Evacuate {plain(name)}: how do you know that nothing runs on it?"
    app.push_screen(Prompt(title, "", lambda said: _sworn(name, said)), answered)


def _guards(mirror: Mirror, command: EvacuateHost) -> tuple[Refused, ...]:
    """None where it does not come to that: Preflight says why."""
    host = host_named(command.host, mirror.tables)
    if host is None or obstacle(host, command.sworn, mirror.tables.get(Suspect, host.name)) is not None:
        return ()
    return guards_of(host, mirror.tables, mirror.status, mirror.now)


def _insist(
    app: App[None], command: EvacuateHost, stops: Sequence[Refused], then: Callable[[EvacuateHost], None]
) -> None:
    if not stops:
        then(command)
        return
    stop, *others = stops
    word = WORDS[stop.rule].lstrip("-").replace("-", " ")

    def answered(said: str | None) -> None:
        if said is not None:
            _insist(app, insisted(command, stop), others, then)

    title = f"Evacuate {plain(command.host)} all the same?"
    app.push_screen(Prompt(title, "", lambda said: _despite(stop, word, said)), answered)


def _despite(stop: Refused, words: str, said: str) -> tuple[str, str]:
    """What such an answer would mean."""
    if " ".join(said.split()).lower() != words:
        return f"{stop.message}\nIf you are sure of it, type: {words}", "bad"
    return f"{stop.message}\nEverybody reads that you did it all the same.", ""


def _sworn(host: str, said: str) -> tuple[str, str]:
    """What such an answer would mean."""
    nothing = "You swear to it: its power is off, say.\nA server that runs on two hosts loses its disk."
    return preview_of(
        said,
        nothing,
        lambda words: f"Everybody reads it.\nsame as  {command_line(EvacuateHost(host=host, sworn=words))}",
    )
