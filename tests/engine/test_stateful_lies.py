"""The games' witness against servers that run twice can speak: it does as soon as an operator swears falsely."""

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.engine.hosts_fail import NOTICED
from tests.engine.same_games import the_same_games as the_same_games
from tests.engine.test_stateful import GAME, Engines
from tests.engine.world import World
from vmms_tui.engine.operations.slots import Slots
from vmms_tui.engine.policy import hosts as policy
from vmms_tui.engine.witnesses.simulated import Fencing
from vmms_tui.model.commands import EvacuateHost
from vmms_tui.model.witness import HostRules

GAMES = 200
"""At most: one in a dozen finds it."""


class Liars(Engines):
    """The same games, in which some oaths are false: the host is only cut off, and its servers run on."""

    def stand_in(self, world: World) -> None:
        """See Jumps. Only the cloud itself sees the lie."""
        super().stand_in(world)
        self.evacuated.judges = False

    @rule(number=st.integers(0, 9))
    def an_operator_lies(self, number: int) -> None:
        self._let_somebody_work(number)
        lent, cloud = self._lent(), self.world.account.world
        if not lent or cloud.contents.hosts[(name := lent[number % len(lent)].host)].state != "up":
            return
        cloud.host_down(name, alive=True)
        self._know_hosts()
        oath = EvacuateHost(host=name, sworn="it must be dead", despite_share=True, despite_others=True)
        self._say(oath)
        self.runner.run(self.world.pass_time(20))

    async def _end(self) -> None:
        """Nothing more is asked of a world that was lied to."""
        await self.world.stop()


@pytest.mark.timeout(600)
def test_a_false_oath_is_found_out() -> None:
    few = settings(
        GAME,
        max_examples=GAMES,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(AssertionError, match="ran on two hosts at once"):
        run_state_machine_as_test(seed(1)(Liars), settings=few)


@pytest.mark.parametrize("forgets", [False, True])
def test_two_hosts_at_once_are_noticed_where_one_is_the_limit(monkeypatch: pytest.MonkeyPatch, forgets: bool) -> None:
    if forgets:
        decided = policy.decided
        monkeypatch.setattr(
            policy, "decided", lambda means, rules: decided(msgspec.structs.replace(means, others=()), rules)
        )
    rules = HostRules(samples=2, fence=("fence",), automatic=True, share=0.6, at_once=1)
    game = Liars()
    game.begin(chance=1, least=10, jumps=False, hosts=rules, closed=0)
    game.request(owner="alice", hours=50, importance=3, many=2, project="")
    game.runner.run(game.world.pass_time(30))
    game.hosts_go(number=0, many=2, how="dies", looks=6)
    assert len(game.world.witnesses.fenced) == 2
    assert bool(game.evacuated.witnesses.wrong) is forgets
    game.teardown()


@pytest.mark.parametrize("forgets", [False, True])
def test_more_evacuations_at_once_than_the_limit_are_noticed(monkeypatch: pytest.MonkeyPatch, forgets: bool) -> None:
    if forgets:
        monkeypatch.setattr(Slots, "_ahead", lambda _self, _context, _operation: (0, 0))
    rules = HostRules(samples=2, fence=("fence",), automatic=True, servers_at_once=1)
    game = Liars()
    game.begin(chance=1, least=10, jumps=False, hosts=rules, closed=3)
    game.evacuated.judges = True
    game.request(owner="alice", hours=50, importance=3, many=2, project="")
    game.runner.run(game.world.pass_time(30))
    game.hosts_go(number=0, many=1, how="dies", looks=0)
    game.world.clock.advance(NOTICED)
    game._let_those_in_reserve_take_servers()
    game.runner.run(game.world.pass_time(60))
    assert game.evacuated.asked["engine"] >= 2
    assert bool(game.evacuated.wrong) is forgets
    game.teardown()


@pytest.mark.parametrize("believes", [False, True])
def test_belief_in_silence_that_proves_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch, believes: bool) -> None:
    """The host is only cut off, and no host's own address is reached: those that are up are as silent as it is."""
    if believes:
        monkeypatch.setattr(policy, "_held_against", lambda sign, _sees: sign)
    rules = HostRules(
        samples=2, ssh="{address}:22", power=(), peers=(), servers=False, fence=("fence",), automatic=True
    )
    game = Liars()
    game.begin(chance=1, least=10, jumps=False, hosts=rules, closed=3)
    game.request(owner="alice", hours=50, importance=3, many=2, project="")
    game.runner.run(game.world.pass_time(30))
    game.witnesses_change(cut=False, hidden="all", number=0, fencing=Fencing.WORKS, automatic=True)
    game.hosts_go(number=0, many=1, how="cut", looks=6)
    assert bool(game.world.witnesses.fenced) is believes
    assert bool(game.evacuated.witnesses.wrong) is believes
    game.teardown()
