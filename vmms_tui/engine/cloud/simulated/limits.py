"""What a project may have, and what Nova takes as a server."""

import base64
import re
from collections.abc import Callable, Iterable, Sized

from vmms_tui.engine.cloud.errors import BadRequest, QuotaExceeded
from vmms_tui.engine.cloud.facts import NewServer, Quota
from vmms_tui.engine.cloud.simulated.records import Project, SimFlavor, SimImage, SimServer

LONGEST = 255
"""Characters of a name or of a metadata value."""
MOST_METADATA = 128
MOST_USER_DATA = 65_535
"""Bytes, in base64."""

_KEY = re.compile(r"[a-zA-Z0-9-_:. ]{1,255}")


def quota(project: Project, living: Iterable[SimServer]) -> Quota:
    """The limits, and what the servers use of them."""
    servers = tuple(living)
    return Quota(
        servers=project.servers,
        servers_used=len(servers),
        vcpus=project.vcpus,
        vcpus_used=sum(one.vcpus for one in servers),
        ram_mib=project.ram_mib,
        ram_mib_used=sum(one.ram_mib for one in servers),
    )


def check_room(project: Project, living: Callable[[], Iterable[SimServer]], flavor: SimFlavor) -> None:
    """Raises QuotaExceeded when one more server of this flavor is too much. Without limits nothing is counted."""
    if max(project.servers, project.vcpus, project.ram_mib) < 0:
        return
    now = quota(project, living())
    rows = (
        ("instances", 1, now.servers_used, now.servers),
        ("cores", flavor.vcpus, now.vcpus_used, now.vcpus),
        ("ram", flavor.ram_mib, now.ram_mib_used, now.ram_mib),
    )
    for resource, wanted, used, limit in rows:
        if limit >= 0 and used + wanted > limit:
            raise QuotaExceeded(
                f"Quota exceeded for {resource}: Requested {wanted}, but already used {used} of {limit} {resource}."
            )


def check_count(resource: str, used: Callable[[], Sized], limit: int) -> None:
    """Raises QuotaExceeded, in Neutron's words, when one more is too much. Without a limit nothing is counted."""
    if limit >= 0 and limit <= len(used()):
        raise QuotaExceeded(f"Quota exceeded for resources: ['{resource}'].")


def check_server(new: NewServer) -> None:
    """Raises BadRequest for what Nova's schema refuses."""
    if not new.name.strip() or len(new.name) > LONGEST:
        raise BadRequest(f"Invalid input for field/attribute name: a name has 1 to {LONGEST} characters.")
    check_metadata(new.metadata)
    check_user_data(new.user_data)


def check_metadata(metadata: dict[str, str]) -> None:
    """Raises BadRequest."""
    if len(metadata) > MOST_METADATA:
        raise BadRequest(f"Maximum number of metadata items exceeds {MOST_METADATA}.")
    for key, value in metadata.items():
        if not _KEY.fullmatch(key):
            raise BadRequest(f"Invalid input for field/attribute metadata: {key!r} does not match {_KEY.pattern!r}.")
        if len(value) > LONGEST:
            raise BadRequest(f"Invalid input for field/attribute {key}: it is longer than {LONGEST} characters.")


def check_user_data(user_data: bytes) -> None:
    """Raises BadRequest."""
    if len(base64.b64encode(user_data)) > MOST_USER_DATA:
        raise BadRequest(f"Invalid input for field/attribute user_data: longer than {MOST_USER_DATA} bytes in base64.")


def check_size(flavor: SimFlavor, image: SimImage) -> None:
    """Raises BadRequest when the image needs more than the flavor has."""
    if flavor.ram_mib < image.min_ram_mib:
        raise BadRequest("Flavor's memory is too small for requested image.")
    if flavor.disk_gib < image.min_disk_gib:
        raise BadRequest("Flavor's disk is too small for requested image.")
