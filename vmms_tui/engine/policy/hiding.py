"""Takes out of texts for the audit what nobody may read there: passwords, tokens, addresses with credentials."""

import re

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


def without_secrets(text: str) -> str:
    """The text with whatever looks like a secret made unreadable; its length is not told either."""
    if not any(hint in text for hint in _HINTS):
        return text
    return _SECRETS.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    if found["address"]:
        return f"{found['address']}{HIDDEN}@"
    return f"{found['head'] or found['name'] or found['key'] or ''}{HIDDEN}"
