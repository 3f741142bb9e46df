"""What one test calls secret is none in the next."""

from collections.abc import Iterator

import pytest

from vmms_tui.model import hiding


@pytest.fixture(autouse=True)
def no_secrets_kept() -> Iterator[None]:
    yield
    hiding._known = ()
