"""What a cloud says about itself, its projects and what it has to offer."""

import pytest

from vmms_tui.engine.cloud.errors import AccessDenied, NotFound, Unreachable
from vmms_tui.engine.cloud.facts import CloudServer
from vmms_tui.engine.cloud.port import Cloud

from .stage import EXTERNAL, FLAVOR, IMAGE, NETWORK, Stage


async def test_who_we_are(stage: Stage) -> None:
    identity = await stage.cloud.check()
    assert identity.user
    assert identity.project == "labproject"
    assert identity.microversion.startswith("2.")


async def test_another_project_of_the_same_account(stage: Stage) -> None:
    identity = await stage.account.project(stage.other_project).check()
    assert identity.project == stage.other_project


async def test_the_same_project_is_the_same_cloud(stage: Stage) -> None:
    assert stage.account.project() is stage.account.project()


async def test_a_project_that_is_not_there(stage: Stage) -> None:
    with pytest.raises(AccessDenied):
        await stage.account.project("no-such-project").check()


async def test_wrong_password(stage: Stage) -> None:
    with pytest.raises(AccessDenied) as refused:
        await stage.wrong_password.project().check()
    assert "not-the-password" not in refused.value.message


async def test_wrong_password_for_an_act(stage: Stage) -> None:
    with pytest.raises(AccessDenied):
        await stage.wrong_password.project().delete_server("any")


async def test_nobody_there(stage: Stage) -> None:
    with pytest.raises(Unreachable):
        await stage.unreachable.project().check()


async def test_nobody_there_for_an_act(stage: Stage) -> None:
    with pytest.raises(Unreachable):
        await stage.unreachable.project().create_volume("never", 1)


async def test_flavors(cloud: Cloud) -> None:
    flavors = {flavor.name: flavor for flavor in await cloud.flavors()}
    sizes = {name: (f.ram_mib, f.vcpus, f.disk_gib) for name, f in flavors.items() if name.startswith("m1.")}
    expected = {
        "m1.tiny": (512, 1, 1), "m1.small": (2048, 1, 10), "m1.medium": (4096, 2, 20), "m1.large": (8192, 4, 40)
    }  # fmt: skip
    assert expected.items() <= sizes.items()
    assert len({flavor.id for flavor in flavors.values()}) == len(flavors)


async def test_images(cloud: Cloud) -> None:
    image = next(image for image in await cloud.images() if image.name == IMAGE)
    assert (image.status, image.min_ram_mib, image.min_disk_gib) == ("active", 64, 0)


async def test_networks(cloud: Cloud) -> None:
    external = {network.name: network.external for network in await cloud.networks()}
    assert external.items() >= {NETWORK: False, "ci-vlan": False, EXTERNAL: True}.items()


async def test_security_groups(cloud: Cloud) -> None:
    assert "default" in await cloud.security_groups()


async def test_quota_counts_a_server(cloud: Cloud, shared: CloudServer) -> None:
    quota = await cloud.quota()
    assert quota.servers_used >= 1
    assert quota.vcpus_used >= 1
    assert quota.ram_mib_used >= 512
    assert shared.flavor == FLAVOR


async def test_a_limit_is_shown(stage: Stage) -> None:
    other = stage.account.project(stage.other_project)
    with stage.quota_of_servers(stage.other_project, 17):
        assert (await other.quota()).servers == 17
    assert (await other.quota()).servers == -1


async def test_hosts_are_not_for_members(cloud: Cloud) -> None:
    with pytest.raises(AccessDenied):
        await cloud.hypervisors()


async def test_hosts_are_for_administrators(stage: Stage) -> None:
    hosts = await stage.administrator.hypervisors()
    assert {f"cmp{number}" for number in range(1, 5)} <= {host.host for host in hosts}
    assert len({host.id for host in hosts}) == len(hosts)
    assert {host.state for host in hosts} <= {"up", "down"}
    assert {host.status for host in hosts} <= {"enabled", "disabled"}


async def test_servers_of_another_project_are_not_there(stage: Stage, shared: CloudServer) -> None:
    other = stage.account.project(stage.other_project)
    with pytest.raises(NotFound):
        await other.get_server(shared.id)
    assert shared.id not in {server.id for server in (await other.list_servers()).servers}


async def test_calls_are_counted(stage: Stage) -> None:
    before = stage.account.calls_last_minute()
    await stage.cloud.quota()
    assert stage.account.calls_last_minute() > before
    told = stage.account.calls()
    assert sum(one.last_minute for one in told) == stage.account.calls_last_minute()
    assert {"compute"} <= {one.service for one in told}
    assert stage.account.calls_made() == {(one.service, one.call): one.total for one in told}
    assert all(one.p50 is None or (one.slowest is not None and one.p50 <= one.slowest) for one in told)
