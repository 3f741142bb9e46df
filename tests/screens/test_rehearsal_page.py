"""The page on what the death of a host would bring, asked for by its command on the whole app."""

from datetime import timedelta

from vmms_tui.model.commands import RehearseHostDown, Reply
from vmms_tui.model.rehearsal import Rehearsal, Rehearsed
from vmms_tui.screens.paragraphs import laid_out, text_of
from vmms_tui.screens.rehearsing import page

from .cloudland import NOW

TOLD = Rehearsal(
    host="h[red]03",
    at=NOW,
    took=timedelta(seconds=41),
    servers=(
        Rehearsed(server_id="vm-00001", lease_id="lease-00001", owner="ada", importance=9, to="h01",
                  asked=timedelta(0), ended=timedelta(seconds=12)),
        Rehearsed(server_id="vm-00002", owner="", problem="No valid host", asked=timedelta(seconds=2),
                  ended=timedelta(seconds=9)),
    ),
    pace=(30.0, 90.0),
    measured=3,
)  # fmt: skip


def test_every_line_of_the_table_fits_into_80_cells_and_says_who_is_left_over() -> None:
    said = [text_of(one) for one in page(TOLD)]
    rows = [one for one in said if one.startswith(("  1 ", "  2 "))]
    assert len(rows) == 2
    assert all(len(one) <= 76 for one in rows)
    assert "NOWHERE!" in rows[1]
    assert not any("UTC UTC" in one for one in said)
    assert any("1 of 2 servers work on other hosts" in one for one in said)
    assert any("30 to 90 s for each, as measured in 3 evacuations here" in one for one in said)
    assert any("vm-00002: No valid host" in one for one in said)
    assert laid_out(page(TOLD), 76)
    assert RehearseHostDown(host="h03").changes is False
    assert Reply(rehearsal=TOLD).ok
