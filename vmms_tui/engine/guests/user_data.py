"""User data: what cloud-init does on the first boot of a server.

Two parts (https://docs.cloud-init.io/en/latest/explanation/format.html): a cloud-config with the account that the
server is lent with, and a script that runs the business set-up script and says on the console how it ended.
"""

import base64
import gzip
import json
import re
import shlex
from email.message import Message
from email.mime.multipart import MIMEMultipart

from vmms_tui.engine.guests.keys import BadPublicKey, public_key_line
from vmms_tui.engine.guests.password import is_password_hash

LARGEST = 65_535
"""Nova's limit for user data, in bytes of base64 (https://docs.openstack.org/nova/latest/user/metadata.html)."""

FOLDER = "/var/lib/vmms"
"""Folder in the server; its file `result` holds the marker line, readable by everybody in it."""

READY = "VMMS-READY"
FAILED = "VMMS-FAILED"

_SERVER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_LOGIN = re.compile(r"[a-z_][a-z0-9_-]{0,31}")

_WRAPPER = """\
#!/bin/sh
# Runs the set-up script of the pool once, as root, and says how it ended: on the console, on standard output
# (/var/log/cloud-init-output.log) and in the file `result`.
umask 022
folder={folder}
console={console}
say() {{
    printf '%s\\n' "$1" >"$folder/result"
    printf '%s\\n' "$1"
    (printf '\\n%s\\n' "$1" >"$console") 2>/dev/null || :
}}
finish() {{
    if [ "$1" -eq 0 ]; then say '{ready} {server_id}'; else say "{failed} {server_id} status $1"; fi
    exit "$1"
}}
mkdir -p "$folder"
rm -f "$folder/result"
"""

_SCRIPT = """\
umask 077
base64 -d >"$folder/setup.gz" <<'END-OF-SETUP' || finish 125
{text}
END-OF-SETUP
gzip -dc "$folder/setup.gz" >"$folder/setup" || finish 125
chmod 700 "$folder/setup"
(umask 022; cd / && exec "$folder/setup" </dev/null)
status=$?
umask 022
finish "$status"
"""


class BadUserData(ValueError):
    """No user data can be made of this; one sentence."""


def user_data(*, server_id: str, login: str, password_hash: str, management_key: str, setup_script: str) -> bytes:
    """The user data of one server, compressed when Nova would not take it otherwise.

    `setup_script` runs with the interpreter of its first line, `/bin/sh` when it names none; without one the marker
    is printed all the same. Without `management_key` VMMS itself has no way in. Raises BadUserData.
    """
    message = MIMEMultipart(boundary=f"vmms-{server_id}")
    message.attach(_part("cloud-config", _cloud_config(_checked(server_id), login, password_hash, management_key)))
    message.attach(_part("x-shellscript", setup_wrapper(server_id, setup_script)))
    return _fitting(message.as_bytes())


def setup_wrapper(server_id: str, setup_script: str, *, folder: str = FOLDER, console: str = "/dev/console") -> str:
    """The shell script around the set-up script; it keeps its files in `folder` of the server.

    The set-up script travels as base64 of gzip, so no text in it can end or change the wrapper. Raises BadUserData.
    """
    head = _WRAPPER.format(
        server_id=_checked(server_id),
        folder=shlex.quote(folder),
        console=shlex.quote(console),
        ready=READY,
        failed=FAILED,
    )
    if not setup_script.strip():
        return head + "finish 0\n"
    packed = base64.encodebytes(gzip.compress(_executable(setup_script), mtime=0)).decode("ascii")
    return head + _SCRIPT.format(text=packed.strip())


def _executable(setup_script: str) -> bytes:
    if setup_script.lstrip().startswith("#cloud-config"):
        raise BadUserData("The set-up script is a #cloud-config document; VMMS runs a script: begin it with #!/bin/sh.")
    text = setup_script if setup_script.startswith("#!") else f"#!/bin/sh\n{setup_script}"
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise BadUserData("The set-up script is not text in UTF-8.") from error


def _cloud_config(server_id: str, login: str, password_hash: str, management_key: str) -> str:
    """JSON, which is YAML too; all of it is ASCII.

    The account may use sudo without a password, as the default account of every cloud image: the whole server is
    lent to its owner, and a forgotten password could not be reset otherwise. No other account can be logged in to.
    """
    if not _LOGIN.fullmatch(login) or login == "root":
        raise BadUserData("The login of a pool is an account name in small letters and digits, and not root.")
    if not is_password_hash(password_hash):
        raise BadUserData("The password hash is not a SHA-512 crypt.")
    account = {
        "name": login,
        "gecos": "VMMS",
        "shell": "/bin/bash",
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "lock_passwd": False,
        "hashed_passwd": password_hash,
        "ssh_authorized_keys": [_key(management_key)] if management_key else [],
    }
    config = {
        "hostname": server_id,
        "preserve_hostname": False,
        "users": [account],
        "ssh_pwauth": True,
        "chpasswd": {"expire": False},
    }
    return "#cloud-config\n" + json.dumps(config, indent=1) + "\n"


def _checked(server_id: str) -> str:
    if not _SERVER_ID.fullmatch(server_id):
        raise BadUserData("A server's id is its host name: letters, digits, `.`, `_` and `-`, 63 at most.")
    return server_id


def _key(management_key: str) -> str:
    try:
        return public_key_line(management_key)
    except BadPublicKey as error:
        raise BadUserData("The management key is not an SSH public key.") from error


def _part(kind: str, text: str) -> Message:
    part = Message()
    part["Content-Type"] = f'text/{kind}; charset="us-ascii"'
    part["MIME-Version"] = "1.0"
    part["Content-Disposition"] = f'attachment; filename="vmms-{kind}"'
    part.set_payload(text)
    return part


def _fitting(plain: bytes) -> bytes:
    for data in (plain, gzip.compress(plain, mtime=0)):
        size = 4 * ((len(data) + 2) // 3)
        if size <= LARGEST:
            return data
    raise BadUserData(f"The set-up script is too large: user data of {size} bytes, and Nova takes {LARGEST} at most.")
