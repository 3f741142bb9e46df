"""What a cloud said, made fit to be shown: one line, without secrets, escape codes and HTML."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from vmms_tui.engine.wording import printable
from vmms_tui.model.hiding import without_secrets

LONGEST = 400
"""Characters of a cloud's message that are kept."""

_HEAD_OR_TAG = re.compile(r"<(head|style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """The words in the body of a refusal."""

    text: str
    kind: str = ""
    """Neutron's name of the error, such as OverQuota."""


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """One line of printable text without the secrets (nor anything that looks like one)."""
    hidden = tuple(secrets)
    shown = printable(without_secrets(text, *hidden))
    line = " ".join(without_secrets(shown, *hidden).split()).rstrip(" .")
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def said_in(content: bytes) -> Said:
    """The message in an error body of Nova, Cinder, Neutron, Keystone, Glance, Placement or a proxy before them."""
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Said(html.unescape(_HEAD_OR_TAG.sub(" ", content.decode(errors="replace"))))
    return _find(document)


def _find(document: object) -> Said:
    """Each service wraps its message differently: `{kind: {message: …}}`, `{message: …}`, `{errors: [{detail: …}]}`."""
    match document:
        case {"message": str(text), "type": str(kind)}:
            return Said(text, kind)
        case {"message": str(text)}:
            return Said(text)
        case {"detail": str(text)}:
            return Said(text)
        case {"NeutronError": str(text)}:
            return Said(text)
        case {"errors": [first, *_]}:
            return _find(first)
        case {**inner} if len(inner) == 1:
            return _find(next(iter(inner.values())))
        case str(text):
            return Said(text)
    return Said("")
