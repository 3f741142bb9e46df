"""What proofs read from a console, keys and passwords, and the simulated guests."""

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st
from passlib.hash import sha512_crypt

from vmms_tui.engine.guests.keys import BadPublicKey, public_key_line
from vmms_tui.engine.guests.markers import last_marker
from vmms_tui.engine.guests.password import is_password_hash, new_password, password_hash
from vmms_tui.engine.guests.port import Finding, Guest, GuestError, Guests
from vmms_tui.engine.guests.real import SSHGuests
from vmms_tui.engine.guests.simulated import SimulatedGuests
from vmms_tui.engine.wording import plain
from vmms_tui.model.spec import Proof, ProofKind

OWNER = asyncssh.generate_private_key("ssh-ed25519", comment="owner").export_public_key().decode().strip()
GUEST = Guest(server_id="vm-1", address="192.0.2.1", login="vmms")
BOOT = "[    1.0] Linux\r\n[   12.3] cloud-init[321]: VMMS-READY vm-1\r\nlogin: "


class TestMarkers:
    @pytest.mark.parametrize(
        ("text", "marker"),
        [
            ("", ""),
            (BOOT, "VMMS-READY vm-1"),
            ("VMMS-FAILED vm-1 status 2\r\n", "VMMS-FAILED vm-1 status 2"),
            ("VMMS-FAILED vm-1 status 2\nVMMS-READY vm-1\n", "VMMS-READY vm-1"),
            ("VMMS-READY vm-1\nVMMS-FAILED vm-1 status 2\n", "VMMS-FAILED vm-1 status 2"),
            ("VMMS-READY vm-10\nVMMS-READY vm-1.x\nVMMS-READY vm-1-a\nVMMS-READY Xvm-1", ""),
            ("NO-VMMS-READY vm-1", ""),
            ("VMMS-FAILED vm-1 \x1b[31mstatus\x07 2", "VMMS-FAILED vm-1 [31mstatus 2"),
        ],
    )
    def test_the_last_one_about_this_server_counts(self, text: str, marker: str) -> None:
        assert last_marker(text, "vm-1") == marker

    def test_an_id_is_no_pattern(self) -> None:
        assert last_marker("VMMS-READY vm-1", "vm.1") == ""


@pytest.fixture(params=["real", "simulated"])
def guests(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Guests:
    """Both adapters: on what needs no server they answer the same."""
    if request.param == "simulated":
        return SimulatedGuests(lambda _: None)
    return SSHGuests(tmp_path_factory.mktemp("keys") / "id_ed25519")


class TestBothAdapters:
    @pytest.mark.parametrize("kind", ProofKind)
    async def test_a_failed_set_up_script_fails_every_proof(self, guests: Guests, kind: ProofKind) -> None:
        found = await guests.prove(Proof(kind=kind), GUEST, "VMMS-FAILED vm-1 status 7\r\n")
        assert found == Finding(ready=False, failed=True, words="the set-up script failed: VMMS-FAILED vm-1 status 7")

    async def test_no_proof(self, guests: Guests) -> None:
        assert (await guests.prove(Proof(kind=ProofKind.NONE), GUEST, "")).ready

    @pytest.mark.parametrize(
        ("marker", "console", "ready"),
        [
            ("VMMS-READY", BOOT, True),
            ("VMMS-READY", "VMMS-READY vm-2", False),
            ("VMMS-READY", "", False),
            ("[red]up", "it is [red]up now", True),
            ("[red]up", "it is up now", False),
        ],
    )
    async def test_console(self, guests: Guests, marker: str, console: str, ready: bool) -> None:
        found = await guests.prove(Proof(kind=ProofKind.CONSOLE, marker=marker), GUEST, console)
        assert found.ready is ready
        assert not found.failed
        assert marker in found.words

    async def test_bad_input(self, guests: Guests) -> None:
        with pytest.raises(GuestError, match="not a SHA-512 crypt"):
            await guests.set_password(GUEST, "secret")
        with pytest.raises(GuestError, match="The key could not be installed"):
            await guests.install_key(GUEST, "secret")

    async def test_our_key_can_go_into_user_data(self, guests: Guests) -> None:
        assert public_key_line(guests.public_key()) == guests.public_key()
        await guests.close()


class TestSimulated:
    async def test_ready_after_a_while(self) -> None:
        up: dict[str, float | None] = {}
        guests = SimulatedGuests(up.get, ready_after=2.0)
        seen = []
        for up[GUEST.address] in (None, 0.0, 1.9, 2.0):
            seen.append(await guests.prove(Proof(), GUEST, ""))
        assert [found.ready for found in seen] == [False, False, False, True]
        assert seen[-1].host_key == guests.host_key("vm-1")
        assert guests.proofs == 4

    async def test_keys_and_passwords_are_remembered(self) -> None:
        guests = SimulatedGuests(lambda _: 10.0)
        for key in (OWNER, OWNER + " again"):
            await guests.install_key(GUEST, key)
        assert guests.keys == {"vm-1": (OWNER,)}
        await guests.remove_keys(GUEST)
        assert guests.keys == {}
        crypt = password_hash("x")
        await guests.set_password(GUEST, crypt)
        assert guests.password_hashes == {"vm-1": crypt}

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ("refuse", "SSH refuses the key"),
            ("silent", "No answer within 15 seconds"),
            ("host_key", "The SSH host key has changed: 192.0.2.1 does not show the key that was pinned"),
            ("down", "SSH cannot be reached: no route to host"),
        ],
    )
    async def test_faults(self, fault: str, words: str) -> None:
        guests = SimulatedGuests(lambda _: None if fault == "down" else 10.0)
        guest = Guest(server_id="vm-1", address="192.0.2.1", login="vmms", host_key=guests.host_key("vm-1"))
        if fault == "refuse":
            guests.refuse.add("vm-1")
        elif fault == "silent":
            guests.silent.add("vm-1")
        elif fault == "host_key":
            guests.host_keys["vm-1"] = "ssh-ed25519 another"
        found = Finding(ready=False, words=words, other_key=fault == "host_key")
        assert await guests.prove(Proof(), guest, "") == found
        with pytest.raises(GuestError, match=words):
            await guests.set_password(guest, password_hash("x"))
        assert guests.password_hashes == {}

    async def test_a_failing_set_up_script(self) -> None:
        guests = SimulatedGuests(lambda _: 10.0)
        guests.fail.add("vm-1")
        assert (await guests.prove(Proof(), GUEST, "")).failed


class TestPasswords:
    def test_they_are_long_and_easy_to_type(self) -> None:
        made = {new_password() for _ in range(500)}
        assert len(made) == 500
        letters = set("".join(made)) - {"-"}
        assert len(letters) == 31
        assert not letters & set("il1o0")
        assert {len(password) for password in made} == {23}

    def test_the_hash_is_salted_and_fits(self) -> None:
        first, second = password_hash("correct horse"), password_hash("correct horse")
        assert first != second
        assert is_password_hash(first)
        assert sha512_crypt.verify("correct horse", first)
        assert not sha512_crypt.verify("correct-horse", first)


class TestWords:
    @given(st.text(max_size=400), st.integers(1, 50))
    def test_one_printable_line(self, text: str, limit: int) -> None:
        line = plain(text, limit)
        assert len(line) <= limit
        assert line.isprintable()
        assert plain(line, limit) == line

    def test_what_is_cut_is_seen(self) -> None:
        assert plain("abc\x1b[0m\u202edef", 8) == "abc [0m…"

    @given(st.text(max_size=60))
    def test_a_key_line_is_one_plain_line(self, comment: str) -> None:
        text = " ".join(OWNER.split()[:2]) + " " + comment
        try:
            line = public_key_line(text)
        except BadPublicKey:
            assert len(text.strip().splitlines()) > 1 or "\udfff" >= max(comment) >= "\ud800"
            return
        assert line.isascii()
        assert line.isprintable()
        assert line.split()[:2] == OWNER.split()[:2]
