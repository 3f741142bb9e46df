"""Decides what a peer is to this installation, from its Unix groups."""

import grp
import logging
import os
from collections.abc import Callable

from vmms_tui.engine.policy.rights import recognise
from vmms_tui.model.people import AccessRules, Caller, Peer

log = logging.getLogger(__name__)


def group_number(name: str) -> int | None:
    """The id of a Unix group (getgrnam(3)); None when there is none of that name."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


class Access:
    """The rules in force. Groups are looked up when rules are taken on, not for every caller."""

    def __init__(self, *, own_uid: int | None = None, number_of: Callable[[str], int | None] = group_number) -> None:
        self.rules = AccessRules()
        self.unknown_groups: tuple[str, ...] = ()
        """Groups that the rules name and that this machine does not have."""
        self._own_uid = os.geteuid() if own_uid is None else own_uid
        self._number_of = number_of
        self._numbers: dict[str, int] = {}

    def take(self, rules: AccessRules) -> None:
        """Let these rules be in force from now on."""
        found = {group: self._number_of(group) for group in sorted(rules.groups)}
        self._numbers = {group: number for group, number in found.items() if number is not None}
        self.unknown_groups = tuple(group for group, number in found.items() if number is None)
        for group in self.unknown_groups:
            log.warning("there is no Unix group %s here: it gives nobody a role", group)
        self.rules = rules

    def caller(self, peer: Peer) -> Caller:
        """Who this is here. Raises Refused when they have no role."""
        return recognise(peer, self.rules, self._numbers, self._own_uid)
