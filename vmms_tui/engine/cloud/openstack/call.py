"""One call to one service, and the answer to it, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vmms_tui.engine.cloud.openstack.microversion import Version

COMPUTE = "compute"
NETWORK = "network"
IMAGE = "image"
BLOCK_STORAGE = "block-storage"


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is asked, and how a person would call it."""

    service: str
    method: str
    path: str
    doing: str
    """Completes the sentence "Could not …"."""
    params: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    secrets: tuple[str, ...] = ()
    """Never shown and never logged, even where the cloud repeats them in its answer."""
    reads: bool = False
    """Changes nothing, whatever its method."""
    newest: Version | None = None
    """The newest compute microversion whose answer still says what is wanted; None: any."""

    @property
    def safe(self) -> bool:
        """Nothing can have happened, even if no answer came."""
        return self.reads or self.method in {"GET", "HEAD"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status, headers (names in lower case) and body, as they came."""

    status: int
    headers: Mapping[str, str]
    content: bytes
