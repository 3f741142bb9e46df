"""`--plan-only` and `--plan`, and the commands about operations."""

import json
import shlex
from collections.abc import Collection, Iterator
from datetime import timedelta

import pytest

from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, POOL, STATUS, FakeDoor, lease, request, server
from vmms_tui.model import plans
from vmms_tui.model.commands import (
    AbortOperation,
    AnyCommand,
    CancelRequest,
    DisableHost,
    DrainHost,
    EnableHost,
    EvacuateHost,
    ForceOperation,
    HealServer,
    MigrateServer,
    PauseOperation,
    Planned,
    ReadServers,
    Rebalance,
    RebuildServer,
    Release,
    Renew,
    Reply,
    ResetPassword,
    ResumeOperation,
    RetryOperation,
    Shorten,
    StartServer,
    StopServer,
    UndrainHost,
)
from vmms_tui.model.healing import Illness, Sickness
from vmms_tui.model.people import Caller, Peer, Role
from vmms_tui.model.records import AnyRecord, Operation, OperationKind, OperationState, ServerState, changed
from vmms_tui.model.status import Snapshot
from vmms_tui.model.surroundings import Host, Kind, Survey
from vmms_tui.model.suspects import Phase, Suspect, Verdict
from vmms_tui.settings.people import unix_user

ME = unix_user()
STOP = Operation(
    id="op-1",
    kind=OperationKind.STOP,
    server_id="vm-2",
    lease_id="lease-2",
    started=NOW - timedelta(minutes=1),
    updated=NOW,
    step="ask",
    actor=ME,
    expected=timedelta(minutes=2),
)
FAILED = changed(
    STOP, id="op-2", server_id="vm-1", lease_id="lease-1", state=OperationState.FAILED, outcome="no answer"
)
OLD = changed(FAILED, id="op-0", updated=NOW - timedelta(days=3))


def host(name: str, state: str = "up", status: str = "enabled") -> Host:
    """A compute host that says how full it is; h1 is the fullest."""
    used = 60_000 if name == "h1" else 0
    return Host(
        id=name, name=name, state=state, status=status, vcpus=64, ram_mib=65_536, disk_gib=1_000, ram_used_mib=used
    )


RECORDS: tuple[AnyRecord, ...] = (
    POOL,
    server("vm-1", ServerState.LEASED, lease_id="lease-1", cloud_id="c-1", host="h1"),
    *(host(name) for name in ("h1", "h2")),
    host("h3", state="down", status="disabled"),
    host("h4", status="disabled"),
    Survey(id=Kind.HOSTS, every=timedelta(minutes=1), read_at=NOW),
    server("vm-2", ServerState.LEASED, lease_id="lease-2"),
    server("vm-3", ServerState.LEASED, lease_id="lease-3", cloud_id="c-3", host="h3"),
    server(
        "vm-4", ServerState.LEASED, lease_id="lease-4", cloud_id="c-4", host="h1", ram_mib=16_384, cloud_status="ACTIVE"
    ),
    *(lease(f"lease-{number}", f"vm-{number}", ME) for number in (1, 3, 4)),
    Illness(id="vm-1", kind=Sickness.ERROR, why="the cloud says ERROR", since=NOW, lease_id="lease-1"),
    lease("lease-2", "vm-2", ME),
    request("req-1", ME),
    STOP,
    FAILED,
    OLD,
)


class Knowing(FakeDoor):
    """A door that says who one is, and reads servers."""

    def __init__(self) -> None:
        super().__init__(*RECORDS)
        self.reads: list[ReadServers] = []
        self.cloud = Reply(read_at=NOW)

    async def snapshot(self, peer: Peer, kinds: Collection[str] = (), *, mine: bool = False) -> Snapshot:
        you = Caller(name=peer.name, roles=(Role.OPERATOR,))
        return Snapshot(sequence=1, records=self.tables.records(kinds), status=STATUS, you=you)

    async def submit(self, command: AnyCommand, peer: Peer) -> Reply:
        if isinstance(command, ReadServers):
            self.reads.append(command)
            return self.cloud
        return await super().submit(command, peer)

    @property
    def sent(self) -> list[AnyCommand]:
        return [command for command, _ in self.heard]


@pytest.fixture
def door(terminal: Terminal) -> Iterator[Knowing]:
    door = Knowing()
    with terminal.engine(door):
        yield door


DRAIN = DrainHost(host="h1", reason="new RAM", limit=3, cold=True)
EVEN = Rebalance(threshold=10, margin=1, most=4, hold=timedelta(hours=1), important=True)
EVERY: list[tuple[list[str], Planned]] = [
    (["cancel", "req-1"], CancelRequest(request_id="req-1")),
    (["renew", "lease-1", "2h"], Renew(lease_id="lease-1", term=timedelta(hours=2))),
    (["shorten", "lease-1", "2h"], Shorten(lease_id="lease-1", term=timedelta(hours=2))),
    (["release", "vm-1"], Release(lease_id="vm-1")),
    (["stop", "lease-1"], StopServer(lease_id="lease-1")),
    (["start", "lease-1"], StartServer(lease_id="lease-1")),
    (["rebuild", "lease-1"], RebuildServer(lease_id="lease-1")),
    (["migrate", "vm-1"], MigrateServer(server_id="vm-1")),
    (["migrate", "lease-1", "--to", "h2", "--cold"], MigrateServer(server_id="lease-1", host="h2", cold=True)),
    (["heal", "lease-1"], HealServer(lease_id="lease-1")),
    (["disable", "h2", "new", "RAM"], DisableHost(host="h2", reason="new RAM")),
    (["enable", "h4"], EnableHost(host="h4")),
    (["drain", "h1", "--reason", "new RAM", "--limit", "3", "--cold"], DRAIN),
    (["drain", "h1", "--reason", "new RAM"], DrainHost(host="h1", reason="new RAM")),
    (["undrain", "h4"], UndrainHost(host="h4")),
    (["undrain", "h4", "--bring-back", "--limit", "1"], UndrainHost(host="h4", bring_back=True, limit=1)),
    (["evacuate", "h3", "--sworn", "its power is off"], EvacuateHost(host="h3", sworn="its power is off")),
    (["rebalance"], Rebalance()),
    (["rebalance", "--threshold", "10", "--margin", "1", "--most", "4", "--hold", "1", "--important"], EVEN),
    (["password", "lease-1", "--reset"], ResetPassword(lease_id="lease-1")),
    (["pause", "op-1"], PauseOperation(operation_id="op-1")),
    (["resume", "op-1"], ResumeOperation(operation_id="op-1")),
    (["abort", "op-1"], AbortOperation(operation_id="op-1")),
    (["force-complete", "op-1"], ForceOperation(operation_id="op-1")),
    (["retry", "op-2"], RetryOperation(operation_id="op-2")),
]
IDS = [words[0] for words, _ in EVERY]


@pytest.mark.parametrize(("words", "command"), EVERY, ids=IDS)
def test_plan_only_does_nothing_and_its_id_is_what_the_engine_makes(
    terminal: Terminal, door: Knowing, words: list[str], command: Planned
) -> None:
    result = terminal.run(*words, "--plan-only", "--json")
    said = json.loads(result.stdout)
    assert door.heard == []
    assert said["plan"] == plans.plan_id(command, door.tables)
    assert said["effects"]
    assert said["checks"]
    assert result.exit_code == (1 if said["blocked"] else 0)
    assert said["blocked"] is (words[0] in {"start", "resume", "force-complete"})
    assert said["commands"][0].endswith(f"--plan {said['plan']}")
    plain = terminal.run(*words, "--plan-only")
    assert said["plan"] in plain.stdout
    assert "CAN IT BE UNDONE?" in plain.stdout
    assert terminal.run(*shlex.split(said["commands"][0])[1:]).exit_code == 0
    assert door.sent == [changed(command, plan=said["plan"])], "the line that it gives does just that"


@pytest.mark.parametrize(("words", "command"), EVERY, ids=IDS)
def test_plan_is_handed_on(terminal: Terminal, door: Knowing, words: list[str], command: Planned) -> None:
    assert terminal.run(*words, "--plan", "p-abc").exit_code == 0
    assert door.sent == [changed(command, plan="p-abc")]


def test_an_oath_is_held_against_witnesses_and_guards(terminal: Terminal) -> None:
    """The settings say what is too many: they come with the status."""
    door = Knowing()
    for name in ("h1", "h2"):
        door.tables.put(Host(id=name, name=name, state="down", status="enabled"))
    door.tables.put(Suspect(id="h1", since=NOW, phase=Phase.DEAD, verdict=Verdict.ALIVE, why="it answers"))
    with terminal.engine(door):
        result = terminal.run("evacuate", "h1", "--sworn", "I saw it", "--plan-only", "--json")
        said = json.loads(result.stdout)
        assert result.exit_code == 1
        stops = [one["text"] for one in said["checks"] if one["mark"] == "BLOCK"]
        assert any(one.startswith("h1 gave a sign of life") for one in stops), stops
        assert any(one.startswith("3 of 4 hosts are down") for one in stops), stops
        terminal.run("evacuate", "h1", "--sworn", "I saw it", "--despite-share", "--despite-others")
    assert door.sent == [EvacuateHost(host="h1", sworn="I saw it", despite_share=True, despite_others=True)]


def test_the_servers_are_read_live_for_a_plan(terminal: Terminal, door: Knowing) -> None:
    said = terminal.json("release", "lease-1", "--plan-only")
    assert door.reads == [ReadServers(server_ids=("vm-1",))]
    assert said["read_at"] == "2026-03-02T12:00:00Z"
    door.cloud = Reply(
        code="try_again", text="The cloud is away.", read_at=NOW - timedelta(minutes=3), unread=("vm-1",)
    )
    said = terminal.json("release", "lease-1", "--plan-only")
    assert said["read_at"] is None
    (warned,) = [check for check in said["checks"] if check["mark"] == "WARN"]
    assert warned["text"] == "The servers could not be read live; what is known is 3m old. The cloud is away."


def test_several_leases_have_one_plan_and_each_its_own_part(terminal: Terminal, door: Knowing) -> None:
    said = terminal.json("release", "lease-1", "lease-2", "--plan-only")
    assert said["title"] == "release 2 leases"
    assert said["commands"] == [f"vmms release lease-1 lease-2 --plan {said['plan']}"]
    result = terminal.run("release", "lease-1", "lease-2", "--plan", said["plan"])
    assert result.exit_code == 0
    wanted = [Release(lease_id=name) for name in ("lease-1", "lease-2")]
    assert door.sent == [changed(one, plan=plans.plan_id(one, door.tables)) for one in wanted]
    door.heard.clear()
    door.put(lease("lease-2", "vm-2", ME, end=NOW + timedelta(days=1)))
    refused(terminal.run("release", "lease-1", "lease-2", "--plan", said["plan"]), 1, "does not hold any more")
    assert door.heard == []


def test_several_operations_have_one_plan(terminal: Terminal, door: Knowing) -> None:
    said = json.loads(terminal.run("pause", "op-1", "op-2", "--plan-only", "--json").stdout)
    assert said["blocked"], "one of them has ended"
    assert said["title"] == "pause 2 operations"
    assert said["commands"] == [f"vmms pause op-1 op-2 --plan {said['plan']}"]
    assert terminal.run("pause", "op-1", "op-2", "--plan", said["plan"]).exit_code == 0
    wanted = [PauseOperation(operation_id=name) for name in ("op-1", "op-2")]
    assert door.sent == [changed(one, plan=plans.plan_id(one, door.tables)) for one in wanted]


def test_several_answers_and_the_worst_code(terminal: Terminal, door: Knowing) -> None:
    assert terminal.run("stop", "lease-1", "lease-2").stdout == "Done.\nDone.\n"
    assert [one["text"] for one in terminal.json("stop", "lease-1", "lease-2")] == ["Done.", "Done."]
    door.reply = Reply(code="try_again", text="Busy.")
    assert terminal.run("stop", "lease-1", "lease-2").exit_code == 3


def test_a_plan_of_what_is_not_there_is_refused(terminal: Terminal, door: Knowing) -> None:
    refused(terminal.run("release", "lease-1", "vm-99", "--plan-only"), 1, "There is nothing with that id.")
    refused(terminal.run("abort", "op-99", "--plan-only"), 1, "There is nothing with that id.")
    assert door.heard == []


def test_operations_show_steps_and_what_is_left(terminal: Terminal, door: Knowing) -> None:
    rows = terminal.run("operations").stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["ID", "op-1", "op-2"]
    assert "1/2 ask" in rows[1]
    assert "50%" in rows[1]
    assert "FAILED!" in rows[2]
    assert "no answer" in rows[2]
    assert terminal.run("ops").stdout == terminal.run("operations").stdout
    one = terminal.json("operations")[0]
    assert (one["step_number"], one["step_count"], one["share"], one["eta"], one["live"]) == (1, 2, 0.5, 60.0, True)
    assert [one["id"] for one in terminal.json("ops", "--all")] == ["op-1", "op-2", "op-0"]
    assert [one["id"] for one in terminal.json("ops", "--filter", "state:failed")] == ["op-2"]
    assert terminal.run("ops", "--filter", "nothing-such").stdout == "None of them fits the filter.\n"
    refused(terminal.run("ops", "--filter", "eta<soon"), 2, "soon")
