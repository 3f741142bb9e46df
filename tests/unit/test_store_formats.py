"""Stores of every format that ever was load for ever: kept samples, see samples/README.md."""

import shutil
from pathlib import Path

import msgspec
import pytest

from vmms_tui.engine.store.files import FileStore
from vmms_tui.model.records import AnyRecord

SAMPLES = Path(__file__).parent / "samples"
STORES = ["store-format-1/checkpoint-and-journal", "store-format-1/journals-only"]


class Expected(msgspec.Struct):
    """What a sample held when it was written."""

    sequence: int
    records: tuple[AnyRecord, ...]


def sample(name: str, folder: Path) -> tuple[Path, Expected]:
    """A copy of a sample, and what it held."""
    shutil.copytree(SAMPLES / name, folder / "store")
    return folder / "store", msgspec.json.decode((SAMPLES / f"{name}.expected.json").read_bytes(), type=Expected)


@pytest.mark.parametrize("name", STORES)
async def test_a_store_of_an_older_format_loads_whole(name: str, tmp_path: Path) -> None:
    folder, expected = sample(name, tmp_path)
    store = FileStore(folder)
    loaded = store.load()
    await store.close()
    assert (loaded.sequence, loaded.records) == (expected.sequence, expected.records)
