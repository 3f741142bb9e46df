"""Snapshots of details, why, raw, the console log, the bell, the inspector and what was copied."""

import pytest

from .looks import SIZES, Compare, app_on, play
from .readings import client

LOOKS = {
    "details": ["3", "j", "d"],
    "why-request": ["3", "G", "x"],
    "why-lease": ["3", "g", "x"],
    "raw": ["3", "j", "y"],
    "log": ["3", "j", "l"],
    "log-search": ["3", "j", "l", "slash", "9", "enter"],
    "bell": ["3", "G", "l", "b"],
    "inspector": ["i"],
    "copied": ["3", "c", "t"],
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", LOOKS)
def test_looks(snap_compare: Compare, name: str, size: tuple[int, int]) -> None:
    made = client()
    app = app_on(made)
    assert snap_compare(app, terminal_size=size, run_before=play(app, made, LOOKS[name]))
