"""The command lines that the screens show are understood by the commands, and mean the same."""

import shlex

import pytest

from vmms_tui.cli import acts, looking, operations, surroundings
from vmms_tui.cli.needs import acknowledge
from vmms_tui.cli.request import request
from vmms_tui.model import commands
from vmms_tui.model.commands import AnyCommand, RequestServer
from vmms_tui.model.plans import bulk_id
from vmms_tui.model.surroundings import Kind
from vmms_tui.screens.commands import command_line, same_line, together

from .scripted import hours


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (commands.CancelRequest(request_id="req-1"), {"request": "req-1"}),
        (commands.Renew(lease_id="l-1", term=hours(36)), {"lease": ("l-1",), "term": hours(36)}),
        (commands.Release(lease_id="l-1"), {"lease": ("l-1",)}),
        (commands.StopServer(lease_id="l-1"), {"lease": ("l-1",)}),
        (commands.StartServer(lease_id="l-1"), {"lease": ("l-1",)}),
        (commands.RebootServer(lease_id="l-1", hard=True), {"lease": ("l-1",), "hard": True}),
        (commands.RebuildServer(lease_id="l-1"), {"lease": "l-1"}),
        (commands.ResetPassword(lease_id="l-1"), {"lease": "l-1", "reset": True}),
        (commands.RevealPassword(lease_id="l-1"), {"lease": "l-1", "reset": False}),
        (
            commands.Shorten(lease_id="l-1", term=hours(2), plan="p-1"),
            {"lease": "l-1", "term": hours(2), "plan": "p-1"},
        ),
        (commands.ReloadSettings(), {}),
        (commands.ShowQuota(), {"of": ""}),
        (commands.ShowQuota(of="bob"), {"of": "bob"}),
        (commands.TellOwner(lease_id="l-1"), {"lease": "l-1"}),
        (commands.ReadConsole(server="vm-1", lines=50), {"server": "vm-1", "lines": 50}),
        (commands.ReadServer(server="vm-1"), {"thing": "vm-1"}),
        (commands.Refresh(kind="offers"), {"kind": "offers"}),
        (commands.Inspect(), {}),
    ],
)
def test_every_act_has_its_command(command: AnyCommand, words: dict[str, object]) -> None:
    vmms, name, *arguments = shlex.split(command_line(command))
    assert vmms == "vmms"
    understood = (getattr(acts, name, None) or getattr(looking, name)).make_context(name, arguments).params
    assert {key: understood[key] for key in words} == words


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (commands.PauseOperation(operation_id="op-1", plan="p-1"), "pause"),
        (commands.ResumeOperation(operation_id="op-1", plan="p-1"), "resume"),
        (commands.AbortOperation(operation_id="op-1", plan="p-1"), "abort"),
        (commands.RetryOperation(operation_id="op-1", plan="p-1"), "retry"),
        (commands.ForceOperation(operation_id="op-1", plan="p-1"), "force-complete"),
    ],
)
def test_every_act_on_an_operation_has_its_command(command: AnyCommand, name: str) -> None:
    _, said, *arguments = shlex.split(command_line(command))
    understood = getattr(operations, said.replace("-", "_")).make_context(said, arguments).params
    assert (said, understood["operation"], understood["plan"]) == (name, ("op-1",), "p-1")


def test_the_same_to_several_is_one_line_with_one_plan() -> None:
    two = [commands.Renew(lease_id=one, term=hours(8), plan=f"p-{one}") for one in ("a", "b")]
    assert same_line(two[0]) == same_line(two[1])
    _, name, *arguments = shlex.split(together(two))
    understood = acts.renew.make_context(name, arguments).params
    assert (understood["lease"], understood["term"]) == (("a", "b"), hours(8))
    assert understood["plan"] == bulk_id(["p-a", "p-b"])
    assert same_line(commands.RebuildServer(lease_id="a")) != same_line(commands.RebuildServer(lease_id="b"))
    assert same_line(commands.RebootServer(lease_id="a")) != same_line(commands.RebootServer(lease_id="a", hard=True))


@pytest.mark.parametrize("kind", Kind)
def test_reading_a_list_again_has_its_command(kind: Kind) -> None:
    vmms, name, *arguments = shlex.split(command_line(commands.Refresh(kind=kind)))
    assert vmms == "vmms"
    assert getattr(surroundings, name).make_context(name, arguments).params["fresh"] is True


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            commands.Acknowledge(need_id="broken:x", note="it's me"),
            {"need": "broken:x", "note": "it's me", "undo": False},
        ),
        (commands.Acknowledge(need_id="cloud"), {"need": "cloud", "note": "", "undo": False}),
        (commands.Unacknowledge(need_id="cloud"), {"need": "cloud", "note": "", "undo": True}),
    ],
)
def test_acknowledgements_have_their_command(command: AnyCommand, words: dict[str, object]) -> None:
    _, name, *arguments = shlex.split(command_line(command))
    assert name == acknowledge.name
    understood = acknowledge.make_context(name, arguments).params
    assert {key: understood[key] for key in words} == words


def test_a_request_means_the_same_in_a_shell() -> None:
    asked = RequestServer(
        purpose="build it",
        flavor="m1.large",
        vcpus=2,
        ram_mib=4096,
        term=hours(36),
        importance=3,
        note="it's; rm -rf /",
    )
    _, name, *arguments = shlex.split(command_line(asked, "~/.ssh/id.pub"))
    understood = request.make_context(name, arguments).params
    assert understood["purpose"] == asked.purpose
    assert (understood["flavor"], understood["vcpus"], understood["ram_mib"]) == ("m1.large", 2, 4096)
    assert (understood["term"], understood["importance"], understood["note"]) == (hours(36), 3, asked.note)
    assert str(understood["ssh_key"]) == "~/.ssh/id.pub"
