"""Takes out of texts what nobody may read there: passwords, tokens, addresses with credentials."""

import functools
import json
import re
from urllib.parse import quote

HIDDEN = "***"

_HINTS = (
    "://",
    "gAAAA",
    "oken",
    "TOKEN",
    "assw",
    "ASSW",
    "ecret",
    "SECRET",
    "uthorization",
    "PRIVATE KEY",
    "pi_key",
    "pi-key",
    "PI_KEY",
)
"""One of these is in every text that has something to hide; most have none and cost nothing more."""
_SECRETS = re.compile(
    r"""
    (?P<address> \b [a-zA-Z][a-zA-Z0-9+.-]{0,30}:// ) [^\s/@'"<>]{1,300} @  # scheme://user:password@host (RFC 3986)
    | \b gAAAA [\w-]{20,} ={0,2}                                            # a Fernet token: Keystone's, or our own
    | (?P<head> \b authorization ["']? \s{0,9} [:=] \s{0,9} ["']? (?:basic|bearer|token) \s{1,9} ) [^\s'",;]+
    | (?P<name> (?: password | passwd | secret | token | api[_-]?key ) ["']? \s{0,9} [:=] \s{0,9} ["']? ) [^\s'",;&]+
    | (?P<key> -----BEGIN\ [A-Z ]{0,30}PRIVATE\ KEY----- ) .*? (?: -----END\ [A-Z ]{0,30}PRIVATE\ KEY----- | \Z )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""Every repetition before the secret itself is bounded: a long text costs time by its length, not by its square."""


_SHORT = 5
"""Characters of a secret that is hidden only where it stands alone: a password `lab` must not spoil `available`."""
_known: tuple[str, ...] = ()
_marks: tuple[str, ...] = _HINTS
"""The hints, and the known secrets in all their forms."""


def keep_secret(*secrets: str) -> None:
    """Never tell these from now on, however they stand in a text: the credentials of a cloud."""
    global _known, _marks  # noqa: PLW0603 what one part of the process knows to be secret, all parts keep so
    _known = tuple(sorted({*_known, *filter(None, secrets)}, key=len, reverse=True))
    _marks = (*_HINTS, *(form for secret in _known for form in _forms(secret)))


def may_hide(text: str) -> bool:
    """Whether something may be secret in it; quick, and right whenever it says no."""
    for mark in _marks:  # noqa: SIM110  # `any` costs three times as much, for each line of the audit
        if mark in text:
            return True
    return False


def without_secrets(text: str, *secrets: str) -> str:
    """The text with what looks like a secret, or is known to be one (these, and those kept), made unreadable."""
    if not secrets and not may_hide(text):
        return text
    for secret in (*sorted(filter(None, secrets), key=len, reverse=True), *_known):
        text = _without(secret, text)
    return _SECRETS.sub(_hidden, text)


def _without(secret: str, text: str) -> str:
    for form in _forms(secret):
        if form in text:
            alone = rf"(?<!\w){re.escape(form)}(?!\w)"
            text = re.sub(alone, HIDDEN, text) if len(form) <= _SHORT else text.replace(form, HIDDEN)
    return text


@functools.lru_cache(maxsize=64)
def _forms(secret: str) -> tuple[str, ...]:
    """As it is, and as Python, JSON and addresses write it down."""
    python = repr(secret)[1:-1]
    forms = (
        secret,
        python,
        python.replace("'", "\\'"),
        json.dumps(secret)[1:-1],
        quote(secret),
        quote(secret, safe=""),
    )
    return tuple(dict.fromkeys(forms))


def _hidden(found: re.Match[str]) -> str:
    if found["address"]:
        return f"{found['address']}{HIDDEN}@"
    return f"{found['head'] or found['name'] or found['key'] or ''}{HIDDEN}"
