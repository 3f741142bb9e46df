"""Draws the pictures of the README and the page of keys: `make pictures`.

The pictures show the world that the screens are tested on, so that they cannot grow old.
"""

import asyncio
import html
import re
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import tour
from rich.cells import cell_len

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.screens.cloudland import STATUS, WORLD  # noqa: E402
from tests.screens.dashland import HANDED_OVER, TRENDS  # noqa: E402
from tests.screens.scripted import ScriptedClient, frozen  # noqa: E402
from vmms_tui.app import VmmsApp  # noqa: E402
from vmms_tui.keys import Place  # noqa: E402
from vmms_tui.screens import request  # noqa: E402
from vmms_tui.screens.keydocs import as_markdown  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
PICTURES: dict[str, tuple[tuple[int, int], list[str]]] = {
    "dash": ((120, 36), ["1"]),
    "pools": ((100, 26), []),
    "leases": ((100, 26), ["3", "j", "j"]),
    "events": ((100, 26), ["8", "j", "j"]),
    "request": ((100, 22), ["n"]),
    "preflight": ((100, 26), ["3", "j", "j", "D"]),
    "explain": ((100, 26), ["3", "g", "x"]),
    "keys": ((100, 34), ["3", "?"]),
}
"""Name, size in cells, and the keys that lead there."""
TEXT = re.compile(r'(<text [^>]*textLength=")([0-9.]+)("[^>]*>)([^<]*)(</text>)')


async def stills(size: tuple[int, int], walk: Sequence[Sequence[str]]) -> list[str]:
    """The screen as SVG, each time after some keys."""
    app = VmmsApp(ScriptedClient((*WORLD, *HANDED_OVER, *TRENDS), STATUS), monotonic=frozen, start=Place.POOLS)
    taken = []
    async with app.run_test(size=size) as pilot:
        while not app.mirror.number:
            await pilot.pause(0.05)
        await pilot.pause(0.2)
        for keys in walk:
            for key in keys:
                await pilot.press(key)
                await pilot.pause(0.1)
            taken.append(widened(named(app.export_screenshot(title="vmms"))))
    return taken


def named(svg: str) -> str:
    """The same picture has the same names every time, so that only real changes are seen."""
    return re.sub(r"terminal-\d+-", "vmms-", svg)


def widened(svg: str) -> str:
    """Wide characters get the two cells that they take in a terminal; Rich counts one."""

    def widen(found: re.Match[str]) -> str:
        text = html.unescape(found[4])
        length = float(found[2]) / max(1, len(text)) * cell_len(text)
        return f"{found[1]}{length:g}{found[3]}{found[4]}{found[5]}"

    return TEXT.sub(widen, svg)


async def draw() -> None:
    """All pictures, and the page of keys."""
    request.KEY_FILE = Path("/nowhere/id_ed25519.pub")
    for name, (size, keys) in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text((await stills(size, [keys]))[0], encoding="utf-8")
    walk = await stills(tour.SIZE, [step.keys for step in tour.STEPS])
    (FOLDER / "tour.svg").write_text(tour.animated(walk), encoding="utf-8")
    (ROOT / "docs" / "keys.md").write_text(as_markdown(), encoding="utf-8")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    asyncio.run(asyncio.wait_for(draw(), timedelta(minutes=5).total_seconds()))
