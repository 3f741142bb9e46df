"""User data and SSHGuests against real hosts: real cloud-init, sshd and sudo of Debian."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest

from lab.hosts import Host, HostError
from lab.hosts.packages import possible
from vmms_tui.engine.guests.password import new_password, password_hash
from vmms_tui.engine.guests.port import Finding, Guest, GuestError
from vmms_tui.engine.guests.real import SSHGuests
from vmms_tui.engine.guests.user_data import user_data
from vmms_tui.model.spec import Proof, ProofKind

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(possible()), reason=possible())]

SETUP = """\
#!/bin/bash
set -euo pipefail
echo "set up on $(hostname) by $(id -un)"
date +%s.%N >>/var/log/set-up-times
"""


class Booted:
    """A host that boots with user data of ours, and what VMMS knows about it."""

    def __init__(self, host: Host, guests: SSHGuests, setup_script: str) -> None:
        self.host = host
        self.guests = guests
        self.password = new_password()
        self.findings: list[Finding] = []
        self.user_data = user_data(
            server_id=host.name,
            login="vmms",
            password_hash=password_hash(self.password),
            management_key=guests.public_key(),
            setup_script=setup_script,
        )
        self.guest = Guest(server_id=host.name, address=host.start(self.user_data), login="vmms")

    async def settled(self, proof: Proof | None = None, *, use_console: bool = False) -> Finding:
        """Prove until it is ready or has failed."""
        async with asyncio.timeout(90):
            while True:
                console = self.host.console() if use_console else ""
                found = await self.guests.prove(proof or Proof(), self.guest, console)
                self.findings.append(found)
                if found.ready or found.failed:
                    return found
                await asyncio.sleep(0.2)

    @asynccontextmanager
    async def log_in(
        self, *, password: str | None = None, key: asyncssh.SSHKey | None = None
    ) -> AsyncIterator[asyncssh.SSHClientConnection]:
        """Connect as the owner would: with a password or a key, not with our own key."""
        async with asyncssh.connect(
            self.guest.address,
            username="vmms",
            password=password,
            client_keys=[key] if key else None,
            known_hosts=None,
            config=None,
            agent_path=None,
        ) as connection:
            yield connection


@pytest.fixture(scope="module")
def guests(tmp_path_factory: pytest.TempPathFactory) -> SSHGuests:
    return SSHGuests(tmp_path_factory.mktemp("keys") / "id_ed25519")


@pytest.fixture(scope="module")
def good(guests: SSHGuests) -> Iterator[Booted]:
    """One host for many tests; its user data is so large that it travels compressed."""
    yield from _boot("gooda", guests, f"{SETUP}# {secrets.token_hex(38_000)}\n")


@pytest.fixture
def bad(guests: SSHGuests) -> Iterator[Booted]:
    yield from _boot("badb", guests, "#!/bin/sh\necho about to fail\nexit 42\n")


def _boot(name: str, guests: SSHGuests, setup_script: str) -> Iterator[Booted]:
    host = Host(name)
    host.remove()
    try:
        yield Booted(host, guests, setup_script)
    finally:
        host.remove()


async def test_from_boot_to_ready(good: Booted) -> None:
    assert good.user_data[:2] == b"\x1f\x8b"
    found = await good.settled()
    assert not good.findings[0].ready
    assert found.ready, found.words
    assert found.host_key == " ".join(good.host.run("cat", "/etc/ssh/ssh_host_ed25519_key.pub").split()[:2])
    console = good.host.console()
    assert "set up on gooda by root" in good.host.run("cat", "/var/log/cloud-init-output.log")
    by_console = await good.guests.prove(Proof(kind=ProofKind.CONSOLE), good.guest, console)
    assert by_console == Finding(ready=True, words="the console shows VMMS-READY")
    assert (await good.guests.prove(Proof(kind=ProofKind.PORT), good.guest, console)).ready


async def test_the_first_password(good: Booted) -> None:
    await good.settled()
    async with good.log_in(password=good.password) as connection:
        assert (await connection.run("sudo -n id -u; hostname", check=True)).stdout == "0\ngooda\n"
    with pytest.raises(asyncssh.PermissionDenied):
        async with good.log_in(password=new_password()):
            pass


async def test_no_other_account_has_a_way_in(good: Booted) -> None:
    await good.settled()
    open_accounts = good.host.run("awk", "-F:", "$2 !~ /^[!*]/ {print $1}", "/etc/shadow").split()
    assert open_accounts == ["vmms"]
    assert good.host.run("sh", "-c", "ls -d /home/*").split() == ["/home/vmms"]


async def test_another_host_key(good: Booted) -> None:
    await good.settled()
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    guest = Guest(server_id="gooda", address=good.guest.address, login="vmms", host_key=other)
    with pytest.raises(GuestError, match="The SSH host key has changed"):
        await good.guests.set_password(guest, password_hash("x"))


async def test_an_owners_key_comes_and_goes(good: Booted) -> None:
    await good.settled()
    owner = asyncssh.generate_private_key("ssh-ed25519", comment="owner's key; $(reboot)")
    line = owner.export_public_key().decode()
    for _ in range(2):
        await good.guests.install_key(good.guest, line)
    async with good.log_in(key=owner) as connection:
        assert (await connection.run("id -un", check=True)).stdout == "vmms\n"
    assert len(good.host.run("cat", "/home/vmms/.ssh/authorized_keys").splitlines()) == 2
    await good.guests.remove_keys(good.guest)
    with pytest.raises(asyncssh.PermissionDenied):
        async with good.log_in(key=owner):
            pass
    assert (await good.guests.prove(Proof(), good.guest, "")).ready


async def test_a_new_password(good: Booted) -> None:
    await good.settled()
    old, good.password = good.password, new_password()
    await good.guests.set_password(good.guest, password_hash(good.password))
    async with good.log_in(password=good.password) as connection:
        assert (await connection.run("id -un", check=True)).stdout == "vmms\n"
    with pytest.raises(asyncssh.PermissionDenied):
        async with good.log_in(password=old):
            pass


async def test_the_set_up_script_ran_once_whatever_is_rebooted(good: Booted) -> None:
    pinned = (await good.settled()).host_key
    ran = good.host.run("cat", "/var/log/set-up-times")
    assert len(ran.splitlines()) == 1
    good.host.power_off()
    gone = await good.guests.prove(Proof(), good.guest, "")
    assert not gone.ready
    assert not gone.failed
    good.host.power_on()
    assert (await good.settled()).host_key == pinned
    assert good.host.run("cat", "/var/log/set-up-times") == ran
    async with good.log_in(password=good.password):
        pass


def test_a_host_is_made_once_and_ends_whole() -> None:
    host = Host("oncec")
    host.remove()
    try:
        address = host.start(b"#cloud-config\n")
        with pytest.raises(HostError, match="There is a host oncec already"):
            host.start(b"")
        with pytest.raises(HostError, match="The host oncec is running"):
            host.power_on()
        assert (host.address, host.running) == (address, True)
        assert host.run("hostname") == "oncec\n"
        with pytest.raises(HostError, match="ended with 3: no such luck"):
            host.run("sh", "-c", "echo no such luck >&2; exit 3")
    finally:
        host.remove()
        host.remove()
    assert (host.address, host.running) == ("", False)
    assert not Path("/run/netns/vmms-oncec").exists()
    with pytest.raises(HostError, match="The host oncec is not running"):
        host.run("true")


async def test_a_failing_set_up_script_is_found(bad: Booted) -> None:
    words = "the set-up script failed: VMMS-FAILED badb status 42"
    by_ssh = await bad.settled()
    assert by_ssh == Finding(ready=False, failed=True, words=words)
    by_port = await bad.settled(Proof(kind=ProofKind.PORT), use_console=True)
    assert by_port == by_ssh
    assert "about to fail" in bad.host.run("cat", "/var/log/cloud-init-output.log")
