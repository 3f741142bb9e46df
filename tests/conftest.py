"""What holds for every test: what one calls secret is none in the next, and Hypothesis is loaded before any engine.

Machines are shared, in CI too: Hypothesis sets no limit on the time of an example, nor on that of making one up.

First passwords are hashed with the fewest rounds that crypt allows: each costs as much as a dozen turns of an engine.
Programs that tests start keep their bytecode, as for users: else each of them compiles all of VMMS.
"""

import os
from collections.abc import Iterator

import pytest

# before an engine freezes what the collector looks at: the plug-in of Hypothesis for trio looks there
from hypothesis import HealthCheck, settings

from vmms_tui.engine.guests import password
from vmms_tui.model import hiding

password.ROUNDS = 1000
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture(autouse=True)
def no_secrets_kept() -> Iterator[None]:
    yield
    hiding._known = ()
