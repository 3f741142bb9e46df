"""The key table: one class for each thing a user can do, one module for each place where it can be done.

Bindings, footer, help and docs/keys.md are made from it. The docstring of a class is `word: sentence.`: the word
stands in the footer, the sentence in the help. Lower case looks, UPPER CASE changes (and `+`, which adds time).
"""

from vmms_tui.keys import (
    cloud,
    dash,
    dialogs,
    everywhere,
    forms,
    leases,
    lists,
    menus,
    moves,
    moving,
    ops,
    playing,
    pools,
    preflight,
    reading,
)
from vmms_tui.keys import rows as rows
from vmms_tui.keys.act import ANYBODY as ANYBODY
from vmms_tui.keys.act import FORBIDDEN as FORBIDDEN
from vmms_tui.keys.act import LIST_PLACES as LIST_PLACES
from vmms_tui.keys.act import Act as Act
from vmms_tui.keys.act import Place as Place
from vmms_tui.keys.act import Target as Target
from vmms_tui.keys.act import acts_at as acts_at
from vmms_tui.keys.act import address_of as address_of
from vmms_tui.keys.act import arranged
from vmms_tui.keys.act import name_of as name_of
from vmms_tui.keys.act import why_not as why_not
from vmms_tui.keys.inforce import key_name as key_name
from vmms_tui.keys.inforce import keys_at as keys_at
from vmms_tui.keys.saying import press as press

MODULES = (
    *(
        dash,
        pools,
        leases,
        moving,
        cloud,
        ops,
        moves,
        rows,
        lists,
        menus,
        forms,
        dialogs,
        reading,
        preflight,
        playing,
        everywhere,
    ),
)
"""Where the entries stand, in the order in which the footer shows them. What is not named here is not in the table."""
ACTS: tuple[type[Act], ...] = arranged(module.__name__ for module in MODULES)
"""Everything a user can do."""
