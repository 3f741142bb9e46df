"""A list of what the cloud tells: how old it is stands beside its title, and it can be read again."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from vmms_tui.model.commands import Refresh
from vmms_tui.model.records import Record
from vmms_tui.model.surroundings import HOLDS, Kind, Survey
from vmms_tui.screens.details import Details
from vmms_tui.screens.listing import ListScreen
from vmms_tui.screens.mirror import Delta
from vmms_tui.screens.rows import RowT
from vmms_tui.screens.surveys import age_words, problem_words, survey_of, why_none
from vmms_tui.screens.wording import NO_EVENTS
from vmms_tui.widgets.line import Piece, piece
from vmms_tui.widgets.text import plain


class CloudList(ListScreen[RowT]):
    """The frame of Hosts, Store, Nets and Repos."""

    kind: ClassVar[Kind]
    none: ClassVar[str]
    """That there is nothing of the kind."""
    touched_by: ClassVar[tuple[type[Record], ...]] = ()
    """Records of which the rows tell, besides those of the list itself."""

    @abstractmethod
    def named(self, row: RowT) -> str:
        """What people call a row."""

    @abstractmethod
    def details_of(self, row: RowT) -> Details:
        """The facts of a row."""

    @property
    def survey(self) -> Survey | None:
        """How old this list is."""
        return survey_of(self.desk.mirror.tables, self.kind)

    def touches(self, delta: Delta) -> bool:
        """Whether an update may have changed a row."""
        return self.kind in delta.of(Survey) or bool(delta.of(HOLDS[self.kind], *self.touched_by))

    def changed_rows(self, delta: Delta) -> tuple[Iterable[RowT], Iterable[str]]:
        """See ListFrame. Rows tell of several records: all are made anew, and those that differ are taken."""
        if not self.touches(delta):
            return (), ()
        rows = {row.id: row for row in self.all_rows()}
        known = self.listing.rows
        return [row for row in rows.values() if known.get(row.id) != row], known.keys() - rows.keys()

    def follow(self, delta: Delta) -> None:
        """See Frame. Why a list is empty may change while it stays so."""
        super().follow(delta)
        if not self.listing.rows:
            self._merge()

    def facts(self, row: RowT | None) -> Details:
        """See ListFrame."""
        return self.details_of(row) if row is not None else Details("", ())

    def empty_text(self) -> str:
        """See ListFrame."""
        return why_none(self.survey, self.kind, self.desk.mirror.you, self.none)

    def title_of(self, row: RowT) -> str:
        """See ListScreen."""
        return self.named(row)

    def _title(self) -> list[Piece]:
        """The age before the order: it is what tells whether all the rest is true."""
        line = super()._title()
        survey = self.survey
        words, tone = age_words(survey, self.desk.mirror.now)
        said = [piece(f"   {words}", tone)] if words else []
        if words and (problem := problem_words(survey)):
            said.append(piece(f"   {plain(problem)}", "warn"))
        return [*line[:2], *said[:1], *line[2:], *said[1:]]

    def do_read_again(self) -> None:
        """Have the list read again."""
        self.desk.carry_out([Refresh(kind=self.kind)])

    def do_events_of(self) -> None:
        """Events name servers, hosts and pools."""
        row = self.row()
        subject = self.events_id(row) if row is not None else ""
        if subject:
            super().do_events_of()
        else:
            self.desk.say(NO_EVENTS, "warn")
