"""Draws the pictures of the README and the pages, the tour, and the page of keys: `make pictures`.

The pictures show the real program on the world of `tests/screens/fullworld.py`, so that they cannot grow old.
"""

import asyncio
import html
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import tour
from rich.cells import cell_len

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.screens.cloudland import NOW, STATUS  # noqa: E402
from tests.screens.driver import Driver  # noqa: E402
from tests.screens.fullworld import full_client, plain_moves  # noqa: E402
from tests.screens.looks import drawn  # noqa: E402
from tests.screens.scripted import frozen  # noqa: E402
from vmms_tui.app import VmmsApp  # noqa: E402
from vmms_tui.keys import Place  # noqa: E402
from vmms_tui.model.records import AnyRecord, changed  # noqa: E402
from vmms_tui.model.spec import ContextRules  # noqa: E402
from vmms_tui.model.status import EngineStatus  # noqa: E402
from vmms_tui.screens import request  # noqa: E402
from vmms_tui.screens.keydocs import as_markdown  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
PRODUCTION = changed(STATUS, context=ContextRules(name="eu-west", production=True))
AWAY = changed(
    STATUS,
    cloud=changed(
        STATUS.cloud,
        ok=False,
        problem="no answer within 30 s",
        since=NOW - timedelta(minutes=4),
        listed_at=NOW - timedelta(minutes=4),
    ),
)


@dataclass(frozen=True)
class Picture:
    """The keys that lead there from Dash, and what is to be seen."""

    keys: tuple[str, ...]
    shows: str
    """Words that stand on the screen then, or the picture shows something else than it says."""
    size: tuple[int, int] = (100, 28)
    status: EngineStatus = STATUS
    theme: str = "dark"
    more: tuple[AnyRecord, ...] = ()
    """What there is beside the usual world."""


PICTURES: dict[str, Picture] = {
    "dash": Picture((), "Needs you now", (120, 38)),
    "acknowledge": Picture(("j", "a", *"on it, back at nine"), "back at nine"),
    "pools": Picture(("2",), "READY, 2h", (120, 26)),
    "servers": Picture(("2", "enter"), "vm-00073"),
    "leases": Picture(("3", "j", "j"), "OWNER"),
    "hosts": Picture(("4", "j"), "CLOSED"),
    "store": Picture(("5",), "ATTACHED TO"),
    "nets": Picture(("6", "slash", *"10.20.4.12", "enter"), "10.20.4.0/22"),
    "repos": Picture(("7",), "windows-2022"),
    "events": Picture(("8", "j", "j"), "SUBJECT"),
    "ops": Picture(("9", "j"), "op-000074"),
    "request": Picture(("3", "n"), "purpose", (100, 26)),
    "preflight": Picture(("3", "j", "j", "space", "space", "space", "D"), "PREFLIGHT"),
    "production": Picture(("3", "j", "j", "space", "space", "D"), "PROD", status=PRODUCTION),
    "move": Picture(("3", "j", "j", "M", "enter"), "PREFLIGHT", (100, 32)),
    "drain": Picture(("4", "slash", *"h05", "enter", "D", *"a new fan", "enter"), "PREFLIGHT", (100, 32)),
    "moves": Picture(("4", "slash", *"h02", "enter", "v"), "Drain of h02", (100, 32), more=plain_moves()),
    "evacuate": Picture(("4", "slash", *"h03", "enter", "E", *"its plug is pulled", "enter"), "PREFLIGHT", (100, 34)),
    "rehearsal": Picture((":", *"rehearse h03", "enter"), "servers work on other hosts", (100, 34)),
    "explain": Picture(("3", "G", "x"), "Why"),
    "details": Picture(("3", "j", "d"), "lease-00012"),
    "raw": Picture(("3", "j", "y", "slash", *'active"', "enter", "n", "n"), "ACTIVE"),
    "log": Picture(("3", "j", "l"), "login:"),
    "command-line": Picture(("3", ":", *"renew 00012"), "CHANGES"),
    "palette": Picture(("ctrl+p", *"10.20.4.12"), "vm-00012"),
    "menu": Picture(("3", "j", "m"), "release"),
    "server-menu": Picture(("3", "j", "S"), "hard reboot"),
    "copy-menu": Picture(("3", "j", "c"), "12 lines"),
    "bell": Picture(("2", "r", "3", "j", "D", "b"), "Messages", status=AWAY),
    "inspector": Picture(("i",), "compute list_servers", (100, 34)),
    "keys": Picture(("3", "?"), "Keys", (100, 40)),
    "stale": Picture(("3", "j"), "STALE", status=AWAY),
    "light": Picture(("3", "j", "j", "space"), "OWNER", theme="light"),
    "mono": Picture(("3", "j", "j", "space"), "OWNER", theme="mono"),
}
TEXT = re.compile(r'(<text [^>]*textLength=")([0-9.]+)("[^>]*>)([^<]*)(</text>)')


async def stills(picture: Picture, walk: Sequence[tuple[Sequence[str], str]]) -> list[str]:
    """The screen as SVG, each time after some keys, when these words stand on it."""
    client = full_client(picture.status, *picture.more)
    app = VmmsApp(client, monotonic=frozen, start=Place.DASH, theme=picture.theme)
    taken = []
    async with app.run_test(size=picture.size) as pilot:
        driver = Driver(app, client, pilot)
        await driver.until(lambda: app.mirror.number > 0)
        await driver.settled()
        await drawn(driver)
        for keys, shows in walk:
            for key in keys:
                await driver.press(key)
            await driver.until(lambda shows=shows: shows in driver.screen_text())  # type: ignore[misc]
            await pilot.pause(0.2)
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


def anywhere() -> None:
    """Pictures do not hang on whose terminal they are made in."""
    for name in ("SSH_CONNECTION", "NO_COLOR", "VMMS_THEME", "TMUX"):
        os.environ.pop(name, None)
    os.environ["TERM"] = "xterm-256color"
    request.KEY_FILE = Path("/nowhere/id_ed25519.pub")


async def draw(names: Sequence[str] = ()) -> None:
    """All pictures, or these; the tour, and the page of keys."""
    anywhere()
    for name, picture in PICTURES.items():
        if not names or name in names:
            taken = await stills(picture, [(picture.keys, picture.shows)])
            (FOLDER / f"{name}.svg").write_text(taken[0], encoding="utf-8")
    if not names or "tour" in names:
        walk = await stills(Picture((), "", tour.SIZE), [(step.keys, step.shows) for step in tour.STEPS])
        (FOLDER / "tour.svg").write_text(tour.animated(walk), encoding="utf-8")
    (ROOT / "docs" / "keys.md").write_text(as_markdown(), encoding="utf-8")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    asyncio.run(asyncio.wait_for(draw(sys.argv[1:]), timedelta(minutes=15).total_seconds()))
