"""Who would go where from a dead host: nobody twice, nobody without room, the important first."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.evacuation import EVACUATED, LIFE, Outlook, is_open, obstacle, outlook, still_alive
from vmms_tui.model.records import Lease, Server, ServerState, changed
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Phase, Suspect, Verdict

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DEAD = Host(id="h0", name="h0", state="down", status="enabled", servers=60)
STATES = st.sampled_from([("up", "enabled"), ("up", "disabled"), ("down", "enabled"), ("", "")])
AMOUNTS = st.integers(0, 64)


@st.composite
def hosts(draw: st.DrawFn) -> list[Host]:
    """The dead one and some others, each with some room."""
    found = [DEAD]
    for number in range(draw(st.integers(0, 5))):
        state, status = draw(STATES)
        ram, disk = draw(AMOUNTS), draw(AMOUNTS)
        used = draw(st.integers(0, ram)), draw(st.integers(0, disk))
        name = f"h{number + 1}"
        found.append(
            Host(id=name, name=name, state=state, status=status, ram_mib=ram, ram_used_mib=used[0], disk_gib=disk,
                 disk_used_gib=used[1])
        )  # fmt: skip
    return found


@st.composite
def people(draw: st.DrawFn) -> tuple[list[Server], list[Lease]]:
    """Servers on the dead host and elsewhere, some of them lent."""
    servers, leases = [], []
    for number in range(draw(st.integers(0, 12))):
        state = draw(st.sampled_from(list(ServerState)))
        name, lease = f"vm-{number}", f"lease-{number}"
        lent = state in EVACUATED
        servers.append(
            Server(id=name, pool="p", state=state, since=NOW, created=NOW, host=draw(st.sampled_from(["h0", "h1"])),
                   ram_mib=draw(AMOUNTS), disk_gib=draw(AMOUNTS), lease_id=lease if lent else "")
        )  # fmt: skip
        if lent:
            end = NOW + timedelta(hours=1)
            leases.append(
                Lease(id=lease, server_id=name, pool="p", owner="ada", purpose="x", start=NOW, end=end,
                      importance=draw(st.integers(0, 10)))
            )  # fmt: skip
    return servers, leases


@given(hosts(), people())
def test_everybody_has_room_where_they_go(known: list[Host], there: tuple[list[Server], list[Lease]]) -> None:
    seen = outlook(DEAD, known, *there)
    room = {one.name: [(one.ram_mib or 0) - (one.ram_used_mib or 0), (one.disk_gib or 0) - (one.disk_used_gib or 0)]
            for one in known if is_open(one)}  # fmt: skip
    for one in seen.evacuees:
        if one.to:
            assert one.to != DEAD.name
            room[one.to][0] -= one.server.ram_mib
            room[one.to][1] -= one.server.disk_gib
    assert all(left >= 0 for pair in room.values() for left in pair)
    for one in seen.left_over:
        assert not any(ram >= one.server.ram_mib and disk >= one.server.disk_gib for ram, disk in room.values())


@given(hosts(), people())
def test_each_server_of_the_host_is_told_of_once(known: list[Host], there: tuple[list[Server], list[Lease]]) -> None:
    seen = outlook(DEAD, known, *there)
    servers, _ = there
    mine = {one.id: one.state for one in servers if one.host == DEAD.name}
    assert [one.server.id for one in seen.evacuees] == list(dict.fromkeys(one.server.id for one in seen.evacuees))
    assert {one.server.id for one in seen.evacuees} == {name for name, state in mine.items() if state in EVACUATED}
    assert {one.id for one in seen.ready} == {name for name, state in mine.items() if state is ServerState.READY}
    assert seen.others == 60 - sum(1 for state in mine.values() if state is not ServerState.GONE)
    ranks = [one.importance for one in seen.evacuees]
    assert ranks == sorted(ranks, reverse=True)


@given(hosts(), people())
def test_a_host_that_tells_no_numbers_takes_nobody_and_is_named(
    known: list[Host], there: tuple[list[Server], list[Lease]]
) -> None:
    silent = Host(id="x", name="x", state="up", status="enabled")
    seen: Outlook = outlook(DEAD, [*known, silent], *there)
    assert seen.unsure == ("x",)
    assert [one.to for one in seen.evacuees] == [one.to for one in outlook(DEAD, known, *there).evacuees]


@given(st.sampled_from(Phase), st.sampled_from(Verdict))
def test_who_lives_for_somebody_is_not_sworn_dead(phase: Phase, verdict: Verdict) -> None:
    suspect = Suspect(id=DEAD.name, since=NOW, phase=phase, verdict=verdict)
    stop = obstacle(DEAD, "I saw it", suspect)
    given_up = phase in {Phase.EVACUATING, Phase.EVACUATED}
    assert (stop.rule if stop else "") == ("alive" if verdict is Verdict.ALIVE and not given_up else "")


def test_who_was_seen_a_moment_ago_may_be_late() -> None:
    assert still_alive(changed(DEAD, seen=NOW - LIFE / 2), NOW)
    assert not still_alive(changed(DEAD, seen=NOW - LIFE), NOW)
    assert not still_alive(changed(DEAD, seen=NOW, forced_down=True), NOW)
    assert not still_alive(DEAD, NOW), "nobody knows when: its service says that it is down"
