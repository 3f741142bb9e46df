"""Public SSH keys as people hand them in: checked, and brought to one safe line.

asyncssh is loaded with the first key: it takes eight megabytes, which an engine on the simulated cloud can do without.
"""

from typing import TYPE_CHECKING

from vmms_tui.engine.wording import plain

if TYPE_CHECKING:
    import asyncssh


class BadPublicKey(ValueError):
    """The text is not one SSH public key; one sentence."""


def public_key_line(text: str) -> str:
    """The key as one line of `authorized_keys`: kind, key, comment; nothing else gets through.

    Options before the key (`command=…`), second lines and control characters would change what the line means
    (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Raises BadPublicKey.
    """
    if len(text.strip().splitlines()) != 1:
        raise BadPublicKey("An SSH public key is one line of text, such as `ssh-ed25519 AAAA… name`.")
    import asyncssh

    try:
        key = asyncssh.import_public_key(text.strip().encode())
    except (asyncssh.KeyImportError, ValueError) as error:
        raise BadPublicKey("This is not an SSH public key in OpenSSH's format.") from error
    return f"{key_body(key)} {_comment(key)}".strip()


def key_body(key: "asyncssh.SSHKey") -> str:
    """Kind and key without the comment: what makes two keys the same."""
    return " ".join(key.export_public_key().decode("ascii", "ignore").split()[:2])


def _comment(key: "asyncssh.SSHKey") -> str:
    comment = (key.get_comment_bytes() or b"").decode("utf-8", "replace")
    return plain(comment, limit=100).encode("ascii", "replace").decode("ascii")
