"""Keys that a user moves: what `keys.toml` may say, and one sentence for all that it may not."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.keys import ACTS, FORBIDDEN, Act, Place, acts_at
from vmms_tui.keys.inforce import SCREENS, SECTIONS, Keymap, acts_in, keys_at, read, use

FILE = "~/.config/vmms/keys.toml"


def keymap(text: str) -> Keymap:
    return read(tomllib.loads(text), FILE)


def act(name: str) -> type[Act]:
    return next(one for one in ACTS if one.id == name)


@pytest.fixture(autouse=True)
def _usual_keys() -> Iterator[None]:
    yield
    use(Keymap())


def test_without_a_file_the_keys_are_those_of_the_table() -> None:
    use(Keymap())
    assert all(keys_at(one, place) == one.keys for place in Place for one in acts_at(place))


def test_the_nearest_place_decides() -> None:
    moved = keymap('[everywhere]\nquit = ["Q"]\nrelease = "X"\n[pools]\nquit = ["Z", "F5"]\n[lists]\nhelp = []')
    assert not moved.problems
    assert keys_at(act("quit"), Place.LEASES, moved) == ("Q",)
    assert keys_at(act("quit"), Place.POOLS, moved) == ("Z", "f5")
    assert keys_at(act("quit"), Place.DASH, moved) == ("Q",)
    assert keys_at(act("release"), Place.LEASES, moved) == ("X",)
    assert keys_at(act("help"), Place.LEASES, moved) == ()
    assert keys_at(act("help"), Place.DASH, moved) == act("help").keys
    assert keys_at(act("back"), Place.DIALOG, moved) == ("escape",)


def test_texts_and_preflight_are_of_a_wider_kind() -> None:
    moved = keymap('[reading]\nsearch = ["F7"]\n[log]\nsearch = ["F8"]\n[dialog]\nback = ["F9"]')
    assert not moved.problems
    assert keys_at(act("search"), Place.OBJECT, moved) == ("f7",)
    assert keys_at(act("search"), Place.PROGRAM, moved) == ("f7",)
    assert keys_at(act("search"), Place.LOG, moved) == ("f8",)
    assert keys_at(act("back"), Place.PREFLIGHT, moved) == ("f9",)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        *(("Q", "Q"), ("ctrl-t", "ctrl+t"), ("Ctrl+T", "ctrl+t"), ("esc", "escape"), ("PgDn", "pagedown")),
        *((",", "comma"), ("ü", "ü"), ("Space", "space"), ("?", "?"), ("del", "delete"), ("F5", "f5")),
    ],
)
def test_keys_may_be_written_as_people_do(written: str, key: str) -> None:
    moved = keymap(f'[pools]\nback = []\npage_down = []\nhelp = ["{written}"]')
    assert keys_at(act("help"), Place.POOLS, moved) == (key,), moved.problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[lease]\nrelease = []", "there is no place [lease]; did you mean leases?"),
        ("[xyzzy]\nrelease = []", "there is no place [xyzzy]; write one of everywhere, "),
        ('quit = ["Q"]', "there is no place [quit]; "),
        ('lists = "q"', 'lists is a place, and wants lines like quit = ["Q"] below [lists].'),
        ("[leases]\nrelese = []", "[leases] relese: there is nothing of this name to do; did you mean release?"),
        ("[pools]\nrelease = []", "[pools] release cannot be done there; write it below [leases]."),
        ("[leases]\nrelease = 3", '[leases] release: write its keys as ["Q"], or [] for none.'),
        (
            '[leases]\nrelease = ["ctrl-b"]',
            "release: ctrl-b belongs to terminals and multiplexers; choose another key.",
        ),
        ('[leases]\nrelease = ["ctr-x"]', "release: 'ctr-x' is no key that a terminal sends apart from others; write"),
        ('[leases]\nrelease = ["\\u0007"]', "is no key that a terminal sends apart from others"),
        (
            '[leases]\nrelease = ["S"]',
            "S would be both server_menu and release in Leases; give one of them another key",
        ),
        ('[everywhere]\nquit = ["x"]', "x would be both explain and quit in Dash; give one of them another key."),
        ('[server_menu]\nstop = ["j"]', "stop: j moves in menus; choose another key."),
        ('[copy_menu]\ncopy_id = ["a"]', "a would be both copy_address and copy_id in the copy menu"),
        ('[form]\nback = ["Q"]', "[form] back: Q is typed into fields there; choose another key."),
        ('[played]\ntour = ["T"]', "[played] tour: T is typed into fields there; choose another key."),
        ('[played]\nfaster = ["x"]', "x would be both explain and faster in Dash; give one of them another key."),
        ('[reading]\nwrap = ["d"]', "d would be both describe and wrap in details, why, raw and log of one thing"),
        (
            "[everywhere]\nquit = []\ncommand_line = []\npalette = []",
            "nobody could leave Dash; leave a key to quit, command_line or palette.",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_and_moves_nothing(text: str, said: str) -> None:
    moved = keymap(f'[events]\nhelp = ["f8"]\n{text}' if text.startswith("[") and "[events]" not in text else text)
    assert any(said in one for one in moved.problems), moved.problems
    assert all(one.startswith(FILE) and "\n" not in one for one in moved.problems)
    assert not moved.moved


def test_every_key_can_be_switched_off_but_the_last_way_out() -> None:
    for one in ACTS:
        for place in one.places:
            moved = keymap(f"[{place.name.lower()}]\n{one.id} = []")
            assert not moved.problems
            assert keys_at(one, place, moved) == ()


WRITTEN = st.sampled_from(["Q", "x", "F7", "ctrl-t", "ctrl-b", "esc", "zz", "", "名", "?", ":", "j"])
SAID = st.dictionaries(
    st.sampled_from([*SECTIONS, "nowhere"]),
    st.dictionaries(st.sampled_from([*(one.id for one in ACTS), "nothing"]), st.lists(WRITTEN, max_size=2)),
    max_size=3,
)


@given(SAID)
def test_whatever_a_file_says_no_key_does_two_things(said: dict[str, dict[str, list[str]]]) -> None:
    moved = read(said, FILE)
    assert not (moved.problems and moved.moved)
    for place in Place:
        if place in {Place.EVERYWHERE, Place.LISTS}:
            continue
        keys = [(key, one) for one in acts_in(place) for key in dict.fromkeys(keys_at(one, place, moved))]
        assert len({key for key, _ in keys}) == len(keys)
        assert not {key for key, _ in keys} & FORBIDDEN
        if place in SCREENS:
            assert any(keys_at(act(name), place, moved) for name in ("quit", "command_line", "palette"))
