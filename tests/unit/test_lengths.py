"""A file stops at 400 lines and a function at 40, as CONTRIBUTING.md says, so that each keeps to one job."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("vmms_tui", "bench", "lab", "docs", "tests")
FILE, FUNCTION = 400, 40
CONSTRUCTOR = 60
"""Lines of an `__init__`: one that takes much, and keeps it, is long by its list of names and what they mean."""
STORY = 60
"""Lines of a test: it tells one story from its beginning to its end."""


def sources() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def functions(text: str) -> Iterator[tuple[str, int]]:
    """The name and the lines of every function; decorators are not counted."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def most(name: str) -> int:
    """How long a function of that name may be."""
    return CONSTRUCTOR if name == "__init__" else STORY if name.startswith("test_") else FUNCTION


def too_long(text: str) -> list[str]:
    """What is too long in a file."""
    lines = text.count("\n")
    found = [f"{lines} lines"] if lines > FILE else []
    return found + [f"{name} has {length} lines" for name, length in functions(text) if length > most(name)]


def test_all_sources_are_looked_at() -> None:
    assert len(sources()) > 500
    assert Path(__file__) in sources()


def test_no_file_and_no_function_is_too_long() -> None:
    found = {str(path.relative_to(ROOT)): too_long(path.read_text(encoding="utf-8")) for path in sources()}
    assert {path: said for path, said in found.items() if said} == {}


@pytest.mark.parametrize(("name", "length"), [("run", 40), ("__init__", 60), ("test_it", 60)])
def test_one_line_more_is_found(name: str, length: int) -> None:
    def written(lines: int) -> str:
        return f"class It:\n    async def {name}(self):\n" + "        pass\n" * (lines - 1)

    assert too_long(written(length)) == []
    assert too_long(written(length + 1)) == [f"{name} has {length + 1} lines"]


def test_a_file_of_one_line_more_is_found() -> None:
    assert too_long("pass\n" * FILE) == []
    assert too_long("pass\n" * (FILE + 1)) == ["401 lines"]
