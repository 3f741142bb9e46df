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


def keep_secret(*secrets: str) -> None:
    """Never tell these from now on, however they stand in a text: the credentials of a cloud."""
    global _known  # noqa: PLW0603 what one part of the process knows to be secret, all parts keep so
    _known = tuple(sorted({*_known, *filter(None, secrets)}, key=len, reverse=True))


def without_secrets(text: str, *secrets: str) -> str:
    """The text with what looks like a secret, or is known to be one (these, and those kept), made unreadable."""
    if not text:
        return text
    if secrets or _known:
        for secret in (*sorted(filter(None, secrets), key=len, reverse=True), *_known):
            text = _without(secret, text)
    for hint in _HINTS:  # by hand: each line of the audit comes through here several times
        if hint in text:
            return _SECRETS.sub(_hidden, text)
    return text


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
