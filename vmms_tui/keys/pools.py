"""What can be done on Pools."""

from vmms_tui.keys.act import Place
from vmms_tui.keys.rows import ForRow


class OpenPool(ForRow):
    """servers: the servers of this pool."""

    id, keys, places, row = "open", ("enter",), (Place.POOLS,), 1
