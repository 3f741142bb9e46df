"""Every kind of operation, every call to the cloud and every fault of the simulated one is walked, or said why not."""

import ast
import inspect
from functools import cache
from pathlib import Path

from tests.engine import test_endings as newer
from tests.engine import test_endings_given as given
from tests.engine import test_endings_hosts as hosts
from tests.engine import test_endings_older as older
from tests.engine import test_endings_told as told
from tests.engine.endings import ERRORS
from vmms_tui.engine.cloud.errors import CloudError
from vmms_tui.engine.cloud.port import Cloud
from vmms_tui.engine.cloud.simulated.faults import Faults
from vmms_tui.engine.guests.simulated import SimulatedGuests
from vmms_tui.engine.witnesses.simulated import Fencing
from vmms_tui.model.records import OperationKind

ROOT = Path(__file__).parents[2]
KINDS: dict[OperationKind, set[str]] = {
    **{kind: set(calls) for kind, calls in older.ACTS.items()},
    OperationKind.PROVISION: set(older.BUILDS),
    **{kind: set(calls) for kind, calls in given.ACTS.items()},
}
for act, calls in (*newer.CALLS.items(), *newer.HOSTS.items()):
    KINDS[newer.KIND[act]] = KINDS.get(newer.KIND[act], set()) | set(calls)
"""The calls at which each kind meets every refusal: its sentence and its remedy stand on Ops, its page and `x`."""
WALKED = {
    *(call for calls in KINDS.values() for call in calls),
    *hosts.CALLS,
    *(call for call, _ in told.COMMANDS.values()),
    *told.LOOKS,
    *told.READS,
    *told.REMOVALS,
    *told.HANGING,
}
MODULES = {
    "provision": {OperationKind.PROVISION},
    "hand_over": {OperationKind.HAND_OVER},
    "reclaim": {OperationKind.RECLAIM},
    "power": {OperationKind.STOP, OperationKind.START, OperationKind.REBOOT},
    "inside": {OperationKind.RESET_PASSWORD, OperationKind.REBUILD},
    "move": {OperationKind.MOVE},
    "tied": {OperationKind.MOVE},
    "moved": {OperationKind.MOVE, OperationKind.EVACUATE},
    "evacuate": {OperationKind.EVACUATE},
    "heal": {OperationKind.HEAL},
    "replace": {OperationKind.REPLACE},
    "readdressing": {OperationKind.MOVE, OperationKind.EVACUATE, OperationKind.HEAL, OperationKind.REPLACE},
}
"""Where the steps of each kind are."""
ELSEWHERE = {
    "aggregates": "tests/engine/test_placing.py",
    "server_groups": "tests/engine/test_placing.py",
    "action_events": "tests/engine/test_placing.py",
    "network_agents": "tests/engine/test_surroundings.py",
    "volume_services": "tests/engine/test_surroundings.py",
    "servers_on": "tests/engine/test_power_off.py",
}
"""Readings that no walk refuses: without them less is said, or a host keeps its power, which these tests show."""
MEANWHILE = {
    ("refusals", "action_events"): "it only says more of a move that was refused already: see ELSEWHERE",
    ("refusals", "server_actions"): "the same; refused to the readings, too",
    ("tied", "aggregates"): "what a policy hides ties nothing: see ELSEWHERE",
    ("tied", "server_groups"): "the same",
    ("provision", "associate_floating_ip"): "only where somebody took the new address off its port at that moment; "
    "the same step is refused at create_floating_ip and list_floating_ips",
}
"""Calls of steps that are not walked for their kind, and why."""
FIELDS = {"flavors", "networks", "quota", "security_groups"}
"""Calls whose names are those of fields, too, and that no step makes."""
NEVER = {
    "check": "only the contracts log in by it",
    "create_volume": "no pool has volumes of its own",
    "attach_volume": "no pool has volumes of its own",
    "detach_volume": "no pool has volumes of its own",
}
"""Calls that the engine never makes, and why."""
GRIEFS = {fault for griefs in newer.GRIEF.values() for fault, _ in griefs.values()} | set(older.GRIEFS)
WAYS = {"fail", "lose_answer", "unreachable", "deny", "slow"}
"""How a call is refused, lost or late: the walks refuse with `fail`, and with what the others of these answer."""
NO_GRIEF = {"clear", "remove", "take"}
"""What is done with faults, and is none."""
GUESTS = {"fail": "the set-up script: `set_up_fails` does the same on the console"}
"""Refusals of the inside of a server that are walked by another name."""


def public(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}


@cache
def engine_calls() -> set[str]:
    """Every method that the engine names anywhere outside of its adapters."""
    found: set[str] = set()
    for file in (ROOT / "vmms_tui" / "engine").rglob("*.py"):
        if "cloud" not in file.relative_to(ROOT / "vmms_tui" / "engine").parts:
            found |= attributes(file)
    return found


def attributes(file: Path) -> set[str]:
    """Everything that a file names after a dot."""
    return {node.attr for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)}


def test_every_kind_of_operation_is_walked() -> None:
    assert set(KINDS) == set(OperationKind)
    assert all(KINDS.values())


def test_every_call_of_every_step_is_walked_for_its_kind() -> None:
    folder = ROOT / "vmms_tui" / "engine" / "operations"
    assert {kind for kinds in MODULES.values() for kind in kinds} == set(OperationKind)
    for file in folder.glob("*.py"):
        made = attributes(file) & (public(Cloud) - NEVER.keys() - FIELDS)
        walked = {call for kind in MODULES.get(file.stem, ()) for call in KINDS[kind]}
        assert made - walked == {call for module, call in MEANWHILE if module == file.stem}, file.stem


def test_every_call_to_the_cloud_is_walked() -> None:
    calls = public(Cloud)
    assert calls >= WALKED, "a call that there is not"
    assert calls - WALKED == NEVER.keys() | ELSEWHERE.keys()
    for call, test in ELSEWHERE.items():
        assert f'"{call}"' in (ROOT / test).read_text(), f"{test} does not break {call} any more"


def test_what_is_said_never_to_be_called_is_not() -> None:
    assert "delete_volume" in engine_calls()
    assert not engine_calls() & (NEVER.keys() - {"check"}), "walk it"
    source = "\n".join(file.read_text() for file in (ROOT / "vmms_tui" / "engine" / "operations").glob("*.py"))
    assert "cloud.check(" not in source


def test_every_way_to_refuse_is_walked() -> None:
    assert {type(error) for error in ERRORS.values()} == set(CloudError.__subclasses__())


def test_every_fault_of_the_simulated_cloud_is_walked() -> None:
    assert public(Faults) - NO_GRIEF - WAYS == GRIEFS - {""}


def test_every_refusal_of_the_inside_and_of_a_fence_is_walked() -> None:
    ways = {name for name, value in vars(SimulatedGuests(lambda _: None)).items() if isinstance(value, set)}
    assert ways - set(given.GUESTS) == set(GUESTS)
    assert set(Fencing) == {Fencing.WORKS, Fencing.FAILS, Fencing.LIES}, "test_endings_hosts says what is told of it"
