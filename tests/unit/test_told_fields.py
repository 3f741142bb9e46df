"""What the cloud's facts and our records call the same is the same: one is made from the other by its names."""

import msgspec
import pytest

from vmms_tui.engine import told
from vmms_tui.engine.cloud import facts
from vmms_tui.model import surroundings

TWINS = (
    (facts.Hypervisor, surroundings.Host),
    (facts.ComputeService, surroundings.Host),
    (facts.Agent, surroundings.Agent),
    (facts.Network, surroundings.Network),
    (facts.Subnet, surroundings.Subnet),
    (facts.Volume, surroundings.Volume),
    (facts.Image, surroundings.Image),
)


@pytest.mark.parametrize(("fact", "record"), TWINS, ids=lambda one: one.__name__)
def test_what_has_one_name_has_one_type(fact: type[facts.Fact], record: type[msgspec.Struct]) -> None:
    said = {one.name: one.type for one in msgspec.structs.fields(fact)}
    known = {one.name: one.type for one in msgspec.structs.fields(record)}
    both = set(said) & set(known)
    assert len(both) >= 3
    assert {name: said[name] for name in both} == {name: known[name] for name in both}


def test_every_field_of_an_image_is_told() -> None:
    fact = facts.Image(id="i-1", name="el9", status="queued", min_disk_gib=8, min_ram_mib=512, visibility="shared")
    assert msgspec.structs.asdict(told.image(fact)) == msgspec.structs.asdict(fact)
