"""Refresh for any pool, and over thirty simulated days of a pool in use."""

import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.policy_records import DAY, HOUR, MINUTE, NOW, pool, pools, server, spans
from tests.properties.test_policy_sizing import sized
from vmms_tui.engine.policy.refresh import overdue, refresh, stable_age, surplus
from vmms_tui.engine.policy.sizing import count
from vmms_tui.model.records import UNFINISHED, Pool, Server, ServerState, changed

BETWEEN = (10 * DAY, 15 * DAY)
STEP = 10 * MINUTE
BUILD = 20 * MINUTE
STATES = st.sampled_from((ServerState.READY,) * 4 + tuple(ServerState))


@given(st.text(), spans(0, 10**7), spans(0, 10**7))
def test_an_age_is_stable_and_lies_between(name: str, one: timedelta, other: timedelta) -> None:
    age = stable_age(name, (one, other))
    assert min(one, other) <= age <= max(one, other)
    assert age == stable_age(name, (other, one))
    assert age.microseconds == 0


def test_ages_are_spread_evenly() -> None:
    """Of 5,000 servers each of the five days gets its fifth, within a tenth."""
    ages = [stable_age(f"el9-{number}", BETWEEN) for number in range(5000)]
    for day in range(10, 15):
        share = sum(day * DAY <= age < (day + 1) * DAY for age in ages)
        assert 900 <= share <= 1100


@given(pools(), st.lists(st.tuples(STATES, st.integers(0, 30)), max_size=60))
def test_never_below_the_floor_above_the_limit_or_beyond_a_tenth(
    pool: Pool, found: list[tuple[ServerState, int]]
) -> None:
    servers = [
        server(f"s{i}", state, ready_at=NOW - days * DAY, refresh_age=stable_age(f"s{i}", BETWEEN))
        for i, (state, days) in enumerate(found)
    ]
    made, counts = refresh(pool, servers, NOW), count(servers)
    budget = max(1, pool.available_now // 10)
    assert len(made.retire) <= budget
    assert made.build + len(made.retire) <= budget
    assert set(made.retire) <= {each.id for each in overdue(servers, NOW)}
    if made.retire:
        assert counts.ready - len(made.retire) >= pool.available_now
    if made.build:
        assert counts.total + made.build <= pool.limit_now
    if pool.retired or pool.broken or pool.paused:
        assert (made.build, made.retire) == (0, ())


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(-2, 50))
def test_the_surplus_is_the_overdue_first(days: list[int], number: int) -> None:
    servers = [server(f"s{i}", ready_at=NOW - d * DAY, refresh_age=12 * DAY) for i, d in enumerate(days)]
    chosen = surplus(servers, number, NOW)
    assert len(chosen) == min(max(0, number), len(servers)) == len(set(chosen))
    late = {each.id for each in overdue(servers, NOW)}
    assert len(late & set(chosen)) == min(len(late), len(chosen))


class Simulation:
    """One pool in use: leases come and go, what size and refresh say is done, each step in ten minutes."""

    def __init__(self, pool: Pool, seed: int) -> None:
        self.pool, self.now, self.made = pool, NOW, 0
        self.random = random.Random(seed)
        self.servers: dict[str, Server] = {}
        self.replaced: list[timedelta] = []

    def run(self, days: int, per_step: float) -> None:
        for _ in range(days * (DAY // STEP)):
            self.now += STEP
            self.advance()
            self.lend(per_step)
            self.resize()
            self.refresh()

    def move(self, name: str, state: ServerState, **fields: object) -> None:
        self.servers[name] = changed(self.servers[name], state=state, since=self.now, **fields)

    def build(self, number: int) -> None:
        for _ in range(number):
            self.made += 1
            name = f"el9-{self.made}"
            age = stable_age(name, BETWEEN)
            fields = {"since": self.now, "created": self.now, "ready_at": None, "refresh_age": age}
            self.servers[name] = server(name, ServerState.BUILDING, **fields)

    def advance(self) -> None:
        for name, each in list(self.servers.items()):
            age = self.now - each.since
            if each.state in UNFINISHED and age >= BUILD:
                self.move(name, ServerState.READY, ready_at=self.now)
            elif each.state is ServerState.LEASED and age >= 8 * HOUR:
                self.move(name, ServerState.RECLAIMING)
            elif each.state is ServerState.RECLAIMING and age >= STEP:
                del self.servers[name]

    def ready(self) -> list[str]:
        return [name for name, each in self.servers.items() if each.state is ServerState.READY]

    def lend(self, per_step: float) -> None:
        for name in self.ready():
            if self.random.random() < per_step / self.pool.available:
                self.move(name, ServerState.LEASED, lease_id="l")

    def resize(self) -> None:
        made = sized(self.pool, count(self.servers.values()))
        self.build(made.build)
        for name in surplus(list(self.servers.values()), made.retire, self.now):
            self.retire(name)

    def refresh(self) -> None:
        made = refresh(self.pool, list(self.servers.values()), self.now)
        for name in made.retire:
            self.retire(name)
        self.build(made.build)
        counts = count(self.servers.values())
        assert counts.total <= self.pool.limit_now
        beyond = counts.ready + counts.unfinished - self.pool.available_now
        assert beyond <= max(1, self.pool.available_now // 10)

    def retire(self, name: str) -> None:
        ready_at = self.servers[name].ready_at
        assert ready_at is not None
        self.replaced.append(self.now - ready_at)
        self.move(name, ServerState.RECLAIMING)
        assert len(self.ready()) >= self.pool.available_now


@settings(max_examples=12)
@given(st.integers(1, 24), st.integers(0, 1000), st.sampled_from((0.0, 0.02, 0.2)))
def test_thirty_days_keep_every_ready_server_young(available: int, seed: int, per_step: float) -> None:
    run = Simulation(pool(available=available, limit=4 * available + 2), seed)
    run.run(30, per_step)
    for name in run.ready():
        ready_at = run.servers[name].ready_at
        assert ready_at is not None
        assert run.now - ready_at <= 15 * DAY + 12 * HOUR
    if per_step == 0.0:
        assert len(run.ready()) >= available
        assert len(run.replaced) >= available
        assert min(run.replaced) >= 10 * DAY
