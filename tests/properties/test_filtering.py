"""Filters for any words: what is written is read as the same, and nothing that is typed is an error."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.widgets.filtering import Compare, Filter, Kind, Term, Word, holds, meant, parse, write

KINDS = {"name": Kind.TEXT, "owner": Kind.TEXT, "ready": Kind.NUMBER, "left": Kind.SPAN, "time": Kind.INSTANT}
ANY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
ODD = st.text(st.sampled_from('ab@:<>=!"\\ \n\tΣßİ名'), min_size=1, max_size=8)
WORDS: st.SearchStrategy[Term] = st.builds(
    lambda text, key, without: Word(text.casefold(), key, without),
    ANY | ODD,
    st.sampled_from(("", "name", "owner", "left")),
    st.booleans(),
)
SAID = {
    "ready": st.integers(0, 10**6).map(str),
    "left": st.sampled_from(("8h", "7d", "1d12h", "90min", "0s")),
    "time": st.sampled_from(("22:00", "2026-03-02", "2026-03-02T22:00", "2026-03-02 22:00")),
}
COMPARISONS: st.SearchStrategy[Term] = st.sampled_from(sorted(SAID)).flatmap(
    lambda key: st.builds(Compare, st.just(key), st.sampled_from(("<", "<=", ">", ">=", "=")), SAID[key], st.booleans())
)
TERMS = st.lists(WORDS | COMPARISONS, max_size=6).map(tuple)
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@given(TERMS)
def test_what_is_written_is_read_as_the_same(terms: tuple[Term, ...]) -> None:
    again = tuple(Word(one.text.casefold(), one.key, one.without) if isinstance(one, Word) else one for one in terms)
    assert parse(write(terms), KINDS) == Filter(again)


@given(TERMS, TERMS)
def test_a_saved_filter_is_read_as_the_terms_that_it_was_written_of(
    saved: tuple[Term, ...], typed: tuple[Term, ...]
) -> None:
    """Alone, with others, and in another one; a word with @ in it is never taken for one."""
    kept = {"mine": write(saved), "outer": "@mine"}
    again = parse(write(saved), KINDS).terms
    others = parse(write(typed), KINDS).terms
    assert parse(f"{write(typed)} @mine", KINDS, kept) == Filter((*others, *again))
    assert parse(f"@outer {write(typed)}", KINDS, kept) == Filter((*again, *others))
    assert parse(write(typed), KINDS, kept) == parse(write(typed), KINDS)


@given(
    st.text(max_size=40)
    | st.lists(ODD | st.sampled_from(("left<", "name:", "!", "ready>=x", '"a b', "@a", "!@a", "os:x")), max_size=5).map(
        " ".join
    )
)
def test_nothing_that_is_typed_is_an_error(text: str) -> None:
    once = parse(text, KINDS)
    assert parse(write(once.terms), KINDS).terms == once.terms


@given(st.sampled_from(("<", "<=", ">", ">=", "=")), st.integers(-3, 3), st.integers(-3, 3))
def test_signs_are_those_of_arithmetic(sign: str, left: int, right: int) -> None:
    expected = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "=": left == right}
    hour = timedelta(hours=1)
    assert holds(sign, float(left), float(right)) is expected[sign]
    assert holds(sign, left * hour, right * hour) is expected[sign]
    assert holds(sign, NOW + left * hour, NOW + right * hour) is expected[sign]
    assert not holds(sign, float(left), right * hour)


@given(st.times().map(lambda one: one.replace(microsecond=0)), st.datetimes(timezones=st.just(UTC)))
def test_a_time_of_day_is_the_last_one_that_was(said: object, now: datetime) -> None:
    now = now.replace(year=max(2, now.year))
    found = meant(f"{said}"[:8], Kind.INSTANT, now)
    assert isinstance(found, datetime)
    assert timedelta(0) <= now - found < timedelta(days=1)
