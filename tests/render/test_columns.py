from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.render.columns import columns, wrapped
from wscli.text import cell_width, visible


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("one two three", ["one two", "three"]),
        ("onetwothree", ["onetwoth", "ree"]),
        ("a onetwothree", ["a", "onetwoth", "ree"]),
        ("日本語日本語", ["日本語日", "本語"]),
        ("a\x1bb", ["a\\x1bb"]),
    ],
)
def test_a_text_is_broken_at_blanks_or_where_it_must(text: str, lines: list[str]) -> None:
    assert lines == wrapped(text, 8)


@given(st.text(max_size=80), st.integers(2, 30))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_width(line) <= width or len(line) == 1 for line in lines)
    assert visible(text).replace(" ", "") == "".join(lines).replace(" ", "")


def test_further_lines_stand_below_the_text() -> None:
    lines = columns((("name", "  ab  "),), "plain", "one two three four five six seven", 26)
    assert (("name", "  ab  "), ("plain", "one two three four")) == lines[0]
    assert (("plain", "      "), ("plain", "five six seven")) == lines[1]


def test_without_a_text_there_is_still_what_stands_beside_it() -> None:
    assert [(("name", "ab"), ("plain", ""))] == columns((("name", "ab"),), "plain", "", 80)
