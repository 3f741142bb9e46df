"""What the parts of a project share."""

from urllib.parse import quote

from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.errors import NotFound
from vmms_tui.engine.cloud.openstack.names import Names
from vmms_tui.engine.cloud.openstack.rest import Rest
from vmms_tui.engine.cloud.openstack.wording import clean


class Part:
    """A part of `OpenStackProject`."""

    def __init__(self, rest: Rest, clock: Clock) -> None:
        self._rest = rest
        self._names = Names(rest, clock)


def path(collection: str, identifier: str, *more: str) -> str:
    """`/collection/id/…`, quoted. Raises NotFound for an id that no URL can hold, and that nothing can have."""
    if identifier in {"", ".", ".."}:
        raise NotFound(clean(f"There is nothing with the id {identifier!r}") + ".")
    return "/".join(("", collection, *(quote(segment, safe="") for segment in (identifier, *more))))
