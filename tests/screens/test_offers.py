"""What a filled-in form means, and what one would get."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.commands import RequestServer
from vmms_tui.model.records import Pool, changed
from vmms_tui.model.tables import Tables
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.offers import fitting, offer, read_form, read_importance, read_key, read_size
from vmms_tui.screens.rows import PoolRow, pool_rows

from .cloudland import NOW, POOLS, WORLD
from .scripted import hours

ROWS = pool_rows(Tables(WORLD))
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI ada@laptop"
FILLED = {"purpose": "build", "size": "", "term": "8h", "importance": "0", "note": "", "key": ""}


def no_file(name: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", name)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", ("", 0, 0)),
        ("m1.large", ("m1.large", 0, 0)),
        ("4/8G", ("", 4, 8192)),
        ("4 / 8", ("", 4, 8192)),
        ("4 vCPU 8 GiB", ("", 4, 8192)),
        ("2c 512M", ("", 2, 512)),
        ("16", ("", 16, 0)),
        ("1/1.5g", ("", 1, 1536)),
    ],
)
def test_sizes(text: str, means: tuple[str, int, int]) -> None:
    assert read_size(text) == means


@pytest.mark.parametrize("text", ["0", "0/8", "-4", "4/0", "big one", "4/8T now"])
def test_sizes_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        read_size(text)


@given(st.text(max_size=12))
def test_any_importance_is_a_number_or_a_sentence(text: str) -> None:
    try:
        said = f"{read_importance(text)}"
    except ValueError as error:
        said = str(error)
    assert said in {*map(str, range(11)), "Importance is a whole number from 0 to 10."}


def test_keys_come_from_a_line_or_a_file() -> None:
    assert read_key("", no_file) == ""
    assert read_key(KEY, no_file) == KEY
    assert read_key("~/.ssh/k.pub", lambda _: f"{KEY}\n") == KEY


@pytest.mark.parametrize(
    ("content", "says"),
    [("hello", "no OpenSSH public key"), ("-----BEGIN OPENSSH PRIVATE KEY-----\nx", "private key"), ("", "no OpenSSH")],
)
def test_files_that_hold_no_public_key(content: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_key("k.pub", lambda _: content)
    with pytest.raises(ValueError, match="No such file"):
        read_key("k.pub", no_file)


def test_a_form_is_one_request() -> None:
    asked = read_form({**FILLED, "size": "4/8", "importance": "3", "note": " soak ", "key": KEY}, POOLS, no_file)
    assert asked.command == RequestServer(
        purpose="build", term=hours(8), vcpus=4, ram_mib=8192, importance=3, note="soak", ssh_key=KEY
    )


def test_every_bad_field_has_its_sentence_at_once() -> None:
    bad = {"purpose": "", "size": "m9.huge", "term": "-3h", "importance": "11", "note": "", "key": "/nowhere"}
    asked = read_form(bad, POOLS, no_file)
    assert asked.command is None
    assert set(asked.errors) == {"purpose", "size", "term", "importance", "key"}


def test_the_smallest_pool_that_fits_comes_first() -> None:
    small = PoolRow(changed(POOLS[1], purposes=("build",), id="small"), 0, 0)
    rows = [*ROWS, small]
    assert [row.id for row in fitting(RequestServer(purpose="build"), rows)] == ["small", "el9-ci"]
    assert [row.id for row in fitting(RequestServer(purpose="build", vcpus=3), rows)] == ["el9-ci"]
    assert [row.id for row in fitting(RequestServer(purpose="build", flavor="m1.large"), rows)] == ["el9-ci"]
    assert fitting(RequestServer(purpose="build", vcpus=64), rows) == []


def said(command: RequestServer, rows: list[PoolRow] = ROWS) -> str:
    return "\n".join(offer(command, rows, {"gpu-a": 2}, NOW))


def test_what_one_would_get() -> None:
    text = said(RequestServer(purpose="build", term=hours(8)))
    assert "A server of el9-ci at once: 2 ready." in text
    assert "m1.large  4 vCPU 8 GiB disk 40 GiB" in text
    assert "until 2026-03-02 20:00 UTC (in 8h00m)" in text
    waiting = said(RequestServer(purpose="train", term=hours(8)))
    assert "none ready, 2 requests before you" in waiting
    assert "Quota of cores" in waiting


def test_what_one_would_not_get_is_marked() -> None:
    assert said(RequestServer(purpose="build", vcpus=64)).startswith("! Nothing that large; the largest is m1.large")
    assert said(RequestServer(purpose="dance")).startswith("! No pool serves the purpose dance")
    assert "is broken: There is no image" in said(RequestServer(purpose="office"))
    assert "! el9-ci lends at most 7d" in said(RequestServer(purpose="build", term=hours(24 * 8)))


def test_a_retired_pool_offers_nothing() -> None:
    rows = [PoolRow(changed(row.pool, retired=True), row.ready, row.used) for row in ROWS]
    assert said(RequestServer(purpose="build"), rows).startswith("! No pool serves")


def test_the_same_as_a_command_line_is_safe_in_a_shell() -> None:
    line = command_line(
        RequestServer(purpose="build", term=hours(36), vcpus=2, ram_mib=4096, importance=3, note="it's; rm -rf /")
    )
    assert line == (
        "vmms request --purpose build --vcpus 2 --ram-mib 4096 --for 1d12h --importance 3 --note 'it'\"'\"'s; rm -rf /'"
    )
    assert isinstance(POOLS[0], Pool)
