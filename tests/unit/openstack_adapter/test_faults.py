"""Refusals, silence, lost connections, and what is made again, against HTTP on loopback."""

import socket
from pathlib import Path

import pytest

from tests.unit.openstack_adapter.conftest import Impatient
from tests.unit.openstack_adapter.stub import DETAIL, NEW, PASSWORD, SERVERS, Reply, Stub, clouds_yaml
from vmms_tui.engine.cloud.errors import (
    AccessDenied,
    BadRequest,
    Busy,
    CloudFault,
    OutcomeUnknown,
    QuotaExceeded,
    Unreachable,
)
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.engine.cloud.port import Cloud


async def test_nobody_listens(tmp_path: Path, config: Path, clock: Impatient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    clouds_yaml(tmp_path, f"http://127.0.0.1:{port}")
    account = OpenStackAccount("here", clock=clock)

    with pytest.raises(Unreachable, match=f"no connection to 127.0.0.1:{port} .*refused"):
        await account.project().create_server(NEW)
    await account.close()
    assert len(clock.pauses) == 2


async def test_no_such_host(tmp_path: Path, config: Path, clock: Impatient, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    clouds_yaml(tmp_path, "http://cloud.example")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    account = OpenStackAccount("here", clock=clock)

    with pytest.raises(Unreachable, match=r"cloud.example \(Name or service not known\)"):
        await account.project().list_servers()
    await account.close()


async def test_a_read_is_made_three_times(cloud: Cloud, stub: Stub, clock: Impatient) -> None:
    headers = {"x-openstack-request-id": "req-\x1b[1m7"}
    stub.then("GET", DETAIL, *[Reply(500, {"computeFault": {"message": "boom", "code": 500}}, headers)] * 4)

    with pytest.raises(CloudFault, match=r"^Could not list servers: boom\.$") as caught:
        await cloud.list_servers()

    assert len(stub.calls("GET", DETAIL)) == 3
    assert caught.value.request_id == "req- [1m7"
    assert len(clock.pauses) == 2


async def test_a_read_gets_over_one_fault(cloud: Cloud, stub: Stub) -> None:
    stub.then("GET", DETAIL, Reply(502, "<html><title>Bad Gateway</title></html>"))

    assert (await cloud.list_servers()).complete


async def test_retry_after_is_honoured(cloud: Cloud, stub: Stub, clock: Impatient) -> None:
    stub.then("GET", DETAIL, Reply(429, {"overLimit": {"message": "slow", "code": 429}}, {"Retry-After": "3"}))

    await cloud.list_servers()

    assert len(clock.pauses) == 1
    assert 3.0 <= clock.pauses[0] <= 3.25


async def test_retry_after_beyond_our_patience_is_passed_on(cloud: Cloud, stub: Stub) -> None:
    stub.then("GET", DETAIL, Reply(503, {"message": "later"}, {"Retry-After": "600"}))

    with pytest.raises(Busy) as caught:
        await cloud.list_servers()

    assert caught.value.retry_after == 600
    assert len(stub.calls("GET", DETAIL)) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(403, {"forbidden": {"message": "Quota exceeded for instances: …", "code": 403}}), QuotaExceeded),
        (Reply(403, {"forbidden": {"message": "Policy doesn't allow it", "code": 403}}), AccessDenied),
        (Reply(413, {"overLimit": {"message": "This request was limited", "code": 413}}, {"Retry-After": "9"}), Busy),
        (Reply(413, {"overLimit": {"message": "Quota exceeded", "code": 413}}, {"Retry-After": "0"}), QuotaExceeded),
        (Reply(500, {"computeFault": {"message": "boom", "code": 500}}), CloudFault),
        (Reply(503, "<h1>No server</h1>", {"Retry-After": "1"}), Busy),
    ],
)
async def test_a_create_is_never_repeated(cloud: Cloud, stub: Stub, reply: Reply, error: type[Exception]) -> None:
    stub.then("POST", SERVERS, reply)

    with pytest.raises(error):
        await cloud.create_server(NEW)

    assert len(stub.calls("POST", SERVERS)) == 1


async def test_no_answer_to_a_create(hasty: OpenStackAccount, stub: Stub) -> None:
    cloud = hasty.project()
    await cloud.check()
    stub.then("POST", SERVERS, Reply(hang=True))

    with pytest.raises(OutcomeUnknown, match="did not answer in time"):
        await cloud.create_server(NEW)

    assert len(stub.calls("POST", SERVERS)) == 1


async def test_no_answer_to_a_read(hasty: OpenStackAccount, stub: Stub) -> None:
    cloud = hasty.project()
    await cloud.check()
    stub.then("GET", DETAIL, *[Reply(hang=True)] * 3)

    with pytest.raises(Unreachable, match="did not answer in time"):
        await cloud.list_servers()

    assert 1 <= len(stub.calls("GET", DETAIL)) <= 3


async def test_no_answer_to_the_log_in_before_a_delete(hasty: OpenStackAccount, stub: Stub) -> None:
    stub.then("POST", "/identity/v3/auth/tokens", Reply(hang=True))

    with pytest.raises(Unreachable):
        await hasty.project().delete_server("s1")

    assert not stub.calls("DELETE", f"{SERVERS}/s1")


async def test_an_answer_that_comes_after_the_deadline(account: OpenStackAccount, stub: Stub) -> None:
    cloud = account.project()
    await cloud.check()
    await cloud.create_server(NEW)
    account._workers.deadline = 0.2
    stub.then("POST", SERVERS, Reply(hang=True))
    stub.then("GET", DETAIL, *[Reply(hang=True)] * 3)

    with pytest.raises(OutcomeUnknown, match=r"create server 'web': no answer within 0.2 seconds"):
        await cloud.create_server(NEW)
    with pytest.raises(Unreachable, match=r"no answer within 0.2 seconds"):
        await cloud.list_servers()

    stub.release()
    assert len(stub.calls("POST", SERVERS)) == 2


async def test_the_connection_is_lost_while_a_create_is_under_way(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    import requests
    from urllib3.exceptions import ProtocolError

    await cloud.check()
    await cloud.flavors()
    real = requests.adapters.HTTPAdapter.send

    def send(self: object, request: requests.PreparedRequest, **kwargs: object) -> object:
        if request.method == "POST":
            aborted = ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
            raise requests.ConnectionError(aborted, request=request)
        return real(self, request, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)

    with pytest.raises(OutcomeUnknown, match="Connection reset by peer"):
        await cloud.create_server(NEW)


async def test_an_answer_to_a_create_that_breaks_off(cloud: Cloud, stub: Stub) -> None:
    stub.then("POST", SERVERS, Reply(202, {"server": {"id": "new-id"}}, {"content-length": "1000"}))

    with pytest.raises(OutcomeUnknown):
        await cloud.create_server(NEW)

    assert len(stub.calls("POST", SERVERS)) == 1


async def test_secrets_do_not_come_back(cloud: Cloud, stub: Stub) -> None:
    echoed = f"Invalid input. Value: 'it\\'s me' {PASSWORD} gAAAAAB{'x' * 40}\n\x1b[31m is bad."
    stub.then("POST", f"{SERVERS}/a/action", Reply(400, {"badRequest": {"message": echoed, "code": 400}}))

    with pytest.raises(BadRequest) as caught:
        await cloud.change_password("a", "it's me")

    assert caught.value.message == (
        "Could not change the password of server a: Invalid input. Value: '***' *** *** [31m is bad."
    )


async def test_an_answer_that_cannot_be_read(cloud: Cloud, stub: Stub) -> None:
    stub.then("GET", DETAIL, *[Reply(200, "<html>login page</html>")] * 3)

    with pytest.raises(CloudFault, match="cannot be read"):
        await cloud.list_servers()
