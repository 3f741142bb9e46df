"""What people and projects hold and wait for, kept up to date instead of counted anew for each request."""

from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache

import msgspec

from vmms_tui.engine.policy.quotas import NOTHING, Key, Usage, keys
from vmms_tui.model.records import Lease, LeaseState, Request, RequestState, Server

HELD = frozenset({LeaseState.ACTIVE, LeaseState.OVERDUE})
"""A lease that is ending is its owner's no more: it can neither be used for long nor be renewed."""


class _Counted(msgspec.Struct, frozen=True, gc=False):
    keys: tuple[Key, ...]
    usage: Usage


@lru_cache(maxsize=4096)
def _counted(owner: str, project: str, usage: Usage) -> _Counted:
    """The same object for all leases that count alike: there are many leases, and few people and sizes."""
    return _Counted(keys(owner, project), usage)


class Holdings:
    """Is told of each lease and request that the state takes or forgets."""

    def __init__(self) -> None:
        self._counted: dict[str, _Counted] = {}
        self._held: dict[Key, Usage] = {}
        self._waiting: dict[Key, dict[str, Request]] = defaultdict(dict)

    def lease(self, lease: Lease, server: Server | None) -> None:
        """A lease is now so, or its server has another size."""
        if lease.id in self._counted:
            self.forget(lease.id)
        if lease.state in HELD:
            usage = Usage(1, server.vcpus, server.ram_mib) if server else Usage(1)
            counted = self._counted[lease.id] = _counted(lease.owner, lease.project, usage)
            for key in counted.keys:
                self._held[key] = self.held(key) + usage

    def forget(self, lease_id: str) -> None:
        """A lease is gone."""
        counted = self._counted.pop(lease_id, None)
        for key in counted.keys if counted else ():
            left = self._held[key] - counted.usage if counted else NOTHING
            if left.servers:
                self._held[key] = left
            else:
                del self._held[key]

    def request(self, old: Request | None, new: Request | None) -> None:
        """A request is now another, or forgotten."""
        if old is not None and old.state is RequestState.QUEUED:
            for key in keys(old.owner, old.project):
                self._waiting[key].pop(old.id, None)
                if not self._waiting[key]:
                    del self._waiting[key]
        if new is not None and new.state is RequestState.QUEUED:
            for key in keys(new.owner, new.project):
                self._waiting[key][new.id] = new

    def held(self, key: Key) -> Usage:
        """What somebody holds."""
        return self._held.get(key, NOTHING)

    def waiting(self, key: Key) -> Collection[Request]:
        """What somebody waits for."""
        return self._waiting[key].values() if key in self._waiting else ()
