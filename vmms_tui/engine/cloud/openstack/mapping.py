"""Answers other than success, as the named errors of `vmms_tui.engine.cloud.errors`.

Sources: the compute, network and block storage API references (docs.openstack.org/api-ref), faults.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from vmms_tui.engine.cloud.errors import (
    AccessDenied,
    BadRequest,
    Busy,
    CloudError,
    CloudFault,
    Conflict,
    NotFound,
    QuotaExceeded,
)
from vmms_tui.engine.cloud.openstack.call import Answer, Call
from vmms_tui.engine.cloud.openstack.wording import Said, clean, said_in

_POLICY = re.compile(r"\bpolicy\b|not authorized", re.IGNORECASE)
_QUOTA = re.compile(
    r"quota|maximum number of|limit exceeded|exceeds allowed|no more ip addresses|no more (fixed|floating) ips",
    re.IGNORECASE,
)
_OVER_QUOTA = {
    "OverQuota",
    "IpAddressGenerationFailure",
    "IpAddressGenerationFailureAllSubnets",
    "ExternalIpAddressExhausted",
    "SubnetPoolQuotaExceeded",
}
_BODY_TOO_LARGE = re.compile(r"request is too large", re.IGNORECASE)


def refusal(call: Call, answer: Answer, secrets: Iterable[str] = ()) -> CloudError:
    """The error that an answer means; its message is one sentence that is safe to show."""
    said = said_in(answer.content)
    retry_after = seconds_to_wait(answer)
    text = clean(said.text, (*secrets, *call.secrets)) or _bare(call, answer.status)
    return _kind(answer.status, said, retry_after)(
        f"Could not {clean(call.doing)}: {text}.",
        request_id=clean(request_id(answer)),
        retry_after=retry_after,
    )


def request_id(answer: Answer) -> str:
    """The id under which the cloud's own logs know the call."""
    return answer.headers.get("x-openstack-request-id") or answer.headers.get("x-compute-request-id") or ""


def seconds_to_wait(answer: Answer) -> float | None:
    """`Retry-After` in seconds, from either form of it (RFC 9110, section 10.2.3)."""
    value = answer.headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    until, now = _instant(value), _instant(answer.headers.get("date", ""))
    return max(0.0, (until - now).total_seconds()) if until and now else None


def _instant(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _bare(call: Call, status: int) -> str:
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    return f"the {call.service} service answered {status}{phrase} without saying why"


def _kind(status: int, said: Said, retry_after: float | None) -> type[CloudError]:
    if status in {400, 403, 409, 413} and _over_quota(status, said):
        return QuotaExceeded
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _too_large(said, retry_after)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is not None:
        return Busy
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return BadRequest if 400 <= status < 500 else CloudFault


def _too_large(said: Said, retry_after: float | None) -> type[CloudError]:
    if _BODY_TOO_LARGE.search(said.text):
        return BadRequest
    return QuotaExceeded if retry_after is None else Busy


def _over_quota(status: int, said: Said) -> bool:
    if said.kind in _OVER_QUOTA:
        return True
    if status == HTTPStatus.BAD_REQUEST or _POLICY.search(said.text):
        return False
    return bool(_QUOTA.search(said.text))


_BY_STATUS: dict[int, type[CloudError]] = {
    401: AccessDenied,
    403: AccessDenied,
    404: NotFound,
    409: Conflict,
    410: NotFound,
    429: Busy,
    501: BadRequest,
}
