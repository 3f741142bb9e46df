"""Addresses of people, as Apprise knows them (https://github.com/caronc/apprise/wiki): the only file that knows it.

An address holds credentials. What is said here of an address names its kind, and nothing else of it; of what went wrong
only words that are known to hold none get through. Loading Apprise takes a second, so it is done on demand.
"""

import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from apprise import Apprise

OWNER = "{owner}"
"""Where the name of an owner belongs in an address."""
_NAME = re.compile(r"[\w.@\\+-]+", re.ASCII)
_KIND = re.compile(r"[a-z][a-z0-9+.-]{0,30}(?=://)", re.IGNORECASE)
_NEVER = frozenset({"dbus", "qt", "kde", "gnome", "glib", "windows", "macosx", "syslog"})
"""Kinds that reach whoever sits at the engine's machine, not the person who is to be told."""
_REASONS = (
    (re.compile(r"error=(\d{3})\b"), "HTTP status {}"),
    (re.compile(r"\((\d{3}), b['\"]"), "SMTP status {}"),
    (re.compile(r"\[Errno -?\d+\] ([A-Z][a-z ]+)"), "{}"),
    (re.compile(r"timed out"), "no answer in time"),
    (re.compile(r"certificate", re.IGNORECASE), "its certificate is not trusted"),
    (re.compile(r"connection", re.IGNORECASE), "no connection"),
)
"""What is told of a failure: these words, and what the pattern lets through."""


def kind_of(url: str) -> str:
    """What kind of address this is: `mailto`, `slack`; of what is none: nothing."""
    found = _KIND.match(url.strip())
    return found[0].lower() if found else ""


def veiled(url: str) -> str:
    """An address as it may be shown."""
    kind = kind_of(url)
    return f"{kind}://…" if kind else "…"


def for_owner(url: str, owner: str) -> str:
    """The address of one owner; nothing where their name would not be one word in it.

    Letters with a meaning in addresses, or in lists of them, would lead a letter to somebody else.
    """
    if OWNER not in url:
        return url
    return url.replace(OWNER, quote(owner, safe="")) if _NAME.fullmatch(owner) else ""


def wrong_with(url: str) -> str:
    """Why this is no address to tell anybody at, as a remedy; nothing: it is one."""
    kind = kind_of(url)
    if not kind:
        return 'write an address of Apprise, like "mailto://smtp.example.org?to={owner}@example.org".'
    if kind in _NEVER:
        return f"{kind} reaches nobody but the engine's own machine; take mail, chat or a webhook."
    if _service(for_owner(url, "owner")) is None:
        return f"Apprise cannot use it: there is no kind {kind}, or something is missing in it or too much."
    return ""


def tell(url: str, subject: str, text: str) -> str:
    """Tell somebody at this address, and wait until it is taken. Returns why it was not; nothing: it was. Blocks."""
    service = _service(url)
    if service is None:
        return "Apprise does not know it"
    from apprise import NotifyFormat

    outcome = service.notify(body=text, title=subject, body_format=NotifyFormat.TEXT, log_level=logging.DEBUG)
    return "" if outcome else _reason(outcome)


def _service(url: str) -> "Apprise | None":
    """Apprise with this one address; None: it is none to it."""
    from apprise import Apprise, AppriseAsset

    _silence()
    asset = AppriseAsset(app_id="VMMS", app_desc="VMMS", async_mode=False, interpret_escapes=False)
    service = Apprise(asset=asset)
    return service if service.add(url) else None


def _silence() -> None:
    """Apprise tells addresses, and what went wrong with them, in its log: nobody reads it but `_reason`.

    urllib3 tells them in its warnings.
    """
    log = logging.getLogger("apprise")
    if log.propagate:
        log.propagate = False
        log.setLevel(logging.DEBUG)
        log.addHandler(logging.NullHandler())
        logging.getLogger("urllib3").setLevel(logging.ERROR)


def _reason(outcome: Any) -> str:
    """What went wrong, in words that hold no address."""
    said = [entry.message for service in outcome for attempt in service for entry in attempt]
    for pattern, words in _REASONS:
        for message in said:
            if found := pattern.search(message):
                return words.format(*found.groups()).strip()
    return "it was not taken"
