"""First passwords and the cloud's credentials: nowhere but where they belong, whatever fails and whoever looks."""

import asyncio
import base64
import gzip
import io
import logging
from collections.abc import Iterator
from contextlib import aclosing, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from tests.engine.world import POOL, World
from tests.people import peer
from vmms_tui.cli.logs import Formatter
from vmms_tui.engine.cloud.errors import AccessDenied, Busy, CloudError, CloudFault, QuotaExceeded, Unreachable
from vmms_tui.engine.cloud.simulated.records import SimServer
from vmms_tui.engine.desk import passwords
from vmms_tui.engine.guests.port import GuestError
from vmms_tui.engine.operations import inside, provision
from vmms_tui.model.audit import EventQuery
from vmms_tui.model.commands import (
    AnyCommand,
    RebootServer,
    RebuildServer,
    Release,
    Renew,
    Reply,
    ResetPassword,
    RevealPassword,
    StartServer,
    StopServer,
)
from vmms_tui.model.errors import Failed
from vmms_tui.model.hiding import keep_secret, without_secrets
from vmms_tui.model.people import AccessRules, Role
from vmms_tui.model.records import Operation, Server, changed
from vmms_tui.model.wire import encode_news

FIRST = "c4nry-f1rst-p4ssw-0rd77"
CREDENTIAL = "it's c4nary/cl0ud \\ credential"
TOKEN = "gAAAAAB" + "c4nary" * 12
UNKNOWN = "Unkn0wnC4nary"
"""Nobody knows that this is a secret; what stands before it says so."""
CANARIES = (FIRST, CREDENTIAL, TOKEN, UNKNOWN)
QUOTED = (
    f'the cloud said {FIRST} and {CREDENTIAL!r}, {{"password": "{UNKNOWN}"}}, X-Auth-Token: {TOKEN}, '
    f"https://vmms:{UNKNOWN}@keystone:5000/v3"
)
OF_A_SERVER = (
    *("create_server", "create_port", "create_floating_ip", "delete_server", "delete_port", "start_server"),
    *("stop_server", "reboot_server", "rebuild_server", "get_server", "set_metadata", "change_password", "console_log"),
)
BEFORE_IT = {"create_port", "create_floating_ip"}
"""Calls for a server that has no password yet: nobody can quote it."""
ERRORS: tuple[type[CloudError], ...] = (CloudFault, AccessDenied, Busy, QuotaExceeded, Unreachable)


def forms(secret: str) -> Iterator[bytes]:
    """As it may stand in a file."""
    yield from (secret.encode(), repr(secret)[1:-1].encode(), quote(secret).encode(), quote(secret, safe="").encode())
    yield msgspec.json.encode(secret)[1:-1]
    yield msgspec.json.encode(msgspec.json.encode(secret).decode())[3:-3]
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + secret.encode())
        yield coded[4:-4]


def found(where: str, data: bytes, canaries: tuple[str, ...] = CANARIES) -> list[str]:
    """Which canaries sing there."""
    return [f"{canary} in {where}" for canary in canaries if any(form in data for form in forms(canary))]


def in_files(folder: Path) -> list[str]:
    """In journal, checkpoints, archive and whatever else lies there."""
    told: list[str] = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            told += found(str(path), gzip.decompress(data) if path.suffix == ".gz" else data)
    return told


class Ears:
    """Everything that goes out of an engine, but for the owner's own password."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heard: list[str] = []
        self.shown: list[str] = []
        self.log = io.StringIO()
        self._handler = logging.StreamHandler(self.log)
        self._handler.setFormatter(Formatter("%(name)s: %(message)s"))
        self._streams = [asyncio.create_task(self._follow(name)) for name in ("alice", "bob", "operator")]

    def __enter__(self) -> "Ears":
        logging.getLogger().addHandler(self._handler)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._handler)

    async def _follow(self, name: str) -> None:
        async with aclosing(self.world.engine.subscribe(peer(name))) as news:  # type: ignore[type-var]
            async for one in news:
                self.heard += found(f"what {name} follows", encode_news(one))

    async def send(self, command: AnyCommand, who: str = "alice") -> Reply:
        answer = asyncio.create_task(self.world.send(command, who))
        while not (await asyncio.wait({answer}, timeout=0.01))[0]:
            await self.world.pass_time(1)
        reply = answer.result()
        if reply.password:
            self.shown.append(f"{who} {reply.password}")
        self.heard += found(f"the answer to {who}", msgspec.json.encode(changed(reply, password="")))
        return reply

    async def look(self, *names: str) -> None:
        """At what each may see, now and of the past."""
        for name in names:
            snapshot = await self.world.engine.snapshot(peer(name))
            self.heard += found(f"{name}'s snapshot", msgspec.json.encode(snapshot))
            async for page in self.world.engine.events(EventQuery(), peer(name)):
                self.heard += found(f"{name}'s events", msgspec.json.encode(page))

    async def close(self) -> None:
        for stream in self._streams:
            stream.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)
        self.heard += found("the log", self.log.getvalue().encode())


@pytest.fixture
async def secretive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A full pool; every server has the same first password."""
    for module in (provision, inside, passwords):
        monkeypatch.setattr(module, "new_password", lambda: FIRST)
    keep_secret(CREDENTIAL)  # as the log-in does
    world = await World(tmp_path, POOL).start()
    await world.pass_time(30)
    return world


async def a_lease_s_life(ears: Ears) -> None:
    """From the request to the release, and whatever one can do in between."""
    world = ears.world
    reply = await world.ask("alice", term=timedelta(hours=5))
    name = reply.lease_id
    if not name:
        await world.pass_time(30)
        return
    await world.pass_time(5)
    for command in (
        RevealPassword(lease_id=name),
        Renew(lease_id=name, term=timedelta(hours=1)),
        ResetPassword(lease_id=name),
        RebootServer(lease_id=name),
        StopServer(lease_id=name),
        StartServer(lease_id=name),
        RebuildServer(lease_id=name),
        RevealPassword(lease_id=name),
    ):
        await ears.send(command)
        await world.pass_time(15)
    for who in ("bob", "operator"):
        assert (await ears.send(RevealPassword(lease_id=name), who)).rule == "not_owner"
    await ears.send(Release(lease_id=name))
    await world.pass_time(30)


@pytest.mark.parametrize(
    ("call", "error"),
    [("", CloudFault), *((call, ERRORS[(2 * n + m) % 5]) for n, call in enumerate(OF_A_SERVER) for m in (0, 1))],
)
async def test_no_secret_is_told_whatever_the_cloud_says(secretive: World, call: str, error: type[CloudError]) -> None:
    world = secretive
    with Ears(world) as ears:
        if call:
            words = QUOTED.replace(FIRST, "") if call in BEFORE_IT else QUOTED
            world.account.world.faults.fail(call, error(words), times=6)
        await a_lease_s_life(ears)
        world.account.world.faults.clear()
        await world.pass_time(60)
        await ears.look("alice", "bob", "operator")
        everybody_looks = changed(world.policy, access=AccessRules(everyone=Role.VIEWER))
        await world.engine.take_settings(world.pools, everybody_looks)
        await ears.look("viewer")
        await ears.close()
    if not call:
        assert ears.shown == [f"alice {FIRST}"] * 3, "it is shown to its owner, when it is new"
    assert not ears.heard
    await world.kill()
    assert not in_files(world.folder)
    await world.start()
    await world.stop()
    assert not in_files(world.folder)


async def test_no_secret_is_told_by_a_mistake_of_ours_or_by_the_server(
    secretive: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = secretive
    troubles = iter([GuestError(QUOTED), RuntimeError(QUOTED), Failed(QUOTED, QUOTED)] * 100)

    async def fails(*_: object) -> None:
        raise next(troubles)

    async def mistaken(*_: object) -> None:
        raise RuntimeError(QUOTED.replace(FIRST, ""))

    with Ears(world) as ears:
        world.account.world.faults.set_up_fails(times=2, text=QUOTED)
        world.account.world.faults.build_fails(times=2, text=QUOTED)
        with monkeypatch.context() as patch:
            for name in ("set_password", "install_key", "remove_keys"):
                patch.setattr(world.guests, name, fails)
            patch.setattr(world.engine.pools, "_surge", mistaken)
            await a_lease_s_life(ears)
        for server in world.state.all(Server)[:2]:
            seen = world.account.world.find(server.cloud_id)
            if isinstance(seen, SimServer):
                seen.status, seen.fault = "ERROR", QUOTED
        await world.pass_time(120)
        await ears.look("alice", "bob", "operator")
        await ears.close()
    ended = [operation.outcome for operation in world.state.all(Operation)]
    assert any("***" in outcome for outcome in ended), "the cloud's words were never told"
    assert "***" in ears.log.getvalue()
    assert not ears.heard
    await world.stop()
    assert not in_files(world.folder)


def test_the_canaries_would_be_heard(tmp_path: Path) -> None:
    for canary in CANARIES:
        for text in (canary, repr(canary), quote(canary), msgspec.json.encode({"a": canary}).decode()):
            assert found("here", text.encode(), (canary,))
        assert found("here", base64.b64encode(b"password is " + canary.encode() + b", you see"), (canary,))
        (tmp_path / "x.gz").write_bytes(gzip.compress(canary.encode()))
        assert in_files(tmp_path) == [f"{canary} in {tmp_path / 'x.gz'}"]
    assert not found("here", without_secrets(QUOTED, FIRST, CREDENTIAL).encode())


def test_what_is_kept_secret_is_hidden_in_errors_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    keep_secret(CREDENTIAL, "lab")
    assert str(Failed(f"x {CREDENTIAL!r} y", f"{CREDENTIAL}")) == 'x "***" y ***'
    assert str(CloudFault(f"lab is not available: {CREDENTIAL}")) == "*** is not available: ***"
    record = logging.LogRecord("a", logging.ERROR, "", 1, "%s said", (CREDENTIAL,), None)
    with suppress(ValueError):
        try:
            raise ValueError(CREDENTIAL)
        except ValueError as error:
            record.exc_info = (type(error), error, error.__traceback__)
    told = Formatter("%(message)s").format(record)
    assert "*** said" in told
    assert "ValueError: ***" in told
    assert not found("the log", told.encode())
