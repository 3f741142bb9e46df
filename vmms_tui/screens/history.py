"""Which screens were shown, and the way back and forth between them. Pure."""

from dataclasses import dataclass, field

from vmms_tui.keys import Place

LONGEST = 50
"""Steps that are remembered."""


@dataclass
class History:
    """Where we have been. After a step back, a new visit forgets what lay ahead, as in a browser."""

    places: list[Place] = field(default_factory=list)
    at: int = -1

    def visit(self, place: Place) -> None:
        """Here we are now."""
        if self.places and self.places[self.at] is place:
            return
        self.places = [*self.places[: self.at + 1], place][-LONGEST:]
        self.at = len(self.places) - 1

    def travel(self, steps: int) -> Place | None:
        """Go so many steps back (below zero) or forward; None when there is nowhere to go."""
        there = self.at + steps
        if not 0 <= there < len(self.places):
            return None
        self.at = there
        return self.places[there]
