"""What holds for every test: what one calls secret is none in the next, and Hypothesis is loaded before any engine.

First passwords are hashed with the fewest rounds that crypt allows: each costs as much as a dozen turns of an engine.
Programs that tests start keep their bytecode, as for users: else each of them compiles all of VMMS.
"""

import os
from collections.abc import Iterator

import hypothesis  # noqa: F401  before an engine freezes what the collector looks at: its plug-in for trio looks there
import pytest

from vmms_tui.engine.guests import password
from vmms_tui.model import hiding

password.ROUNDS = 1000
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(autouse=True)
def no_secrets_kept() -> Iterator[None]:
    yield
    hiding._known = ()
