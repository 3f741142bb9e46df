"""What is a user's own and outlives the screen: past commands, saved filters, keys. Others know where it is kept."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from vmms_tui.keys import press
from vmms_tui.keys.inforce import Keymap
from vmms_tui.keys.lists import Filter
from vmms_tui.keys.saying import typed
from vmms_tui.model.errors import Refused

LONGEST_PAST = 200
"""Commands that are remembered."""
LONGEST_LINE = 500
"""Characters of one; longer ones are not remembered."""
NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
"""What a saved filter may be called."""


def _nowhere(_kept: object) -> None:
    """Kept as long as the screen lives."""


@dataclass
class Personal:
    """One user's own things. `keep_past` and `keep_filters` put them where the next screen finds them."""

    past: list[str] = field(default_factory=list)
    """Commands, the last at the end."""
    filters: dict[str, str] = field(default_factory=dict)
    """Saved filters by name."""
    keymap: Keymap = field(default_factory=Keymap)
    unread: tuple[str, ...] = ()
    """Files of theirs that could not be read, a sentence each."""
    shell: tuple[str, ...] = ()
    """Commands that they have in a shell."""
    keep_past: Callable[[Sequence[str]], None] = _nowhere
    """Never fails: what cannot be kept is forgotten."""
    keep_filters: Callable[[Mapping[str, str]], None] = _nowhere
    """Raises Failed when they cannot be kept."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with their files."""
        return (*self.keymap.problems, *self.unread)

    def remember(self, line: str) -> None:
        """A command was given."""
        if line and len(line) <= LONGEST_LINE and line.isprintable():
            self.past = [*(one for one in self.past if one != line), line][-LONGEST_PAST:]
            self.keep_past(self.past)

    def save(self, name: str, words: str) -> str:
        """Keep a filter under a name. What there is to say.

        Raises Refused for a name that cannot be one or a filter that says nothing, and Failed when it cannot be kept.
        """
        name = name.removeprefix("@")
        if not NAME.fullmatch(name):
            example = f"a letter first, then letters, digits, - and _: {typed('save mine')}"
            raise Refused("filter_name", f"{name!r} is no name for a filter.", f"Write {example}.")
        if not words.strip():
            first = f"Filter the list first: {press(Filter)} and its words."
            raise Refused("no_filter", "There is no filter here to be saved.", first)
        self._keep({**self.filters, name: words.strip()})
        return f"Saved: @{name} is {words.strip()}"

    def forget(self, name: str) -> str:
        """Forget a saved filter. What there is to say. Raises Refused for an unknown one, and Failed as `save`."""
        name = name.removeprefix("@")
        if name not in self.filters:
            near = get_close_matches(name, self.filters, n=1)
            known = f"Did you mean {near[0]}?" if near else f"There is {', '.join(sorted(self.filters)) or 'none'}."
            raise Refused("no_filter", f"There is no saved filter {name}.", known)
        self._keep({one: words for one, words in self.filters.items() if one != name})
        return f"@{name} is forgotten."

    def _keep(self, fresh: dict[str, str]) -> None:
        self.keep_filters(fresh)
        self.filters.clear()  # the lists look into this very mapping
        self.filters.update(fresh)
