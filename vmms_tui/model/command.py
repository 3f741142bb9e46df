"""What every command to the engine has in common; `commands.py` has them all."""

from typing import ClassVar

import msgspec

from vmms_tui.model.people import Role


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command"):
    """Something to do. Who asks is not said here: the door knows it."""

    needs: ClassVar[Role | None] = Role.DEVELOPER
    """The role without which nobody may give it; None: any will do. Whose lease it is about is asked besides."""
    changes: ClassVar[bool] = True
    """Whether a read-only session may not give it."""


class Planned(Command, frozen=True, kw_only=True):
    """A change that can be thought through first: `model.plans` says from what."""

    plan: str = ""
    """The plan that was read; the change is refused when what it was made from is not so any more. Empty: no matter."""


class HostCommand(Planned, frozen=True, kw_only=True):
    """Something done to a compute host, which is named as servers name the host that they are on."""

    needs: ClassVar[Role | None] = Role.OPERATOR

    host: str
