"""The key table: one class for each thing a user can do, one module for each place where it can be done.

Bindings, footer, help and docs/keys.md are made from it. The docstring of a class is `word: sentence.`: the word
stands in the footer, the sentence in the help. Lower case looks, UPPER CASE changes (and `+`, which adds time).
"""

from vmms_tui.keys import everywhere, forms, leases, lists, menus, ops, pools, preflight, rows
from vmms_tui.keys.act import ANYBODY as ANYBODY
from vmms_tui.keys.act import FORBIDDEN as FORBIDDEN
from vmms_tui.keys.act import LIST_PLACES as LIST_PLACES
from vmms_tui.keys.act import Act as Act
from vmms_tui.keys.act import Place as Place
from vmms_tui.keys.act import Target as Target
from vmms_tui.keys.act import acts_at as acts_at
from vmms_tui.keys.act import address_of as address_of
from vmms_tui.keys.act import all_acts
from vmms_tui.keys.act import name_of as name_of
from vmms_tui.keys.act import why_not as why_not

MODULES = (everywhere, forms, leases, lists, menus, ops, pools, preflight, rows)
"""Where the entries stand. A module that is not named here is not in the table."""
ACTS: tuple[type[Act], ...] = all_acts()
"""Everything a user can do."""
