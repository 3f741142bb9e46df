"""What comes of a look before a server is moved."""

from enum import StrEnum

import msgspec


class Grade(StrEnum):
    """What comes of a check. The values are what is shown."""

    OK = "ok"
    WARN = "WARN"
    BLOCK = "BLOCK"


class MoveCheck(msgspec.Struct, frozen=True):
    """Something that was looked at. What blocks says what to do about it."""

    name: str
    grade: Grade
    text: str
    remedy: str = ""


def ok(name: str, text: str) -> MoveCheck:
    """Nothing speaks against it."""
    return MoveCheck(name, Grade.OK, text)


def warn(name: str, text: str) -> MoveCheck:
    """Worth to be known."""
    return MoveCheck(name, Grade.WARN, text)


def block(name: str, text: str, remedy: str) -> MoveCheck:
    """It does not go."""
    return MoveCheck(name, Grade.BLOCK, text, remedy)
