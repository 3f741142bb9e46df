"""The keys that move in a list, for every screen with a table of rows."""

from vmms_tui.widgets.table import VirtualTable


class Moving:
    """Moves the cursor of `table`."""

    table: VirtualTable

    def do_down(self) -> None:
        """One down."""
        self.table.step(1)

    def do_up(self) -> None:
        """One up."""
        self.table.step(-1)

    def do_first(self) -> None:
        """To the first."""
        self.table.go(0)

    def do_last(self) -> None:
        """To the last."""
        self.table.go(len(self.table.ids))

    def do_half_down(self) -> None:
        """Half a page down."""
        self.table.step(max(1, self.table.page // 2))

    def do_half_up(self) -> None:
        """Half a page up."""
        self.table.step(-max(1, self.table.page // 2))

    def do_page_down(self) -> None:
        """A page down."""
        self.table.step(self.table.page)

    def do_page_up(self) -> None:
        """A page up."""
        self.table.step(-self.table.page)
