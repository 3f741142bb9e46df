"""A store on a file system that fills up: refused with a sentence, read as ever, well again when there is room."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.background import end_engine
from tests.lab.conftest import until

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(180),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system"),
]
VMMS = [sys.executable, "-m", "vmms_tui.cli", "--simulated"]


class Installation:
    """On the simulated cloud, with its store on one MiB of memory."""

    def __init__(self, folder: Path) -> None:
        self.environ = os.environ | {"VMMS_STATE_DIR": str(folder)}
        self.state = folder / "simulated"
        self.store = self.state / "store"
        self.store.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(self.store)], check=True)

    def start(self) -> None:
        """An engine in the background, which answers when this returns."""
        assert self.run("pools", "--start").returncode == 0

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A command."""
        line = [*VMMS, *words]
        return subprocess.run(line, env=self.environ, capture_output=True, text=True, timeout=60, check=False)

    def fill(self) -> None:
        """Leave no room at all."""
        with (self.store / "others").open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 512):
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017 anything else is a mistake here

    def make_room(self) -> None:
        """What somebody deletes."""
        (self.store / "others").unlink()

    def problem(self) -> str:
        """What the engine says of itself."""
        return str(json.loads(self.run("info", "--json").stdout)["engine"]["problem"])

    def leases(self) -> set[str]:
        """Ids of those that live."""
        return {lease["id"] for lease in json.loads(self.run("leases", "--json").stdout)["leases"]}

    def end(self) -> None:
        """No engine and no file system is left."""
        end_engine(self.state)
        subprocess.run(["umount", str(self.store)], check=True)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    try:
        yield made
    finally:
        made.end()


async def test_a_file_system_that_is_full_for_a_while(there: Installation) -> None:
    there.start()
    granted = {json.loads(there.run("request", "--purpose", "ci", "--wait", "--json").stdout)["lease_id"]}
    there.fill()

    def refused() -> bool:
        asked = there.run("request", "--purpose", "ci", "--json")
        if asked.returncode == 0:  # the last page had room for it
            granted.add(json.loads(asked.stdout)["lease_id"])
        return asked.returncode == 3 and "is full: reads go on, changes are refused" in asked.stderr

    await until(refused, "the first request that has no room")
    assert "is full" in there.problem()
    assert there.leases() >= granted - {""}
    there.make_room()
    await until(lambda: not there.problem(), "changes taken again, without a restart")
    asked = there.run("request", "--purpose", "ci", "--json")
    assert asked.returncode == 0
    granted.add(json.loads(asked.stdout)["lease_id"])
    assert "the disk was full for" in there.run("events").stdout
    end_engine(there.state, signal.SIGKILL)
    there.start()
    assert there.leases() >= granted - {""}
