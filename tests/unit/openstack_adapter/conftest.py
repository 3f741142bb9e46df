"""An account on the stub, and a clock on which nobody waits."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.unit.openstack_adapter.stub import Host, Stub, clouds_yaml, hosted
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.engine.cloud.port import Cloud


class Impatient(RealClock):
    """Real time, but nobody waits: pauses are noted."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosted() as host:
        yield host


@pytest.fixture
def stub(host: Host) -> Iterator[Stub]:
    stub = host.renew()
    yield stub
    stub.release()


@pytest.fixture
def clock() -> Impatient:
    return Impatient()


@pytest.fixture
def config(tmp_path: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = clouds_yaml(tmp_path, stub.url)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))
    return file


@pytest.fixture
async def account(config: Path, clock: Impatient) -> AsyncIterator[OpenStackAccount]:
    account = OpenStackAccount("here", api_timeout=5.0, clock=clock)
    yield account
    await account.close()


@pytest.fixture
def cloud(account: OpenStackAccount) -> Cloud:
    return account.project()


@pytest.fixture
async def hasty(config: Path, clock: Impatient) -> AsyncIterator[OpenStackAccount]:
    account = OpenStackAccount("here", api_timeout=0.4, clock=clock)
    yield account
    await account.close()
