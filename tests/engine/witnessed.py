"""The witnesses of an engine that can be killed."""

from collections.abc import Sequence
from typing import Protocol

from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.engine.witnesses.simulated import SimulatedWitnesses
from vmms_tui.model.witness import Fenced, HostRules, Sign


class Mortal(Protocol):
    """What kills it."""

    dead: bool

    def touch(self) -> bool:
        """One touch. True: from now on the engine is dead."""
        ...


class MortalWitnesses:
    """The simulated witnesses; a dead engine's last command is run, and its answer is lost."""

    def __init__(self, witnesses: SimulatedWitnesses, death: Mortal) -> None:
        self._witnesses = witnesses
        self._death = death

    async def signs(self, rules: HostRules, hosts: Sequence[Suspected]) -> dict[str, tuple[Sign, ...]]:
        """See Witnesses."""
        return {} if self._death.dead else await self._witnesses.signs(rules, hosts)

    async def fence(self, rules: HostRules, host: Suspected) -> Fenced:
        """See Witnesses."""
        if self._death.dead:
            return Fenced(off=False, why="killed")
        fenced = await self._witnesses.fence(rules, host)
        return Fenced(off=False, why="killed") if self._death.touch() else fenced

    async def close(self) -> None:
        """The witnesses go on."""
