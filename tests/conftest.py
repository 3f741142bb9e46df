"""What holds for every test: what one calls secret is none in the next, and Hypothesis is loaded before any engine."""

from collections.abc import Iterator

import hypothesis  # noqa: F401  before an engine freezes what the collector looks at: its plug-in for trio looks there
import pytest

from vmms_tui.model import hiding


@pytest.fixture(autouse=True)
def no_secrets_kept() -> Iterator[None]:
    yield
    hiding._known = ()
