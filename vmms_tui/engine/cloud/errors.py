"""What a cloud can answer instead of what was asked. Adapters raise nothing else."""

from vmms_tui.engine.wording import legible
from vmms_tui.model.hiding import without_secrets

SILENT = "The cloud did not say why."


class CloudError(Exception):
    """The cloud did not do it. `message` is one line, safe to show; `request_id` is Nova's, where known."""

    def __init__(self, message: str, *, request_id: str = "", retry_after: float | None = None) -> None:
        self.message = legible(without_secrets(message)) or SILENT
        super().__init__(self.message)
        self.request_id = request_id
        self.retry_after = retry_after
        """Seconds the cloud asked us to wait, where it did."""


class AccessDenied(CloudError):
    """401 after a fresh token, wrong password, or 403 by policy: somebody must mend the credentials."""


class QuotaExceeded(CloudError):
    """403 or 413 over a quota: goes through when something is freed or the quota is raised."""


class BadRequest(CloudError):
    """400: this call can never work as it is."""


class NotFound(CloudError):
    """404: there is no such thing (any more)."""


class Conflict(CloudError):
    """409: not in its present state."""


class Busy(CloudError):
    """413/429/503 with Retry-After: too many calls."""


class CloudFault(CloudError):
    """5xx: the cloud failed, and it is not known whether the act was done."""


class Unreachable(CloudError):
    """No connection: nothing was done."""


class OutcomeUnknown(CloudError):
    """The call was sent and no answer came in time: look before it is made again."""


PASSING = (Busy, CloudFault, Unreachable, OutcomeUnknown)
"""Errors that may pass by themselves."""
