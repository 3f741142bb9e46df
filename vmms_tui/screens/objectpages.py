"""Texts on one thing: its details, why it is so, and its record as it is. Each leads to the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vmms_tui.keys import Place, Target, key_name
from vmms_tui.keys.reading import Again
from vmms_tui.keys.rows import Describe, Explain, Raw
from vmms_tui.model.commands import ReadServer, Reply
from vmms_tui.screens.desk import Desk, reply_text
from vmms_tui.screens.pages import Pages
from vmms_tui.screens.paragraphs import Paragraph, heading, item, line
from vmms_tui.screens.rawtext import raw_lines, yaml_lines
from vmms_tui.screens.wording import ago


@dataclass(frozen=True)
class Subject:
    """What a text is about, as it is whenever one asks."""

    name: str
    target: Callable[[], Target]
    why: Callable[[], Sequence[str]]
    """See ListFrame.why."""
    details: Callable[[], Sequence[Paragraph]]


class ObjectPages(Pages):
    """A text on one thing."""

    place = Place.OBJECT

    def __init__(self, title: str, desk: Desk, subject: Subject) -> None:
        super().__init__(title, desk)
        self.subject = subject

    def target(self) -> Target:
        """See Pages."""
        return self.subject.target()


class DetailsPage(ObjectPages):
    """Everything that is known of it."""

    shows = Describe.id

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        return self.subject.details()


class WhyPage(ObjectPages):
    """Why it is as it is."""

    shows = Explain.id

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        return why_paragraphs(self.subject.why())


def why_paragraphs(lines: Sequence[str]) -> list[Paragraph]:
    """Sentences as items up to the first empty line; what follows as it is."""
    news = list(lines).index("") if "" in lines else len(lines)
    rest = [line(f"  {one}" if one and not one.startswith("Next:") else one) for one in lines[news:]]
    return [*(item(one) for one in lines[:news]), *rest]


class RawPage(ObjectPages):
    """The records as the engine has them, and what the cloud says now."""

    place = Place.RAW
    shows = Raw.id

    def __init__(self, title: str, desk: Desk, subject: Subject) -> None:
        super().__init__(title, desk, subject)
        self._reply: Reply | None = None
        self._asking = False
        self._yaml = False

    def do_as_yaml(self) -> None:
        """As YAML, or as JSON again."""
        self._yaml = not self._yaml
        self.tick()

    def _lines(self, text: str) -> list[str]:
        return yaml_lines(text) if self._yaml else text.split("\n")

    def on_mount(self) -> None:
        """Ask the cloud."""
        if self.target().server is not None:
            self.read_again()

    def why_not_again(self) -> str:
        """See Pages."""
        if self.target().server is None:
            return "there is no server here that the cloud could be asked about."
        return "the cloud is being asked." if self._asking else ""

    def read_again(self) -> None:
        """See Pages."""
        self._asking = True
        self.tick()
        self.run_worker(self._ask(), group="raw", exclusive=True)

    async def _ask(self) -> None:
        server = self.target().server
        try:
            self._reply = await self.desk.send(ReadServer(server=server.id if server else ""))
        finally:
            self._asking = False
        self.tick()

    def make(self) -> Sequence[Paragraph]:
        """See Pages."""
        target = self.target()
        records = [target.record, target.server] if target.server is not target.record else [target.record]
        told: list[Paragraph] = []
        for record in records:
            if record is not None:
                lines = self._lines("\n".join(raw_lines(record)))
                told += [heading(f"{record.id}, as the engine has it"), *map(line, lines), line()]
        return told + self._live(target)

    def _live(self, target: Target) -> list[Paragraph]:
        if target.server is None:
            return []
        reply, now = self._reply, self.desk.mirror.now
        if reply is None or self._asking:
            return [heading(f"{target.server.id}, as the cloud has it"), line("Asking the cloud …", "muted")]
        if not reply.ok:
            return [heading(f"{target.server.id}, as the cloud has it"), line(*reply_text(reply))]
        age = f", read {ago(reply.read_at, now)}" if reply.read_at else ""
        key = key_name(Again, self.place)
        again = f"; {key} reads it again" if key else ""
        title = f"{target.server.id}, as the cloud has it{age}{again}"
        return [heading(title), *map(line, self._lines(reply.body))]
