"""Whatever lies where the settings should: Settings, or mistakes in plain sentences, and both soon."""

import copy
import json
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vmms_tui.model.durations import format_duration, parse_duration
from vmms_tui.model.errors import Refused
from vmms_tui.settings import Settings, SettingsProblems, load
from vmms_tui.settings.reading import LONGEST_FILE
from vmms_tui.settings.schema import File

MOST_SECONDS = 10.0
"""Of this process, for one file."""
fuzz = settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))


def outcome(folder: Path, content: bytes) -> Settings | SettingsProblems:
    """What comes of a file, after it was looked at whether it is told as it should be."""
    path = folder / "vmms.toml"
    path.write_bytes(content)
    began = time.process_time()
    found: Settings | SettingsProblems
    try:
        found = load(path, {})
    except SettingsProblems as told:
        found = told
    assert time.process_time() - began < MOST_SECONDS
    for line in str(found).split("\n") if isinstance(found, SettingsProblems) else ():
        assert line.isprintable(), ascii(line)
        assert line.startswith(f"{path}: ")
        assert line.endswith((".", "?"))
        assert len(line) < 1500
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings")


# Any bytes


@fuzz
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
@example(content=b"")
@example(content=b"\x00")
@example(content=b"\xef\xbb\xbfcloud='m'")
@example(content=b"\r")
def test_any_bytes(folder: Path, content: bytes) -> None:
    outcome(folder, content)


WORDS = st.sampled_from(
    [*"[]{}=.,#'\"\n\\-+:_ ", "[[", '"""', "'''", "a", "pools", "cloud", "1", "0x", "1e9", "inf", "nan", "true", "\\u"]
)  # fmt: skip


@fuzz
@given(words=st.lists(WORDS, max_size=60))
def test_anything_that_looks_like_toml(folder: Path, words: list[str]) -> None:
    outcome(folder, "".join(words).encode())


DEEP = 10_000


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * DEEP,
        "a = " + "[" * DEEP + "]" * DEEP,
        "a = " + "{a = " * DEEP + "1" + "}" * DEEP,
        ".".join("a" * DEEP) + " = 1",
        "[" + " . ".join("a" * DEEP) + "]",
        ".".join(['"a"'] * DEEP) + " = 1",
        "a = " + "9" * DEEP,
        "a = 0x" + "f" * 100_000,
        "[pools.a]\nlimit = 0x" + "f" * 100_000,
        "a" * 900_000,
        "a " * 400_000,
        '"' * 900_001,
        "'''" * 300_001,
        "#" * 900_000,
        "".join(f"k{number} = 1\n" for number in range(50_000)),
        "".join(f"[pools.p{number}]\n" for number in range(30_000)),
        "[[pools]]\n" * 50_000,
        "[pools.a]\npurposes = [" + '"x",' * 200_000 + "]",
        "[pools.a]\npurposes = [" + "7," * 200_000 + "]",
        "[policy]\nwarnings = [" + '"1h",' * 100_000 + "]",
        '[pools.a]\nlease = { default = "' + "1" * 900_000 + 'h" }',
        '[pools."' + "a" * 900_000 + '_"]',
        "x" * (LONGEST_FILE + 1),
    ],
    ids=lambda text: f"{text[:20]!r} of {len(text)}",
)
def test_what_no_person_writes_is_refused_soon(folder: Path, text: str) -> None:
    assert isinstance(outcome(folder, text.encode()), SettingsProblems)


def test_long_strings_and_many_brackets_in_strings_are_nobodys_fault(folder: Path) -> None:
    script = "#!/bin/sh\n" + "[" * 500 + "a" + ".a" * 500 + ' \\""" "" # \' {{{{{{{{{{{{{{{{{{{{{{{{{{{{\n'
    quoted = 'setup_script = """' + script.replace("\\", "\\\\").replace('"', '\\"') + '"""'
    text = f"cloud = 'm' # {'[' * 50} {'a.' * 50}\n[pools.a]\n{quoted}\n" + "flavor = 'f'\nimage = 'i'\nlimit = 1\n"
    found = outcome(folder, (text + "purposes = ['''a''''']\nnetworks = ['n']\n").encode())
    assert isinstance(found, Settings), found
    assert found.pools[0].setup_script == script
    assert found.pools[0].purposes == ("a''",)


@pytest.mark.parametrize("kind", ["fifo", "zero", "folder"])
def test_what_is_no_plain_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    odd = tmp_path / "odd"
    match kind:
        case "fifo":
            os.mkfifo(odd)
        case "zero":
            odd.symlink_to("/dev/zero")
        case _:
            odd.mkdir()
    with pytest.raises(SettingsProblems, match=r"plain file|Is a directory"):
        load(odd, {})
    script = BASE | {"pools": {"a": BASE["pools"]["a"] | {"setup_script_file": "odd"}}}
    told = outcome(tmp_path, toml(script).encode())
    assert isinstance(told, SettingsProblems)
    assert "setup_script_file = 'odd': the file cannot be used" in str(told)


def test_of_many_mistakes_the_first_are_told_and_the_rest_counted(folder: Path) -> None:
    told = outcome(folder, "".join(f"k{number} = 1\n" for number in range(1_000)).encode())
    assert isinstance(told, SettingsProblems)
    assert len(told.problems) == 51
    assert str(told).endswith("951 more mistakes follow; mend these first.")


# A right file, and what may become of it


def plain_data(value: Any) -> Any:
    """As TOML has it."""
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, dict):
        return {key: plain_data(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [plain_data(one) for one in value]
    return value


POOL = {"purposes": ["ci"], "flavor": "f", "image": "i", "networks": ["n"], "limit": 3}
BASE: dict[str, Any] = plain_data(
    File.model_validate({"cloud": "m", "pools": {"a": POOL}, "access": {"projects": {"p": ["g"]}}}).model_dump()
)
"""Every key there is, with its default."""


def toml(value: Any) -> str:
    """A table as TOML, each value in one line."""
    return "".join(f"{written(key)} = {written(one)}\n" for key, one in value.items())


def written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(key)} = {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def test_the_file_to_begin_with_is_right(folder: Path) -> None:
    found = outcome(folder, toml(BASE).encode())
    assert isinstance(found, Settings), found


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in it."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from places(value, (*path, key))


PLACES = sorted(places(BASE), key=str)
NUMBERS = [
    0,
    1,
    -1,
    2**31,
    2**63,
    2**64,
    10**400,
    -(10**400),
    0.5,
    -0.0,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
]
TEXTS = [
    "",
    " ",
    "\x00",
    "\x1b[31m",
    "\u202eevil",
    "a\nb",
    "0h",
    "-3h",
    "8h",
    "9" * 5000 + "d",
    "1.2.3h",
    "/",
    "../..",
    "\ue000",
]
odd = st.one_of(
    st.sampled_from([*NUMBERS, *TEXTS, True, [], {}, [[]], [{}], ["x"] * 3000, {"": {}}, "x" * 20_000]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.integers(),
    st.floats(),
    st.lists(st.sampled_from(["8h", "x", 1, 0.5, -1.0, True]), max_size=4),
)


def grown(value: Any, depth: int) -> Any:
    for number in range(depth):
        value = {"a": value} if number % 2 else [value]
    return value


@st.composite
def mutants(draw: st.DrawFn) -> str:
    tree = copy.deepcopy(BASE)
    for _ in range(draw(st.integers(1, 4))):
        *above, last = draw(st.sampled_from(PLACES))
        table: Any = tree
        for key in above:
            table = table[key] if isinstance(table, dict | list) and within(table, key) else None
        if not isinstance(table, dict | list) or not within(table, last):
            continue  # an earlier change has taken it away
        match draw(st.sampled_from(["value", "gone", "name", "deeper", "copy"])):
            case "value":
                table[last] = draw(odd)
            case "gone":
                del table[last]
            case "name" if isinstance(table, dict):
                table[draw(st.sampled_from(TEXTS) | st.text(max_size=20))] = table.pop(last)
            case "deeper":
                table[last] = grown(table[last], draw(st.integers(1, 30)))
            case _:
                table[last] = copy.deepcopy(BASE[draw(st.sampled_from(sorted(BASE)))])
    return toml(tree)


def within(table: Any, key: Any) -> bool:
    return key in table if isinstance(table, dict) else isinstance(key, int) and key < len(table)


@fuzz
@given(text=mutants())
def test_a_right_file_gone_wrong(folder: Path, text: str) -> None:
    found = outcome(folder, text.encode(errors="replace"))
    if isinstance(found, Settings):
        assert json.dumps(found.policy.grace.total_seconds())  # what passed is of the right kind


@fuzz
@given(
    text=st.one_of(st.text(max_size=60), st.from_regex(r"[-+]?[0-9.]{1,30} ?(d|h|min|s|ms|y|w|mo)?", fullmatch=True))
)
@example(text="9" * 5000 + "h")
@example(text="-" + "\x1b" * 100_000)
@example(text="1.2.3h")
def test_any_length_of_time(text: str) -> None:
    words = ""
    try:
        assert parse_duration(text) >= timedelta(seconds=1)
    except Refused as refused:
        words = refused.message
    assert words.isprintable()
    assert len(words) < 500
