"""What ties a server to its host, each by its name, with its sentence and its remedy."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.test_moving import LEASE, NOW, SERVER, ask, host
from vmms_tui.model.inventory import Inventory
from vmms_tui.model.moving import Grade, Question, checks, could_take, stop_of
from vmms_tui.model.placing import PLACING, SCOPE, Placing, ServerGroup, Tie, Ties, matches
from vmms_tui.model.rebalancing import Wish, balance
from vmms_tui.model.records import ServerState, changed
from vmms_tui.model.tables import Tables
from vmms_tui.model.ties import ties_of

SSD = {f"{SCOPE}ssd": "true"}
RACKS = (
    host("h1", zone="a", cpu="x86_64 Intel Cascadelake-Server"),
    host("h2", zone="a", aggregates=("fast",), properties=(("ssd", "true"),), cpu="x86_64 Intel Cascadelake-Server"),
    host("h3", zone="b", cpu="x86_64 AMD EPYC-Rome"),
    host("h4", zone="a", cpu="aarch64 ARM Neoverse-N1"),
)


def tie(policy: str, *hosts: str, most: int = 1) -> Ties:
    return Ties(group=Tie(name="web", policy=policy, most=most, hosts=hosts))


GRADES: list[tuple[str, Ties, dict[str, Any], Grade, str]] = [
    ("zone", Ties(zone="a"), {"host": "h3"}, Grade.BLOCK, "vm-1 was asked for in zone a, and h3 is in b."),
    ("zone", Ties(), {"host": "h3"}, Grade.WARN, "Nova refuses what is bound to a zone"),
    ("aggregate", Ties(extra=SSD), {"host": "h3"}, Grade.BLOCK, "an aggregate with ssd=true, and h3 has no such"),
    ("aggregate", Ties(extra=SSD), {"host": "h2"}, Grade.OK, "h2 is in an aggregate"),
    (
        "group",
        tie("anti-affinity", "h3"),
        {"host": "h3"},
        Grade.BLOCK,
        "h3 has others of its group web (anti-affinity)",
    ),
    ("group", tie("anti-affinity", "h3", most=2), {"host": "h3"}, Grade.OK, "allows h3"),
    ("group", tie("anti-affinity", "h1"), {"host": "h3"}, Grade.OK, "allows h3"),
    ("group", tie("affinity", "h1"), {"host": "h3"}, Grade.BLOCK, "no other of its group web is on h3 (affinity)"),
    ("group", tie("affinity", "h3"), {"host": "h3"}, Grade.OK, "allows h3"),
    (
        "group",
        tie("soft-anti-affinity", "h3"),
        {"host": "h3"},
        Grade.WARN,
        "h3 has others of its group web (soft-anti-affinity).",
    ),
    ("group", tie("soft-affinity", "h1"), {"host": "h3"}, Grade.WARN, "No other of its group web is on h3"),
    ("processor", Ties(), {"host": "h2"}, Grade.OK, "both hosts have x86_64 Intel Cascadelake-Server"),
    ("processor", Ties(), {"host": "h3"}, Grade.WARN, "h3 has x86_64 AMD EPYC-Rome, h1 x86_64 Intel"),
    ("processor", Ties(), {"host": "h4"}, Grade.BLOCK, "h4 has aarch64 processors, h1 x86_64"),
    ("processor", Ties(), {"host": "h4", "cold": True}, Grade.BLOCK, "nothing built for one runs on the other"),
    ("devices", Ties(extra={"pci_passthrough:alias": "a1:2"}), {}, Grade.BLOCK, "asks for pci_passthrough:alias=a1:2"),
    ("devices", Ties(extra={"pci_passthrough:alias": "a1:2"}), {"cold": True}, Grade.WARN, "must have free"),
    ("devices", Ties(extra={"resources:VGPU": "1"}), {}, Grade.WARN, "only where both hosts' drivers can"),
    (
        "devices",
        Ties(extra={"hw:cpu_policy": "dedicated"}),
        {},
        Grade.WARN,
        "hw:cpu_policy=dedicated: the same must be",
    ),
    ("devices", Ties(extra={"hw:mem_encryption": "True"}), {}, Grade.BLOCK, "encrypted memory is not copied"),
    ("devices", Ties(extra={"hw:tpm_version": "2.0"}), {}, Grade.BLOCK, "the secret of its TPM"),
    ("devices", Ties(extra={"accel:device_profile": "fpga"}), {"cold": True}, Grade.BLOCK, "with an accelerator"),
    ("devices", Ties(devices=("direct",)), {}, Grade.WARN, "(vnic_type direct): it is taken off for the way"),
    ("devices", Ties(devices=("macvtap",)), {"cold": True}, Grade.WARN, "must have one like it free"),
    ("devices", Ties(devices=("accelerator-direct",)), {}, Grade.BLOCK, "with an accelerator"),
]


@pytest.mark.parametrize(("name", "ties", "other", "grade", "text"), GRADES, ids=lambda one: str(one)[:40])
def test_each_by_its_name(name: str, ties: Ties, other: dict[str, Any], grade: Grade, text: str) -> None:
    found = ask(hosts=RACKS, ties=ties, **other)[name]
    assert found.grade is grade, found
    assert text in found.text
    assert bool(found.remedy) is (grade is Grade.BLOCK)


@pytest.mark.parametrize(
    "extra",
    [
        {"hw:tpm_version": "2.0", "hw:tpm_secret_security": "host"},
        {"hw:mem_page_size": "small"},
        {"resources:VGPU": "0"},
        {"quota:cpu_shares": "100"},
    ],
)
def test_what_ties_nothing_is_not_spoken_of(extra: dict[str, str]) -> None:
    assert "devices" not in ask(ties=Ties(extra=extra), host="h2")


def test_old_hypervisors_move_no_virtual_gpu() -> None:
    old = tuple(changed(one, version="7.2.0") for one in RACKS)
    assert ask(hosts=old, ties=Ties(extra={"resources:VGPU": "1"}))["devices"].grade is Grade.BLOCK


def test_the_scheduler_chooses_among_those_that_would_do() -> None:
    assert ask(hosts=RACKS, ties=Ties(extra=SSD))["destination"].text == "the scheduler chooses among 1 with room: h2"
    found = ask(hosts=RACKS, ties=Ties(zone="c"))["destination"]
    assert found.grade is Grade.BLOCK
    assert found.text == "None of the 3 other hosts that are open would do: it was asked for in zone c."
    apart = tie("anti-affinity", "h2", "h3", "h4")
    assert "its group web has the policy anti-affinity" in ask(hosts=RACKS, ties=apart)["destination"].text
    together = ask(hosts=RACKS, ties=tie("affinity", "h1", "h1"))["destination"]
    assert together.grade is Grade.BLOCK
    assert ask(hosts=RACKS, ties=tie("affinity", "h3"))["destination"].text.endswith("1 with room: h3")


def test_where_it_could_go_is_never_where_it_must_not() -> None:
    known = Inventory(RACKS)
    assert could_take(Question(server=SERVER, hosts=known, ties=Ties(zone="a"))) == ("h2", "h4")
    assert could_take(Question(server=SERVER, hosts=known, ties=tie("anti-affinity", "h2"))) == ("h3", "h4")
    assert could_take(Question(server=SERVER, hosts=known, ties=tie("affinity", "h3"))) == ("h3",)


@pytest.mark.parametrize(
    ("shared", "disk", "grade", "text"),
    [
        (None, 490, Grade.BLOCK, "h2 has 10 GiB of disk free, needs 20."),
        (False, 490, Grade.BLOCK, "h2 has 10 GiB of disk free, needs 20."),
        (True, 490, Grade.WARN, "Its disk is on shared storage and is not copied; Nova counts it all the same."),
        (None, 0, Grade.OK, "if it has to be copied, its disk"),
        (False, 0, Grade.OK, "2048 MiB of RAM and 20 GiB of disk, which is copied there"),
        (True, 0, Grade.OK, "its disk is on shared storage and is not copied"),
    ],
)
def test_shared_storage_needs_no_room_for_a_copy(shared: bool | None, disk: int, grade: Grade, text: str) -> None:
    hosts = (host("h1"), host("h2", disk_used_gib=disk))
    found = ask(hosts=hosts, host="h2", ties=Ties(shared_storage=shared))["room"]
    assert found.grade is grade
    assert text in found.text
    any_host = ask(hosts=hosts, ties=Ties(shared_storage=shared))
    assert (any_host.get("room") is None) is (grade is not Grade.BLOCK)


def test_a_snapshot_that_is_being_made_is_called_one() -> None:
    found = ask(server=changed(SERVER, task_state="image_uploading"))["task"]
    assert found.grade is Grade.BLOCK
    assert found.text == "A snapshot of vm-1 is being made (image_uploading)."


@pytest.mark.parametrize(
    ("said", "wanted", "match"),
    [
        ("true", "true", True), ("true", "false", False), ("true", "s== true", True), ("ab", "<in> a", True),
        ("b", "<or> a <or> b", True), ("c", "<or> a <or> b", False), ("8", ">= 4", True), ("8", "= 16", False),
        ("x", ">= 4", False), ("", "", True), ("a b", "<all-in> a b", True), ("a", "s!= a", False),
        ("a", "<in>", False),
    ],
)  # fmt: skip
def test_what_a_flavor_asks_of_an_aggregate(said: str, wanted: str, match: bool) -> None:
    assert matches(said, wanted) is match


@given(st.text(max_size=12), st.text(max_size=12) | st.sampled_from(["<or>", "<in> ", "= ", "s== ", "<all-in>"]))
def test_nonsense_is_no_trouble(said: str, wanted: str) -> None:
    assert matches(said, wanted) in {True, False}


def test_what_is_known_of_one_server() -> None:
    other = changed(SERVER, id="vm-2", cloud_id="c2", host="h3")
    group = ServerGroup(name="web", policy="anti-affinity", members=("vm-1", "vm-2", "vm-gone"))
    placing = Placing(
        id=PLACING, zones={"dev": "a"}, extra={"dev": SSD}, groups=(group,), group_of={"vm-1": 0, "vm-2": 0},
        devices={"vm-1": ("direct",)}, shared_storage=True,
    )  # fmt: skip
    known = ties_of(SERVER, Tables([SERVER, other, placing]))
    assert known.wants == (("ssd", "true"),)
    assert known == Ties(
        zone="a", extra=SSD, devices=("direct",), shared_storage=True,
        group=Tie(name="web", policy="anti-affinity", hosts=("h3",)),
    )  # fmt: skip
    assert ties_of(SERVER, Tables([SERVER])) == Ties()


def test_a_plan_that_evens_the_load_keeps_to_zones() -> None:
    hosts = [host("h1", zone="a", ram_used_mib=15_000), host("h2", zone="b", ram_used_mib=0), host("h3", zone="b")]
    server, leases = changed(SERVER, since=NOW), {SERVER.id: LEASE}
    assert balance(hosts, [server], leases, {}, (), Wish()).shifts
    held = balance(hosts, [server], leases, {}, (), Wish(), lambda _server: Ties(zone="a"))
    assert not held.shifts
    assert "zone a" in held.stay["vm-1"]


def test_the_first_that_blocks_is_that_of_all() -> None:
    for _, ties, other, _, _ in GRADES:
        question = Question(server=SERVER, hosts=RACKS, ties=ties, **other)
        first = next((one for one in checks(question) if one.grade is Grade.BLOCK), None)
        assert stop_of(question) == first


def test_a_server_that_is_gone_is_in_no_group_any_more() -> None:
    placing = Placing(
        id=PLACING,
        groups=(ServerGroup(name="web", policy="anti-affinity", members=("vm-1", "vm-2")),),
        group_of={"vm-1": 0, "vm-2": 0},
    )
    other = changed(SERVER, id="vm-2", host="h2")
    assert ties_of(SERVER, Tables((placing, SERVER, other))).group == Tie(
        name="web", policy="anti-affinity", hosts=("h2",)
    )
    gone = changed(other, state=ServerState.GONE)
    assert ties_of(SERVER, Tables((placing, SERVER, gone))).group == Tie(name="web", policy="anti-affinity", hosts=())


def test_hosts_that_the_move_itself_would_refuse_are_not_offered() -> None:
    hosts = Inventory(
        (host("h1", version="9.2.0"), host("h2", kind="VMware"), host("h3", version="8.1"), host("h4", version="10.0"))
    )
    source = changed(SERVER, host="h1")
    assert set(could_take(Question(server=source, hosts=hosts))) == {"h4"}
    assert set(could_take(Question(server=source, hosts=hosts, cold=True))) == {"h3", "h4"}
