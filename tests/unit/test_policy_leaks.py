"""Each reason to leave a thing alone, one by one: the same thing without it is left over."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.properties.policy_records import DAY, HOUR, MINUTE, NOW, server
from tests.properties.test_policy_leaks import Look, Store
from vmms_tui.engine.policy.leaks import Judgement, Thing, judge
from vmms_tui.model.leaks import Kind, Verdict
from vmms_tui.model.records import Server, ServerState, changed

GONE = server("vm-00001", ServerState.GONE, created=NOW - 2 * DAY, since=NOW - HOUR, cloud_id="old")
MADE = NOW - DAY
PORT = Thing(kind=Kind.PORT, id="p", name="vm-00001-0", server_id="vm-00001", pool="el9", created=MADE)
IP = changed(PORT, kind=Kind.FLOATING_IP, id="f", name="203.0.113.7")
VOLUME = changed(PORT, kind=Kind.VOLUME, id="v", name="vm-00001-data")
SERVER = changed(PORT, kind=Kind.SERVER, id="s", name="vm-00001")
EVERY = [IP, SERVER, PORT, VOLUME]


def judged(thing: Thing, *others: Thing, store: Store | None = None, **look: Any) -> Judgement:
    things = {one.key: one for one in (thing, *others)}
    return judge(thing, Look(things=things, **look), store or known())


def known(record: Server | None = GONE, **other: Any) -> Store:
    return replace(Store(servers={record.id: record} if record else {}), **other)


@pytest.mark.parametrize("thing", EVERY, ids=lambda one: one.kind)
def test_what_nobody_needs_is_left_over(thing: Thing) -> None:
    found = judged(thing)
    assert (found.verdict, found.after) == (Verdict.LEFT_OVER, "")
    assert found.why == "vm-00001 is gone since 2026-03-02 11:00:00 UTC"


STORES: dict[str, tuple[Store, Verdict, str]] = {
    "its server lives": (known(changed(GONE, state=ServerState.READY, cloud_id="s")), Verdict.EXPECTED, "is ready"),
    "its server fails": (known(changed(GONE, state=ServerState.FAILED, cloud_id="")), Verdict.EXPECTED, "is failed"),
    "an operation": (known(operations=frozenset({"vm-00001"})), Verdict.EXPECTED, "at work"),
    "a lease": (known(leases=frozenset({"vm-00001"})), Verdict.EXPECTED, "lease-1 is on"),
    "a number of others": (known(numbers=set()), Verdict.PERSON, "did not give out"),
    "a store that has not begun": (known(certain_since=None), Verdict.PERSON, "before this store began"),
    "a store that began later": (known(certain_since=MADE + MINUTE), Verdict.PERSON, "before this store began"),
    "a server of another time": (known(changed(GONE, created=NOW - 2 * HOUR)), Verdict.PERSON, "is older than"),
    "gone before it was made": (known(changed(GONE, since=MADE - HOUR)), Verdict.PERSON, "after vm-00001 was gone"),
    "forgotten too soon": (known(None), Verdict.PERSON, "long gone"),
}


@pytest.mark.parametrize("thing", EVERY, ids=lambda one: one.kind)
@pytest.mark.parametrize("why", STORES)
def test_the_store_is_not_certain(thing: Thing, why: str) -> None:
    store, verdict, words = STORES[why]
    found = judged(thing, store=store)
    if thing.kind is Kind.SERVER and why == "a number of others":
        assert found.verdict is Verdict.PERSON, "the store knows of its server"
    assert found.verdict is verdict
    assert words in found.why


THINGS: dict[str, tuple[Callable[[Thing], Thing], Verdict, str]] = {
    "the cloud deletes it": (lambda one: changed(one, going=True), Verdict.EXPECTED, "deleting"),
    "no date": (lambda one: changed(one, created=None), Verdict.PERSON, "does not say when"),
    "a lease without an end": (lambda one: changed(one, lease_id="lease-1"), Verdict.PERSON, "no end"),
    "a lease in other words": (lambda one: changed(one, lease_end="next week"), Verdict.PERSON, "no end"),
    "an end without zone": (lambda one: changed(one, lease_end="2026-03-01T00:00"), Verdict.PERSON, "time zone"),
    "a lease": (lambda one: changed(one, lease_end=(NOW + MINUTE).isoformat()), Verdict.PERSON, "ends at"),
}


@pytest.mark.parametrize("thing", EVERY, ids=lambda one: one.kind)
@pytest.mark.parametrize("why", THINGS)
def test_the_thing_itself_says_no(thing: Thing, why: str) -> None:
    change, verdict, words = THINGS[why]
    found = judged(change(thing))
    assert found.verdict is verdict
    assert words in found.why


@pytest.mark.parametrize("name", ["", "keep", "vm-000011", "vm-0000", "vm-00001.example", " vm-00001"])
def test_another_name_is_somebodys_doing(name: str) -> None:
    for thing in (SERVER, PORT, VOLUME):
        assert judged(changed(thing, name=name)).verdict is Verdict.PERSON
    assert judged(changed(IP, name=name)).verdict is Verdict.LEFT_OVER


def test_a_lease_that_is_over_does_not_count() -> None:
    ended = changed(SERVER, lease_id="lease-1", lease_end=(NOW - MINUTE).isoformat())
    assert judged(ended).verdict is Verdict.LEFT_OVER


def test_what_is_long_forgotten_is_left_over() -> None:
    for thing in EVERY:
        assert judged(changed(thing, created=NOW - 3 * DAY), store=known(None)).verdict is Verdict.LEFT_OVER


def test_a_server_of_before_is_adopted_where_its_pool_is() -> None:
    store = known(None, certain_since=NOW)
    assert judged(SERVER, store=store).verdict is Verdict.ADOPT
    assert judged(changed(SERVER, pool="other"), store=store).verdict is Verdict.PERSON
    assert judged(PORT, store=store).verdict is Verdict.PERSON
    assert judged(SERVER, store=known(None)).verdict is Verdict.PERSON


@pytest.mark.parametrize("thing", [PORT, VOLUME], ids=lambda one: one.kind)
def test_what_is_on_a_server(thing: Thing) -> None:
    owner = "compute:nova" if thing.kind is Kind.PORT else ""
    on_it, on_old = (changed(thing, holders=(holder,), holder_kind=owner) for holder in ("s", "old"))
    waits = judged(on_it, SERVER)
    assert (waits.verdict, waits.after) == (Verdict.LEFT_OVER, "server s")
    assert judged(on_it, changed(SERVER, going=True)).after == "server s"
    renamed = judged(on_it, changed(SERVER, name="keep"))
    assert renamed.verdict is Verdict.PERSON
    assert "another name" in renamed.why
    assert judged(on_it, servers={"s"}).verdict is Verdict.PERSON
    assert judged(on_it, changed(SERVER, server_id="vm-00002", name="vm-00002")).verdict is Verdict.PERSON
    assert judged(on_it).verdict is Verdict.PERSON, "a server that is gone, and was none that we know"
    gone = judged(on_old)
    assert (gone.verdict, gone.after) == (Verdict.LEFT_OVER, "")
    assert judged(on_old, servers={"old"}).verdict is Verdict.PERSON
    forgotten = changed(on_old, created=NOW - 3 * DAY)
    assert judged(forgotten, store=known(None)).verdict is Verdict.PERSON


@pytest.mark.parametrize("owner", ["network:dhcp", "network:router_interface", "Compute:nova", "somebody"])
def test_a_port_of_something_that_is_no_server(owner: str) -> None:
    assert judged(changed(PORT, holder_kind=owner)).verdict is Verdict.PERSON
    assert judged(changed(PORT, holder_kind=owner, holders=("s",)), SERVER).verdict is Verdict.PERSON


def test_a_floating_ip_on_a_port() -> None:
    on_it = changed(IP, holders=("p",))
    assert judged(on_it, PORT).verdict is Verdict.LEFT_OVER
    assert judged(on_it).verdict is Verdict.PERSON, "a port that is not ours, or in no list"
    assert judged(on_it, changed(PORT, server_id="vm-00002")).verdict is Verdict.PERSON
    assert judged(on_it, changed(PORT, name="keep")).verdict is Verdict.PERSON
    strangers = changed(PORT, holders=("x",), holder_kind="compute:nova")
    assert judged(on_it, strangers, servers={"x"}).verdict is Verdict.PERSON


def test_what_must_go_first() -> None:
    port = changed(PORT, holders=("s",), holder_kind="compute:nova")
    volume, ip = changed(VOLUME, holders=("s",)), changed(IP, holders=("p",))
    assert judged(ip, SERVER, port, volume).after == ""
    assert judged(SERVER, ip, port, volume).after == "floating IP f"
    assert judged(SERVER, port, volume).after == ""
    assert judged(port, SERVER, volume).after == "server s"
    assert judged(volume, SERVER).after == "server s"


@pytest.mark.parametrize("guest", [(Kind.PORT, "x"), (Kind.VOLUME, "x"), (Kind.FLOATING_IP, "x")])
def test_what_strangers_hang_on_ours(guest: tuple[Kind, str]) -> None:
    port = changed(PORT, holders=("s",), holder_kind="compute:nova")
    assert judged(SERVER, port, strangers={"s": (guest,)}).verdict is Verdict.PERSON
    assert judged(SERVER, port, strangers={"p": (guest,)}).verdict is Verdict.PERSON
    assert judged(PORT, strangers={"p": (guest,)}).verdict is Verdict.PERSON
    other = changed(VOLUME, server_id="vm-00002", holders=("s",))
    assert judged(SERVER, other).verdict is Verdict.PERSON


def test_the_second_server_of_one_id() -> None:
    store = known(server("vm-00001", ServerState.LEASED, created=MADE - MINUTE, since=MADE, cloud_id="first"))
    first = changed(SERVER, id="first")
    found = judged(SERVER, first, store=store)
    assert found.verdict is Verdict.LEFT_OVER
    assert "first" in found.why
    assert judged(first, SERVER, store=store).verdict is Verdict.EXPECTED
    on_lease = replace(store, leases=frozenset({"vm-00001"}))
    assert judged(SERVER, first, store=on_lease).verdict is Verdict.LEFT_OVER
    at_work = replace(store, operations=frozenset({"vm-00001"}))
    assert judged(SERVER, first, store=at_work).verdict is Verdict.EXPECTED
    for wrong in ((), (changed(first, going=True),), (changed(first, server_id="vm-00002"),)):
        assert judged(SERVER, *wrong, store=store).verdict is Verdict.PERSON
    assert judged(SERVER, store=store, servers={"first"}).verdict is Verdict.PERSON
    ended = changed(SERVER, lease_id="lease-1", lease_end=(NOW - MINUTE).isoformat())
    assert judged(ended, first, store=store).verdict is Verdict.PERSON
    port = changed(PORT, holders=("s",), holder_kind="compute:nova")
    assert judged(SERVER, first, port, store=store).verdict is Verdict.PERSON


def test_a_server_whose_tags_name_none() -> None:
    found = judged(changed(SERVER, server_id="", pool="unheard-of"), store=known(None))
    assert (found.verdict, found.why) == (Verdict.PERSON, "its tags name no server")
