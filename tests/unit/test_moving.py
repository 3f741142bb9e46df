"""What is looked at before a server moves: each check by its name, with its sentence and its remedy."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.moving import Grade, MoveCheck, Question, blocker, checks
from vmms_tui.model.records import Lease, Operation, OperationKind, Server, ServerState, changed
from vmms_tui.model.surroundings import Host

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SERVER = Server(
    id="vm-1", pool="dev", state=ServerState.LEASED, since=NOW, created=NOW, cloud_id="c1", host="h1",
    cloud_status="ACTIVE", vcpus=2, ram_mib=2048, disk_gib=20,
)  # fmt: skip
LEASE = Lease(id="l1", server_id="vm-1", pool="dev", owner="alice", purpose="dev", start=NOW, end=NOW)
WORK = Operation(
    id="op-1", kind=OperationKind.REBUILD, server_id="vm-1", started=NOW, updated=NOW, step="ask", actor="a"
)


def host(name: str, **other: Any) -> Host:
    known = {
        "state": "up", "status": "enabled", "vcpus": 16, "vcpus_used": 4, "ram_mib": 16_384, "ram_used_mib": 4_096,
        "disk_gib": 500, "disk_used_gib": 40, "kind": "QEMU", "version": "9.2.0", "zone": "nova",
    }  # fmt: skip
    return Host(id=name, name=name, **{**known, **other})


HOSTS = (host("h1"), host("h2"), host("h3"))


def ask(server: Server = SERVER, hosts: tuple[Host, ...] = HOSTS, **other: Any) -> dict[str, MoveCheck]:
    """The checks by name; of a name the worst."""
    rank = [Grade.OK, Grade.WARN, Grade.BLOCK]
    found = sorted(checks(Question(server=server, hosts=hosts, **other)), key=lambda one: rank.index(one.grade))
    return {one.name: one for one in found}


def test_a_move_that_nothing_speaks_against() -> None:
    found = ask(host="h2")
    assert blocker(tuple(found.values())) is None
    assert {one.grade for one in found.values()} == {Grade.OK}
    assert found.keys() == {"work", "power", "source", "destination", "room"}
    assert ask()["destination"].text == "the scheduler chooses among 2 with room: h2, h3"


def _h2(**other: Any) -> tuple[Host, ...]:
    return (host("h1"), host("h2", **other))


BLOCKED: list[tuple[str, dict[str, Any], str]] = [
    ("state", {"server": changed(SERVER, state=ServerState.BUILDING)}, "vm-1 is building now."),
    ("state", {"server": changed(SERVER, cloud_id="")}, "vm-1 is leased now."),
    ("cloud", {"server": changed(SERVER, missing_since=NOW)}, "does not show vm-1"),
    ("work", {"work": WORK}, "op-1 (rebuild) is at work on vm-1."),
    ("status", {"server": changed(SERVER, cloud_status="VERIFY_RESIZE")}, "waits for confirmation"),
    ("status", {"server": changed(SERVER, cloud_status="ERROR")}, "The cloud says ERROR"),
    ("task", {"server": changed(SERVER, task_state="powering-off")}, "powering-off"),
    ("power", {"server": changed(SERVER, cloud_status="SHUTOFF")}, "is off, and only what runs moves live"),
    ("hosts", {"hosts": ()}, "No hosts are known. The cloud has told of none yet."),
    ("hosts", {"hosts": (), "unread": "Policy says no."}, "No hosts are known. Policy says no."),
    ("source", {"hosts": (host("h1", state="down"), host("h2"))}, "h1 is down"),
    ("destination", {"host": "h9"}, "There is no host h9."),
    ("destination", {"host": "h1"}, "vm-1 is on h1 already."),
    ("destination", {"host": "h2", "hosts": _h2(state="down")}, "h2 is down."),
    ("destination", {"host": "h2", "hosts": _h2(status="disabled", disabled_reason="disk")}, "no new servers: disk."),
    ("destination", {"hosts": _h2(status="disabled")}, "No other host is up and takes servers."),
    ("room", {"host": "h2", "hosts": _h2(ram_used_mib=15_000)}, "h2 has 1384 MiB of RAM free, needs 2048."),
    ("room", {"host": "h2", "hosts": _h2(disk_used_gib=490)}, "h2 has 10 GiB of disk free, needs 20."),
    ("room", {"host": "h2", "hosts": _h2(ram_mib=1024, ram_used_mib=0)}, "h2 has 1024 MiB of RAM free, needs 2048."),
    ("hypervisor", {"host": "h2", "hosts": _h2(kind="VMware")}, "h2 runs VMware, h1 QEMU."),
    ("hypervisor", {"host": "h2", "hosts": _h2(version="9.1.9")}, "older than that of h1"),
]


@pytest.mark.parametrize(("name", "given_", "words"), BLOCKED, ids=[f"{one[0]}-{one[2][:20]}" for one in BLOCKED])
def test_what_blocks_has_a_name_a_sentence_and_a_remedy(name: str, given_: dict[str, Any], words: str) -> None:
    found = ask(**given_)[name]
    assert found.grade is Grade.BLOCK, found
    assert words in found.text
    assert found.text.endswith(".")
    assert found.remedy


WARNED: list[tuple[str, dict[str, Any], str]] = [
    ("power", {"cold": True}, "vm-1 runs: it is shut down for the way"),
    ("owner", {"cold": True, "lease": LEASE}, "alice works on it"),
    ("importance", {"lease": changed(LEASE, importance=7, note="release")}, "importance 7 of 10: “release”"),
    ("source", {"server": changed(SERVER, host="")}, "The host of vm-1 is not known"),
    ("room", {"host": "h2", "hosts": _h2(vcpus_used=15)}, "h2 has 1 of vCPUs free, needs 2.".replace("1 of", "1")),
    ("room", {"host": "h2", "hosts": (host("h1", ram_used_mib=20_000), host("h2", ram_used_mib=15_000))}, "h2 has"),
    ("room", {"hosts": _h2(ram_used_mib=15_000)}, "None of the 1 other hosts seems to have room"),
    ("zone", {"host": "h2", "hosts": _h2(zone="b")}, "h2 is in zone b, h1 in nova"),
]


@pytest.mark.parametrize(("name", "given_", "words"), WARNED, ids=[f"{one[0]}-{one[2][:20]}" for one in WARNED])
def test_what_warns_does_not_block(name: str, given_: dict[str, Any], words: str) -> None:
    found = ask(**given_)
    assert found[name].grade is Grade.WARN, found[name]
    assert words in found[name].text
    assert blocker(tuple(found.values())) is None


def test_what_is_off_moves_cold_and_an_older_hypervisor_takes_it() -> None:
    off = changed(SERVER, state=ServerState.STOPPED, cloud_status="SHUTOFF")
    assert blocker(tuple(ask(off, cold=True, host="h2", hosts=_h2(version="8.0.0")).values())) is None


def test_numbers_that_the_cloud_does_not_tell_block_nothing() -> None:
    bare = tuple(Host(id=name, name=name, state="up", status="enabled") for name in ("h1", "h2"))
    assert blocker(tuple(ask(hosts=bare, host="h2").values())) is None


words = st.sampled_from(["", "up", "down", "enabled", "disabled", "ACTIVE", "SHUTOFF", "x\u202e[b]"]) | st.text(
    max_size=4
)
numbers = st.none() | st.integers(-1, 100_000)
odd_hosts = st.builds(
    Host, id=words, name=st.sampled_from(["h1", "h2", ""]), state=words, status=words, zone=words, kind=words,
    version=words | st.from_regex(r"\d\.\d\d?", fullmatch=True), vcpus=numbers, vcpus_used=numbers, ram_mib=numbers,
    ram_used_mib=numbers, disk_gib=numbers, disk_used_gib=numbers,
)  # fmt: skip


@given(
    hosts=st.lists(odd_hosts, max_size=4).map(tuple),
    status=words,
    task=words,
    state=st.sampled_from(ServerState),
    to=st.sampled_from(["", "h1", "h2", "h9"]),
    cold=st.booleans(),
)
def test_whatever_the_cloud_says_each_blocker_says_what_to_do(
    hosts: tuple[Host, ...], status: str, task: str, state: ServerState, to: str, cold: bool
) -> None:
    server = changed(SERVER, cloud_status=status, task_state=task, state=state)
    for one in checks(Question(server=server, hosts=hosts, host=to, cold=cold)):
        assert one.text
        assert bool(one.remedy) == (one.grade is Grade.BLOCK)
