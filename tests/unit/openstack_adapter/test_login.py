"""Log-ins, projects, microversions, and the account as a whole, against HTTP on loopback."""

import asyncio
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.openstack_adapter.conftest import Impatient
from tests.unit.openstack_adapter.stub import DETAIL, NEW, SERVERS, Reply, Stub, clouds_yaml
from vmms_tui.engine.cloud.errors import (
    AccessDenied,
    BadRequest,
    CloudFault,
    Unreachable,
)
from vmms_tui.engine.cloud.facts import NewServer
from vmms_tui.engine.cloud.openstack.account import OpenStackAccount
from vmms_tui.engine.cloud.port import Cloud


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
        ("[1]", "{file} cannot be used: Configuration file {file} is empty or not a valid mapping."),
        (
            "{clouds: {here: 7}}",
            "The cloud 'here' in {file} cannot be used: it is not built as openstacksdk expects (AttributeError).",
        ),
        (
            "{clouds: {here: {auth_type: magic, auth: {}}}}",
            "The cloud 'here' in {file} cannot be used: The plugin magic could not be found.",
        ),
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


async def test_the_installations_own_file_goes_before_the_usual_places_and_after_the_variable(
    tmp_path: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, usual, named = (tmp_path / name for name in ("own", "usual", "named"))
    for folder in (own, usual, named):
        folder.mkdir()
    monkeypatch.delenv("OS_CLIENT_CONFIG_FILE", raising=False)
    monkeypatch.setattr("openstack.config.loader.CONFIG_FILES", [str(usual / "clouds.yaml")])

    async def answer() -> str:
        account = OpenStackAccount("here", file=own / "clouds.yaml")
        try:
            await account.project().check()
        except AccessDenied as denied:
            return denied.message
        finally:
            await account.close()
        return "yes"

    assert "own/clouds.yaml, this folder" in await answer()
    clouds_yaml(usual, stub.url)
    assert await answer() == "yes", "where there is none of its own"
    clouds_yaml(own, stub.url, password="wrong-secret")
    assert "refused the log-in" in await answer()
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml(named, stub.url)))
    assert await answer() == "yes"


async def test_no_password(tmp_path: Path, stub: Stub, config: Path) -> None:
    clouds_yaml(tmp_path, stub.url, password="")
    account = OpenStackAccount("here")

    with pytest.raises(AccessDenied) as caught:
        await account.project().check()
    await account.close()

    assert caught.value.message == f"The cloud 'here' in {config} cannot be used: it has no password."
    assert stub.seen == []


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


async def test_calls_are_counted_for_a_minute(account: OpenStackAccount, stub: Stub, clock: Impatient) -> None:
    await account.project().check()
    await account.project("other").check()
    assert account.calls_last_minute() == len(stub.seen) > 4
    told = {(one.service, one.call): one for one in account.calls()}
    assert told["identity", "POST /auth/tokens"].total == len(stub.calls("POST", "/identity/v3/auth/tokens"))
    assert told["compute", "GET /servers"].total == len(stub.calls("GET", "/compute/v2.1/servers")) == 2
    assert {"discovery"} < {service for service, _ in told}
    assert all(one.p50 is not None and one.failed == 0 for one in told.values())
    assert sum(one.total for one in told.values()) == len(stub.seen)

    stub.then("GET", "/compute/v2.1/servers", *[Reply(503, {"message": "busy"})] * 3)
    with pytest.raises(CloudFault):
        await account.project().check()
    failed = next(one for one in account.calls() if one.call == "GET /servers")
    assert (failed.failed, failed.last_error[:8]) == (3, "HTTP 503")
    assert failed.last_error_at is not None

    clock.move(timedelta(seconds=61))
    assert account.calls_last_minute() == 0


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
