"""What filters say."""

import pytest

from vmms_tui.widgets.filtering import Compare, Kind, Term, Word, parse

KINDS = {"name": Kind.TEXT, "owner": Kind.TEXT, "ready": Kind.NUMBER, "left": Kind.SPAN, "time": Kind.INSTANT}


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
        ("time>25:00", "time>25:00: 25:00 is not a time, like 22:00 or 2026-03-02T22:00."),
    ],
)
def test_what_is_not_understood_is_told_and_hides_nothing(text: str, said: str) -> None:
    found = parse(f"web {text}", KINDS)
    assert found.problem == said
    assert Word("web") in found.terms
    assert not [term for term in found.terms if isinstance(term, Compare)]
