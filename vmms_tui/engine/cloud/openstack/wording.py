"""What a cloud said, made fit to be shown: one line, without secrets, escape codes and HTML."""

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

LONGEST = 400
"""Characters of a cloud's message that are kept."""

_HIDDEN = "***"
_SHORT = 5
_TOKEN = re.compile(r"gAAAA[\w-]{20,}={0,2}")
_HEAD_OR_TAG = re.compile(r"<(head|style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """The words in the body of a refusal."""

    text: str
    kind: str = ""
    """Neutron's name of the error, such as OverQuota."""


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """One line of printable text without the secrets (nor anything that looks like a Keystone token)."""
    hidden = tuple(secrets)
    printable = "".join(_printable(character) for character in _hide(text, hidden))
    line = " ".join(_hide(printable, hidden).split()).rstrip(" .")
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _hide(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        for form in _forms(secret):
            text = _replace(form, text)
    return _TOKEN.sub(_HIDDEN, text)


def _forms(secret: str) -> tuple[str, ...]:
    """As it is, and as Python and JSON write it down."""
    python = repr(secret)[1:-1]
    return secret, python, python.replace("'", "\\'"), json.dumps(secret)[1:-1]


def _replace(secret: str, text: str) -> str:
    """A short one only where it stands alone: a password `lab` must not spoil the word `available`."""
    if len(secret) > _SHORT:
        return text.replace(secret, _HIDDEN)
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", _HIDDEN, text)


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category.startswith("C") else character


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
