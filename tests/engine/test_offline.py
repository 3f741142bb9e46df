"""Export, import and recovery: an installation is taken out, put back, and made anew from the tags in the cloud."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.engine.world import POOL, World, pool
from vmms_tui.engine import offline
from vmms_tui.engine.cloud.errors import Unreachable
from vmms_tui.engine.cloud.facts import TAG_LEASE
from vmms_tui.engine.operations.tags import TAG_END, TAG_IMPORTANCE
from vmms_tui.engine.store import exported
from vmms_tui.engine.store.port import StoreProblem
from vmms_tui.model.errors import Failed, Refused, TryAgain
from vmms_tui.model.records import Counters, Event, Guard, Lease, LeaseState, Secret, Server
from vmms_tui.model.tables import STORED, Tables
from vmms_tui.settings import Settings
from vmms_tui.settings.paths import Paths

LIVE = ("id", "server_id", "pool", "owner", "project", "purpose", "importance", "start", "end", "state")


class Place:
    """A world, and the settings of the commands that work on its files while no engine runs."""

    def __init__(self, folder: Path, runner: asyncio.Runner) -> None:
        self.world = World(folder, POOL)
        self.runner = runner
        self.settings = Settings(
            cloud="simulated",
            installation="test",
            pools=(POOL,),
            policy=self.world.policy,
            paths=Paths(state=folder, config=folder / "c", socket=folder / "s", log=folder / "l", own_log=folder / "o"),
        )

    def lend(self) -> None:
        """A full pool, and some leases that were handed over."""
        self.runner.run(self._lend())

    async def _lend(self) -> None:
        await self.world.start()
        await self.world.pass_time(30)
        for number, owner in enumerate(("alice", "[red]名前\x1b[31m", "bob")):
            reply = await self.world.ask(owner, term=timedelta(days=number + 1), importance=3 * number)
            assert reply.ok
        await self.world.pass_time(30)

    def kill(self) -> None:
        """End the engine without a word."""
        self.runner.run(self.world.kill())

    def live(self) -> dict[str, dict[str, Any]]:
        """What the tags tell of each lease, and the addresses of its server, as the engine knows them."""
        state = self.world.state
        found = {}
        for lease in state.live_leases():
            server = state.need(Server, lease.server_id)
            facts = {name: getattr(lease, name) for name in LIVE}
            found[lease.id] = facts | {"cloud_id": server.cloud_id, "floating_ip": server.floating_ip}
        return found

    def there(self) -> set[str]:
        """Ids of all servers in the cloud, with what they carry."""
        listing = self.runner.run(self.world.cloud.list_servers())
        return {f"{one.id} {sorted(one.metadata.items())}" for one in listing.servers}

    def recover(self, *, act: bool = True) -> offline.Found:
        """The command."""
        return offline.recover(self.settings, self.world.clock, act=act)

    def export(self) -> str:
        """The command."""
        return offline.export(self.settings, self.world.clock)

    def put(self, text: str, *, replace: bool = False) -> offline.Imported:
        """The command."""
        return offline.import_(self.settings, self.world.clock, text.encode(), "file.json", replace=replace)

    def start(self) -> None:
        """The next engine."""
        self.runner.run(self.world.start())

    def pass_time(self, seconds: float) -> None:
        """With a turn of every loop at each second."""
        self.runner.run(self.world.pass_time(seconds))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with asyncio.Runner() as runner:
        made = Place(tmp_path, runner)
        monkeypatch.setattr(offline, "make_ports", lambda _settings, _clock: (_Kept(made.world), made.world.guests))
        yield made


class _Kept:
    """The world's cloud, which goes on when a command has ended."""

    def __init__(self, world: World) -> None:
        self._account = world.account
        self.name = "simulated"
        self.project = world.account.project
        self.calls_last_minute = world.account.calls_last_minute

    async def close(self) -> None:
        """Not this one."""


def lose(folder: Path) -> None:
    """The whole store."""
    shutil.rmtree(folder / "store")


def test_a_lost_store_is_rebuilt_and_nothing_in_the_cloud_is_touched(place: Place, tmp_path: Path) -> None:
    place.lend()
    before, there = place.live(), place.there()
    assert len(before) == 3
    place.kill()
    lose(tmp_path)
    seen = place.recover(act=False)
    assert not (tmp_path / "store").exists()
    found = place.recover()
    assert {lease.id for lease in found.leases} == set(before) == {lease.id for lease in seen.leases}
    assert len(found.servers) == len(there)
    assert found.left == ()
    assert place.there() == there
    place.start()
    assert place.live() == before
    place.pass_time(120)
    assert place.live() == before
    lent = {one for one in there if "vmms_lease_end" in one}
    assert len(lent) == 3
    assert place.there() >= lent, "ready ones beyond what the pool wants may go, as ever"
    (said,) = place.world.events("store.changed")
    assert said.text.startswith("recovered from the cloud: ")
    assert place.runner.run(place.world.ask()).lease_id == "lease-00004", "numbers go on"
    place.runner.run(place.world.stop())


def test_what_is_there_is_not_recovered_over(place: Place) -> None:
    place.lend()
    place.kill()
    with pytest.raises(Refused, match="nothing is lost that must be recovered"):
        place.recover()


def test_without_the_cloud_nothing_is_made(place: Place, tmp_path: Path) -> None:
    place.lend()
    place.kill()
    lose(tmp_path)
    place.world.account.world.faults.fail("list_servers", Unreachable("No route to host."), times=9)
    with pytest.raises(TryAgain, match="No route to host"):
        place.recover()
    assert not (tmp_path / "store").exists()


def test_a_server_of_a_pool_that_is_not_in_the_settings_is_left_and_named(place: Place, tmp_path: Path) -> None:
    place.lend()
    place.kill()
    lose(tmp_path)
    place.settings = msgspec.structs.replace(place.settings, pools=(pool(name="other"),))
    there = place.there()
    found = place.recover()
    assert (found.servers, len(found.left)) == ((), len(there))
    assert "its pool 'dev' is not in the settings: left alone" in found.left[0]
    assert place.there() == there


def test_tags_that_somebody_has_spoilt_end_no_lease_early(place: Place, tmp_path: Path) -> None:
    place.lend()
    before = place.live()
    first, second, third = (before[name]["cloud_id"] for name in sorted(before))
    place.kill()
    lose(tmp_path)

    async def spoil() -> None:
        await place.world.cloud.set_metadata(first, {TAG_END: "tomorrow", TAG_IMPORTANCE: "very"})
        await place.world.cloud.set_metadata(second, {TAG_LEASE: "lease-00003", TAG_IMPORTANCE: "99"})

    place.runner.run(spoil())
    found = place.recover()
    leases = {lease.server_id: lease for lease in found.leases}
    spoilt = leases[before["lease-00001"]["server_id"]]
    assert (spoilt.importance, spoilt.end) == (10, place.world.clock.now() + timedelta(days=3))
    (left,) = found.left
    assert "lease-00003, which it carries, is another server's: left alone" in left
    assert len(leases) == 2
    assert third in {server.cloud_id for server in found.servers} or second in {one.cloud_id for one in found.servers}


def test_while_an_engine_has_the_lock_all_is_refused(place: Place) -> None:
    place.lend()
    place.kill()
    with offline._alone(place.settings, place.world.clock):
        for act in (
            place.recover,
            lambda: place.put("{}"),
            lambda: offline.go_back(place.settings, place.world.clock, act=True),
        ):
            with pytest.raises(Failed, match="End it first"):
                act()


def test_an_export_is_everything_and_comes_back(place: Place, tmp_path: Path) -> None:
    place.lend()
    first = place.export()
    place.kill()
    text = place.export()
    assert json.loads(text)["lease"][1]["owner"] == "[red]名前\x1b[31m"
    assert json.loads(first)["about"]["installation"] == "test"
    before = Tables(place.world.state.kept())
    lose(tmp_path)
    done = place.put(text)
    assert (done.records, done.kept) == (len(before.records()), "")
    certain = place.world.clock.now()
    place.start()
    state = place.world.state
    for kind in STORED.values():
        if kind not in {Counters, Event, Guard}:
            assert state.all(kind) == before.all(kind)
    assert state.all(Event)[: len(before.all(Event))] == before.all(Event)
    assert place.live()
    assert state.counters().certain_since == certain
    place.runner.run(place.world.stop())


def test_no_password_is_in_an_export(place: Place) -> None:
    place.lend()
    state = place.world.state
    secrets = state.all(Secret)
    assert secrets
    words = [place.world.engine.context.vault.unlock(secret.token) for secret in secrets]
    place.kill()
    text = place.export()
    assert all(secret.token in text for secret in secrets)
    assert not any(word in text for word in words)


def test_an_import_over_what_is_there_keeps_it_as_an_export(place: Place) -> None:
    place.lend()
    place.kill()
    text = place.export()
    with pytest.raises(Refused, match=r"holds \d+ records already\. Add --replace"):
        place.put(text)
    smaller = json.loads(text)
    smaller["event"] = smaller["event"][:1]
    done = place.put(json.dumps(smaller), replace=True)
    kept = Path(done.kept)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_bytes()) == json.loads(text)
    place.start()
    kinds = [event.kind for event in place.world.state.all(Event)]
    assert kinds[1:] == ["store.changed", "engine.started"]
    place.runner.run(place.world.stop())


def edited(text: str, change: Any) -> str:
    """An export as somebody may have left it."""
    raw = json.loads(text)
    change(raw)
    return json.dumps(raw)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw.pop("about"), "this is no export of VMMS"),
        (lambda raw: raw["about"].update(what="a list"), "this is no export of VMMS, but 'a list'"),
        (lambda raw: raw["about"].update(format=99), "a newer VMMS wrote it (format 99)"),
        (lambda raw: raw["about"].update(format=0), "a newer VMMS wrote it"),
        (lambda raw: raw.update(ships=[{}]), "this VMMS knows no records 'ships'"),
        (lambda raw: raw.update(lease=7), "its records are not lists by type"),
        (lambda raw: raw.update(lease=[7]), "lease number 1: Expected `object`"),
        (lambda raw: raw["lease"][1].update(end="soon"), "lease number 2: Invalid RFC3339"),
        (lambda raw: raw["lease"][1].update(ende="soon"), "knows no field 'ende' there"),
        (lambda raw: raw["lease"].append(raw["lease"][0]), "lease lease-00001 is there twice"),
        (lambda raw: raw["server"].clear(), "is not there"),
        (lambda raw: raw["lease"][1].update(server_id=raw["lease"][0]["server_id"]), "is lent twice"),
        (lambda raw: raw["about"].update(installation="prod"), "of the installation 'prod'"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_done(place: Place, tmp_path: Path, change: Any, said: str) -> None:
    place.lend()
    place.kill()
    text = place.export()
    lose(tmp_path)
    with pytest.raises((Failed, Refused)) as caught:
        place.put(edited(text, change))
    assert "file.json" in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "store").exists()


def test_numbers_go_on_after_those_in_an_edited_export(place: Place) -> None:
    place.lend()
    place.kill()
    raw = json.loads(place.export())
    raw["counters"] = []
    _, records = exported.decode(json.dumps(raw).encode(), "x")
    assert exported.counters(records).lease == 3
    assert exported.counters(records).event > 3


def test_half_an_export_is_none(place: Place) -> None:
    place.lend()
    place.kill()
    text = place.export().encode()
    for size in range(0, len(text) - 2, 997):
        with pytest.raises(StoreProblem, match="this is no export of VMMS"):
            exported.decode(text[:size], "x")


def test_an_empty_store_has_no_export(place: Place) -> None:
    with pytest.raises(Failed, match="is empty: there is nothing to export"):
        place.export()


def test_a_damaged_store_goes_on_and_tells_in_events(place: Place, tmp_path: Path) -> None:
    place.lend()
    before = place.live()
    place.kill()
    newest = max((tmp_path / "store").glob("journal-*.log"))
    content = bytearray(newest.read_bytes())
    content[len(content) - 40] ^= 1
    newest.write_bytes(content)
    with pytest.raises(Failed, match=r"damaged at byte \d+ .* `vmms recover --last-good`"):
        place.export()
    done = offline.go_back(place.settings, place.world.clock, act=True)
    place.start()
    (said,) = place.world.events("store.changed")
    assert said.text.startswith(f"the store was damaged and went back to change {done.sequence}")
    place.pass_time(60)
    assert place.live() == before, "of the last change little was lost; the cloud knows the leases"
    place.runner.run(place.world.stop())


def test_a_lease_that_only_the_lost_part_knew_comes_back_from_the_cloud(place: Place, tmp_path: Path) -> None:
    place.lend()
    before = place.live()
    place.kill()
    path = max((tmp_path / "store").glob("journal-*.log"))
    content = bytearray(path.read_bytes())
    at = content.index(b'"lease-00002"')
    content[at] ^= 1
    path.write_bytes(content)
    done = offline.go_back(place.settings, place.world.clock, act=True)
    assert "lease-00003" in done.told
    place.start()
    assert "lease-00003" not in place.live()
    place.pass_time(30)
    assert {name: facts["end"] for name, facts in place.live().items()} == {
        name: facts["end"] for name, facts in before.items()
    }
    states = {lease.state for lease in place.world.state.all(Lease)}
    assert states == {LeaseState.ACTIVE}
    place.runner.run(place.world.stop())
