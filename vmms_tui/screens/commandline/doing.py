"""Does what a line asked for, by the screens' own acts: what changes something goes through their questions."""

from vmms_tui.keys import Act, Place, why_not
from vmms_tui.model.errors import VmmsError
from vmms_tui.model.records import Server
from vmms_tui.screens.commandline.objects import SHOWN_AT, Thing
from vmms_tui.screens.commandline.reading import Deed
from vmms_tui.screens.commandline.words import Run, Word, place_of
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.frame import Frame
from vmms_tui.screens.header import engine_away
from vmms_tui.screens.leases import LeasesScreen
from vmms_tui.screens.listing import ListScreen
from vmms_tui.screens.movespage import MovesScreen
from vmms_tui.screens.needlist import NeedList
from vmms_tui.screens.pools import ServersScreen
from vmms_tui.screens.prompt import Prompt
from vmms_tui.widgets import filtering
from vmms_tui.widgets.text import plain

PATIENCE = 100
"""How often a row is looked for on a screen that is only being built."""
PAUSE = 0.02
"""Seconds between two looks."""


class Doing:
    """Does one thing."""

    def __init__(self, desk: Desk, screen: Frame) -> None:
        """`screen` is the one that was shown when the line was typed."""
        self.desk = desk
        self.screen = screen

    def do(self, deed: Deed) -> None:
        """Do it, or say why not."""
        word, act = deed.word, deed.word.act_for(deed.thing.kind if deed.thing else "")
        if word.run is not None:
            self._run(word, word.run, deed.rest)
        elif deed.thing is not None:
            self._at(deed.thing, act, deed.rest)
        elif word.to is not None:
            self.desk.go(word.to, narrow=deed.rest)
        elif act is not None:
            self._here(act, deed.rest)

    def _run(self, word: Word, run: Run, rest: str) -> None:
        mirror = self.desk.mirror
        if word.changes and mirror.locked:
            self.desk.unlock()
            return
        no = "" if word.allowed(mirror.you) else why_not(mirror.you)
        if no := no or (engine_away(mirror) if word.changes else ""):
            self.desk.say(f"{word.name}: {no}", "warn")
            return
        try:
            said, tone = run(self, rest), ""
        except VmmsError as error:
            said, tone = str(error), "bad"
        if said:
            self.desk.say(said, tone)

    def _top(self) -> Frame:
        frames = [screen for screen in self.screen.app.screen_stack if isinstance(screen, Frame)]
        return frames[-1]

    def _here(self, act: type[Act], rest: str) -> None:
        """Do what is done to no row: here, or on the first screen that can."""
        place = place_of(act, self.screen.place)
        if place is Place.MOVES is not self.screen.place:
            self.desk.go(Place.HOSTS)
            self.screen.app.push_screen(MovesScreen(self.desk))
        elif place is not self.screen.place:
            self.desk.go(place)
        top = self._top()
        if act.id == "filter" and rest and isinstance(top, ListScreen | NeedList):
            top.narrow(rest)
        else:
            top.call_after_refresh(top.action_do, act.id)

    # Things

    def _at(self, thing: Thing, act: type[Act] | None, rest: str) -> None:
        """Go to a thing, and do something to it once the cursor is on it."""
        if thing.kind == "owner":
            self.desk.go(Place.LEASES, narrow=owned_by(thing.id))
            return
        place = SHOWN_AT[thing.kind]
        if isinstance(thing.record, Server):
            self.desk.go(Place.POOLS)
            top: Frame = ServersScreen(self.desk, thing.record.pool)
            self.screen.app.push_screen(top)
        else:
            self.desk.go(place)
            top = self._top()
        self._look(top, thing, act, rest, PATIENCE)

    def _look(self, top: Frame, thing: Thing, act: type[Act] | None, rest: str, patience: int) -> None:
        if not isinstance(top, ListScreen):
            return
        if not top.ready or not self._on_row(top, thing.id):
            if patience and (not top.ready or thing.id in top.listing.rows):
                top.set_timer(PAUSE, lambda: self._look(top, thing, act, rest, patience - 1))
            else:
                self.desk.say(f"{thing.called} is not on {top.place.value} any more.", "warn")
            return
        if act is not None:
            self._act(top, act, rest)

    def _on_row(self, top: ListScreen, row_id: str) -> bool:  # type: ignore[type-arg]
        """Put the cursor there; a filter that hides the row goes."""
        if row_id not in top.listing.rows:
            return False
        if row_id not in top.listing.ids:
            top.narrow("")
        top.want(row_id)
        return top.table.cursor == row_id

    def _act(self, top: ListScreen, act: type[Act], rest: str) -> None:  # type: ignore[type-arg]
        if top.table.marks:
            top.table.clear_marks()  # acts are done to what is marked: here one thing was named
            top.tick()
        if Place.SERVER_MENU in act.places and isinstance(top, LeasesScreen):
            if no := top.refusal(act):
                self.desk.say(f"{act.word()}: {no}", "warn")
                return
            top.do_to_server(act)
        else:
            top.action_do(act.id)
        if rest:
            top.call_after_refresh(self._fill, rest)

    def _fill(self, rest: str) -> None:
        """Write what followed the name as the answer to the question that the act asks."""
        asks = self.screen.app.screen
        if isinstance(asks, Prompt):
            asks.fill(plain(rest))


def owned_by(owner: str) -> str:
    """The filter that shows the leases of this person."""
    return filtering.write([filtering.Word(owner.casefold(), "owner")])
