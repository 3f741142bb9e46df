"""What texts say fits into the frame of a terminal of 80 columns: no table breaks, no label is cut."""

import msgspec

from vmms_tui.model.inspection import CallsOfKind
from vmms_tui.model.surroundings import Host
from vmms_tui.screens.describing import describe
from vmms_tui.screens.inspecting import calls_table
from vmms_tui.screens.paragraphs import laid_out, line, text_of

from .cloudland import STATUS
from .cloudscape import CLOUDY
from .scripted import mirror_of

INSIDE = 76
"""Cells inside of the frame."""
SLOW = CallsOfKind(
    service="block-storage", call="GET /volumes/detail", last_minute=1234, total=123_456, failed=12_345, p50=0.642,
    p95=29.94, slowest=129.5,
)  # fmt: skip


def test_the_table_of_calls_does_not_break() -> None:
    long = msgspec.structs.replace(SLOW, call="GET /network-ip-availabilities/and/more")
    rows = calls_table([SLOW, long])
    assert [len(laid_out([line(f"  {row}")], INSIDE)) for row in rows] == [1, 1, 1]
    assert rows[1].split()[-6:] == ["1234", "123456", "12345", "642ms", "29.9s", "129.5s"]


def test_no_label_of_a_host_is_cut() -> None:
    host = next(record for record in CLOUDY if isinstance(record, Host))
    full = msgspec.structs.replace(host, ram_mib=131_072, ram_used_mib=512, disk_gib=2000, disk_used_gib=2)
    said = [text_of(one) for one in describe(full, mirror_of((full,), STATUS))]
    assert not [one for one in said if "…" in one]
    assert [one.split() for one in said if "used" in one][-2:] == [
        ["ram", "used", "mib", "512"],
        ["disk", "used", "gib", "2"],
    ]
