"""Templates of configuration: @NAME@ stands for a setting, @AUTH:user@ and @AUTHTOKEN:user@ for the keystoneauth
options of a service user."""

import re
from collections.abc import Mapping
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


def rendered(text: str, words: Mapping[str, str]) -> str:
    """A template with what stands for each @WORD@ put in."""

    def filled(match: re.Match[str]) -> str:
        kind, _, user = match.group(1).partition(":")
        if kind == "AUTHTOKEN":
            return TOKEN.format(user=user, service_type=SERVICE_TYPES[user], **words)
        if kind == "AUTH":
            return AUTH.format(user=user, **words)
        return words[kind]

    return re.sub(r"@([A-Z_]+(?::[a-z]+)?)@", filled, text)


def write(source: Path, target: Path, words: Mapping[str, str]) -> None:
    """Write a file from its template."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(rendered(source.read_text(), words))
