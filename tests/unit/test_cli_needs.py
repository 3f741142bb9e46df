"""`vmms needs` and `vmms acknowledge`."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec import structs

from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, POOL, FakeDoor, lease, request, server
from vmms_tui.model.acknowledgements import Acknowledgement
from vmms_tui.model.commands import Acknowledge, Reply, Unacknowledge
from vmms_tui.model.draining import Errand, Leg, LegState, MoveQueue, Phase
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import LeaseState, ServerState, changed
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import Phase as Stage
from vmms_tui.model.suspects import Suspect, Verdict

BROKEN = changed(POOL, broken="There is no image \x1b[31mel9.", broken_since=NOW - timedelta(minutes=15))
OVER = lease(
    "lease-1",
    "vm-1",
    "ann",
    end=NOW - timedelta(hours=1),
    state=LeaseState.OVERDUE,
    importance=8,
    stopped_at=NOW,
    grace_until=NOW + timedelta(days=2),
)
RECORDS = (
    BROKEN,
    OVER,
    server("vm-1", ServerState.STOPPED, lease_id="lease-1"),
    request("req-1", "ann", asked=NOW - timedelta(minutes=6)),
)


class OnCall(FakeDoor):
    """A door that knows who asks."""

    you = Caller(name="olga", roles=(Role.OPERATOR,))

    async def snapshot(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        return changed(await super().snapshot(*args, **kwargs), you=self.you)


@pytest.fixture
def door(terminal: Terminal) -> Iterator[OnCall]:
    door = OnCall(*RECORDS)
    with terminal.engine(door):
        yield door


def test_needs_are_listed_with_what_to_do(terminal: Terminal, door: OnCall) -> None:
    titles, first, second = terminal.run("needs").stdout.splitlines()
    assert titles.split() == ["NEED", "SEVERITY", "WHAT", "SEEN", "BY", "NEXT"]
    assert first.split()[:2] == ["broken:el9-ci", "CRIT"]
    assert "el9-ci: broken for 15m: There is no image" in first
    assert "\x1b" not in first
    assert first.endswith("vmms show el9-ci")
    assert second.split()[:2] == ["overdue:lease-1", "WARN"]


def test_json_has_stable_names(terminal: Terminal, door: OnCall) -> None:
    broken, overdue = terminal.json("needs")
    assert set(broken) == {
        *("id", "severity", "subject", "text", "since", "due", "owner", "next", "command", "acknowledged")
    }
    assert (broken["since"], broken["acknowledged"]) == ("2026-03-02T11:45:00Z", None)
    assert (overdue["owner"], overdue["due"]) == ("ann", "2026-03-04T12:00:00Z")


def test_what_is_acknowledged_stands_last_with_by_whom(terminal: Terminal, door: OnCall) -> None:
    basis = f"{BROKEN.broken_since.isoformat()} {BROKEN.broken}" if BROKEN.broken_since else ""
    door.put(Acknowledgement(id="broken:el9-ci", basis=basis, by="max", at=NOW, note="asked"))
    last = terminal.run("needs").stdout.splitlines()[-1]
    assert last.startswith("broken:el9-ci")
    assert "max sees to it, said now: asked" in last
    said = terminal.json("needs")[-1]["acknowledged"]
    assert (said["by"], said["note"], said["at"]) == ("max", "asked", "2026-03-02T12:00:00Z")


def test_a_filter_and_nothing(terminal: Terminal, door: OnCall) -> None:
    assert [one["id"] for one in terminal.json("needs", "--filter", "severity:warn")] == ["overdue:lease-1"]
    assert terminal.run("needs", "--filter", "nothing-such").stdout == "None of them fits the filter.\n"
    refused(terminal.run("needs", "--filter", "since<soon"), 2, "soon is not a length of time")


def test_nothing_needs_anybody_and_others_see_their_own(terminal: Terminal, door: OnCall) -> None:
    door.you = Caller(name="ann", roles=(Role.DEVELOPER,))
    assert [one["id"] for one in terminal.json("needs")] == ["overdue:lease-1"]
    door.you = Caller(name="bob", roles=(Role.DEVELOPER,))
    assert terminal.run("needs").stdout == "Nothing needs you, as of 2026-03-02 12:00 UTC.\n"
    assert terminal.json("needs") == []


def test_moves_that_could_not_go_and_what_has_them_tried_again(terminal: Terminal, door: OnCall) -> None:
    why = "vm-1 is off, and only what runs moves live."
    leg = Leg(server_id="vm-1", source="h1", state=LegState.BLOCKED, why=why, remedy="Move it cold.")
    drain = MoveQueue(
        id="drain:h1",
        errand=Errand.DRAIN,
        host="h1",
        by="olga",
        reason="a fan",
        since=NOW - timedelta(hours=1),
        phase=Phase.WAITING,
        waits_since=NOW - timedelta(minutes=4),
        legs=(leg, structs.replace(leg, server_id="vm-2", state=LegState.DONE)),
    )
    door.put(drain)
    (moves,) = [one for one in terminal.json("needs") if one["id"] == "moves:drain:h1"]
    assert moves["text"] == f"drain waits for 4m: 1 of 2 could not go: {why.rstrip('.')}"
    assert (moves["severity"], moves["subject"], moves["since"]) == ("WARN", "h1", "2026-03-02T11:56:00Z")
    assert moves["command"] == "vmms drain h1 --reason 'a fan'", "nobody knows of a host that is closed"
    door.put(changed(drain, phase=Phase.RUNNING))
    assert "moves:drain:h1" not in [one["id"] for one in terminal.json("needs")]


def test_a_host_that_is_down_says_what_its_witnesses_say(terminal: Terminal, door: OnCall) -> None:
    door.put(Host(id="h1", name="h1", state="down", status="enabled", seen=NOW - timedelta(minutes=4)))
    door.put(Suspect(id="h1", since=NOW, phase=Stage.ASKS, verdict=Verdict.DEAD, asks="a person must decide"))
    (host,) = [one for one in terminal.json("needs") if one["id"] == "host:h1"]
    assert host["text"].endswith(": a person must decide")
    assert host["command"].startswith("vmms evacuate h1 --plan-only")


def test_acknowledge_and_take_back(terminal: Terminal, door: OnCall) -> None:
    door.reply = Reply(text="All on call see now that olga sees to broken:el9-ci.")
    done = terminal.run("acknowledge", "broken:el9-ci", "--note", "asked for it")
    assert (done.exit_code, done.stdout) == (0, "All on call see now that olga sees to broken:el9-ci.\n")
    terminal.run("acknowledge", "broken:el9-ci", "--undo")
    assert [command for command, _ in door.heard] == [
        Acknowledge(need_id="broken:el9-ci", note="asked for it"),
        Unacknowledge(need_id="broken:el9-ci"),
    ]
    refused(terminal.run("acknowledge", "x", "--undo", "--note", "y"), 2, "With --undo there is no note to keep.")
    door.reply = Reply(code="refused", text="Nothing of the name x needs anybody.", remedy="`vmms needs` shows all.")
    refused(terminal.run("acknowledge", "x"), 1, "Nothing of the name x needs anybody. `vmms needs` shows all.")
