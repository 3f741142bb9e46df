"""The command line: what is offered, what a line asks for, and that it is quick among many things."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.screens.cloudland import NOW, POOLS, STATUS, WORLD, lent
from tests.screens.scripted import hours, mirror_of
from vmms_tui.cli.root import COMMANDS
from vmms_tui.keys import ACTS, Place
from vmms_tui.keys.inforce import SCREENS, Keymap, read, use
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import AnyRecord, Lease, LeaseState, changed
from vmms_tui.screens.commandline import matching, reading
from vmms_tui.screens.commandline import others as others  # adds its commands
from vmms_tui.screens.commandline.entries import MOST, Entry, Offer
from vmms_tui.screens.commandline.objects import Objects
from vmms_tui.screens.commandline.reading import Deed
from vmms_tui.screens.commandline.words import find, words

WORDS = words()


def filled(records: tuple[AnyRecord, ...] = WORLD) -> Objects:
    objects = Objects()
    for _ in objects.renewals(mirror_of(records, STATUS).tables):
        pass
    return objects


OBJECTS = filled()


def offer(**said: object) -> Offer:
    known = {"words": WORDS, "objects": OBJECTS, "mirror": mirror_of(WORLD, STATUS), "here": Place.POOLS}
    return Offer(**(known | said))  # type: ignore[arg-type]


def lines(typed: str, **said: object) -> list[str]:
    return [entry.line for entry in offer(**said).entries(typed)]


def entry(typed: str, line: str, **said: object) -> Entry:
    return next(one for one in offer(**said).entries(typed) if one.line == line)


def asked(line: str) -> tuple[str, str, str]:
    """Command, thing and rest of a line that is understood."""
    deed = reading.read(line, WORDS, OBJECTS, NOW)
    assert isinstance(deed, Deed), deed
    return deed.word.name, deed.thing.id if deed.thing else "", deed.rest


# What there is


def test_commands_have_one_name_each() -> None:
    names = [name for word in WORDS for name in (word.name, *word.aliases)]
    assert len(names) == len(set(names))
    assert all(word.says.endswith(".") for word in WORDS)


def test_every_act_of_a_screen_is_a_command() -> None:
    there = {act.id for word in WORDS for act in word.acts}
    without = {one.id for one in ACTS} - there
    moving = {"down", "up", "first", "last", "half_down", "half_up", "page_down", "page_up", "mark", "row_menu"}
    moving |= {"next_panel", "previous_panel"}
    asking = {"command_line", "palette", "interrupt"}
    screens = {*SCREENS, Place.LISTS, Place.EVERYWHERE, Place.SERVER_MENU}
    in_boxes = {one.id for one in ACTS if not set(one.places) & screens}
    twice = {"why", "open_row"}
    """There is a second key for it: for why on Ops, for details elsewhere."""
    assert without == moving | asking | in_boxes | twice


def test_every_command_of_the_shell_is_known() -> None:
    """Either there is one of the same name, or the line says that it is for a shell."""
    for name in COMMANDS:
        answer = reading.read(name, WORDS, OBJECTS, NOW, tuple(COMMANDS))
        said = f"{name} is for a shell: `vmms {name} --help` tells about it."
        assert (answer == said) is (find(name, WORDS) is None)
    assert find("export", WORDS) is None


def test_one_word_for_different_things() -> None:
    word = find("servers", WORDS)
    assert word is not None
    assert {kind: word.act_for(kind).id for kind in word.kinds} == {  # type: ignore[union-attr]
        "pool": "open",
        "host": "open_host",
        "network": "open_network",
    }
    assert find("pools", WORDS).to is Place.POOLS  # type: ignore[union-attr]
    assert find("open-image", WORDS).kinds == ("image",)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        *(("po", "pools"), ("le", "leases"), ("ho", "hosts"), ("st", "store"), ("ne", "nets"), ("re", "repos")),
        *(("ev", "events"), ("op", "ops"), ("da", "dash"), ("cancel", "release"), ("explain", "why")),
    ],
)
def test_short_names(alias: str, name: str) -> None:
    word = find(alias, WORDS)
    assert word is not None
    assert word.name == name


# What a line asks for


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("leases", ("leases", "", "")),
        (":leases owner:ada left<8h", ("leases", "", "owner:ada left<8h")),
        (":le @mine", ("leases", "", "@mine")),
        ("renew lease-00012 4h", ("renew", "lease-00012", "4h")),
        ("renew vm-00012 4h", ("renew", "lease-00012", "4h")),
        ("relaese lease-00012", ("release", "lease-00012", "")),
        ("release req-00007", ("release", "req-00007", "")),
        ("cancel req-00007", ("release", "req-00007", "")),
        ("renew lease-00012", ("renew", "lease-00012", "")),
        ("renew 00012", ("renew", "lease-00012", "")),
        ("reboot lease-00012", ("reboot", "lease-00012", "")),
        ("lease-00012", ("find", "lease-00012", "lease-00012")),
        ("find 10.20.4.12", ("find", "vm-00012", "10.20.4.12")),
        ("events since 2h", ("events", "", "at>2026-03-02T10:00:00")),
        ("events since 22:00 vm-00012", ("events", "", "at>22:00 vm-00012")),
        ("events --since 2h", ("events", "", "at>2026-03-02T10:00:00")),
        ("quit", ("quit", "", "")),
        ("save mine owner:ada", ("save", "", "mine owner:ada")),
        ("READONLY off", ("readonly", "", "off")),
    ],
)
def test_a_line_is_understood(line: str, meant: tuple[str, str, str]) -> None:
    assert asked(line) == meant


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "Type a command, a screen or a name."),
        ("renew", "renew wants a name: renew LEASE/REQUEST [TIME]."),
        ("renew lease-0", "There is no lease or request lease-0; did you mean lease-00012 or"),
        ("renew nowhere 4h", "There is no lease or request nowhere."),
        ("save", "save wants more: save NAME."),
        ("find", "find wants more: find WORDS."),
        ("find xyzzy", "Nothing has xyzzy in it"),
        ("xyzzy", "There is no command xyzzy."),
        ("reboot lease-00012 --hard", "Write hard-reboot lease-00012."),
    ],
)
def test_what_nobody_understands_gets_a_sentence(line: str, said: str) -> None:
    answer = reading.read(line, WORDS, OBJECTS, NOW)
    assert isinstance(answer, str)
    assert answer.startswith(said)


def test_what_may_be_two_things_is_not_guessed() -> None:
    assert matching.meant("re", WORDS) is not None, "an alias is exact"
    assert matching.meant("rele", WORDS).name == "release"  # type: ignore[union-attr]
    assert matching.meant("rel", WORDS) is None, "release or reload"
    assert matching.meant("reb", WORDS) is None
    assert {word.name for word in matching.best("reb", WORDS)[:2]} == {"reboot", "rebuild"}


# What is offered


def test_nothing_typed_offers_what_was_given_before_and_then_everything() -> None:
    before = [f"find {number}" for number in range(9)]
    shown = lines("", past=before)
    assert shown[:6] == ["find 8", "find 7", "find 6", "find 5", "find 4", "dash"]
    assert lines(":") == lines("")


def test_commands_things_and_wrong_letters() -> None:
    assert lines("lea")[0] == "leases"
    assert lines("relase")[0] == "release "
    assert lines("vm-00012")[0] == "vm-00012"
    assert lines("10.20.4.12")[0] == "vm-00012"
    assert lines("grace")[0] == "grace"
    assert "lease-00046" in lines("grace")
    assert lines("v") == [line for line in lines("v") if not line.startswith("vm-")], "things need two letters"
    assert lines("lease00012")[0] == "lease-00012"


def test_an_act_is_offered_with_things_and_what_it_changes() -> None:
    found = entry("release 00012", "release lease-00012")
    assert (found.changes, found.where, found.why_not, found.whole) == (True, "D on Leases", "", True)
    assert found.says.startswith("ada, vm-00012, 10.20.4.12, RUN, 18m left")
    assert entry("why 00012", "why lease-00012").changes is False
    assert not entry("rel", "release ").whole
    assert entry("renew 00012 4h", "renew lease-00012 4h").line
    waiting = entry("renew req-00007", "renew req-00007")
    assert "D takes it back" in waiting.why_not


def test_the_row_under_the_cursor_is_offered_first() -> None:
    assert lines("renew ", under="lease-00031")[0] == "renew lease-00031"
    assert lines("renew ", under="el9-ci")[0] != "renew el9-ci"


def test_what_a_person_may_not_do_says_so() -> None:
    mirror = mirror_of(WORLD, STATUS)
    mirror.look_only = True
    assert entry("release 00012", "release lease-00012", mirror=mirror).why_not == "not in read-only"
    assert entry("why 00012", "why lease-00012", mirror=mirror).why_not == ""
    mirror.look_only = False
    mirror._you = Caller(name="eve", roles=(Role.VIEWER,))
    assert "not for viewers" in entry("release 00012", "release lease-00012", mirror=mirror).why_not


def test_filters_are_completed_with_columns_and_saved_ones() -> None:
    columns = {Place.LEASES: ["owner", "left", "ip"]}
    assert lines("leases ow", columns=columns)[0] == "leases owner:"
    assert lines("leases web @m", filters={"mine": "owner:ada", "web": "x"})[0] == "leases web @mine"
    assert entry("le @", "leases @mine", filters={"mine": "owner:ada"}).says == "owner:ada"


def test_keys_are_those_in_force() -> None:
    use(read({"leases": {"release": ["X"]}}, "keys.toml"))
    try:
        assert entry("release 00012", "release lease-00012").where == "X on Leases"
    finally:
        use(Keymap())


def test_what_is_over_is_not_offered_and_what_changed_is_read_anew() -> None:
    mirror = mirror_of(WORLD, STATUS)
    objects = filled()
    lease = mirror.tables.get(Lease, "lease-00012")
    assert lease
    mirror.tables.put(changed(lease, note="wombat"))
    assert not objects.find("wombat")
    list(objects.renewals(mirror.tables))
    assert [one.id for one in objects.find("wombat")] == ["lease-00012"]
    mirror.tables.put(changed(lease, state=LeaseState.ENDED))
    list(objects.renewals(mirror.tables))
    assert objects.named("lease-00012") is None


def _changes(deed: Deed) -> bool:
    act = deed.word.act_for(deed.thing.kind if deed.thing else "")
    if deed.word.gives is not None:
        return deed.word.gives.changes
    return bool(act and act.changes)


LETTERS = st.sampled_from(
    [*(word.name for word in WORDS), *("lease-00012", "vm-00012", "4h", "owner:ada", "@mine", "ada", " ", ":", "--x")]
)


@given(st.text(max_size=20) | st.lists(LETTERS, max_size=5).map(" ".join))
def test_whatever_is_typed_what_is_offered_can_be_run(typed: str) -> None:
    found = offer(filters={"mine": "web"}, past=["leases"]).entries(typed)
    assert len(found) <= 2 * MOST
    for one in found:
        deed = reading.read(one.line, WORDS, OBJECTS, NOW)
        assert not one.whole or isinstance(deed, Deed), (one.line, deed)
        if isinstance(deed, Deed) and one.where != "saved filter":
            assert one.changes is _changes(deed), one
    reading.read(typed, WORDS, OBJECTS, NOW)


@pytest.fixture(scope="module")
def many() -> Offer:
    records: list[AnyRecord] = [*POOLS]
    for number in range(25_000):
        records += lent(number, "el9-ci", f"user{number % 300}", hours(number % 90), note="a note about it")
    return offer(objects=filled(tuple(records)), mirror=mirror_of(tuple(records), STATUS))


@pytest.mark.parametrize("typed", ["v", "vm", "vm-0", "10.20.4.1", "renew 1", "find user", "relase", "a note about"])
def test_among_50000_things_a_key_takes_less_than_50_ms(many: Offer, typed: str) -> None:
    times = []
    for _ in range(5):
        began = time.thread_time()
        many.entries(typed)
        times.append(time.thread_time() - began)
    assert min(times) < 0.05
    assert len(many.entries("vm")) == MOST
