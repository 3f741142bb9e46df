"""Tables for people and JSON for scripts: what does not change from one version to the next."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from rich.cells import cell_len

from tests.unit.cli_runner import Terminal
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, FakeDoor, lease, request, server
from vmms_tui.cli.output import WIDEST, Columns, JsonList, print_facts, print_json, print_table
from vmms_tui.model.records import Lease, LeaseState, Notice, Record, Request, changed
from vmms_tui.model.spec import Proof
from vmms_tui.settings.people import unix_user

ME = unix_user()
TOLD = Notice(id="n-5", at=NOW, owner=ME, lease_id="lease-1", text="lease-1 ends in 2 h", delivered_at=NOW)


def test_json_has_every_field_of_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"lease": lease("lease-1", "vm-1", ME, warned=(timedelta(hours=2),))})
    data = json.loads(capsys.readouterr().out)["lease"]
    assert data.keys() == set(Lease.__struct_fields__)
    assert data["end"] == "2026-03-02T20:00:00Z"
    assert (data["warned"], data["state"], data["note"], data["told_at"]) == ([7200], "active", "", None)


def test_json_instants_are_utc_and_nested_records_whole(capsys: pytest.CaptureFixture[str]) -> None:
    east = datetime(2026, 3, 2, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    print_json([{"at": east, "proof": Proof(), "odd": "名前\x1b"}])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    [data] = json.loads(out)
    assert data["at"] == "2026-03-02T12:00:00Z"
    assert data["proof"].keys() == set(Proof.__struct_fields__)
    assert data["odd"] == "名前\x1b"


def test_columns_are_aligned_by_cells(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("東京チーム", 7, "one"), ("e\u0301te\u0301", 10, "two"), ("x" * 200, 1, "y" * 200)]
    print_table(("OWNER", "N", "NOTE"), rows, "Nobody.")
    lines = capsys.readouterr().out.splitlines()
    starts = {cell_len(line[: line.rindex(note)]) for line, note in zip(lines, ("NOTE", "one", "two"), strict=False)}
    assert starts == {WIDEST + 2 + 2 + 2}
    assert lines[3].endswith("  1   " + "y" * 200)
    assert lines[3].startswith("x" * (WIDEST - 1) + "…")


def test_the_widest_cell_counts_in_cells_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("O", "NOTE"), [("東京チーム", "one")], "Nobody.")
    assert capsys.readouterr().out.splitlines() == ["O           NOTE", "東京チーム  one"]


def test_cells_cannot_draw(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("A", "B"), [("[b]\x1b[31m\r\n", "\u202egood\x9b")], "Nothing.")
    print_facts([("name", "a\nb\x1bc"), ("nothing", ""), ("number", 7)])
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 4
    assert "[b]" in out
    assert not set(out) & set("\x1b\r\u202e\x9b")
    assert "nothing" not in out


def test_a_table_without_rows_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("A", "B"), iter(()), "There is nothing.")
    assert capsys.readouterr().out == "There is nothing.\n"


OLDER = [changed(TOLD, id=f"n-{number}", text=f"older {number}") for number in range(1, 5)]
FOREIGN = changed(TOLD, id="n-6", owner=f"not-{ME}", text="for somebody else")
UNTOLD = changed(TOLD, id="n-7", text="nobody was there", delivered_at=None)


@pytest.mark.parametrize(
    ("notices", "shown"),
    [
        ((*OLDER, TOLD, FOREIGN), ["older 3", "older 4", "lease-1 ends in 2 h"]),
        ((*OLDER, UNTOLD, TOLD), ["nobody was there"]),
        ((FOREIGN,), []),
    ],
    ids=["the last three", "what was not delivered", "none of others"],
)
def test_notices_to_the_caller_stand_under_the_leases(
    notices: tuple[Notice, ...], shown: list[str], terminal: Terminal
) -> None:
    with terminal.engine(FakeDoor(*notices)):
        _, _, below = terminal.run("leases").stdout.partition("Notices to you:\n")
        assert [line.split("  ", 1)[1] for line in below.splitlines()] == shown
        assert [notice["text"] for notice in terminal.json("leases")["notices"]] == shown


def test_leases_in_json_keep_their_shape(terminal: Terminal) -> None:
    ended = lease("lease-0", "vm-0", ME, state=LeaseState.ENDED)
    records: tuple[Record, ...] = (server("vm-1", floating_ip="203.0.113.9"), lease("lease-1", "vm-1", ME), ended)
    with terminal.engine(FakeDoor(*records, request("req-1", ME, estimate=timedelta(minutes=2)))):  # type: ignore[arg-type]
        data = terminal.json("leases")
        assert data.keys() == {"leases", "requests", "notices"}
        assert [one.keys() for one in data["leases"]] == [{*Lease.__struct_fields__, "address"}]
        assert data["leases"][0]["address"] == "203.0.113.9"
        assert [one.keys() for one in data["requests"]] == [set(Request.__struct_fields__)]
        assert data["requests"][0]["estimate"] == 120
        assert [one["id"] for one in terminal.json("leases", "--all")["leases"]] == ["lease-1", "lease-0"]


@pytest.mark.parametrize("parts", [[], [[]], [[1]], [[{"a": "\u202e"}, 2], [], [[3, "x\ny"]]]])
def test_a_list_in_parts_is_the_list_as_a_whole(capsys: pytest.CaptureFixture[str], parts: list[list[object]]) -> None:
    whole = [item for part in parts for item in part]
    printed = JsonList()
    for part in parts:
        printed.add(part)
    printed.end()
    in_parts = capsys.readouterr().out
    print_json(whole)
    assert in_parts == capsys.readouterr().out


def test_a_table_in_parts_has_its_titles_once_and_grows_wider(capsys: pytest.CaptureFixture[str]) -> None:
    table = Columns(("A", "B"))
    empty = []
    for rows in ([], [("1", "x")], [("long", "y"), ("2", "z")]):
        table.add(rows)
        empty.append(table.empty)
    assert empty == [True, False, False]
    assert capsys.readouterr().out.splitlines() == ["A  B", "1  x", "long  y", "2     z"]
