"""The first lines: where, who, how fresh, and everything that is wrong in words."""

from datetime import timedelta

from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Guard, changed
from vmms_tui.model.status import LoopStatus
from vmms_tui.screens import header
from vmms_tui.screens.bell import Bell
from vmms_tui.screens.mirror import Mirror
from vmms_tui.widgets.line import piece, width_of

from .cloudland import NOW, STATUS, WORLD, minutes
from .scripted import mirror_of

ADA = Caller(name="ada", roles=(Role.DEVELOPER,))


def line(width: int = 80, away: str = "", **cloud: object) -> str:
    status = changed(STATUS, cloud=changed(STATUS.cloud, **cloud))
    parts = header.header(status, ADA, away, 2, NOW)
    return "".join(text for text, _ in header.header_line(parts[0], parts[1], width))


def test_it_says_cloud_person_operations_calls_and_the_age_of_the_data() -> None:
    said = line()
    assert all(word in said for word in ("VMMS", "eu-west", "ada", "2 ops", "api 6/min", "cloud ok", "data 4s"))
    assert len(said) == 80


def test_who_may_change_nothing_is_told_so() -> None:
    for you in (changed(ADA, read_only=True), changed(ADA, roles=(Role.VIEWER,))):
        left, _ = header.header(STATUS, you, "", 0, NOW)
        assert " READ-ONLY " in "".join(text for text, _ in left)
    assert "READ-ONLY" not in line()


def test_old_data_is_called_stale() -> None:
    assert "STALE 4m" in line(listed_at=NOW - minutes(4))
    assert "no data yet" in line(listed_at=None)
    assert "cloud away!" in line(ok=False)


def test_at_60_columns_the_age_of_the_data_stays() -> None:
    said = line(60, name="a-cloud-with-a-very-long-name")
    assert "data 4s" in said
    assert len(said) == 60


def test_what_nobody_has_read_stays_longer_than_the_calls_to_the_cloud() -> None:
    mirror, bell = mirror_of(WORLD, STATUS), Bell()
    bell.hear("Something happened.", "", NOW)
    played = [piece(" DEMO "), piece(" Mon 09:42 "), piece("x8 of x60"), piece(" ")]
    for width, seen in ((120, ("api ", "bell 1")), (80, ("bell 1",)), (60, ())):
        said = "".join(text for text, _ in header.bars(mirror, width, bell, played)[0])
        assert [word in said for word in ("api ", "bell 1")] == [word in seen for word in ("api ", "bell 1")], width
        assert "cloud ok" in said or width == 60
        assert "…" not in said
        assert width_of(header.bars(mirror, width, bell, played)[0]) <= width - header.AGE


def test_before_the_first_answer_nothing_is_called_away() -> None:
    mirror = Mirror(lambda: 0.0)
    (_, age), alarms = header.bars(mirror, 80, Bell()), header.alarms(mirror.status, mirror.away, NOW)
    assert "asking" in "".join(text for text, _ in age)
    assert alarms == []


def test_nobody_knows_of_the_cloud_while_the_engine_is_away() -> None:
    assert "cloud ok" not in line(away="no answer")
    assert "cloud ?" in line(away="no answer")


def test_why_it_is_away_is_one_sentence() -> None:
    mirror = mirror_of(WORLD, STATUS)
    mirror.away = "No engine answers at /run/engine.sock."
    assert ".)" not in header.engine_away(mirror)


def test_an_engine_that_is_away_is_said_in_words() -> None:
    assert "engine away" in line(away="no answer")
    assert header.alarms(None, "no answer", NOW) == ["Engine away: no answer"]


def test_everything_that_is_wrong_is_a_sentence() -> None:
    bad = changed(
        STATUS,
        cloud=changed(
            STATUS.cloud, ok=False, problem="no answer from \x1b[31mhttps://c within 30 s", since=NOW - minutes(4)
        ),
        problem="the disk is full",
        frozen=Guard(id="guard", since=NOW - minutes(5), by="ann", reason="a new \x1b[31mswitch"),
        loops=(
            LoopStatus(name="pools", interval=5, late=True, last_start=NOW - minutes(3)),
            LoopStatus(name="leases", interval=5, late=True, last_start=NOW - minutes(9), last_end=NOW - minutes(8)),
            LoopStatus(name="never", interval=5, late=True),
            LoopStatus(name="observe", interval=5, error="KeyError: 'x'"),
            LoopStatus(name="fine", interval=5, last_end=NOW),
        ),
        settings_problems=("pool el9-ci: limit 2 is below available 4.",),
    )
    said = header.alarms(bad, "", NOW)
    assert said == [
        "The engine takes no changes: the disk is full",
        "Frozen, nothing is deleted (`vmms thaw` ends it): ann: a new �[31mswitch (for 5m)",
        "Cloud unreachable: no answer from �[31mhttps://c within 30 s (for 4m)",
        "Loop pools is late: it has been running for 3m",
        "Loop leases is late: it last ran 8m ago",
        "Loop never is late: it has never run",
        "Loop observe failed: KeyError: 'x'",
        "Settings: pool el9-ci: limit 2 is below available 4.",
    ]
    lines = header.alarm_lines(said, [], 3)
    assert len(lines) == 3
    assert "(+5 more)" in lines[-1][0][0]
    assert len(header.alarm_lines(said[:3], [], 3)) == 3


def test_nothing_wrong_takes_no_room() -> None:
    assert header.alarm_lines(header.alarms(STATUS, "", NOW), [], 3) == []


def test_time_goes_on_between_two_updates() -> None:
    seconds = 0.0
    mirror = mirror_of(WORLD, STATUS)
    mirror._monotonic = lambda: seconds
    assert mirror.now == NOW
    seconds = 2.9
    assert mirror.now == NOW + timedelta(seconds=2)
