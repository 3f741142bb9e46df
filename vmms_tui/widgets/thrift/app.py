"""An app of Textual whose updates go through the writer."""

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size

from vmms_tui.widgets.thrift.cells import Row
from vmms_tui.widgets.thrift.talents import of_this_terminal
from vmms_tui.widgets.thrift.writer import Writer

if TYPE_CHECKING:
    from textual.screen import Screen

ReturnT = TypeVar("ReturnT")


class ThriftyApp(App[ReturnT]):
    """Writes to the terminal only the cells that have changed."""

    def __init__(self, *words: Any, **options: Any) -> None:
        """See App."""
        super().__init__(*words, **options)
        self.driver_class = _telling(self.driver_class)
        self._writer: Writer | None = None
        self._sized: Size | None = None

    def forget_terminal(self) -> None:
        """The terminal may show anything; the next update is of the whole screen."""
        if self._writer is not None:
            self._writer.forget()

    def draw_anew(self) -> None:
        """Draw everything again, whatever the terminal shows."""
        self.forget_terminal()
        self.refresh(layout=True)

    def on_resize(self, event: events.Resize) -> None:
        """A terminal that had another size meanwhile may have lost something; one that we are given back has."""
        before, self._sized = self._sized, event.size
        if before not in {None, event.size}:
            self.forget_terminal()
        elif self._writer is not None and not self._writer.sure:
            self.draw_anew()

    def _display(self, screen: "Screen[object]", renderable: RenderableType | None) -> None:
        """See App: the same, but for the sequences."""
        driver = self._driver
        shown = self._running and not self._closed and not self._batch_count
        if not shown or renderable is None or driver is None or driver.is_headless or driver.is_inline:
            super()._display(screen, renderable)
            return
        if not isinstance(renderable, LayoutUpdate | ChopsUpdate):
            self.forget_terminal()
            super()._display(screen, renderable)
            return
        if self._writer is None:
            self._writer = Writer(of_this_terminal())
        if not self._writer.sure and not isinstance(renderable, LayoutUpdate):
            renderable = screen._compositor.render_full_update()  # noqa: SLF001 as render_update does
        try:
            colors = self.console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001 as Strip.render does
            rows, size = _rows(renderable, colors)
            x, y = screen.outer_size.clamp_offset(self.cursor_position)
            written = self._writer.paint(rows, size, (x, y))
            if written:
                self._begin_update()
                driver.write(written)
                self._end_update()
                driver.flush()
        finally:
            self.post_display_hook()


def _rows(update: LayoutUpdate | ChopsUpdate, colors: ColorSystem) -> tuple[dict[int, Row], tuple[int, int]]:
    """The lines of an update as cells, and the size of the screen."""
    rows: dict[int, Row] = {}
    if isinstance(update, LayoutUpdate):
        left, top, width, height = update.region
        for y, strips in enumerate(update.strips, top):
            rows[y] = Row(width)
            x = left
            for part in strips:
                rows[y].put(x, part, (0, width), colors)
                x += part.cell_length
        return rows, (width, height)
    width = update.chop_ends[0][-1]
    for y, left, right in update.spans:
        row = rows.setdefault(y, Row(width))
        for x, strip in update.chops[y].items():
            if strip is not None:
                row.put(x, strip, (left, right), colors)
    return rows, (width, len(update.chops))


@cache
def _telling(driver: type[Driver]) -> type[Driver]:
    """A driver that lets its app know whenever it takes the terminal."""

    def start_application_mode(self: Driver) -> None:
        if isinstance(self._app, ThriftyApp):
            self._app.forget_terminal()
        driver.start_application_mode(self)

    return type(driver.__name__, (driver,), {"start_application_mode": start_application_mode})
