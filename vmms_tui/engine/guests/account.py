"""What is done to an account in a server: fixed shell scripts, with everything that varies on standard input."""

from vmms_tui.engine.guests.keys import BadPublicKey, public_key_line
from vmms_tui.engine.guests.password import is_password_hash
from vmms_tui.engine.guests.port import GuestError

ADD_KEY = """\
set -eu
umask 077
IFS= read -r body
IFS= read -r line
mkdir -p "$HOME/.ssh"
keys="$HOME/.ssh/authorized_keys"
touch "$keys"
if grep -v '^[[:space:]]*#' "$keys" | grep -qF -- "$body"; then exit 0; fi
aside=$(mktemp "$HOME/.ssh/vmms.XXXXXX")
trap 'rm -f "$aside"' EXIT
{ cat "$keys"; printf '\\n%s\\n' "$line"; } | grep -v '^$' >"$aside"
mv "$aside" "$keys"
"""
"""Reads kind and key, then the whole line; leaves alone a file that has the key."""

KEEP_ONE_KEY = """\
set -eu
umask 077
IFS= read -r line
mkdir -p "$HOME/.ssh"
aside=$(mktemp "$HOME/.ssh/vmms.XXXXXX")
trap 'rm -f "$aside"' EXIT
printf '%s\\n' "$line" >"$aside"
mv "$aside" "$HOME/.ssh/authorized_keys"
rm -f "$HOME/.ssh/authorized_keys2"
"""
"""Reads the line to keep."""

SET_PASSWORD = """\
PATH=$PATH:/usr/sbin:/sbin
if [ "$(id -u)" -eq 0 ]; then chpasswd -e; else sudo -n chpasswd -e; fi
"""  # noqa: S105 a script
"""Reads `login:hash`, as chpasswd(8) does."""


def key_to_add(public_key: str) -> str:
    """Standard input of `ADD_KEY`. Raises GuestError."""
    try:
        line = public_key_line(public_key)
    except BadPublicKey as error:
        raise GuestError(f"The key could not be installed: {error}") from error
    return f"{' '.join(line.split()[:2])}\n{line}\n"


def password_entry(login: str, password_hash: str) -> str:
    """Standard input of `SET_PASSWORD`. Raises GuestError."""
    if not is_password_hash(password_hash):
        raise GuestError("The password could not be set: it is not a SHA-512 crypt.")
    if ":" in login or not login.isprintable():
        raise GuestError("The password could not be set: the login is not an account name.")
    return f"{login}:{password_hash}\n"
