"""What filters say."""

import pytest

from vmms_tui.screens.suggesting import completed
from vmms_tui.widgets.filtering import Compare, Kind, Term, Word, parse

KINDS = {"name": Kind.TEXT, "owner": Kind.TEXT, "ready": Kind.NUMBER, "left": Kind.SPAN, "time": Kind.INSTANT}

NO_OS = 'There is no column os; for the words write "os:linux"; there is left, name, owner, ready, time.'
SAVED = {"mine": "owner:ada left<8h", "both": "@mine web", "round": "el9 @round", "broken": "ready>x"}


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("web EL9", [Word("web"), Word("el9")]),
        ("!web", [Word("web", without=True)]),
        ("owner:Ada !name:vm-1", [Word("ada", "owner"), Word("vm-1", "name", without=True)]),
        ('"two words" owner:"de Ada"', [Word("two words"), Word("de ada", "owner")]),
        ('"half open', [Word("half open")]),
        ("left<8h !ready>=3", [Compare("left", "<", "8h"), Compare("ready", ">=", "3", without=True)]),
        ("Left<8h", [Compare("left", "<", "8h")]),
        ("time>22:00", [Compare("time", ">", "22:00")]),
        ("a=b", [Word("a=b")]),
        ("fe80::1 http://x", [Word("fe80::1"), Word("http://x")]),
        (
            "fa:16:3e:00:00:01 2001:db8::1 abcd:: fe80::1%eth0/64",
            [Word("fa:16:3e:00:00:01"), Word("2001:db8::1"), Word("abcd::"), Word("fe80::1%eth0/64")],
        ),
        ("ubuntu:22.04 h17:8080 c:\\x", [Word("ubuntu:22.04"), Word("h17:8080"), Word("c:\\x")]),
        ('"os:linux" "@mine"', [Word("os:linux"), Word("@mine")]),
        ("ada@example.org @ada.example", [Word("ada@example.org"), Word("@ada.example")]),
        ("left:4", [Word("4", "left")]),
        ("!", [Word("!")]),
        ("owner:", []),
    ],
)
def test_words_and_comparisons(text: str, terms: list[Term]) -> None:
    found = parse(text, KINDS)
    assert list(found.terms) == terms
    assert not found.problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("left<", "left< wants a length of time, like 8h or 7d."),
        ("left<soon", "left<soon: soon is not a length of time, like 8h or 7d."),
        ("ready>8h", "ready>8h: 8h is not a number, like 3."),
        ("owner<3", "owner holds words: write owner:3."),
        ("lef<3h", "There is no column lef; did you mean left?"),
        (
            "os:linux",
            NO_OS,
        ),
        ("ownr:ada", 'There is no column ownr; for the words write "ownr:ada"; did you mean owner?'),
        (
            "!os:linux",
            NO_OS,
        ),
        ("@mime", "There is no saved filter @mime; did you mean @mine?"),
        ("@xyz", 'There is no saved filter @xyz; the command save xyz keeps one; for the word itself write "@xyz".'),
        ("!@mine", "! cannot stand before a saved filter: write @mine alone."),
        ("@round", "@round: @round stands in itself, or too deep in other saved filters."),
        ("@broken", "@broken: ready>x: x is not a number, like 3."),
        ("time>25:00", "time>25:00: 25:00 is not a time, like 22:00 or 2026-03-02T22:00."),
    ],
)
def test_what_is_not_understood_is_told_and_hides_nothing(text: str, said: str) -> None:
    found = parse(f"web {text}", KINDS, SAVED)
    assert found.problem == said
    assert Word("web") in found.terms
    assert not [term for term in found.terms if isinstance(term, Compare)]


def test_a_saved_filter_stands_for_its_terms() -> None:
    found = parse("!el9 @Both", KINDS, SAVED)
    assert list(found.terms) == [
        Word("el9", without=True),
        Word("ada", "owner"),
        Compare("left", "<", "8h"),
        Word("web"),
    ]
    assert not found.problem
    assert Word("el9") in parse("@round", KINDS, SAVED).terms, "what is understood is used"


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        ("ow", "ner:"),
        ("web !ow", "ner:"),
        ("@m", "ine"),
        ("owner:", ""),
        ("", ""),
        ("web ", ""),
        ('"ow', ""),
        ("xyz", ""),
    ],
)
def test_the_last_word_is_finished(typed: str, rest: str) -> None:
    assert completed(typed, list(KINDS), SAVED) == rest
