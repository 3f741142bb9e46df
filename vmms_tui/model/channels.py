"""Where people are told of their leases, as addresses that Apprise knows. They hold credentials."""

import msgspec


class Channels(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses by whom they reach. Never drawn, logged or sent to viewers; its repr says only how many there are."""

    urls: tuple[str, ...] = ()
    """For every owner, with `{owner}` where their name belongs."""
    people: dict[str, tuple[str, ...]] = {}
    """For some owners, in place of `urls`."""
    operators: tuple[str, ...] = ()
    file: str = ""
    """Path of the file that more of them were read from."""
    remarks: tuple[str, ...] = ()
    """What is wrong with that file, though it could be read."""

    def __repr__(self) -> str:
        counts = f"{len(self.urls)} for owners, {len(self.people)} people, {len(self.operators)} for operators"
        return f"Channels({counts})"

    @property
    def any(self) -> bool:
        """Whether there is one at all."""
        return bool(self.urls or self.people or self.operators)
