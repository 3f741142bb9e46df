"""render.py IN OUT [HOST]: fill @NAME@ from the environment, and @AUTH:user@ and @AUTHTOKEN:user@ with the
keystoneauth options of a service user."""

import os
import re
import sys
from pathlib import Path

AUTH = """auth_type=password
auth_url=http://127.0.0.1:{P_KEYSTONE}/v3
project_domain_name=Default
user_domain_name=Default
project_name=service
username={user}
password={LAB_PW}"""
TOKEN = (
    AUTH
    + """
www_authenticate_uri=http://127.0.0.1:{P_KEYSTONE}/v3
memcached_servers=127.0.0.1:{P_MEMC}
service_token_roles=service
service_token_roles_required=true
service_type={service_type}"""
)
SERVICE_TYPES = {
    "nova": "compute",
    "neutron": "network",
    "glance": "image",
    "cinder": "block-storage",
    "placement": "placement",
}


def filled(match: re.Match[str]) -> str:
    """What stands for one @WORD@."""
    kind, _, user = match.group(1).partition(":")
    if kind == "AUTHTOKEN":
        return TOKEN.format(user=user, service_type=SERVICE_TYPES[user], **os.environ)
    if kind == "AUTH":
        return AUTH.format(user=user, **os.environ)
    return sys.argv[3] if kind == "HOST" else os.environ[kind]


def main() -> None:
    """Write OUT from IN."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(re.sub(r"@([A-Z_]+(?::[a-z]+)?)@", filled, source.read_text()))


main()
