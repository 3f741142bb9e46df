"""`vmms hosts`, `volumes`, `networks` and `images`: what they show, how old it is, and what they say without it."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.unit.cli_runner import Terminal, refused
from tests.unit.cli_runner import terminal as terminal
from tests.unit.fake_door import NOW, POOL, FakeDoor, server
from vmms_tui.model.commands import Refresh, Reply
from vmms_tui.model.records import AnyRecord, changed
from vmms_tui.model.surroundings import Host, Image, Kind, Network, Subnet, Survey, Volume
from vmms_tui.model.suspects import Heard, Phase, Suspect, Verdict
from vmms_tui.model.tables import Put
from vmms_tui.model.witness import Says

ODD = "\x1b[31m名前[/bold]\r\n\u202e"
RECORDS: tuple[AnyRecord, ...] = (
    POOL,
    changed(server("vm-00001"), host="h1", floating_ip="203.0.113.7"),
    Host(id="a-1", name="h1", state="up", status="enabled", vcpus=64, vcpus_used=32, servers=3),
    Host(id="a-2", name="h2", state="down", status="disabled", disabled_reason=ODD, seen=NOW - timedelta(minutes=5)),
    Volume(id="v-1", name=ODD, status="in-use", size_gib=7, attached_to=("vm-00001",)),
    Network(
        id="n-1", name="private", status="ACTIVE", used=3, total=9, counted=True, subnets=(Subnet(cidr="10.0.0.0/24"),)
    ),
    Network(id="n-2", name="public", status="ACTIVE", external=True, subnets=(Subnet(cidr="203.0.113.0/24"),)),
    Image(id="i-1", name="el9", status="active", size_bytes=2**30),
    Image(id="i-2", name="unused", status="active"),
    *(Survey(id=kind.value, every=timedelta(minutes=5), read_at=NOW - timedelta(seconds=42)) for kind in Kind),
)


@pytest.fixture
def door(terminal: Terminal) -> Iterator[FakeDoor]:
    with terminal.engine(FakeDoor()) as door:
        for record in RECORDS:
            door.tables.apply(Put(record))
        yield door


def words(terminal: Terminal, *arguments: str) -> list[list[str]]:
    """The rows of a table, as words, without the titles."""
    result = terminal.run(*arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr == "\nRead 42s ago.\n"
    assert not set(result.stdout) & set("\x1b\r\u202e")
    return [line.split() for line in result.stdout.splitlines()[1:]]


@pytest.mark.usefixtures("door")
def test_hosts(terminal: Terminal) -> None:
    first, second = words(terminal, "hosts")
    assert first == ["h1", "UP", "3", "32/64", "50%", "-", "-", "-", "-", "1", "42s"]
    assert second[:10] == ["h2", "DOWN!", "-", "-", "-", "-", "-", "-", "0", "5m"]
    assert words(terminal, "hosts", "--filter", "state:down") == [second]


@pytest.mark.usefixtures("door")
def test_volumes(terminal: Terminal) -> None:
    ((*_, state, size, attached, age),) = words(terminal, "volumes")
    assert (state, size, attached, age) == ("in-use", "7G", "vm-00001", "-")


@pytest.mark.usefixtures("door")
def test_networks_and_who_holds_an_address(terminal: Terminal) -> None:
    private, public = words(terminal, "networks")
    assert private[:7] == ["private", "10.0.0.0/24", "3", "?", "6", "?", "1"]
    assert public[:5] == ["public", "203.0.113.0/24", "-", "-", "1"]
    assert words(terminal, "networks", "--filter", "203.0.113.200") == [public]
    assert words(terminal, "networks", "--filter", "vm-00001") == [private, public]
    assert words(terminal, "networks", "--filter", "10.0.0.7") == [private]


@pytest.mark.usefixtures("door")
def test_images_of_pools_or_all(terminal: Terminal) -> None:
    assert words(terminal, "images") == [["el9", "active", "1G", "-", "el9-ci"]]
    assert [row[0] for row in words(terminal, "images", "--all")] == ["el9", "unused"]


@pytest.mark.usefixtures("door")
def test_json_has_every_field(terminal: Terminal) -> None:
    told = terminal.json("hosts")
    assert (told["read_at"], told["problem"]) == ("2026-03-02T11:59:18Z", "")
    host = told["hosts"][0]
    assert (host["name"], host["vcpus"], host["ram_mib"], host["ours"]) == ("h1", 64, None, 1)
    (network,) = terminal.json("networks", "--filter", "10.0.0.7")["networks"]
    assert (network["used"], network["counted"], network["ours"]) == (3, True, ["vm-00001"])
    assert network["subnets"] == [{"cidr": "10.0.0.0/24", "dhcp": None, "pools": []}]
    assert terminal.json("volumes")["volumes"][0]["name"] == ODD
    assert terminal.json("images", "--all")["images"][1]["pools"] == []


@pytest.mark.parametrize("command", ["hosts", "volumes", "networks"])
def test_what_was_never_read_is_said_with_code_1(terminal: Terminal, command: str) -> None:
    with terminal.engine(FakeDoor()) as door:
        door.tables.apply(Put(Survey(id=command, every=timedelta(minutes=5), problem="It takes an administrator.")))
        result = terminal.run(command)
        assert (result.exit_code, result.stdout, result.stderr) == (1, "It takes an administrator.\n", "")
        result = terminal.run(command, "--json")
        assert (result.exit_code, json.loads(result.stdout)["problem"]) == (1, "It takes an administrator.")


def test_look_has_it_read_first(terminal: Terminal, door: FakeDoor) -> None:
    door.reply = Reply(text="Read now: 2 hosts.")
    assert len(words(terminal, "hosts", "--look")) == 2
    assert [command for command, _ in door.heard] == [Refresh(kind=Kind.HOSTS)]
    door.reply = Reply(code="try_again", text="The cloud does not answer.")
    refused(terminal.run("volumes", "--look"), 3, "The cloud does not answer.")
    door.reply = Reply(code="refused", rule="role", text="Not for you.")
    refused(terminal.run("networks", "--look"), 1, "Not for you.")


@pytest.mark.usefixtures("door")
def test_a_filter_that_nobody_understands(terminal: Terminal) -> None:
    refused(terminal.run("hosts", "--filter", "rum<3"), 2, "did you mean ram?")
    result = terminal.run("hosts", "--filter", "nothing-like-it")
    assert (result.exit_code, result.stdout) == (0, "None of them fits the filter.\n")


def test_a_host_that_is_judged_says_by_whom(terminal: Terminal, door: FakeDoor) -> None:
    heard = Heard(witness="ssh", says=Says.SILENT, why=f"{ODD} gives no answer", since=NOW - timedelta(minutes=3))
    one = Suspect(id="h2", since=NOW - timedelta(minutes=5), phase=Phase.ASKS, verdict=Verdict.DEAD, signs=(heard,),
                  asks="the settings leave that to a person", down=1, of=2)  # fmt: skip
    door.tables.apply(Put(one))
    assert words(terminal, "hosts", "--filter", "state:down")[0][:2] == ["h2", "DEAD!"]
    first, second = terminal.json("hosts")["hosts"]
    assert first["judged"] is None
    assert (second["judged"]["phase"], second["judged"]["signs"][0]["says"]) == ("asks", "silent")
    told = terminal.json("show", "h2")
    assert told["judged"]["signs"][0]["since"] == "2026-03-02T11:57:00Z"
    assert told["details"]["ssh"].startswith("silent for 3m: ")
    assert any(line.startswith("A person must decide") for line in told["why"])
    result = terminal.run("show", "h2")
    assert not set(result.stdout) & set("\x1b\r\u202e")


# One of them


def test_a_host_is_shown_as_its_screen_shows_it(terminal: Terminal, door: FakeDoor) -> None:
    result = terminal.run("show", "h2")
    assert (result.exit_code, result.stderr) == (0, "")
    first, *lines = result.stdout.splitlines()
    assert first.split() == ["host", "h2"]
    assert any(line.split() == ["holds", "0", "servers", "of", "ours"] for line in lines)
    assert "h2 is DOWN!: the cloud says down and disabled." in lines
    assert any("Its last sign of life was 2026-03-02 11:55 UTC (5m ago)" in line for line in lines)
    assert not set(result.stdout) & set("\x1b\r\u202e")
    told = terminal.json("show", "a-1")
    assert (told["type"], told["name"], told["vcpus"], told["ours"]) == ("host", "h1", 64, ["vm-00001"])
    assert told["details"]["holds"] == "1 server of ours now, and 3 in all when it was read"
    assert told["why"][0] == "h1 is UP: the cloud says up and enabled."


@pytest.mark.parametrize(
    ("thing", "kind", "words"),
    [
        ("private", "network", "10.0.0.0/24"),
        ("n-2", "network", "203.0.113.0/24"),
        ("v-1", "volume", "It is attached to vm-00001."),
        ("el9", "image", "pool el9-ci boots from it"),
        ("i-2", "image", "unused"),
    ],
)
@pytest.mark.usefixtures("door")
def test_all_that_the_cloud_tells_of_can_be_shown(terminal: Terminal, thing: str, kind: str, words: str) -> None:
    result = terminal.run("show", thing)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(kind)
    assert words in result.stdout
    assert "Subnet(" not in result.stdout
    told = terminal.json("show", thing)
    assert told["type"] == kind
    assert told["details"]
    assert told["why"]
    raw = terminal.json("raw", thing)
    assert (raw["record"]["type"], raw["record"]["id"], raw["cloud"]) == (kind, told["id"], None)


def test_of_one_name_an_id_is_asked_for_and_what_is_missing_is_shown(terminal: Terminal, door: FakeDoor) -> None:
    door.tables.apply(Put(Image(id="i-3", name="private")))
    refused(terminal.run("show", "private"), 1, "Name one by its id: n-1, i-3.")
    door.tables.apply(Put(changed(POOL, id="win22", image="windows-2022")))
    told = terminal.json("show", "windows-2022")
    assert (told["type"], told["missing"], told["pools"]) == ("image", True, ["win22"])
    assert "the cloud has no such image" in terminal.run("show", "windows-2022").stdout
