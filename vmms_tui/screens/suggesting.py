"""What the line of a filter suggests while it is typed: columns and saved filters; the right arrow takes it."""

from collections.abc import Mapping, Sequence

from textual.suggester import Suggester


class FilterWords(Suggester):
    """Suggests the rest of the last word."""

    def __init__(self, columns: Sequence[str], saved: Mapping[str, str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._columns = columns
        self._saved = saved

    async def get_suggestion(self, value: str) -> str | None:
        """See Suggester."""
        rest = completed(value, self._columns, self._saved)
        return value + rest if rest else None


def completed(value: str, columns: Sequence[str], saved: Mapping[str, str]) -> str:
    """What would finish the last word: a column with its colon, or a saved filter. Pure."""
    last = value.rpartition(" ")[2].removeprefix("!")
    if not last or value.count('"') % 2:
        return ""
    known = [*(f"{key}:" for key in columns), *(f"@{name}" for name in sorted(saved))]
    found = next((word for word in known if word.startswith(last.casefold()) and word != last), "")
    return found[len(last) :]
