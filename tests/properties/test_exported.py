"""An export that anybody has edited in any way is understood, or refused with one sentence."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.store_kit import AT, event
from vmms_tui.engine.store import exported
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.model.records import AnyRecord, Counters, Lease, LeaseState, Pool, Server, ServerState

RECORDS: tuple[AnyRecord, ...] = (
    Pool(id="ci", purposes=("ci",), flavor="f", image="i"),
    Server(id="vm-00001", pool="ci", state=ServerState.LEASED, since=AT, created=AT, lease_id="lease-00001"),
    Lease(
        id="lease-00001",
        server_id="vm-00001",
        pool="ci",
        owner="名前",
        project="p",
        purpose="ci",
        start=AT,
        end=AT + timedelta(days=1),
        state=LeaseState.ACTIVE,
    ),
    event(1),
    event(2),
    Counters(id="counters", server=1, lease=1, event=2),
)
TEXT = exported.encode(RECORDS, installation="test", version="1", at=AT).encode()
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def understood(text: bytes) -> None:
    """Or refused with a sentence that names the file."""
    try:
        _, records = exported.decode(text, "file.json")
    except StoreProblem as problem:
        said = str(problem)
    else:
        assert exported.counters(records).id == "counters"
        return
    assert said.startswith("file.json: ")
    assert "\n" not in said


def test_as_it_is() -> None:
    about, records = exported.decode(TEXT, "file.json")
    assert (about.installation, records) == ("test", RECORDS)


@given(data=st.data())
@settings(max_examples=400)
def test_bytes_changed(data: st.DataObject) -> None:
    at, over = data.draw(st.integers(0, len(TEXT))), data.draw(st.integers(0, 30))
    understood(TEXT[:at] + data.draw(st.binary(max_size=20)) + TEXT[at + over :])


@given(data=st.data())
@settings(max_examples=400)
def test_anything_in_the_place_of_anything(data: st.DataObject) -> None:
    raw: Any = json.loads(TEXT)
    spot = raw
    while True:
        keys = sorted(spot) if isinstance(spot, dict) else list(range(len(spot)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(spot[key], dict | list) or not spot[key] or data.draw(st.booleans()):
            spot[key] = data.draw(ANYTHING)
            break
        spot = spot[key]
    understood(json.dumps(raw).encode())


@pytest.mark.parametrize("text", [b"", b"[" * 200_000, b'{"about":' * 50_000, b"null", b"[]", b"\xff\xfe{}"])
def test_what_is_something_else(text: bytes) -> None:
    with pytest.raises(StoreProblem, match="no export of VMMS"):
        exported.decode(text, "file.json")
