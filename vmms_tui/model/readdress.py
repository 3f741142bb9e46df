"""What an operation does about the floating IP of its server, as it remembers it from step to step."""

import msgspec


class Readdress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Kept before the cloud is asked: after a crash an address that is off is put on again."""

    due: bool = False
    """It is to be put on the server's port."""
    silent: bool = False
    """It is taken off there first: nothing answered at it."""
    tries: int = 0
    """How often in a row the cloud refused to put it there."""
    back: bool = False
    """It was not on its port, and was put back."""
    again: bool = False
    """It was taken off and put on again, as nothing answered at it."""


def what_was_done(about: Readdress | None) -> str:
    """It in words, as the end of a sentence; empty: the address was let be."""
    said = []
    if about is not None and about.back:
        said.append("its floating IP was not on its port and was put back")
    if about is not None and about.again:
        said.append("its floating IP did not answer and was taken off and put on again")
    return "; ".join(said)
