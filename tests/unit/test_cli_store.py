"""`vmms export`, `import` and `recover`, from the command line to the disk."""

import asyncio
import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.unit.store_kit import checkpoints, contents, generations
from tests.unit.test_cli_engine import Engine
from tests.unit.test_cli_engine import options as options
from tests.unit.test_store_damage import edit
from vmms_tui.cli.options import Options
from vmms_tui.cli.root import vmms


def run(*words: str, stdin: bytes = b"") -> Result:
    """A command on the simulated cloud."""
    return CliRunner().invoke(vmms, ["--simulated", *words], input=stdin)


def done(*words: str) -> str:
    """What a command says that goes well."""
    result = run(*words)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def refused(*words: str, stdin: bytes = b"") -> str:
    """The one sentence of a command that does not."""
    result = run(*words, stdin=stdin)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("vmms: ").rstrip()


@pytest.fixture
def store(options: Options) -> Path:
    """The folder of a store that is not there yet."""
    return options.paths.state / "store"


def test_out_and_in_again(store: Path, tmp_path: Path) -> None:
    made = asyncio.run(generations(store))
    file = tmp_path / "all.json"
    assert done("export", "-o", str(file)) == ""
    assert json.loads(done("export", "-o", str(file), "--json")) == {"output": str(file)}
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_bytes())["event"] == json.loads(done("export"))["event"]
    assert "records already. Add --replace" in refused("import", str(file))
    kept = done("import", "--replace", str(file))
    assert kept.startswith(f"Imported {len(made.records)} records into {store.parent}. What was there before is in ")
    shutil.rmtree(store)
    assert run("import", "-", stdin=file.read_bytes()).exit_code == 0
    assert json.loads(done("export"))["event"][: len(made.records)] == json.loads(file.read_bytes())["event"]


def test_what_cannot_be_read_or_written(store: Path, tmp_path: Path) -> None:
    assert refused("export").startswith(f"The store in {store.parent} is empty")
    assert refused("import", str(tmp_path / "none")) == f"{tmp_path}/none: No such file or directory."
    assert "this is no export of VMMS" in refused("import", "-", stdin=b"\xff{")
    assert not store.exists()


def test_names_from_outside_are_harmless_on_a_terminal(store: Path, tmp_path: Path) -> None:
    asyncio.run(generations(store))
    text = done("export").replace("something", "\u009b31m\u202e")
    shutil.rmtree(store)
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    done("import", str(tmp_path / "x.json"))
    out = done("export")
    assert "\\u009b31m\\u202e" in out
    assert out.isascii()


def test_back_to_the_last_good_generation(store: Path) -> None:
    asyncio.run(generations(store))
    assert "nothing is damaged there: nothing was done" in refused("recover", "--last-good")
    newest = checkpoints(store)[-1]
    edit(newest, 100, b"\xff")
    before = contents(store)
    assert "`vmms recover --last-good` goes back to it." in refused("export")
    assert "`vmms recover --last-good` goes back to it." in refused("recover")
    assert done("recover", "--last-good", "--dry-run").splitlines() == [
        "The store would go on from change 16: checkpoint-000000000008.json with the journals since.",
        f"Would be put aside: {newest}",
    ]
    assert contents(store) == before
    assert done("recover", "--last-good").splitlines() == [
        "The store goes on from change 16: checkpoint-000000000008.json with the journals since.",
        f"Put aside: {newest}.damaged",
    ]
    assert done("export")
    edit(checkpoints(store)[-1], 90, b"\xff")
    said = json.loads(done("recover", "--last-good", "--json"))
    assert set(said) == {"sequence", "generation", "aside", "told"}


def test_nothing_to_recover_from(store: Path) -> None:
    assert done("recover", "--dry-run").splitlines() == [
        "The cloud has no server of this installation.",
        "Would be recovered: 0 servers, 0 leases. In the cloud nothing was changed.",
    ]
    assert not store.exists()
    assert json.loads(done("recover", "--json")) == {"servers": [], "leases": [], "left": []}


@pytest.fixture
def engine(options: Options) -> Iterator[Engine]:
    """An engine in another process."""
    running = Engine("--simulated")
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


def leases() -> dict[str, Any]:
    """What is told of each lease and can be known from the cloud."""
    told = json.loads(done("leases", "--all", "--json"))["leases"]
    return {one["id"]: [one[name] for name in ("owner", "end", "server_id", "address", "state")] for one in told}


def test_a_store_that_is_lost_while_its_engine_is_killed(engine: Engine, store: Path) -> None:
    for _ in range(2):
        done("request", "--purpose", "ci", "--wait")
    assert "End it first" in refused("recover")
    before = leases()
    assert len(before) == 2
    engine.end(signal.SIGKILL)
    shutil.rmtree(store)
    said = done("recover").splitlines()
    assert said[-1].endswith("servers, 2 leases. In the cloud nothing was changed.")
    again = Engine("--simulated")
    try:
        assert leases() == before
    finally:
        again.end(signal.SIGTERM)
