"""What a change does, as one line."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """Something that will happen, and whether it can be undone."""

    what: str
    undone: str
    verb: str = ""
    """The same for all things to which the same happens; empty: it stands for itself."""
    name: str = ""
