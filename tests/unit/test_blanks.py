"""Texts with blanks: what is filled in stays one word, and is never an option or a path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.blanks import Unfit, blanks, check_place, filled, fit, place

NAMES = {"host": "cmp1.example", "address": "192.0.2.7", "peer": "cmp2"}


BAD = ("", "-rf", "--help", "/etc", "../x", "a b", "a/b", "a\nb", "a;b", "$(x)", "ä", ".", "_a", "fe80::1%eth0")


@pytest.mark.parametrize("bad", [*BAD, "1::2::3", ":", "a" * 254])
def test_names_that_could_mean_something_else(bad: str) -> None:
    with pytest.raises(Unfit, match="is no name of a host"):
        fit(bad)
    with pytest.raises(Unfit, match="is no name of a host"):
        filled("--ip={host}", {"host": bad})
    assert filled("only {peer}", {"host": bad, "peer": "cmp2"}) == "only cmp2"


@given(st.text(max_size=300))
def test_whatever_is_fit_is_one_plain_word(name: str) -> None:
    try:
        got = fit(name)
    except Unfit:
        return
    assert got
    assert not got.startswith(("-", "/", "."))
    assert set(got) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:")


@given(st.text(alphabet="{}host!:.[0]a ", max_size=20))
def test_a_text_has_blanks_or_one_sentence(text: str) -> None:
    for use in (blanks, check_place, lambda one: filled(one, NAMES), lambda one: place(one, NAMES)):
        said = ""
        try:
            use(text)
        except Unfit as unfit:
            said = str(unfit)
        assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "address", "meant"),
    [
        ("{address}:22", "192.0.2.7", ("192.0.2.7", 22)),
        ("{address}:22", "2001:db8::7", ("2001:db8::7", 22)),
        ("[{address}]:22", "2001:DB8::7", ("2001:db8::7", 22)),
        ("[{address}]:22", "cmp1", ("cmp1", 22)),
        ("{host}.storage:24007", "", ("cmp1.storage", 24007)),
    ],
)
def test_places(text: str, address: str, meant: tuple[str, int]) -> None:
    assert place(text, {"host": "cmp1", "address": address}) == meant


def test_braces_themselves() -> None:
    assert filled('{{"on": "{host}"}}', {"host": "cmp1"}) == '{"on": "cmp1"}'
