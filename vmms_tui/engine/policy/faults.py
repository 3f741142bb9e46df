"""What the cloud says of a server that it could not build."""

import re

_QUOTA = re.compile(
    r"quota exceeded|exceed(s|ed|ing)?\b.{0,40}\bquota|over quota|maximum number of .{1,60} exceeded", re.IGNORECASE
)


def is_quota(fault: str) -> bool:
    """Whether a build failed at a quota: Nova counts anew when it has taken a request on, and Neutron and Cinder count.

    The texts are those of nova/exception.py: `Quota exceeded for instances: …`, `Maximum number of ports exceeded`,
    `Maximum number of volumes allowed (10) exceeded for quota 'volumes'`.
    """
    return bool(_QUOTA.search(fault))
