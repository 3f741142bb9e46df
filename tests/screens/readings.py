"""An engine with something to read, and the ways to its texts."""

from datetime import timedelta
from typing import TypeVar

from vmms_tui.model.commands import AnyCommand, Inspect, ReadConsole, ReadServer, Refresh, Reply
from vmms_tui.model.inspection import CallsOfKind, Inspection
from vmms_tui.screens.pages import Pages

from .cloudland import NOW, STATUS, WORLD
from .driver import Driver
from .scripted import ScriptedClient

PagesT = TypeVar("PagesT", bound=Pages)
BOOT = "".join(f"[{number:5}.000000] step {number} \x1b[32mOK\x1b[0m\r\n" for number in range(100)) + "login: "
INSPECTION = Inspection(
    now=NOW,
    started=STATUS.started,
    version="0.1.0",
    pid=42,
    memory=50_000_000,
    viewers=2,
    records={"server": 17, "lease": 9, "secret": 3},
    reads={"servers": NOW - timedelta(seconds=4)},
    loops=STATUS.loops,
    calls=(
        CallsOfKind(
            service="compute",
            call="GET /servers/detail",
            last_minute=6,
            total=900,
            failed=2,
            p50=0.12,
            p95=0.9,
            slowest=4.2,
            last_error="HTTP 503 Busy",
            last_error_at=NOW - timedelta(minutes=3),
        ),
    ),
)


def client(**answers: Reply) -> ScriptedClient:
    """An engine with something to read."""
    made = ScriptedClient(WORLD, STATUS)

    def answer(command: AnyCommand) -> Reply:
        kinds: dict[type[AnyCommand], Reply] = {
            ReadConsole: answers.get("console", Reply(body=BOOT, read_at=NOW)),
            ReadServer: answers.get("server", Reply(body='{\n  "status": "ACTIVE"\n}', read_at=NOW)),
            Inspect: answers.get("inspect", Reply(inspection=INSPECTION)),
            Refresh: Reply(text="The list of servers was read again; 1 call meanwhile: compute list_servers x1."),
        }
        return kinds.get(type(command), Reply(text="Done."))

    made.answer = answer
    return made


def page(driver: Driver, kind: type[PagesT]) -> PagesT:
    """The text on top."""
    screen = driver.app.screen
    assert isinstance(screen, kind)
    return screen


def asked(driver: Driver, kind: type[AnyCommand]) -> int:
    return sum(1 for one in driver.client.sent if isinstance(one, kind))


async def on_ada(driver: Driver, *keys: str) -> None:
    """On ada's lease on vm-00012."""
    await driver.press("3", "g", "j")
    assert driver.list.table.cursor == "lease-00012"
    await driver.press(*keys)
