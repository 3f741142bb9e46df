"""Who may come in from a browser: whoever has the address with its key, and only from pages of ours. Pure."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PARAMETER = "key"


@dataclass(frozen=True)
class Gate:
    """Holds the key of one run of `vmms web`. A machine has other users, so loopback alone keeps nobody out."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    def fits(self, offered: str) -> bool:
        """Whether this is the key; takes the same time whatever is wrong with it."""
        return secrets.compare_digest(offered.encode(), self.key.encode())

    def refusal(self, *, cookie: str, host: str, headers: Mapping[str, str]) -> str:
        """Why a request is not answered; empty when it is.

        A browser says in `Origin` whose page asks (RFC 6454): a page of another's may not use this person's cookie.
        """
        if not self.fits(cookie):
            return "This page needs the address that `vmms web` printed, with its key."
        origin = headers.get("Origin", "")
        if origin and urlsplit(origin).netloc != host:
            return "This page may be used only from itself."
        return ""
