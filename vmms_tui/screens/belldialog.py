"""The bell: everything that was said on this screen."""

from collections.abc import Sequence

from vmms_tui.keys import Place
from vmms_tui.keys.everywhere import BellAct
from vmms_tui.screens.bell import Message
from vmms_tui.screens.desk import Desk
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.paragraphs import Paragraph, line
from vmms_tui.screens.wording import clock_time
from vmms_tui.widgets.line import piece


class BellDialog(Pages):
    """Messages, the newest first. To see them is to have read them; what was new when it was opened stays marked."""

    shows = BellAct.id
    place = Place.PROGRAM

    def __init__(self, desk: Desk) -> None:
        unread = desk.heard.unread
        super().__init__(f"Messages, {unread} unread" if unread else "Messages", desk)
        self._new = {(one.at, one.text) for one in desk.heard.messages() if one.unread}

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        messages = self.desk.heard.messages()
        self._new |= {(one.at, one.text) for one in messages if one.unread}
        self.desk.heard.read()
        return [self._told(one) for one in messages] or [line("Nothing has been said yet.", "muted")]

    def _told(self, message: Message) -> Paragraph:
        new = (message.at, message.text) in self._new
        often = f"  (x{message.times})" if message.times > 1 else ""
        when = clock_time(message.at, self.desk.mirror.now)
        front = (piece("* " if new else "  ", "strong"), piece(f"{when}  ", "muted"))
        return Paragraph(front, message.text + often, message.tone)
