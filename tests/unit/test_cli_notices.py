"""`vmms leases --mine`, `--brief`, `vmms notices` and `vmms told`: what is said, and what the engine is told of it."""

from datetime import timedelta

import pytest

from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, FakeDoor, lease, server
from vmms_tui.cli import notices
from vmms_tui.cli.notices import brief_line, here_and_utc
from vmms_tui.model.commands import Reply, Seen, TellOwner, TryChannels
from vmms_tui.model.records import LeaseState, Notice, NoticeKind, changed
from vmms_tui.settings.people import unix_user

ME = unix_user()
MINE = lease("lease-00012", "vm-00007", ME, end=NOW + timedelta(hours=3))
WARNED = Notice(
    id="notice-000001",
    at=NOW,
    owner=ME,
    lease_id="lease-00012",
    text="Your lease lease-00012 ends.",
    kind=NoticeKind.WARNING,
    about_end=MINE.end,
    happens="its server vm-00007 is deleted, with all that is on its disk",
    happens_at=MINE.end,
    command="vmms renew lease-00012 8h",
)
LOST = Notice(id="notice-000002", at=NOW, owner=ME, lease_id="lease-00012", text="It is lost.", kind=NoticeKind.LOST)


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    _take_zone()


def _take_zone() -> None:
    import time

    time.tzset()


@pytest.fixture(autouse=True)
def own_zone_again() -> object:
    yield
    _take_zone()


@pytest.fixture(autouse=True)
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "somebody_reads", lambda: True)


def test_what_needs_an_answer_stands_first_with_both_zones_and_the_command(terminal: Terminal, in_berlin: None) -> None:
    with terminal.engine(FakeDoor(server("vm-00007"), MINE, WARNED, LOST)) as door:
        lines = terminal.run("leases", "--mine").stdout.splitlines()
        deleted = "its server vm-00007 is deleted, with all that is on its disk"
        assert lines[:4] == [
            "These need your answer:",
            "  lease-00012 (vm-00007) ends 2026-03-02 16:00 CET (15:00 UTC), in 3h00m",
            f"    2026-03-02 16:00 CET (15:00 UTC), in 3h00m: {deleted}",
            "    Keep it: vmms renew lease-00012 8h",
        ]
        assert lines[-1].endswith("It is lost.")
        assert door.heard == [(Seen(notice_ids=("notice-000001", "notice-000002"), by="shell"), ME)]


@pytest.mark.parametrize("told", [{"delivered_at": NOW, "delivered_by": "apprise"}, {"void": "the lease was renewed"}])
def test_only_what_has_no_proof_is_proved(told: dict[str, object], terminal: Terminal) -> None:
    with terminal.engine(FakeDoor(server("vm-00007"), MINE, changed(WARNED, **told))) as door:
        shown = terminal.run("leases", "--mine").stdout
        assert ("These need your answer" in shown) == ("delivered_at" in told)
        assert not door.heard


def test_what_a_job_swallows_is_no_proof(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with terminal.engine(FakeDoor(server("vm-00007"), MINE, WARNED)) as door:
        assert "lease-00012" in terminal.run("leases", "--mine").stdout
        assert "lease-00012" in terminal.run("leases", "--brief").stdout
        assert not door.heard


def test_json_is_for_scripts_and_proves_nothing(terminal: Terminal) -> None:
    with terminal.engine(FakeDoor(server("vm-00007"), MINE, WARNED)) as door:
        (told,) = terminal.json("leases", "--mine")["notices"]
        assert (told["id"], told["about_end"]) == ("notice-000001", "2026-03-02T15:00:00Z")
        assert terminal.json("leases", "--brief")["line"].startswith("VMMS: lease-00012")
        assert not door.heard


def test_the_login_line_says_when_and_how_to_answer(terminal: Terminal, in_berlin: None) -> None:
    with terminal.engine(FakeDoor(server("vm-00007"), MINE, WARNED)) as door:
        result = terminal.run("leases", "--mine", "--brief")
        said = "VMMS: lease-00012 (vm-00007) ends today 16:00 CET, in 3 h: vmms renew lease-00012 8h\n"
        assert (result.exit_code, result.stdout, result.stderr) == (0, said, "")
        assert door.heard == [(Seen(notice_ids=("notice-000001",), by="shell"), ME)]


def test_a_login_is_never_in_the_way(terminal: Terminal) -> None:
    for _ in range(2):
        result = terminal.run("leases", "--mine", "--brief")
        assert (result.exit_code, result.output) == (0, "")
    with terminal.engine(FakeDoor(server("vm-00007"), MINE)):
        result = terminal.run("leases", "--brief")
        assert (result.exit_code, result.output) == (0, "")


def test_the_login_line_by_example() -> None:
    stopped = changed(MINE, state=LeaseState.OVERDUE, end=NOW - timedelta(days=2), grace_until=NOW + timedelta(days=1))
    notice = changed(WARNED, kind=NoticeKind.STOPPED, about_end=stopped.end, command="")
    line = brief_line([(notice, stopped), (WARNED, MINE)], NOW)
    assert line.startswith("VMMS: lease-00012 (vm-00007) ended 2026-02-28 12:00 ")
    assert line.endswith(", 2 d ago: vmms leases --mine (1 more: vmms leases --mine)")
    assert brief_line([], NOW) == ""


def test_names_in_the_login_line_are_data(terminal: Terminal) -> None:
    odd = changed(WARNED, command="vmms renew [b]\x1b[31m\u202e")
    with terminal.engine(FakeDoor(server("vm-00007"), MINE, odd)):
        for words in (("--brief",), ("--mine",)):
            assert not set(terminal.run("leases", *words).stdout) & set("\x1b\u202e")


def test_an_instant_in_utc_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    _take_zone()
    assert here_and_utc(NOW) == "2026-03-02 12:00 UTC"
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    _take_zone()
    assert here_and_utc(NOW) == "2026-03-03 01:00 NZDT (2026-03-02 12:00 UTC)"


def test_notices_are_listed_with_how_they_arrived(terminal: Terminal) -> None:
    tried = changed(LOST, attempts=3, problem="mailto: no connection", next_try=NOW + timedelta(minutes=2))
    arrived = changed(WARNED, delivered_at=NOW, delivered_by="screen", attempts=1)
    with terminal.engine(FakeDoor(arrived, tried, changed(WARNED, id="notice-000003", void="the lease was renewed"))):
        _, first, second, third = terminal.run("notices").stdout.splitlines()
        assert "2026-03-02 12:00:00Z  screen" in first
        assert "not yet" in second
        assert second.endswith("mailto: no connection (tries again in 2m00s)") or "in 2m" in second
        assert third.endswith("the lease was renewed")
        assert [one["id"] for one in terminal.json("notices", "--open")] == ["notice-000002"]


def test_a_filter_shows_some_notices(terminal: Terminal) -> None:
    tried = changed(LOST, attempts=3, problem="mailto: no connection", next_try=NOW + timedelta(minutes=2))
    arrived = changed(WARNED, delivered_at=NOW, delivered_by="screen", attempts=1)
    with terminal.engine(FakeDoor(arrived, tried, changed(LOST, id="notice-000003", owner="", attempts=1))):
        for words, numbers in (
            ("arrived:yet", [2, 3]),
            ("tries>2", [2]),
            ("to:operators", [3]),
            ("by:screen", [1]),
            ("connection", [2]),
            (f"to:{ME} !arrived:yet", [1]),
            ("written>2026-03-03", []),
        ):
            told = terminal.json("notices", "--filter", words)
            assert [one["id"] for one in told] == [f"notice-00000{number}" for number in numbers], words
        assert terminal.run("notices", "--filter", "nothing-such").stdout == "None of them fits the filter.\n"
        refused(terminal.run("notices", "--filter", "tries>many"), 2, "many")


def test_a_trial_and_a_word_go_to_the_engine(terminal: Terminal) -> None:
    with terminal.engine(FakeDoor()) as door:
        door.reply = Reply(text="The trial reached you by mailto.")
        assert terminal.run("notices", "--test").stdout == "The trial reached you by mailto.\n"
        assert terminal.run("told", "lease-00012", "--how", "by telephone").exit_code == 0
        heard = [command for command, _ in door.heard]
        assert heard == [TryChannels(), TellOwner(lease_id="lease-00012", how="by telephone")]
        door.reply = Reply(code="failed", text="The trial did not reach you: mailto: SMTP status 535.")
        refused(terminal.run("notices", "--test"), 1, "SMTP status 535")
