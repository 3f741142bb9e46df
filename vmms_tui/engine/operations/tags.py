"""How our objects are known in the cloud: nothing without these marks is ever changed."""

import msgspec

from vmms_tui.engine.cloud.facts import TAG_INSTALLATION, TAG_LEASE, TAG_POOL, TAG_SERVER, CloudServer
from vmms_tui.engine.context import Context
from vmms_tui.engine.numbers import number_in
from vmms_tui.model.records import Lease, Server

TAG_OWNER = "vmms_owner"
TAG_PROJECT = "vmms_project"
TAG_PURPOSE = "vmms_purpose"
TAG_IMPORTANCE = "vmms_importance"
TAG_START = "vmms_lease_start"
TAG_END = "vmms_lease_end"
LEASE_TAGS = (TAG_LEASE, TAG_OWNER, TAG_PROJECT, TAG_PURPOSE, TAG_IMPORTANCE, TAG_START, TAG_END)
LONGEST_VALUE = 255
"""Characters of a metadata value (compute API, `POST /servers/{id}/metadata`)."""


def server_tags(context: Context, server: Server) -> dict[str, str]:
    """Metadata of a server, from its birth on."""
    return {TAG_INSTALLATION: context.installation, TAG_POOL: server.pool, TAG_SERVER: server.id}


def lease_tags(lease: Lease) -> dict[str, str]:
    """Metadata of a server while it is lent: enough to know the lease again if our store is lost."""
    values = {
        TAG_LEASE: lease.id,
        TAG_OWNER: lease.owner,
        TAG_PROJECT: lease.project,
        TAG_PURPOSE: lease.purpose,
        TAG_IMPORTANCE: str(lease.importance),
        TAG_START: lease.start.isoformat(),
        TAG_END: lease.end.isoformat(),
    }
    return {key: value[:LONGEST_VALUE] for key, value in values.items()}


def description(context: Context, server: Server) -> str:
    """What is written on a server's ports and floating IP."""
    return f"vmms {context.installation} {server.pool} {server.id}"


class Named(msgspec.Struct, frozen=True):
    """What a description says of an object of ours."""

    pool: str
    server_id: str


def named_in(installation: str, text: str) -> Named | None:
    """The pool and server that a description of ours names; None for any other text, however much like ours."""
    words = text.split(" ")
    if len(words) != 4 or words[:2] != ["vmms", installation] or not number_in("server", words[3]):
        return None
    return Named(pool=words[2], server_id=words[3])


def numbers(seen: CloudServer) -> dict[str, int]:
    """The numbers in the ids that a server of ours carries, by kind; 0 where there is none."""
    ids = {"server": seen.metadata.get(TAG_SERVER, ""), "lease": seen.metadata.get(TAG_LEASE, "")}
    return {kind: number_in(kind, record_id) for kind, record_id in ids.items()}


def is_ours(context: Context, seen: CloudServer) -> bool:
    """Whether a server in the cloud carries our installation's tag."""
    return seen.metadata.get(TAG_INSTALLATION) == context.installation


def is_server(context: Context, seen: CloudServer, server: Server) -> bool:
    """Whether this is that server of ours."""
    return is_ours(context, seen) and seen.metadata.get(TAG_SERVER) == server.id
