"""Leases: whose, where, until when; and what their owners can do with them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Act, Place, Target, acts_at, key_name, menus, press
from vmms_tui.keys.leases import RequestServer
from vmms_tui.model import commands
from vmms_tui.model.commands import AnyCommand, CancelRequest, Release, Renew
from vmms_tui.model.commands import RevealPassword as RevealPasswordOf
from vmms_tui.model.records import Lease, Pool, Record, Request, Server
from vmms_tui.screens import columns
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.frame import bindings
from vmms_tui.screens.marking import MarkedList
from vmms_tui.screens.menu import Menu, MenuItem
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.prompt import Prompt
from vmms_tui.screens.request import RequestScreen
from vmms_tui.screens.rows import LeaseRow, lease_row, lease_rows
from vmms_tui.screens.whereto import ask_where
from vmms_tui.screens.wording import both, count, parse_term, short_term

SERVER_ACTS: dict[type[Act], Callable[[str], AnyCommand]] = {
    menus.StopServer: lambda lease_id: commands.StopServer(lease_id=lease_id),
    menus.StartServer: lambda lease_id: commands.StartServer(lease_id=lease_id),
    menus.RebootServer: lambda lease_id: commands.RebootServer(lease_id=lease_id),
    menus.HardReboot: lambda lease_id: commands.RebootServer(lease_id=lease_id, hard=True),
    menus.ResetPassword: lambda lease_id: commands.ResetPassword(lease_id=lease_id),
    menus.RebuildServer: lambda lease_id: commands.RebuildServer(lease_id=lease_id),
    menus.HealServer: lambda lease_id: commands.HealServer(lease_id=lease_id),
}
"""What the entries of the server menu send."""
BULK = {menus.StopServer, menus.StartServer, menus.RebootServer, menus.HardReboot}
"""Those that go for all marked leases at once."""
DEFAULT_TERM = timedelta(hours=8)
"""Offered when the pool of a lease is not known any more."""
SHOWN_ENDS = 3
"""Of so many leases the new end is shown before they are renewed."""


class LeasesScreen(MarkedList[LeaseRow]):
    """Every lease that has not ended, and every request that waits."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.LEASES, Place.LISTS, Place.EVERYWHERE)]
    place = tab = Place.LEASES
    confirmed_by_list = True

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, columns.LEASES, "left")

    def all_rows(self) -> Iterable[LeaseRow]:
        """See ListFrame."""
        return lease_rows(self.desk.mirror.tables)

    def changed_rows(self, delta: Delta) -> tuple[Iterable[LeaseRow], Iterable[str]]:
        """A server that changes changes the row of its lease."""
        tables = self.desk.mirror.tables
        servers = [tables.get(Server, server_id) for server_id in delta.of(Server)]
        ids = delta.of(Lease, Request) | {server.lease_id for server in servers if server and server.lease_id}
        rows = {row_id: lease_row(tables, row_id) for row_id in ids}
        return [row for row in rows.values() if row], [row_id for row_id, row in rows.items() if row is None]

    def record_of(self, row: LeaseRow) -> tuple[Record, Server | None]:
        """See ListFrame."""
        return row.about, row.server

    def came_of(self, row_id: str) -> str:
        """A request that is granted is a lease."""
        request = self.desk.mirror.tables.get(Request, row_id)
        return request.lease_id if request else ""

    def empty_text(self) -> str:
        """See ListFrame."""
        return f"Nobody has a server. {press(RequestServer, self.place)} asks for one."

    def events_id(self, row: LeaseRow) -> str:
        """A lease's server has more to tell than the lease."""
        return row.about.server_id if isinstance(row.about, Lease) else row.id

    # What can be done

    def do_request(self) -> None:
        """Ask for a server."""
        self.app.push_screen(RequestScreen(self.desk, ""))

    def do_renew(self) -> None:
        """Ask how much time to add, then Preflight."""
        rows = [row for row in self.chosen() if isinstance(row.about, Lease)]
        pool = self.desk.mirror.tables.get(Pool, rows[0].about.pool)
        names = rows[0].id if len(rows) == 1 else count(len(rows), "lease")

        def answered(answer: str | None) -> None:
            if answer is not None:
                term = parse_term(answer)
                self.propose_all([Renew(lease_id=row.id, term=term) for row in rows])

        ask = Prompt(
            f"Renew {names}: add how much time?",
            short_term(pool.default_term if pool else DEFAULT_TERM),
            lambda answer: self._new_ends(answer, rows),
        )
        self.app.push_screen(ask, answered)

    def _new_ends(self, answer: str, rows: list[LeaseRow]) -> tuple[str, str]:
        """When the leases would end; the engine adds to the end, or to now when it is past."""
        try:
            term = parse_term(answer)
        except ValueError as error:
            return str(error), "bad"
        mirror = self.desk.mirror
        now = mirror.now
        lines, tone = [], ""
        for row in rows[:SHOWN_ENDS]:
            end = max(row.end, now) + term
            pool = mirror.tables.get(Pool, row.about.pool)
            lines.append(f"{row.id} would end {both(end, now)}")
            if pool and end > now + pool.longest_term:
                lines.append(f"but {pool.id} lends at most {short_term(pool.longest_term)} ahead")
                tone = "warn"
        if len(rows) > SHOWN_ENDS:
            lines.append(f"and {len(rows) - SHOWN_ENDS} more")
        return "\n".join(lines), tone

    def do_release(self) -> None:
        """Give back what is chosen, after Preflight."""
        leases = [Release(lease_id=row.id) for row in self.chosen() if row.lease]
        requests = [CancelRequest(request_id=row.id) for row in self.chosen() if row.request]
        self.propose_all([*leases, *requests])

    def do_password(self) -> None:
        """Show the first password, after Preflight: it is shown once."""
        self.desk.propose([RevealPasswordOf(lease_id=self.chosen()[0].id)])

    def do_move(self) -> None:
        """Ask where to, then Preflight."""
        servers = [row.server for row in self.chosen() if row.lease and row.server]
        ask_where(servers, self.desk, self.app.push_screen, self.do_clear_marks)

    def do_server_menu(self) -> None:
        """Choose what to do to the server, or to the servers of all marked leases."""
        rows = [row for row in self.chosen() if row.lease]
        target = self.target_on(*self.record_of(rows[0]))
        acts = {act.id: act for act in acts_at(Place.SERVER_MENU)}
        items = [
            MenuItem(key_name(act, Place.SERVER_MENU), act.id, f"{act.word():15} {no or act.sentence()}", no)
            for act in acts.values()
            for no in [self._why_not(act, rows, target)]
        ]

        def picked(act_id: str | None) -> None:
            if act_id:
                self.do_to_server(acts[act_id])

        first = rows[0].lease
        title = f"Server {first.server_id}" if len(rows) == 1 and first else count(len(rows), "server")
        self.app.push_screen(Menu(title, items), picked)

    def _why_not(self, act: type[Act], rows: Sequence[LeaseRow], target: Target) -> str:
        """Of several, Preflight says for which it cannot be done."""
        if len(rows) == 1:
            return act.refusal(target)
        return "" if act in BULK else "Only for one server at a time."

    def do_to_server(self, act: type[Act]) -> None:
        """Do one of the things of the server menu to the servers of the chosen leases, after Preflight."""
        make = SERVER_ACTS[act]
        self.propose_all([make(row.id) for row in self.chosen() if row.lease])
