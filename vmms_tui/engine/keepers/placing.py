"""What ties servers to hosts, as it was last read: for screens and plans. Just before a move all of it is read anew."""

import contextlib
from datetime import timedelta

from vmms_tui.engine.cloud.errors import AccessDenied, CloudError
from vmms_tui.engine.cloud.placing import Aggregate, ServerGroup
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.context import Context
from vmms_tui.model import placing
from vmms_tui.model.placing import PLACING, Placing

AGE = timedelta(minutes=30)
"""How often aggregates and groups are read: they seldom change, and whoever reads the hosts again reads them, too."""
AGAIN = timedelta(minutes=1)
"""So long after the last reading they are read no sooner, whoever asks."""


class PlacingKeeper:
    """Is called when the hosts are read."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._read_at: float | None = None
        self._groups: tuple[ServerGroup, ...] = ()

    async def read(self, cloud: Cloud, *, anyway: bool) -> tuple[Aggregate, ...] | None:
        """The aggregates; None: what was known stays. What cannot be read hides no host, and is asked for again soon.

        `anyway`: somebody asks, or a host is down.
        """
        now, age = self._context.clock.monotonic(), AGAIN if anyway else AGE
        if self._read_at is not None and now - self._read_at < age.total_seconds():
            return None
        found: tuple[Aggregate, ...] | None = None
        try:
            with contextlib.suppress(AccessDenied):  # a policy may hide them, and will for long
                found = await cloud.aggregates()
            with contextlib.suppress(AccessDenied):
                self._groups = await cloud.server_groups()
        except CloudError:
            return found
        self._read_at = now
        return found

    def note(self) -> None:
        """Know what ties our servers now, if that is news."""
        known, new = self._context.state.get(Placing, PLACING), self._found()
        if new != (known or Placing(id=PLACING)):
            self._context.ledger.note(new)

    def _found(self) -> Placing:
        context = self._context
        flavors, specs = context.catalog.flavors, context.specs.values()
        extra = {spec.name: flavors[spec.flavor].extra for spec in specs if spec.flavor in flavors}
        groups = tuple(found for group in self._groups if (found := self._ours(group)).members)
        devices = {
            server.id: kinds
            for held in context.lists.hardware.values()
            for cloud_id, kinds in held.items()
            if (server := context.state.server_by_cloud_id(cloud_id)) is not None
        }
        return Placing(
            id=PLACING,
            zones={spec.name: spec.availability_zone for spec in specs if spec.availability_zone},
            extra={name: said for name, said in extra.items() if said},
            groups=groups,
            group_of={member: number for number, group in enumerate(groups) for member in group.members},
            devices=devices,
            shared_storage=context.policy.moves.shared_storage,
        )

    def _ours(self, group: ServerGroup) -> placing.ServerGroup:
        servers = (self._context.state.server_by_cloud_id(member) for member in group.members)
        members = tuple(sorted(one.id for one in servers if one is not None))
        return placing.ServerGroup(name=group.name, policy=group.policy, most=group.most, members=members)
