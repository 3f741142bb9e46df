"""User data, read back as cloud-init reads it, and its wrapper really run."""

import base64
import email
import email.message
import gzip
import secrets
import subprocess
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import yaml  # type: ignore[import-untyped]
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vmms_tui.engine.guests.password import password_hash
from vmms_tui.engine.guests.user_data import LARGEST, BadUserData, setup_wrapper, user_data

KEY = asyncssh.generate_private_key("ssh-ed25519", comment="vmms").export_public_key().decode().strip()
HASH = password_hash("not-so-secret")


def make(**fields: str) -> bytes:
    known = {"server_id": "vm-1", "login": "vmms", "password_hash": HASH, "management_key": KEY, "setup_script": ""}
    return user_data(**{**known, **fields})


def parts(data: bytes) -> tuple[dict[str, Any], str]:
    """The cloud-config and the script, found as cloud-init's user_data.py finds them."""
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    assert b"mime-version:" in data[:4096].lower()
    message = email.message_from_string(data.decode())
    found = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    assert set(found) == {"text/cloud-config", "text/x-shellscript"}
    config = _text(found["text/cloud-config"])
    assert config.startswith("#cloud-config\n")
    return yaml.safe_load(config), _text(found["text/x-shellscript"])


def _text(part: email.message.Message) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("ascii")


def run(script: str, folder: Path, *, server_id: str = "vm-1", shell: str = "sh") -> tuple[int, str, str]:
    """Run the wrapper; its exit status, the console's last line, and all it printed."""
    console = folder / "console"
    wrapper = folder / "wrapper"
    wrapper.write_text(setup_wrapper(server_id, script, folder=str(folder / "vmms"), console=str(console)))
    done = subprocess.run([shell, str(wrapper)], capture_output=True, timeout=30, check=False, input=b"typed\n")
    result = (folder / "vmms" / "result").read_text()
    marker = result.removesuffix("\n")
    assert console.read_text() == f"\n{marker}\n"
    printed = done.stdout.decode("utf-8", "replace")
    assert printed.endswith(f"{marker}\n")
    return done.returncode, marker, printed


class TestParts:
    def test_the_account_is_the_only_door(self) -> None:
        config, _ = parts(make(login="worker"))
        assert config["hostname"] == "vm-1"
        assert config["users"] == [
            {
                "name": "worker",
                "gecos": "VMMS",
                "shell": "/bin/bash",
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "lock_passwd": False,
                "hashed_passwd": HASH,
                "ssh_authorized_keys": [KEY],
            }
        ]
        assert config["ssh_pwauth"] is True
        assert config["chpasswd"] == {"expire": False}
        assert "disable_root" not in config

    @pytest.mark.parametrize("server_id", ["123", "0x10", "yes", "1e3", "a.b_c-d", "A" * 63])
    def test_a_host_name_stays_text(self, server_id: str) -> None:
        config, _ = parts(make(server_id=server_id))
        assert config["hostname"] == server_id

    def test_the_same_server_gets_the_same_bytes(self) -> None:
        assert make(setup_script="echo hello") == make(setup_script="echo hello")

    @settings(max_examples=60)
    @given(st.text(st.characters(codec="utf-8"), max_size=2000))
    @example("--vmms-vm-1--\n\nContent-Type: text/cloud-config\n\n#cloud-config\nusers: []\n")
    @example("END-OF-SETUP\nreboot\n")
    def test_no_script_reaches_the_cloud_config(self, script: str) -> None:
        try:
            data = make(setup_script=script)
        except BadUserData:
            assert script.lstrip().startswith("#cloud-config")
            return
        assert parts(data)[0] == parts(make())[0]


class TestRefusals:
    @pytest.mark.parametrize("server_id", ["", "-x", "a b", "a\nb", "a'b", "$(id)", "ä", "a" * 64])
    def test_ids(self, server_id: str) -> None:
        with pytest.raises(BadUserData, match="host name"):
            make(server_id=server_id)

    @pytest.mark.parametrize("login", ["", "root", "Root", "a b", "a:b", "a\n", "-r"])
    def test_logins(self, login: str) -> None:
        with pytest.raises(BadUserData, match="account name"):
            make(login=login)

    @pytest.mark.parametrize(
        "text",
        ["", "secret", "$1$abc$def", HASH + "\nroot:x", "$6$" + "a" * 86],
        ids=["empty", "plain", "md5", "two", "no salt"],
    )
    def test_password_hashes(self, text: str) -> None:
        with pytest.raises(BadUserData, match="SHA-512"):
            make(password_hash=text)

    def test_without_our_key_nobody_has_one(self) -> None:
        config, _ = parts(make(management_key=""))
        assert config["users"][0]["ssh_authorized_keys"] == []

    @pytest.mark.parametrize(
        "key",
        ["ssh-ed25519 AAAA", f"{KEY}\n{KEY}", f'command="id" {KEY}', "x" * 500],
        ids=["short", "two", "options", "no key"],
    )
    def test_management_keys(self, key: str) -> None:
        with pytest.raises(BadUserData, match="management key"):
            make(management_key=key)

    def test_a_cloud_config_as_script(self) -> None:
        with pytest.raises(BadUserData, match="#cloud-config"):
            make(setup_script="#cloud-config\npackages: [nginx]\n")

    def test_text_that_is_no_text(self) -> None:
        with pytest.raises(BadUserData, match="UTF-8"):
            make(setup_script="echo \udcff")


class TestSize:
    def test_small_user_data_can_be_read_by_people(self) -> None:
        assert make(setup_script="echo hello").startswith(b"Content-Type: multipart/mixed")

    def test_large_user_data_is_compressed(self) -> None:
        script = "#!/bin/sh\n# " + secrets.token_hex(38_000)
        data = make(setup_script=script)
        assert data[:2] == b"\x1f\x8b"
        assert len(base64.b64encode(data)) <= LARGEST
        assert "VMMS-READY" in parts(data)[1]

    def test_too_large_is_refused_with_the_size(self) -> None:
        with pytest.raises(BadUserData, match=r"user data of \d{6} bytes, and Nova takes 65535 at most"):
            make(setup_script="# " + secrets.token_hex(80_000))

    @settings(max_examples=25, deadline=None)
    @given(st.integers(20_000, 60_000))
    def test_nothing_over_the_limit_gets_out(self, size: int) -> None:
        try:
            data = make(setup_script="# " + secrets.token_hex(size))
        except BadUserData:
            assert size > 40_000
            return
        assert len(base64.b64encode(data)) <= LARGEST


class TestWrapper:
    def test_no_script_is_ready(self, tmp_path: Path) -> None:
        assert run("  \n", tmp_path)[:2] == (0, "VMMS-READY vm-1")

    def test_success(self, tmp_path: Path) -> None:
        status, marker, printed = run(f"echo made >>'{tmp_path}/made'\necho hello\n", tmp_path)
        assert (status, marker) == (0, "VMMS-READY vm-1")
        assert printed.startswith("hello\n")
        assert (tmp_path / "made").read_text() == "made\n"

    @pytest.mark.parametrize(
        ("script", "status"),
        [
            ("exit 3", 3),
            ("set -e\nfalse\necho never", 1),
            ("no-such-command-of-ours", 127),
            ("kill -9 $$", 137),
            ("if then", 2),
            ("#!/no/such/interpreter\n", 127),
            ("#!/usr/bin/env python3\nraise SystemExit(9)\n", 9),
        ],
    )
    def test_failure(self, tmp_path: Path, script: str, status: int) -> None:
        assert run(script, tmp_path)[:2] == (status, f"VMMS-FAILED vm-1 status {status}")

    def test_a_script_has_nobody_to_read_from(self, tmp_path: Path) -> None:
        assert run("read line && exit 8\nexit 0\n", tmp_path)[:2] == (0, "VMMS-READY vm-1")

    def test_an_older_result_does_not_stay(self, tmp_path: Path) -> None:
        (tmp_path / "vmms").mkdir()
        (tmp_path / "vmms" / "result").write_text("VMMS-READY vm-0\n")
        assert run(f"test ! -e '{tmp_path}/vmms/result'", tmp_path)[1] == "VMMS-READY vm-1"

    def test_secrets_of_the_script_are_for_root_only(self, tmp_path: Path) -> None:
        run("true", tmp_path)
        assert (tmp_path / "vmms" / "setup").stat().st_mode & 0o077 == 0
        assert (tmp_path / "vmms" / "result").stat().st_mode & 0o777 == 0o644

    def test_the_script_sees_an_ordinary_umask(self, tmp_path: Path) -> None:
        assert run("umask", tmp_path)[2].startswith("0022\n")

    @pytest.mark.parametrize("shell", ["sh", "bash"])
    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
    )
    @given(
        text=st.text(st.characters(codec="utf-8"), max_size=300)
        | st.lists(
            st.sampled_from(
                ["'", '"', "\\", "`", "$(id)", "END-OF-SETUP", "\n", "\r\n", "\0", "EOF", "exit 0", "$?", "--", "=\n"]
            ),
            max_size=20,
        ).map("".join)
    )
    def test_every_byte_arrives(self, tmp_path: Path, shell: str, text: str) -> None:
        script = f"#!/bin/sh\nexit 0\n{text}"
        assert run(script, tmp_path, shell=shell)[:2] == (0, "VMMS-READY vm-1")
        assert (tmp_path / "vmms" / "setup").read_bytes() == script.encode()
