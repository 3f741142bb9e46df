"""Settings: right ones are taken, wrong ones are all told at once, each with file, key, value and remedy."""

from datetime import timedelta
from pathlib import Path

import pytest

from vmms_tui.model.durations import format_duration, parse_duration
from vmms_tui.model.errors import Refused
from vmms_tui.model.spec import ProofKind
from vmms_tui.settings import SettingsProblems, load

POOL = """
[pools.el9-ci]
purposes = ["ci"]
flavor = "m1.small"
image = "el9"
networks = ["private"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "vmms.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsProblems) as caught:
        load(written(folder, text), {})
    return [str(problem) for problem in caught.value.problems]


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    settings = load(written(tmp_path, f'cloud = "mine"\n{POOL}limit = 3\n'), {})
    assert settings.cloud == "mine"
    assert settings.installation
    (pool,) = settings.pools
    assert (pool.name, pool.available, pool.limit, pool.purposes) == ("el9-ci", 1, 3, ("ci",))
    assert pool.terms.default == timedelta(hours=8)


def test_the_packaged_example_is_right() -> None:
    settings = load(None, {}, simulated=True)
    assert settings.cloud == "simulated"
    assert sum(pool.available for pool in settings.pools) >= 6


def test_all_errors_come_at_once_with_their_keys(tmp_path: Path) -> None:
    text = f"""
cloud = "mine"
instalation = "x"
{POOL}
available = 0.5
limit = 0
lease = {{ default = "-3h", longest = "2", total = "soon" }}
readiness = {{ kind = "smoke", port = 70000 }}
flavour = "m1.small"
[pools.Bad_Name]
purposes = []
flavor = "m1.small"
networks = "private"
available = 9
limit = 3
refresh_from = "20d"
[policy]
burst_up = [1.0, 0.5]
importance_threshold = 11
"""
    found = problems(tmp_path, text)
    expected = {
        "instalation = 'x'": "did you mean installation?",
        "pools.el9-ci.available = 0.5": "write a whole number.",
        "pools.el9-ci.limit = 0": "write 1 or more.",
        "pools.el9-ci.lease.default = '-3h'": "lies in the past",
        "pools.el9-ci.lease.longest = '2'": "no length of time",
        "pools.el9-ci.lease.total = 'soon'": "Write it like",
        "pools.el9-ci.readiness.kind = 'smoke'": "write one of",
        "pools.el9-ci.readiness.port = 70000": "write 65535 or less.",
        "pools.el9-ci.flavour = 'm1.small'": "did you mean flavor?",
        "pools.Bad_Name = 'Bad_Name'": "small letters, digits and hyphens",
        "pools.Bad_Name.purposes = []": "it must not be empty.",
        "pools.Bad_Name.image:": "it is missing; write it.",
        "pools.Bad_Name.networks = 'private'": "write a list",
        "pools.Bad_Name.limit = 3": "must not be less than available, which is 9.",
        "pools.Bad_Name.refresh_to": "must not be shorter than refresh_from",
        "policy.burst_up = [1.0, 0.5]": "the smaller one first.",
        "policy.importance_threshold = 11": "write 10 or less.",
    }
    for key, remedy in expected.items():
        (line,) = [line for line in found if f"vmms.toml: {key}" in line]
        assert remedy in line
    assert len(found) == len(expected)


def test_wrong_toml_names_the_line(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, 'cloud = "mine\n')
    assert "it is not TOML" in line
    assert "line 1" in line


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblems, match="vmms --simulated"):
        load(tmp_path / "none.toml", {})


@pytest.mark.parametrize("text", ["\x1b[31m", "名前", "[bold]x[/bold]"])
def test_odd_names_of_pools_are_refused_as_data(tmp_path: Path, text: str) -> None:
    escaped = text.encode("unicode_escape").decode().replace("\\x", "\\u00")
    (line,) = problems(tmp_path, f'cloud = "mine"\n[pools."{escaped}"]\npurposes=["a"]\nflavor="f"\nimage="i"\n'
                       'networks=["n"]\nlimit=1\n')  # fmt: skip
    assert "small letters, digits and hyphens" in line
    assert "\x1b" not in line


def test_a_script_may_lie_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "setup.sh").write_text("#!/bin/sh\necho hello\n")
    text = f'cloud = "mine"\n{POOL}limit = 1\nsetup_script_file = "setup.sh"\n'
    assert load(written(tmp_path, text), {}).pools[0].setup_script == "#!/bin/sh\necho hello\n"
    (tmp_path / "setup.sh").unlink()
    (line,) = problems(tmp_path, text)
    assert "pools.el9-ci.setup_script_file = 'setup.sh': the file cannot be read (No such file or directory)." in line


def test_variables_go_before_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, f'cloud = "mine"\n{POOL}limit = 1\n')
    environ = {"VMMS_CONFIG": str(path), "VMMS_CLOUD": "other", "VMMS_STATE_DIR": str(tmp_path / "state")}
    settings = load(None, environ)
    assert settings.cloud == "other"
    assert settings.paths.state == tmp_path / "state"
    assert settings.paths.socket == tmp_path / "state" / "engine.sock"


def test_http_asks_port_80_unless_told(tmp_path: Path) -> None:
    text = f'cloud = "mine"\n{POOL}limit = 1\nreadiness = {{ kind = "http" }}\n'
    proof = load(written(tmp_path, text), {}).pools[0].proof
    assert (proof.kind, proof.port) == (ProofKind.HTTP, 80)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("8h", 28800), ("2d", 172800), ("1d12h", 129600), ("90min", 5400), (" 45s ", 45), ("1w", 604800)],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)
    assert parse_duration(format_duration(parse_duration(text))) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["-3h", "", "8", "0h", "soon", "8 parsecs", "9999999d", "h", "0.2s", "\x1b[31m8h\x07"])
def test_what_is_no_duration_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_duration(text)
    assert caught.value.rule == "bad_term"
    assert "Write it like" in caught.value.remedy
    assert "\x1b" not in str(caught.value)
