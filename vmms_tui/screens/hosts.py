"""Hosts: which host is sick, full or closed."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType

from vmms_tui.keys import Place
from vmms_tui.model.commands import (
    DisableHost,
    DrainHost,
    EnableHost,
    PowerOffHost,
    Rebalance,
    SteerMoves,
    UndrainHost,
)
from vmms_tui.model.draining import MOST_AT_ONCE, MoveQueue
from vmms_tui.model.draining import title as about
from vmms_tui.model.records import Record, Server
from vmms_tui.model.surroundings import Kind
from vmms_tui.model.suspects import Suspect
from vmms_tui.screens import details_cloud, oath, queues
from vmms_tui.screens.cloudlist import CloudList
from vmms_tui.screens.columns_cloud import HOSTS
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.details import Details
from vmms_tui.screens.frame import bindings
from vmms_tui.screens.movespage import MovesScreen
from vmms_tui.screens.paragraphs import Paragraph, line
from vmms_tui.screens.prompt import Prompt
from vmms_tui.screens.reasons import preview_of
from vmms_tui.screens.rows_cloud import HostRow, host_rows
from vmms_tui.screens.servers_on import ServersOnHost
from vmms_tui.widgets.text import plain

OTHERS_READ = "Other operators read it: a fan, a kernel, a ticket."


class HostsScreen(CloudList[HostRow]):
    """The compute hosts of the cloud."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.HOSTS, Place.LISTS, Place.EVERYWHERE)]
    place = tab = Place.HOSTS
    kind = Kind.HOSTS
    none = "The cloud has no compute host."
    touched_by = (Server, Suspect, MoveQueue)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, HOSTS, "state")

    def all_rows(self) -> Iterable[HostRow]:
        """See ListFrame."""
        return host_rows(self.desk.mirror.tables)

    def record_of(self, row: HostRow) -> tuple[Record, Server | None]:
        """See ListFrame."""
        return row.host, None

    def named(self, row: HostRow) -> str:
        """See CloudList."""
        return row.host.name

    def details_of(self, row: HostRow) -> Details:
        """See CloudList."""
        return details_cloud.host_details(row, self.desk.mirror)

    def why(self, row: HostRow) -> list[str]:
        """See ListFrame."""
        return details_cloud.host_why(row, self.desk.mirror)

    def told(self, row: HostRow) -> list[Paragraph]:
        """See Looking. With every server that its moves are about."""
        if row.queue is None:
            return super().told(row)
        mirror = self.desk.mirror
        return [*queues.of_queue(row.queue, mirror.tables, mirror.now), line(), *super().told(row)]

    def events_id(self, row: HostRow) -> str:
        """See ListFrame."""
        return row.host.name

    def do_open_host(self) -> None:
        """Show our servers on the host."""
        row = self.row()
        if row is not None:
            name = row.host.name
            self.app.push_screen(ServersOnHost(self.desk, f"on {name}", lambda server: server.host == name))

    def do_disable_host(self) -> None:
        """Ask why, then show Preflight; a host that is closed is opened."""
        row = self.row()
        if row is None:
            return
        host = row.host
        if host.status.lower() == "disabled":
            self.desk.propose([EnableHost(host=host.name)])
            return

        def answered(reason: str | None) -> None:
            if reason is not None:
                self.desk.propose([DisableHost(host=host.name, reason=" ".join(reason.split()))])

        title = f"Close {plain(host.name)} to new servers: why?"
        self.app.push_screen(Prompt(title, "", lambda said: _closed(host.name, said)), answered)

    def do_drain(self) -> None:
        """Ask why, then show Preflight; of a host that is closed already the reason is known."""
        row = self.row()
        if row is None:
            return
        name = row.host.name
        if row.host.status.lower() == "disabled":
            self.desk.propose([DrainHost(host=name)])
            return

        def answered(reason: str | None) -> None:
            if reason is not None:
                self.desk.propose([DrainHost(host=name, reason=" ".join(reason.split()))])

        title = f"Drain {plain(name)}: why?"
        self.app.push_screen(Prompt(title, "", lambda said: _drained(name, said)), answered)

    def do_undrain(self) -> None:
        """Show Preflight of opening it and bringing back what left."""
        if (row := self.row()) is not None:
            self.desk.propose([UndrainHost(host=row.host.name, bring_back=True)])

    def do_power_off(self) -> None:
        """Show Preflight of taking the power of the host, which is closed and empty."""
        if (row := self.row()) is not None:
            self.desk.propose([PowerOffHost(host=row.host.name)])

    def do_moves(self) -> None:
        """Show every queue of moves, that of the host under the cursor first."""
        row = self.row()
        self.app.push_screen(MovesScreen(self.desk, row.host.name if row is not None else ""))

    def do_steer_moves(self) -> None:
        """Show Preflight of pausing the moves of this host, or of letting them go on."""
        if (queue := self._under_way()) is not None:
            self.desk.propose([queues.held_or_on(queue)])

    def do_end_moves(self) -> None:
        """Show Preflight of beginning no more of them."""
        if (queue := self._under_way()) is not None:
            self.desk.propose([SteerMoves(queue=queue.id, act="stop")])

    def do_limit_moves(self) -> None:
        """Ask how many at a time, then show Preflight."""
        queue = self._under_way()
        if queue is None:
            return

        def answered(said: str | None) -> None:
            if said is not None:
                self.desk.propose([SteerMoves(queue=queue.id, act="limit", limit=int(said))])

        title = f"{plain(about(queue))}: how many at a time?"
        self.app.push_screen(Prompt(title, str(queue.limit), lambda said: _limited(queue.id, said)), answered)

    def _under_way(self) -> MoveQueue | None:
        """The moves of the host under the cursor that have not ended; says so where there are none."""
        row = self.row()
        if row is not None and row.queue is not None and row.queue.open:
            return row.queue
        if row is not None:
            self.desk.say(f"{row.host.name} is neither being emptied nor does anything come back to it.", "warn")
        return None

    def do_rebalance(self) -> None:
        """Show Preflight of the moves that would even the load."""
        status = self.desk.mirror.status
        threshold = status.importance_threshold if status is not None else 1
        self.desk.propose([Rebalance(important_from=threshold)])

    def do_evacuate(self) -> None:
        """Ask how they know that it is dead, then show Preflight."""
        row = self.row()
        if row is None:
            return
        oath.ask(self.app, self.desk.mirror, row.host.name, lambda command: self.desk.propose([command]))


def _limited(queue_id: str, said: str) -> tuple[str, str]:
    """What such an answer would mean."""
    words = said.strip()
    if not (words.isascii() and words.isdigit() and 1 <= int(words[:9]) <= MOST_AT_ONCE):
        return f"A number from 1 to {MOST_AT_ONCE}.", "bad"
    command = SteerMoves(queue=queue_id, act="limit", limit=int(words))
    return f"Those under way go on.\nsame as  {command_line(command)}", ""


def _drained(host: str, reason: str) -> tuple[str, str]:
    def means(words: str) -> str:
        return f"All of ours there move away.\nsame as  {command_line(DrainHost(host=host, reason=words))}"

    return preview_of(reason, OTHERS_READ, means)


def _closed(host: str, reason: str) -> tuple[str, str]:
    def means(words: str) -> str:
        return f"Those that are there stay and run on.\nsame as  {command_line(DisableHost(host=host, reason=words))}"

    return preview_of(reason, OTHERS_READ, means)
