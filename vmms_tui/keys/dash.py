"""What can be done on Dash."""

from vmms_tui.keys.act import Act, Place, Target
from vmms_tui.model.need import NeedKind
from vmms_tui.model.people import Role
from vmms_tui.model.records import Guard


class Jump(Act):
    """open: go to where the need can be mended; on another panel, to its screen."""

    id, keys, places, row = "jump", ("enter",), (Place.DASH,), 1


class NextPanel(Act):
    """next: to the next panel."""

    id, keys, places, row = "next_panel", ("tab",), (Place.DASH,), 1


class PreviousPanel(Act):
    """previous: to the panel before."""

    id, keys, places = "previous_panel", ("shift+tab",), (Place.DASH,)


class Acknowledge(Act):
    """acknowledge: say to all on call that you see to it, with a note; on what is acknowledged: take that back."""

    id, keys, places, row = "acknowledge", ("a",), (Place.DASH,), 1
    needs = Role.OPERATOR

    @classmethod
    def refusal(cls, target: Target) -> str:
        """A need is needed, of which all on call are told."""
        return "" if target.need else "There is nothing under the cursor that needs anybody on call."


class Thaw(Act):
    """thaw: let stopping, deleting and taking back go on, after Preflight."""

    id, keys, places, row, changes = "thaw", ("T",), (Place.DASH,), 2, True
    needs, needs_cloud = Role.OPERATOR, False

    @classmethod
    def refusal(cls, target: Target) -> str:
        """Only what is frozen can be thawed."""
        return "" if isinstance(target.record, Guard) else "Nothing under the cursor is frozen."


class HealAllIll(Act):
    """heal all: let all ladders go on although many servers are ill at once, after Preflight."""

    id, keys, places, row, changes = "heal_all", ("H",), (Place.DASH,), 2, True
    needs = Role.OPERATOR

    @classmethod
    def refusal(cls, target: Target) -> str:
        """The need about an incident is needed."""
        return "" if target.about == NeedKind.INCIDENT else "Nothing under the cursor is about many ill servers."
