"""What VMMS says when it does not do what it was asked: one sentence, and what to do about it."""

from vmms_tui.model.hiding import without_secrets


class VmmsError(Exception):
    """A sentence for a person, and a remedy. Never shown as a traceback."""

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = without_secrets(message)
        super().__init__(self.message)
        self.remedy = without_secrets(remedy)

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class Refused(VmmsError):
    """A rule says no. The same call gets the same answer until something else changes.

    `rule` names the rule with a stable word: `longest_term`, `total_term`, `unknown_purpose`, `not_owner` …
    """

    def __init__(self, rule: str, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.rule = rule


class TryAgain(VmmsError):
    """Not now: the cloud or the engine is busy or away. The same call may go through later."""


class Failed(VmmsError):
    """It was tried, and it did not work."""
