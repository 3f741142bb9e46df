"""The inspector: is it the cloud, the engine or the line that is slow."""

from collections.abc import Sequence

from vmms_tui.keys import Place, key_name
from vmms_tui.keys.everywhere import Inspector
from vmms_tui.keys.reading import Again
from vmms_tui.model.commands import Inspect, Reply
from vmms_tui.screens.desk import Desk, reply_text
from vmms_tui.screens.inspecting import Here, engine_page, screen_page
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.paragraphs import Paragraph, heading, line
from vmms_tui.screens.wording import ago
from vmms_tui.widgets.line import Piece, piece


class InspectorDialog(Pages):
    """Figures of this screen, which go on, and of the engine, as it was when it was asked."""

    place = Place.PROGRAM
    shows = Inspector.id

    def __init__(self, desk: Desk) -> None:
        super().__init__("Inspector", desk)
        self._reply: Reply | None = None
        self._round_trip: float | None = None
        self._asking = False

    def on_mount(self) -> None:
        """Ask the engine."""
        self.read_again()

    def why_not_again(self) -> str:
        """See Pages."""
        return "the engine is being asked." if self._asking else ""

    def read_again(self) -> None:
        """See Pages."""
        self._asking = True
        self.run_worker(self._ask(), group="inspect", exclusive=True)

    async def _ask(self) -> None:
        began = self.desk.wire.monotonic()
        try:
            self._reply = await self.desk.send(Inspect())
            self._round_trip = self.desk.wire.monotonic() - began
        finally:
            self._asking = False
        self.tick()

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        return [*screen_page(self._here()), line(), *self._engine()]

    def status(self) -> Piece | None:
        """See Pages."""
        told = self._reply.inspection if self._reply else None
        key = key_name(Again, self.place)
        again = f", {key} asks again" if key else ""
        return piece(f"engine asked {ago(told.now, self.desk.mirror.now)}{again} " if told else "", "muted")

    def tick(self) -> None:
        """See Pages."""
        super().tick()
        if self.stands:
            self._hint()

    def _here(self) -> Here:
        wire = self.desk.wire
        before, of_before = wire.before
        return Here(
            total=wire.total,
            a_second=wire.a_second(),
            last_second=wire.last_second(),
            key=wire.key,
            of_key=wire.of_key,
            before=before,
            of_before=of_before,
            round_trip=self._round_trip,
            embedded=self.desk.embedded or self.desk.playback is not None,
        )

    def _engine(self) -> list[Paragraph]:
        if self._reply is None:
            return [heading("Engine"), line("Asking the engine …", "muted")]
        if self._reply.inspection is None:
            return [heading("Engine"), line(*reply_text(self._reply))]
        return engine_page(self._reply.inspection, self.desk.mirror.now)
