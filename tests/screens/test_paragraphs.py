"""Text to read: laid out, searched, moved sideways; never wider than its window, and nothing lost."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from vmms_tui.screens.paragraphs import (
    LEAST,
    Paragraph,
    finds,
    first_row,
    item,
    labelled,
    laid_out,
    line,
    lit,
    shifted,
    text_of,
)
from vmms_tui.widgets.line import piece, width_of

WORDS = st.text(alphabet=st.sampled_from("ab 山é\x1b[]\u202e\t—x"), max_size=60)
PARAGRAPHS = st.lists(
    st.one_of(WORDS.map(line), WORDS.map(item), WORDS.map(lambda one: labelled("what", one))), max_size=8
)


@given(PARAGRAPHS, st.integers(40, 120))
def test_no_line_is_wider_than_the_window(paragraphs: list[Paragraph], width: int) -> None:
    assert all(width_of(row.pieces) <= width for row in laid_out(paragraphs, width))


@given(PARAGRAPHS, st.integers(40, 120), st.booleans())
def test_every_paragraph_is_there_and_its_letters_too(paragraphs: list[Paragraph], width: int, wrap: bool) -> None:
    rows = laid_out(paragraphs, width, wrap=wrap)
    assert [row.of for row in rows] == sorted(row.of for row in rows)
    for number, paragraph in enumerate(paragraphs):
        shown = "".join(text for row in rows if row.of == number for text, _ in row.pieces)
        assert shown.replace(" ", "") == text_of(paragraph).replace(" ", "")
    if not wrap:
        assert len(rows) == len(paragraphs)


def test_json_keeps_its_steps_also_where_it_wraps() -> None:
    rows = laid_out([line('    "a": "' + "b" * 100 + '"')], 60)
    assert all(row.pieces[0][0] == "    " for row in rows)
    assert len(rows) > 1


def test_words_beside_a_wide_front_keep_some_room() -> None:
    rows = laid_out([Paragraph((piece("x" * 50),), "one two three four five six")], 40)
    assert all(cell_len(row.pieces[-1][0]) <= LEAST for row in rows)


def test_words_are_found_in_upper_or_lower_case_and_over_line_ends() -> None:
    paragraphs = [line("nothing"), line("aaa " * 20 + "Error: [No] route"), line("error")]
    assert finds("error", paragraphs) == [1, 2]
    assert finds("[no]", paragraphs) == [1]
    assert finds("", paragraphs) == []
    rows = laid_out(paragraphs, 40)
    assert "Error" in "".join(text for text, _ in rows[first_row(rows, 1, "Error")].pieces)
    assert rows[first_row(rows, 1, "aaa Error: [No]")].of == 1


@given(WORDS, WORDS)
def test_what_is_lit_says_the_same(words: str, needle: str) -> None:
    pieces = [piece("  "), piece(words, "warn")]
    assert "".join(text for text, _ in lit(pieces, needle)) == "  " + words


@given(st.text(alphabet="ab山é", max_size=30), st.integers(0, 40))
def test_a_line_moved_sideways_loses_exactly_these_cells(words: str, cells: int) -> None:
    moved = shifted([piece("··", "key"), piece(words)], cells)
    assert width_of(moved) == max(0, 2 + cell_len(words) - cells)
    whole = "··" + words
    assert whole.endswith("".join(text for text, _ in moved).lstrip(" "))
