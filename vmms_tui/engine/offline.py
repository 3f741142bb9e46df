"""What is done to an installation while no engine runs on it: its store taken out, put back, or made anew."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

import vmms_tui
from vmms_tui.engine.audit.archive import Archive
from vmms_tui.engine.audit.files import AuditFiles
from vmms_tui.engine.clock import Clock
from vmms_tui.engine.cloud.errors import CloudError
from vmms_tui.engine.engine import Engine
from vmms_tui.engine.host import make_ports
from vmms_tui.engine.keepers.adopt import adopt
from vmms_tui.engine.lock import EngineRunning, InstallationLock, here
from vmms_tui.engine.numbers import Numbers
from vmms_tui.engine.secrets import Vault
from vmms_tui.engine.store import disk, exported
from vmms_tui.engine.store.memory import MemoryStore
from vmms_tui.engine.store.opened import store_of
from vmms_tui.engine.store.port import Rescued, StoreProblem
from vmms_tui.model.errors import Failed, Refused, TryAgain
from vmms_tui.model.records import AnyRecord, Counters, Event, Lease, Level, Server
from vmms_tui.model.tables import Change, Drop, Put, Tables, type_of
from vmms_tui.settings import Settings


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the cloud told of an installation."""

    servers: tuple[Server, ...]
    leases: tuple[Lease, ...]
    left: tuple[str, ...]
    """What carries our tag and was not taken on, with the reason."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What was put into a store."""

    records: int
    kept: str
    """The file with what was there before, if there was something."""


def export(settings: Settings, clock: Clock) -> str:
    """Everything that the store holds, as readable JSON. Engines may run. Raises Failed."""
    with _plainly():
        found = store_of(settings.paths.state).look()
    if not found.records:
        raise Failed(f"The store in {settings.paths.state} is empty: there is nothing to export.")
    return exported.encode(
        found.records, installation=settings.installation, version=vmms_tui.__version__, at=clock.now()
    )


def import_(settings: Settings, clock: Clock, text: bytes, where: str, *, replace: bool) -> Imported:
    """Put an export into the store, all of it or nothing; what it is certain of begins now.

    Raises:
        Refused: there is something already, and `replace` is not said; or it is another installation's.
        Failed: an engine runs, the text does not do, or the disk does not.
    """
    with _alone(settings, clock) as lock, _plainly():
        about, records = exported.decode(text, where)
        if about.installation != settings.installation:
            raise Refused(
                "installation",
                f"{where} is of the installation {about.installation!r}, and this is {settings.installation!r}.",
                "Name that one in the settings, if it is this one.",
            )
        store = store_of(settings.paths.state)
        before = store.look().records
        if before and not replace:
            raise Refused(
                "not_empty",
                f"The store holds {len(before)} records already.",
                "Add --replace to put these in their place.",
            )
        kept = str(_keep(settings, clock)) if before else ""
        said = f"{len(records)} records imported from {where}, exported at {about.at.isoformat()}"
        new = [record for record in records if not isinstance(record, Counters)]
        lock.check()
        asyncio.run(_put(settings, clock, before, [*new, exported.counters(records)], said))
    return Imported(records=len(records), kept=kept)


def _keep(settings: Settings, clock: Clock) -> Path:
    """What is there now, as an export beside it."""
    path = settings.paths.state / f"before-import-{clock.now():%Y%m%dT%H%M%SZ}.json"
    disk.write_whole(path, [export(settings, clock).encode()])
    return path


def recover(settings: Settings, clock: Clock, *, act: bool) -> Found:
    """Make a store anew from the tags in the cloud, all of it or nothing. Nothing is changed in the cloud.

    Raises:
        Refused: the store holds something.
        TryAgain: the cloud does not answer.
        Failed: an engine runs, or the store is damaged.
    """
    with _alone(settings, clock) as lock, _plainly():
        store = store_of(settings.paths.state)
        number = len(store.look().records)
        if number:
            raise Refused(
                "not_empty",
                f"The store holds {number} records: nothing is lost that must be recovered.",
                "An engine takes on what it does not know by itself when it starts.",
            )
        records = asyncio.run(_told_by_the_cloud(settings, clock))
        servers = tuple(record for record in records if isinstance(record, Server))
        leases = tuple(record for record in records if isinstance(record, Lease))
        left = tuple(one.text for one in records if isinstance(one, Event) and one.kind == "server.left")
        if act:
            text = f"recovered from the cloud: {len(servers)} servers, {len(leases)} leases"
            lock.check()
            asyncio.run(_put(settings, clock, (), records, text))
    return Found(servers=servers, leases=leases, left=left)


async def _told_by_the_cloud(settings: Settings, clock: Clock) -> tuple[AnyRecord, ...]:
    account, guests = make_ports(settings, clock)
    engine = Engine(
        clock=clock,
        store=MemoryStore(),
        account=account,
        guests=guests,
        archive=Archive(AuditFiles(settings.paths.state / "audit")),
        vault=Vault(settings.paths.state / "vault.key"),
        installation=settings.installation,
        pools=settings.pools,
        policy=settings.policy,
    )
    try:
        await _take_stock(engine)
        return engine.context.state.kept()
    finally:
        engine.archive.give_up()  # what was taken on gets there when the store has it
        await engine.stop()


async def _take_stock(engine: Engine) -> None:
    """In place of its start: it takes on what is ours in the cloud, and begins nothing there."""
    ledger = engine.context.ledger
    ledger.skip_numbers(event=await engine.archive.last_number())
    ledger.begin()
    await engine.pools.adopt_settings()
    try:
        await engine.observer.tick()
        if not engine.observer.status.ok:
            raise TryAgain(f"The cloud does not answer: {engine.observer.status.problem}")
        await engine.catalog.tick()
        await adopt(engine.context, engine.runner)
    except CloudError as error:
        raise TryAgain(error.message) from error


def go_back(settings: Settings, clock: Clock, *, act: bool) -> Rescued:
    """Let a damaged store go on from its last good generation. Raises Failed."""
    with _alone(settings, clock) as lock, _plainly():
        store = store_of(settings.paths.state)
        lock.check()
        rescued = store.go_back(act=act)
        if act:
            text = f"the store was damaged and went back to change {rescued.sequence} ({rescued.generation})"
            asyncio.run(_put(settings, clock, (), (), text, level=Level.WARNING, detail=", ".join(rescued.told)))
    return rescued


async def _put(
    settings: Settings,
    clock: Clock,
    old: Sequence[AnyRecord],
    new: Sequence[AnyRecord],
    text: str,
    *,
    level: Level = Level.INFO,
    detail: str = "",
) -> None:
    """Put `new` in the place of `old` as one change, with a line for Events: a crash leaves one or the other."""
    archived = AuditFiles(settings.paths.state / "audit").last_number()
    store = store_of(settings.paths.state)
    loaded = store.load()
    try:
        tables = Tables(loaded.records)
        staying = {(type_of(record), record.id) for record in new}
        gone = [Drop(*key) for key in ((type_of(one), one.id) for one in old) if key not in staying]
        known = tables.get(Counters, "counters") or Counters(id="counters")
        counters = next((one for one in new if isinstance(one, Counters)), known)
        last = max(counters.event, archived)
        numbers = Numbers(msgspec.structs.replace(counters, certain_since=clock.now(), event=last))
        said = Event(
            id=numbers.new("event"), at=clock.now(), kind="store.changed", text=text, level=level, detail=detail
        )
        changes: list[Change] = [*gone, *(Put(one) for one in new), Put(said), Put(numbers.record())]
        await store.append(loaded.sequence + 1, changes)
        for change in changes:
            tables.apply(change)
        await store.checkpoint(loaded.sequence + 1, tables.records())
    finally:
        await store.close()


@contextlib.contextmanager
def _alone(settings: Settings, clock: Clock) -> Iterator[InstallationLock]:
    """No engine runs on the installation, and none can begin."""
    state = settings.paths.state
    lock = InstallationLock(state, here(vmms_tui.__version__, clock.now().isoformat()))
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.take()
    except EngineRunning as error:
        raise Failed(
            error.message, "End it first (`systemctl stop vmms`, or SIGTERM): it alone changes the store."
        ) from None
    except OSError as error:
        raise Failed(f"{error.filename or state}: {error.strerror}.", "Work as the user whose engine it is.") from error
    lock.keep(lambda told: None)  # `check` tells before anything is written
    try:
        yield lock
    finally:
        lock.release()


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    """Say what is wrong with the store or the disk in one sentence."""
    try:
        yield
    except StoreProblem as problem:
        raise Failed(str(problem)) from problem
    except OSError as error:
        raise Failed(f"{error.filename or 'the disk'}: {error.strerror}.") from error
