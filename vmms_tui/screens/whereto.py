"""Asks where servers are to move to, then Preflight."""

from collections.abc import Callable, Sequence

from vmms_tui.model.records import Server
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.menu import Menu, MenuItem
from vmms_tui.screens.moveplans import LIVE_ANY, command_for, places
from vmms_tui.screens.wording import count
from vmms_tui.widgets.text import plain

Push = Callable[[Menu, Callable[[str | None], None]], object]


def ask_where(servers: Sequence[Server], desk: Desk, push: Push, then: Callable[[], None] | None = None) -> None:
    """A menu of the hosts, each with its room or why not; of several servers Preflight says which of them cannot go."""
    if not servers:
        return
    single = len(servers) == 1
    items = [
        MenuItem("", chosen, plain(said), why_not if single else "")
        for chosen, said, why_not in places(servers[0], desk.mirror.tables)
    ]

    def picked(chosen: str | None) -> None:
        if chosen:
            commands = [command_for(server, chosen) for server in servers]
            desk.propose(commands, then=then)

    title = f"Move {servers[0].id}" if single else f"Move {count(len(servers), 'server')}"
    push(Menu(title, items, at=LIVE_ANY), picked)
