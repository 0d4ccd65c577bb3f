from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.cli.roff import literal, plain_text, prose

PAGE = r""".TH NAME 1 2026-01-01 wscli "User commands"
.\" a comment
.SH NAME
name \- \fBdoes\fR it
.SH "TWO WORDS"
First
.B bold words
and
.BR next (1),
done.
.PP
Second.
.SS Part
.TP
\fB\-a\fR
Short tag.
.TP
.BI \-\-a\-long\-tag " VALUE"
Its text, which is long enough to need a second line in a narrow page.
.TP
Tag alone
.PP
.RS
.EX
  verbatim   text \e
.EE
.RE
.UNKNOWN macro
"""

TEXT = """\
NAME(1)

NAME
       name - does it

TWO WORDS
       First bold words and next(1),
       done.

       Second.

   Part
       -a     Short tag.

       --a-long-tag VALUE
              Its text, which is long
              enough to need a second
              line in a narrow page.

       Tag alone

                verbatim   text \\
"""


def test_a_page_becomes_plain_text() -> None:
    assert TEXT == plain_text(PAGE, 40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--flag", r"\-\-flag"),
        (".dot", r"\&.dot"),
        ("'quoted'", r"\(aqquoted\(aq"),
        ("a…", "a..."),
        ("\\", r"\e"),
    ],
)
def test_text_is_escaped_for_man(text: str, expected: str) -> None:
    assert expected == literal(text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(lambda text: text.strip()))
def test_what_is_escaped_is_read_back(text: str) -> None:
    page = f".EX\n{literal(text)}\n.EE\n"
    assert f"       {text}\n" == plain_text(page)


def test_backticks_of_our_sentences_become_bold() -> None:
    assert [r"Write \fB\-\-x\fR now"] == prose("Write `--x` now")


def test_prose_has_no_line_that_lint_calls_long_and_none_that_is_a_macro() -> None:
    lines = prose("word " * 40 + ". begins " * 30)
    assert all(len(line) <= 80 and not line.startswith(".") for line in lines)
