"""First passwords: made here, kept in the server only as a SHA-512 crypt."""

import re
import secrets

from passlib.hash import sha512_crypt

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
ROUNDS = 5000
"""Of a hash: crypt's own default is enough, as the strength lies in the password, which is random."""
_GROUPS = 4
_GROUP = 5
_HASH = re.compile(r"\$6\$(rounds=[1-9][0-9]{3,8}\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{86}")


def new_password() -> str:
    """A random password of 99 bits: four groups of five small letters and digits, none that look alike."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def password_hash(password: str) -> str:
    """The password as a SHA-512 crypt with a new salt, as crypt(5) writes it."""
    return str(sha512_crypt.using(rounds=ROUNDS).hash(password))


def is_password_hash(text: str) -> bool:
    """Whether the text is a SHA-512 crypt and nothing else."""
    return _HASH.fullmatch(text) is not None
