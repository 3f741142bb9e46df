"""The real cloud's adapter against HTTP on loopback: log-in, errors, repeats, microversions, time-outs."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.unit.openstack_stub import PASSWORD, Host, Reply, Stub, clouds_yaml, hosted
from vmms_tui.engine.clock import RealClock
from vmms_tui.engine.cloud.errors import (
    AccessDenied,
    BadRequest,
    Busy,
    CloudFault,
    NotFound,
    OutcomeUnknown,
    QuotaExceeded,
    Unreachable,
)
from vmms_tui.engine.cloud.facts import CloudServer, NewServer
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.engine.cloud.port import Cloud

SERVERS = "/compute/v2.1/servers"
DETAIL = f"{SERVERS}/detail"
NEW = NewServer(name="web", flavor="small", image="debian", port_ids=("p1",), user_data=b"#cloud-config\n")


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


async def test_check_says_who_we_are(cloud: Cloud) -> None:
    identity = await cloud.check()

    assert (identity.user, identity.project, identity.region) == ("ada", "lab", "one")
    assert identity.microversion == "2.93"


async def test_another_project_of_the_same_credentials(account: OpenStackAccount, stub: Stub) -> None:
    await account.project().check()

    assert (await account.project("other").check()).project == "other"
    assert account.project("other") is account.project("other")
    tokens = {seen.headers["x-auth-token"] for seen in stub.calls("GET", SERVERS)}
    assert len(tokens) == 2


async def test_an_expired_token_is_renewed_once(cloud: Cloud, stub: Stub) -> None:
    await cloud.check()
    stub.valid_tokens.clear()

    await cloud.create_server(NEW)

    assert len(stub.calls("POST", "/identity/v3/auth/tokens")) == 2
    tokens = [seen.headers["x-auth-token"] for seen in stub.calls("GET", "/compute/v2.1/flavors/detail")]
    assert tokens == ["token-1", "token-2"]


async def test_a_token_that_is_refused_even_when_fresh(cloud: Cloud, stub: Stub) -> None:
    stub.then("GET", DETAIL, *[Reply(401, {"error": {"message": "no", "code": 401}})] * 3)

    with pytest.raises(AccessDenied):
        await cloud.list_servers()
    assert len(stub.calls("GET", DETAIL)) == 2


async def test_many_calls_at_once_log_in_once(account: OpenStackAccount, stub: Stub) -> None:
    cloud = account.project()

    await asyncio.gather(*(cloud.list_servers() for _ in range(20)))

    assert len(stub.calls("POST", "/identity/v3/auth/tokens")) == 1
    assert len(stub.calls("GET", DETAIL)) == 20
    assert len(stub.calls("GET", "/compute/v2.1")) <= 2


async def test_wrong_password(tmp_path: Path, stub: Stub, config: Path) -> None:
    clouds_yaml(tmp_path, stub.url, password="wrong-secret")
    account = OpenStackAccount("here")

    with pytest.raises(AccessDenied) as caught:
        await account.project().check()
    await account.close()

    assert caught.value.message == (
        "Could not log in: the cloud refused the log-in as 'ada' in project 'lab' "
        "(The request you have made requires authentication)."
    )


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        ("{clouds: {other: {auth: {}}}}", "There is no cloud 'here' in {file} (there are: other)."),
        (None, "There is no cloud 'here': no clouds.yaml could be read (looked in {file})."),
        ("{clouds: [", "There is no cloud 'here': no clouds.yaml could be read (looked in {file})."),
    ],
)
async def test_unknown_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: str | None, sentence: str) -> None:
    file = tmp_path / "clouds.yaml"
    if write:
        file.write_text(write)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("openstack.config.loader.CONFIG_FILES", [])
    account = OpenStackAccount("here")

    with pytest.raises(AccessDenied) as caught:
        await account.project().check()
    await account.close()

    assert caught.value.message == sentence.format(file=file)


async def test_no_password(tmp_path: Path, stub: Stub, config: Path) -> None:
    clouds_yaml(tmp_path, stub.url, password="")
    account = OpenStackAccount("here")

    with pytest.raises(AccessDenied) as caught:
        await account.project().check()
    await account.close()

    assert caught.value.message == f"The cloud 'here' in {config} cannot be used: it has no password."
    assert stub.seen == []


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


@pytest.fixture
async def hasty(config: Path, clock: Impatient) -> AsyncIterator[OpenStackAccount]:
    account = OpenStackAccount("here", api_timeout=0.4, clock=clock)
    yield account
    await account.close()


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


async def test_a_create_carries_everything(cloud: Cloud, stub: Stub) -> None:
    new = NewServer(
        name="[b]web\x1b[1m 猫[/b]", flavor="f2", image="debian", port_ids=("p1", "p2"), user_data=b"\x00\xff",
        metadata={"vmms_pool": "web"}, availability_zone="az1",
    )  # fmt: skip

    server = await cloud.create_server(new)

    assert server == CloudServer(
        id="new-id", name=new.name, status="BUILD", metadata=new.metadata, flavor="large", image_id="i1"
    )
    (seen,) = stub.calls("POST", SERVERS)
    assert seen.body["server"] == {
        "name": new.name,
        "flavorRef": "f2",
        "imageRef": "i1",
        "metadata": {"vmms_pool": "web"},
        "networks": [{"port": "p1"}, {"port": "p2"}],
        "availability_zone": "az1",
        "user_data": "AP8=",
    }


@pytest.mark.parametrize(
    ("highest", "spoken"), [("2.96", "2.93"), ("2.103", "2.93"), ("2.53", "2.53"), ("2.1", "2.1"), (None, "2.1")]
)
async def test_the_microversion_is_negotiated(cloud: Cloud, stub: Stub, highest: str | None, spoken: str) -> None:
    stub.highest = highest

    assert (await cloud.check()).microversion == spoken
    await cloud.create_server(NEW)

    (seen,) = stub.calls("POST", SERVERS)
    assert seen.headers["openstack-api-version"] == f"compute {spoken}"


async def test_an_old_cloud_tells_flavors_by_id(cloud: Cloud, stub: Stub) -> None:
    stub.highest = "2.1"
    stub.servers = [{"id": "a", "name": "a", "status": "ACTIVE", "flavor": {"id": "f2", "links": []}}]

    (server,) = (await cloud.list_servers()).servers

    assert server.flavor == "large"
    with pytest.raises(BadRequest, match="older than Queens"):
        await cloud.rebuild_server("a", "debian", user_data=b"x")
    await cloud.create_server(NewServer(name="x", flavor="small", image="debian", port_ids=()))
    assert "networks" not in stub.calls("POST", SERVERS)[0].body["server"]


async def test_discovery_that_fails_is_not_taken_for_an_old_cloud(cloud: Cloud, stub: Stub) -> None:
    stub.then("GET", "/compute/v2.1", *[Reply(500, {"message": "starting"})] * 12)
    with pytest.raises(CloudFault):
        await cloud.check()
    stub.script.clear()

    assert (await cloud.check()).microversion == "2.93"


async def test_pages_are_followed(cloud: Cloud, stub: Stub) -> None:
    stub.page = 2
    stub.servers = [{"id": f"s{number}", "name": "x", "status": "ACTIVE"} for number in range(5)]

    listing = await cloud.list_servers()

    assert [server.id for server in listing.servers] == ["s0", "s1", "s2", "s3", "s4"]
    assert [seen.query.get("marker") for seen in stub.calls("GET", DETAIL)] == [None, "s1", "s3"]


async def test_a_list_begins_anew_when_its_marker_is_gone(cloud: Cloud, stub: Stub) -> None:
    stub.page = 1
    stub.servers = [{"id": "a", "name": "a", "status": "ACTIVE"}, {"id": "b", "name": "b", "status": "ACTIVE"}]
    gone = {"servers": [{"id": "zz", "name": "gone"}], "servers_links": [{"rel": "next", "href": "x"}]}
    stub.then("GET", DETAIL, Reply(200, gone))

    listing = await cloud.list_servers()

    assert [server.id for server in listing.servers] == ["a", "b"]


async def test_changes_since_is_sent_as_nova_reads_it(cloud: Cloud, stub: Stub) -> None:
    since = datetime(2026, 3, 2, 14, 0, 0, 999999, tzinfo=timezone(timedelta(hours=2)))

    listing = await cloud.list_servers(since)

    assert not listing.complete
    assert stub.calls("GET", DETAIL)[0].query == {"changes-since": "2026-03-02T12:00:00Z", "limit": "1000"}


async def test_all_that_a_server_tells(cloud: Cloud, stub: Stub) -> None:
    stub.servers = [
        {
            "id": "a", "name": "web", "status": "ERROR", "OS-EXT-STS:task_state": None,
            "OS-EXT-SRV-ATTR:host": "cmp1", "fault": {"message": "No valid host", "code": 500},
            "metadata": {"k": "v"}, "flavor": {"original_name": "small"}, "image": {"id": "i1"},
            "os-extended-volumes:volumes_attached": [{"id": "v1", "delete_on_termination": False}],
            "addresses": {"private": [
                {"addr": "10.0.0.2", "version": 4, "OS-EXT-IPS:type": "fixed"},
                {"addr": "203.0.113.9", "version": 4, "OS-EXT-IPS:type": "floating"},
            ]},
            "created": "2026-03-02T12:00:00Z", "updated": "2026-03-02T12:00:05Z", "new_field": {"x": 1},
        },
        {"id": "b", "status": "UNKNOWN"},
        {"id": "c", "name": "c", "status": "BUILD", "image": "", "flavor": {"original_name": "gone"}},
    ]  # fmt: skip

    full, bare, volume_boot = (await cloud.list_servers()).servers

    assert full == CloudServer(
        id="a", name="web", status="ERROR", fault="No valid host", metadata={"k": "v"}, addresses=("10.0.0.2",),
        floating_addresses=("203.0.113.9",), host="cmp1", flavor="small", image_id="i1", volume_ids=("v1",),
        created=datetime(2026, 3, 2, 12, tzinfo=UTC), updated=datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC),
    )  # fmt: skip
    assert bare == CloudServer(id="b", name="", status="UNKNOWN")
    assert volume_boot.image_id == ""


@pytest.mark.parametrize(("name", "asked"), [("web-1", "^web-1$"), ("we[b", None), ("a b|c", None), ("猫", None)])
async def test_a_name_is_found_exactly(cloud: Cloud, stub: Stub, name: str, asked: str | None) -> None:
    stub.servers = [{"id": "1", "name": name}, {"id": "2", "name": f"{name}0"}, {"id": "3", "name": name.upper() + "x"}]

    assert [server.id for server in await cloud.find_servers(name)] == ["1"]
    assert stub.calls("GET", DETAIL)[0].query.get("name") == asked


async def test_names_that_do_not_exist(cloud: Cloud) -> None:
    with pytest.raises(BadRequest, match="There is no flavor 'huge'"):
        await cloud.create_server(NewServer(name="x", flavor="huge", image="debian", port_ids=()))
    with pytest.raises(BadRequest, match="There is no image 'beos'"):
        await cloud.create_server(NewServer(name="x", flavor="small", image="beos", port_ids=()))
    with pytest.raises(BadRequest, match="2 images are called 'twin'"):
        await cloud.create_server(NewServer(name="x", flavor="small", image="twin", port_ids=()))
    with pytest.raises(NotFound, match="There is no network 'void'"):
        await cloud.create_port("void", name="p", description="d")


async def test_names_are_kept_for_a_minute(cloud: Cloud, stub: Stub, clock: Impatient) -> None:
    path = "/compute/v2.1/flavors/detail"
    await cloud.create_server(NEW)
    await cloud.create_server(NEW)
    assert len(stub.calls("GET", path)) == 1

    clock.move(timedelta(seconds=60))
    await cloud.create_server(NEW)
    assert len(stub.calls("GET", path)) == 2


async def test_calls_are_counted_for_a_minute(account: OpenStackAccount, stub: Stub, clock: Impatient) -> None:
    await account.project().check()
    await account.project("other").check()
    assert account.calls_last_minute() == len(stub.seen) > 4

    clock.move(timedelta(seconds=61))
    assert account.calls_last_minute() == 0


async def test_secrets_do_not_come_back(cloud: Cloud, stub: Stub) -> None:
    echoed = f"Invalid input. Value: 'it\\'s me' {PASSWORD} gAAAAAB{'x' * 40}\n\x1b[31m is bad."
    stub.then("POST", f"{SERVERS}/a/action", Reply(400, {"badRequest": {"message": echoed, "code": 400}}))

    with pytest.raises(BadRequest) as caught:
        await cloud.change_password("a", "it's me")

    assert caught.value.message == (
        "Could not change the password of server a: Invalid input. Value: '***' *** *** [31m is bad."
    )


async def test_a_hypervisor_that_cannot_set_passwords(cloud: Cloud, stub: Stub) -> None:
    from vmms_tui.engine.cloud.errors import Conflict

    message = "Unable to set password: the hypervisor driver has it not implemented"
    stub.then("POST", f"{SERVERS}/a/action", Reply(501, {"notImplemented": {"message": message, "code": 501}}))
    with pytest.raises(Conflict):
        await cloud.change_password("a", "x")


async def test_a_cloud_without_volumes(cloud: Cloud) -> None:
    await cloud.check()

    with pytest.raises(NotFound, match="this cloud offers us no block-storage service"):
        await cloud.create_volume("data", 1)


@pytest.mark.parametrize("identifier", ["", ".", ".."])
async def test_an_id_that_no_address_holds(cloud: Cloud, stub: Stub, identifier: str) -> None:
    with pytest.raises(NotFound):
        await cloud.delete_server(identifier)
    assert stub.calls("DELETE", SERVERS) == []


async def test_an_answer_that_cannot_be_read(cloud: Cloud, stub: Stub) -> None:
    stub.then("GET", DETAIL, *[Reply(200, "<html>login page</html>")] * 3)

    with pytest.raises(CloudFault, match="cannot be read"):
        await cloud.list_servers()


async def test_close_waits_for_what_runs_and_ends_threads(config: Path, stub: Stub) -> None:
    account = OpenStackAccount("here", api_timeout=5.0)
    cloud = account.project()
    await cloud.check()
    stub.then("GET", DETAIL, Reply(200, {"servers": []}, hang=True))
    running = asyncio.create_task(cloud.list_servers())
    assert await asyncio.get_running_loop().run_in_executor(None, stub.hanging.wait, 5)

    closing = asyncio.create_task(account.close())
    await asyncio.sleep(0)
    with pytest.raises(Unreachable, match="closed"):
        await cloud.list_servers()
    assert not running.done()
    stub.release()
    await closing

    assert (await running).servers == ()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("openstack-here")]


def test_importing_the_adapter_does_not_load_openstacksdk() -> None:
    code = (
        "import sys, vmms_tui.engine.cloud.openstack.account\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'openstack', 'keystoneauth1', 'requests'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
