"""The table [hosts]: what is taken, and what is refused with one sentence."""

from pathlib import Path

import pytest

from vmms_tui.model.spec import Policy
from vmms_tui.settings import SettingsProblems, load


def policy(folder: Path, text: str) -> Policy:
    path = folder / "vmms.toml"
    path.write_text(f'cloud = "mine"\n[hosts]\n{text}\n', encoding="utf-8")
    return load(path, {}).policy


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    rules = policy(
        tmp_path,
        """
        ssh = "[{address}]:2222"
        storage = "{host}.storage:24007"
        power = ["/usr/bin/power", "{host}", "--set", '{{"a": 1}}']
        peers = ["ssh", "{peer}", "ping", "-c1", "{address}"]
        fence = ["fence_ipmilan", "--ip={host}-bmc"]
        automatic = true
        """,
    ).hosts
    assert rules.ssh == "[{address}]:2222"
    assert rules.peers == ("ssh", "{peer}", "ping", "-c1", "{address}")
    assert rules.automatic
    assert policy(tmp_path, 'ssh = ""').hosts.ssh == ""


NO_PORT = "has no port: write a host and a port, like {address}:22."
PORTS = "ports go from 1 to 65535."
HALF = "has a brace without its other half: write {{ or }} for a brace itself."
BRACES = "has braces that are no blank: write {{ and }} for braces themselves."
TWO = "{host} and {address} can be filled in here."
THREE = "{host}, {address} and {peer} can be filled in here."
PROGRAM = "is the program, which is the same for every host: write its path or name."


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("ssh", '"{address}"', f"'{{address}}' {NO_PORT}"),
        ("ssh", '":22"', f"':22' {NO_PORT}"),
        ("storage", '"{host}:²²"', f"'{{host}}:²²' {NO_PORT}"),
        ("storage", '"{host}:0"', f"'{{host}}:0' has the port 0: {PORTS}"),
        ("storage", '"{host}:65536"', f"'{{host}}:65536' has the port 65536: {PORTS}"),
        ("ssh", '"{hots}:22"', f"'{{hots}}:22' has the unknown {{hots}}: {TWO}"),
        ("ssh", '"{peer}:22"', f"'{{peer}}:22' has the unknown {{peer}}: {TWO}"),
        ("power", '["p", "{peer}"]', f"'{{peer}}' has the unknown {{peer}}: {TWO}"),
        ("peers", '["p", "{per}"]', f"'{{per}}' has the unknown {{per}}: {THREE}"),
        ("fence", '["f", "{host"]', f"'{{host' {HALF}"),
        ("fence", '["f", "{}"]', f"'{{}}' {BRACES}"),
        ("fence", '["f", "{host!r}"]', f"'{{host!r}}' {BRACES}"),
        ("fence_proof", '["f", "{host.name}"]', f"'{{host.name}}' {BRACES}"),
        ("fence", '["/opt/{host}"]', f"'/opt/{{host}}' {PROGRAM}"),
        ("stagger", '"6min"', "write 5min or less."),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, key: str, value: str, said: str) -> None:
    with pytest.raises(SettingsProblems) as caught:
        policy(tmp_path, f"{key} = {value}")
    (problem,) = map(str, caught.value.problems)
    assert f": hosts.{key} = " in problem
    assert problem.endswith(f": {said}")
