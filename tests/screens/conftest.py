"""What holds for every test of a screen."""

from pathlib import Path

import pytest

from vmms_tui.screens import request as form


@pytest.fixture(autouse=True)
def no_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests do not find the SSH key of whoever runs them."""
    monkeypatch.setattr(form, "KEY_FILE", tmp_path / "none.pub")


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures do not hang on how the terminal of whoever makes them is reached."""
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
