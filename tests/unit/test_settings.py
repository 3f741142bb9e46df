"""Settings: right ones are taken, wrong ones are all told at once, each with file, key, value and remedy."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from vmms_tui.model.durations import format_duration, parse_duration
from vmms_tui.model.errors import Refused
from vmms_tui.model.spec import ProofKind
from vmms_tui.settings import SettingsProblems, load
from vmms_tui.settings.paths import find
from vmms_tui.settings.schema import File, PoolTable

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
[leaks]
remove = "no"
every = "30s"
age = 2
most_at_once = 0
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
        "leaks.remove = 'no'": "write true or false.",
        "leaks.every = '30s'": "write 1min or more.",
        "leaks.age = 2": "write a length of time in quotes",
        "leaks.most_at_once = 0": "write 1 or more.",
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


def test_both_scripts_are_one_too_many_but_an_empty_one_is_none(tmp_path: Path) -> None:
    (tmp_path / "setup.sh").write_text("#!/bin/sh\n")
    both = f'cloud = "mine"\n{POOL}limit = 1\nsetup_script_file = "setup.sh"\nsetup_script = '
    assert load(written(tmp_path, f'{both}""\n'), {}).pools[0].setup_script == "#!/bin/sh\n"
    (line,) = problems(tmp_path, f'{both}"#!/bin/sh"\n')
    assert "give setup_script or setup_script_file, not both." in line


def test_a_script_may_have_16_kib(tmp_path: Path) -> None:
    text = f'cloud = "mine"\n{POOL}limit = 1\nsetup_script'
    assert load(written(tmp_path, f'{text} = "{"x" * 16384}"\n'), {}).pools[0].setup_script
    for script in ("x" * 16385, "字" * 5462):
        (line,) = problems(tmp_path, f'{text} = "{script}"\n')
        assert "16384 bytes; let a short one fetch the rest." in line
        (tmp_path / "long.sh").write_text(script)
        (line,) = problems(tmp_path, f'{text}_file = "long.sh"\n')
        assert "setup_script_file = 'long.sh': a set-up script may have 16384 bytes" in line


def test_the_simulated_cloud_never_meets_the_real_one(tmp_path: Path) -> None:
    path = written(tmp_path, f'cloud = "mine"\n{POOL}limit = 1\n')
    environ = {"VMMS_CLOUD": "real", "VMMS_STATE_DIR": str(tmp_path), "VMMS_RUNTIME_DIR": str(tmp_path / "run")}
    real, simulated = load(path, environ), load(path, environ, simulated=True)
    assert (real.cloud, simulated.cloud) == ("real", "simulated")
    assert simulated.paths.state == tmp_path / "simulated"
    assert simulated.paths.socket == tmp_path / "run" / "simulated" / "engine.sock"
    assert find(None, {}, simulated=True).state != find(None, {}, simulated=False).state
    assert find(None, {}, simulated=True).config.name == "vmms.toml"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("available = -1", "available = -1: write 0 or more."),
        ("available = true", "available = True: write a whole number."),
        ("lease = 8", "lease = 8: write a table with its keys."),
        ("lease = { default = 8 }", 'lease.default = 8: write a length of time in quotes, like "8h" or "2d".'),
        ('lease = { default = "0h" }', "0h is no time to work with"),
        ('lease = { longest = "1h" }', "lease.longest = '1h': it must not be shorter than default, which is 8h."),
        ('readiness = { kind = "port", port = 0 }', "readiness.port = 0: write 1 or more."),
        ('readiness = { kind = "http", path = "x" }', "readiness.path = 'x'"),
        ("readiness = { prot = 80 }", "there is no such key; did you mean port?"),
        ('readiness = { kind = "ssh" }\naccess = "none"', "needs access"),
        ('login = "Root!"', "write the name of a Unix account."),
        ("networks = 3", "networks = 3: write a list"),
    ],
)
def test_each_mistake_has_its_sentence(tmp_path: Path, key: str, words: str) -> None:
    name = key.split(" ")[0]
    pool = "\n".join(line for line in POOL.splitlines() if not line.startswith(name))
    (line,) = problems(tmp_path, f'cloud = "mine"\n{pool}\nlimit = 5\n{key}\n')
    assert line.startswith(f"{tmp_path / 'vmms.toml'}: pools.el9-ci.")
    assert words in line
    assert "Input should" not in line


def test_a_folder_or_no_text_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblems, match=r"cannot be read \(Is a directory\)"):
        load(tmp_path, {})
    (tmp_path / "vmms.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsProblems, match="not UTF-8 text"):
        load(tmp_path / "vmms.toml", {})


# The documentation


def documented() -> dict[str, str]:
    """Each key of docs/settings.md and its default as it is told there."""
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in text.splitlines() if line.startswith("| `")]
    return {key.strip("`"): default.strip("`") for key, default in rows}


def keys_of(table: type[BaseModel], before: str = "") -> dict[str, object]:
    """Each key of the schema and its default."""
    keys: dict[str, object] = {}
    for name, field in table.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys |= keys_of(kind, f"{before}{name}.")
        elif name == "pools":
            keys |= keys_of(PoolTable, "pools.NAME.")
        else:
            keys[before + name] = field.default
    return keys


def as_toml(value: object) -> str:
    if value is None:
        return "any"
    if isinstance(value, timedelta):
        return f'"{format_duration(value)}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_every_key_is_documented_with_its_default() -> None:
    told = {key: default for key, default in documented().items() if not key.startswith("VMMS_")}
    known = keys_of(File)
    assert set(told) == set(known)
    for key, default in known.items():
        if default is not PydanticUndefined and key != "installation":
            assert told[key] == as_toml(default), key
        elif key != "installation":
            assert told[key] == "must be given", key


def test_every_variable_is_documented() -> None:
    read = set()
    for path in (Path(__file__).parents[2] / "vmms_tui").rglob("*.py"):
        read |= set(re.findall(r'"(VMMS_[A-Z_]+)"', path.read_text(encoding="utf-8")))
    assert read
    assert {key for key in documented() if key.startswith("VMMS_")} == read
