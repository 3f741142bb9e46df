"""What somebody gives as a reason, or swears to: words that others read. Pure."""

from collections.abc import Callable

from vmms_tui.model.commands import LONGEST_REASON


def preview_of(said: str, nothing: str, then: Callable[[str], str]) -> tuple[str, str]:
    """What such an answer would mean, as a prompt shows it. `nothing` is told of no words, `then` what they do."""
    words = " ".join(said.split())
    if not words:
        return nothing, "bad"
    if len(words) > LONGEST_REASON:
        return f"{LONGEST_REASON} characters are kept, these are {len(words)}.", "bad"
    return then(words), ""
