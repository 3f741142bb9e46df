"""No witnesses: nobody can tell whether a host is dead, and nothing can be fenced."""

from collections.abc import Sequence

from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.model.witness import Fenced, HostRules, Sign


class NoWitnesses:
    """For engines that look after nothing: those that only take stock."""

    async def signs(self, rules: HostRules, hosts: Sequence[Suspected]) -> dict[str, tuple[Sign, ...]]:
        """See Witnesses."""
        return {host.name: () for host in hosts}

    async def fence(self, rules: HostRules, host: Suspected) -> Fenced:
        """See Witnesses."""
        return Fenced(off=False, why=f"there is no way to fence {host.name}")

    async def close(self) -> None:
        """See Witnesses."""
