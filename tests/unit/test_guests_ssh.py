"""SSHGuests against servers in this process, on loopback; their commands are really run, in a home of their own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from tests.unit.ssh_machine import Machine, at, closed_port, says, silence, tcp
from vmms_tui.engine.guests.password import password_hash
from vmms_tui.engine.guests.port import Finding, Guest, GuestError
from vmms_tui.engine.guests.real import SSHGuests
from vmms_tui.engine.guests.user_data import FOLDER
from vmms_tui.model.spec import Proof, ProofKind

OWNER = asyncssh.generate_private_key("ssh-ed25519", comment="owner").export_public_key().decode().strip()
OTHER = asyncssh.generate_private_key("ssh-ed25519", comment="other").export_public_key().decode().strip()


@pytest.fixture
def guests(tmp_path: Path) -> SSHGuests:
    return SSHGuests(tmp_path / "keys" / "id_ed25519")


@pytest.fixture
async def machine(tmp_path: Path, guests: SSHGuests) -> AsyncIterator[Machine]:
    machine = Machine(tmp_path / "machine", guests.public_key())
    async with machine.on():
        yield machine


class TestOurKey:
    def test_it_is_made_once_and_for_its_owner_only(self, tmp_path: Path) -> None:
        path = tmp_path / "deep" / "id_ed25519"
        first = SSHGuests(path).public_key()
        assert first.startswith("ssh-ed25519 ")
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert SSHGuests(path).public_key() == first
        assert [file.name for file in path.parent.iterdir()] == ["id_ed25519"]

    def test_a_damaged_key_is_refused_and_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "id_ed25519"
        path.write_text("not a key")
        with pytest.raises(GuestError, match="can be neither read nor made"):
            SSHGuests(path)
        assert path.read_text() == "not a key"


class TestProofBySSH:
    async def test_ready_shows_the_host_key(self, guests: SSHGuests, machine: Machine) -> None:
        found = await guests.prove(machine.proof, machine.guest(), "")
        assert found.ready, found.words
        assert found.words == "SSH lets vmms in"
        expected = " ".join(machine.host_key.export_public_key().decode().split()[:2])
        assert found.host_key == expected
        assert (await guests.prove(machine.proof, machine.guest(host_key=expected), "")).ready

    async def test_the_ssh_settings_of_our_own_account_do_not_count(
        self, guests: SSHGuests, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".ssh").mkdir()
        (tmp_path / ".ssh" / "config").write_text("Host *\n  ProxyCommand false\n")
        (tmp_path / ".ssh" / "known_hosts").write_text(f"* {OTHER}\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert (await guests.prove(machine.proof, machine.guest(), "")).ready

    async def test_another_host_key_is_refused(self, guests: SSHGuests, machine: Machine) -> None:
        found = await guests.prove(machine.proof, machine.guest(host_key=OTHER), "")
        assert not found.ready
        assert found.words.startswith("The SSH host key has changed")
        assert not found.host_key
        with pytest.raises(GuestError, match=r"The key could not be installed: The SSH host key has changed"):
            await guests.install_key(machine.guest(host_key=OTHER), OWNER)
        assert machine.logins == 0

    async def test_a_host_key_of_another_kind_is_refused(self, guests: SSHGuests, machine: Machine) -> None:
        pinned = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode()
        found = await guests.prove(machine.proof, machine.guest(host_key=pinned), "")
        assert "does not show the ecdsa-sha2-nistp256 key that was pinned" in found.words
        assert machine.logins == 0

    async def test_a_pinned_key_that_is_no_key(self, guests: SSHGuests, machine: Machine) -> None:
        found = await guests.prove(machine.proof, machine.guest(host_key="rubbish"), "")
        assert found.words == "The host key that was kept for this server cannot be read"

    async def test_a_refused_key(self, guests: SSHGuests, tmp_path: Path) -> None:
        stranger = Machine(tmp_path / "stranger", OTHER)
        async with stranger.on():
            found = await guests.prove(stranger.proof, stranger.guest(), "")
        assert found == Finding(ready=False, words="SSH refuses the key")

    @pytest.mark.parametrize(
        ("status", "ready", "failed"),
        [
            ("done", True, False),
            ("disabled", True, False),
            ("running", False, False),
            ("not run", False, False),
            ("not started", False, False),
            ("error", False, True),
        ],
    )
    async def test_cloud_init(
        self, guests: SSHGuests, machine: Machine, status: str, ready: bool, failed: bool
    ) -> None:
        machine.program("cloud-init", f"echo; echo 'status: {status}'; exit 2")
        found = await guests.prove(machine.proof, machine.guest(), "")
        assert (found.ready, found.failed) == (ready, failed)
        assert bool(found.host_key) == ready

    @pytest.mark.parametrize(
        ("detail", "words"),
        [
            ("detail:\\n(locale, \\033[1mExit code 255)\\n", "(locale, [1mExit code 255)"),
            ("detail: DataSourceNoCloud\\nerrors:\\n\\t- (scripts, 1 failed)\\n", "- (scripts, 1 failed)"),
        ],
    )
    async def test_the_reason_of_cloud_init(self, guests: SSHGuests, machine: Machine, detail: str, words: str) -> None:
        machine.program("cloud-init", f"[ \"$*\" = 'status --long' ] && printf 'status: error\\n{detail}'")
        found = await guests.prove(machine.proof, machine.guest(), "")
        assert found.words == f"cloud-init ended with an error: {words}"

    async def test_words_of_the_server_hold_no_escape_codes(self, guests: SSHGuests, machine: Machine) -> None:
        machine.program("cloud-init", r"printf 'status: \033[31m[bold]red\a\n'")
        found = await guests.prove(machine.proof, machine.guest(), "")
        assert found.words == "cloud-init to be done: it is [31m[bold]red"

    async def test_it_looks_for_the_result_of_the_set_up_script(self, guests: SSHGuests, machine: Machine) -> None:
        machine.program("cat", f'[ "$1" = {FOLDER}/result ] && echo "VMMS-FAILED vm-1 status 4"')
        machine.program("cloud-init", f"cat {FOLDER}/result; echo 'status: running'")
        found = await guests.prove(machine.proof, machine.guest(), "")
        assert found == Finding(ready=False, failed=True, words="the set-up script failed: VMMS-FAILED vm-1 status 4")

    @pytest.mark.timeout(6)
    async def test_a_silent_server_ends_with_the_limit(self, tmp_path: Path) -> None:
        hasty = SSHGuests(tmp_path / "id", limit=0.2)
        async with tcp(silence) as port:
            found = await hasty.prove(*at(port, ProofKind.SSH), "")
            assert found == Finding(ready=False, words="No answer within 0.2 seconds")
            with pytest.raises(GuestError, match=r"The password could not be set: No answer within 0.2 seconds\.$"):
                await hasty.set_password(
                    Guest(server_id="vm-1", address="127.0.0.1", login="vmms", ssh_port=port), password_hash("x")
                )

    @pytest.mark.timeout(6)
    async def test_a_command_that_never_ends(self, tmp_path: Path, machine: Machine, guests: SSHGuests) -> None:
        hasty = SSHGuests(tmp_path / "keys" / "id_ed25519", limit=0.5)
        assert guests.public_key() == hasty.public_key()
        machine.program("cloud-init", "exec sleep 60")
        assert (await hasty.prove(machine.proof, machine.guest(), "")).words == "No answer within 0.5 seconds"

    async def test_something_else_on_the_port(self, guests: SSHGuests) -> None:
        async with tcp(says(b"\x1b[2J[bold]HTTP/1.1 400 \x07Bad\r\n" * 5)) as port:
            found = await guests.prove(*at(port, ProofKind.SSH), "")
        assert not found.ready
        assert found.words.startswith("SSH gives up: ")
        assert found.words.isprintable()

    async def test_nobody_there(self, guests: SSHGuests) -> None:
        found = await guests.prove(*at(await closed_port(), ProofKind.SSH), "")
        assert found.words.startswith("SSH cannot be reached: ")

    async def test_a_name_and_a_v6_address(self, guests: SSHGuests, tmp_path: Path) -> None:
        machine = Machine(tmp_path / "v6", guests.public_key())
        async with machine.on("::1"):
            assert (await guests.prove(machine.proof, machine.guest(address="::1"), "")).ready
        async with machine.on():
            assert (await guests.prove(machine.proof, machine.guest(address="localhost"), "")).ready


class TestOtherProofs:
    async def test_a_port(self, guests: SSHGuests) -> None:
        called = asyncio.Event()

        async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            called.set()
            await silence(reader, writer)

        async with tcp(handler) as port:
            found = await guests.prove(*at(port, ProofKind.PORT), "")
            await called.wait()
        assert found == Finding(ready=True, words=f"port {port} answers")

    async def test_a_closed_port(self, guests: SSHGuests) -> None:
        port = await closed_port()
        found = await guests.prove(*at(port, ProofKind.PORT), "")
        assert not found.ready
        assert found.words.startswith(f"port {port} does not answer: ")

    @pytest.mark.parametrize("kind", [ProofKind.PORT, ProofKind.HTTP, ProofKind.SSH])
    async def test_no_address_is_not_this_machine(self, guests: SSHGuests, kind: ProofKind) -> None:
        async with tcp(silence) as port:
            proof, _ = at(port, kind)
            found = await guests.prove(proof, Guest(server_id="vm-1", address="", login="vmms"), "")
        assert found == Finding(ready=False, words="the server has no address yet")

    @pytest.mark.parametrize(
        ("answer", "ready", "words"),
        [
            (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", True, "HTTP answers 200"),
            (b"HTTP/1.1 204 No Content\r\n\r\n", False, "HTTP answers 204, not 200"),
            (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", False, "HTTP answers 302, not 200"),
            (b"HTTP/1.1 503 \x1b[31mNo\r\n\r\n", False, "HTTP"),
            (b"SSH-2.0-OpenSSH\r\n", False, "HTTP"),
            (b"", False, "HTTP"),
        ],
    )
    async def test_http(self, guests: SSHGuests, answer: bytes, ready: bool, words: str) -> None:
        async with tcp(says(answer)) as port:
            found = await guests.prove(*at(port, ProofKind.HTTP), "")
        assert found.ready is ready
        assert found.words.startswith(words)
        assert found.words.isprintable()

    async def test_http_asks_for_the_path_through_no_proxy(
        self, guests: SSHGuests, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        asked: list[bytes] = []

        async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\nthe body need not come")
            await writer.drain()

        async with tcp(handler, "::1") as port:
            proof = Proof(kind=ProofKind.HTTP, port=port, path="health?deep=1")
            found = await guests.prove(proof, Guest(server_id="vm-1", address="::1", login="vmms"), "")
        assert found.ready
        assert asked[0].startswith(f"GET /health?deep=1 HTTP/1.1\r\nHost: [::1]:{port}\r\n".encode())

    @pytest.mark.timeout(6)
    async def test_http_that_never_answers(self, tmp_path: Path) -> None:
        async with tcp(silence) as port:
            found = await SSHGuests(tmp_path / "id", limit=0.2).prove(*at(port, ProofKind.HTTP), "")
        assert found.words == "No answer within 0.2 seconds"

    async def test_a_path_that_is_none(self, guests: SSHGuests) -> None:
        found = await guests.prove(*at(1, ProofKind.HTTP, "/a\nb"), "")
        assert not found.ready

    async def test_a_port_that_is_none(self, guests: SSHGuests) -> None:
        for kind in (ProofKind.PORT, ProofKind.SSH, ProofKind.HTTP):
            found = await guests.prove(*at(99_999, kind), "")
            assert not found.ready
            assert found.words


class TestAccount:
    async def test_a_key_once_or_twice_is_the_same(self, guests: SSHGuests, machine: Machine) -> None:
        machine.authorized_keys.parent.mkdir()
        machine.authorized_keys.write_text(f"# {OWNER}\n{guests.public_key()}")
        for comment in ("", " again", " \x1b[31m$(reboot) 'name'"):
            await guests.install_key(machine.guest(), " ".join(OWNER.split()[:2]) + comment)
        await guests.install_key(machine.guest(), OTHER)
        lines = machine.authorized_keys.read_text().splitlines()
        assert lines == [f"# {OWNER}", guests.public_key(), " ".join(OWNER.split()[:2]), OTHER]
        assert machine.authorized_keys.stat().st_mode & 0o777 == 0o600
        assert [file.name for file in machine.authorized_keys.parent.iterdir()] == ["authorized_keys"]

    async def test_the_first_key_makes_its_folder(self, guests: SSHGuests, machine: Machine) -> None:
        await guests.install_key(machine.guest(), OWNER)
        assert machine.authorized_keys.read_text() == f"{OWNER}\n"
        assert machine.authorized_keys.parent.stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize(
        "key",
        ["", "hello", f"{OWNER}\n{OTHER}", f'command="rm -rf /" {OWNER}', "ssh-rsa \udcff"],
        ids=["empty", "word", "two", "options", "no text"],
    )
    async def test_what_is_no_key_never_leaves(self, guests: SSHGuests, machine: Machine, key: str) -> None:
        with pytest.raises(GuestError, match="The key could not be installed: "):
            await guests.install_key(machine.guest(), key)
        assert machine.logins == 0

    async def test_only_our_key_stays(self, guests: SSHGuests, machine: Machine) -> None:
        machine.authorized_keys.parent.mkdir()
        machine.authorized_keys.write_text(f"{guests.public_key()}\n{OWNER}\n{OTHER}\n")
        (machine.home / ".ssh" / "authorized_keys2").write_text(OTHER)
        for _ in range(2):
            await guests.remove_keys(machine.guest())
            assert machine.authorized_keys.read_text() == f"{guests.public_key()}\n"
        assert [file.name for file in machine.authorized_keys.parent.iterdir()] == ["authorized_keys"]

    async def test_a_password(self, guests: SSHGuests, machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        machine.program("id", "echo 1000")
        machine.program("sudo", 'echo "$*" >"$HOME/asked"; cat >"$HOME/read"')
        crypt = password_hash("secret")
        await guests.set_password(machine.guest(), crypt)
        assert (machine.home / "asked").read_text() == "-n chpasswd -e\n"
        assert (machine.home / "read").read_text() == f"vmms:{crypt}\n"
        assert crypt not in caplog.text

    async def test_a_password_for_root_needs_no_sudo(self, guests: SSHGuests, machine: Machine) -> None:
        machine.program("id", "echo 0")
        machine.program("chpasswd", 'cat >"$HOME/read"')
        crypt = password_hash("secret")
        await guests.set_password(machine.guest(), crypt)
        assert (machine.home / "read").read_text() == f"vmms:{crypt}\n"

    async def test_a_refusal_is_told_in_its_own_words(self, guests: SSHGuests, machine: Machine) -> None:
        machine.program("id", "echo 1000")
        machine.program("sudo", r"printf 'sudo: \033[1m[red]a password is required\r\n\n' >&2; exit 1")
        with pytest.raises(GuestError) as caught:
            await guests.set_password(machine.guest(), password_hash("x"))
        assert str(caught.value) == "The password could not be set: sudo: [1m[red]a password is required."

    @pytest.mark.parametrize(
        "crypt",
        ["", "secret", "$6$salt$short", f"{password_hash('x')}\nroot:{password_hash('y')}"],
        ids=["empty", "plain", "short", "two"],
    )
    async def test_what_is_no_hash_never_leaves(self, guests: SSHGuests, machine: Machine, crypt: str) -> None:
        with pytest.raises(GuestError, match="not a SHA-512 crypt"):
            await guests.set_password(machine.guest(), crypt)
        assert machine.logins == 0

    async def test_no_address_is_not_this_machine(self, guests: SSHGuests, machine: Machine) -> None:
        with pytest.raises(GuestError, match="the server has no address"):
            await guests.remove_keys(machine.guest(address=""))
        assert machine.logins == 0
