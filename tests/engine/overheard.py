"""Listens to what witnesses say to engines, and judges each order to fence a host by that, and by the world itself."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from vmms_tui.engine.cloud.facts import TAG_LEASE
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.engine.witnesses.simulated import SimulatedWitnesses
from vmms_tui.model.witness import Fenced, HostRules, Says, Sign

KNOWN_AFTER = 75.0
"""Seconds after which an engine must have read that a host is down: it reads them each minute."""
LONG_BEFORE = 3600.0
"""Seconds after which a host that fell, and is empty, has nothing to do with the next one."""


class _Said(NamedTuple):
    """What was said of a host at a look."""

    down: bool
    """Whether the cloud called it down."""
    signs: tuple[Sign, ...]
    answered: frozenset[str]
    """Witnesses that had an answer from some host that was up: of the others silence says nothing."""

    @property
    def dead(self) -> bool:
        """Whether anybody but the cloud knew it to be dead."""
        return any(
            one.says is Says.DEAD or (one.says is Says.SILENT and one.witness in self.answered) for one in self.signs
        )


class Overheard(SimulatedWitnesses):
    """The witnesses of the games. What was wrong about a fence is in `wrong`."""

    def __init__(self, account: SimulatedAccount, others: Callable[[str], set[str]]) -> None:
        """`others`: hosts but this one that the engine is evacuating by itself."""
        super().__init__(account)
        self._others = others
        self._said: dict[str, list[_Said]] = {}
        """What was said of each host, look after look."""
        self.wrong: list[str] = []

    async def signs(self, rules: HostRules, hosts: Sequence[Suspected]) -> dict[str, tuple[Sign, ...]]:
        """See Witnesses."""
        said, up = await super().signs(rules, hosts), self._world.hosts.counts_as_up
        answers = [one for name, signs in said.items() if up(name) for one in signs if one.says is Says.ALIVE]
        answered = frozenset(one.witness for one in answers)
        for name, signs in said.items():
            self._said.setdefault(name, []).append(_Said(not up(name), signs, answered))
        return said

    async def fence(self, rules: HostRules, host: Suspected) -> Fenced:
        """See Witnesses."""
        self.wrong += [f"{host.name} is fenced: {why}" for why in self._judge(rules, host.name)]
        return await super().fence(rules, host)

    def _judge(self, rules: HostRules, name: str) -> list[str]:
        wrong: list[str] = []
        looks = self._said.get(name, [])[-rules.samples :]
        if not rules.automatic or not rules.fence:
            wrong.append("the settings leave that to a person")
        if len(looks) < rules.samples:
            wrong.append(f"after {len(looks)} looks")
        for look in looks:
            if not look.down:
                wrong.append("the cloud called it up")
            if any(sign.says is Says.ALIVE for sign in look.signs):
                wrong.append("somebody had a sign of life")
            if not look.dead:
                wrong.append("nobody but the cloud called it dead")
        if self.cut:
            wrong.append("this engine is cut off")
        gone, of = self._down_with(name)
        if gone > 1 and gone > rules.share * of:
            wrong.append(f"{gone} hosts are down at once")
        if len(others := self._others(name)) >= rules.at_once:
            wrong.append(f"{others} are being evacuated")
        return wrong

    def _down_with(self, name: str) -> tuple[int, int]:
        """How many hosts are down for so long that it must be known, of how many.

        Those that hold nothing of anybody's are left out where they are back, and where they fell long before this one.
        """
        now, contents = self._world.now(), self._world.contents
        lent = {one.host for one in contents.servers.values() if one.deleted is None and TAG_LEASE in one.metadata}
        fell = contents.hosts[name].down_since
        counted = [
            one
            for one in contents.hosts.values()
            if one.counts_as_up or one.name in lent or not (one.state == "up" or fell - one.down_since >= LONG_BEFORE)
        ]
        return sum(not one.counts_as_up and now - one.down_since > KNOWN_AFTER for one in counted), len(counted)
