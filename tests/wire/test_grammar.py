from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.wire.grammar import (
    TOKEN_CHARACTERS,
    Element,
    decode_extensions,
    decode_list,
    encode_extensions,
    has_token,
    is_token,
    quote,
)

tokens = st.text(sorted(TOKEN_CHARACTERS), min_size=1, max_size=6)
parameters = st.tuples(tokens, st.none() | st.text('ab,;=\\"\t é', max_size=5) | tokens)
elements = st.builds(Element, tokens, st.lists(parameters, max_size=3).map(tuple))
lines = st.text(',;=\\" \tab@é', max_size=14) | st.text(max_size=14)


@given(st.lists(elements, max_size=4))
def test_extensions_that_were_written_are_read_again(written: list[Element]) -> None:
    read, found = decode_extensions(encode_extensions(written))
    assert tuple(written) == read
    # RFC 6455 §9.1: a quoted value must be a token too once its quotes are gone.
    is_clean = all(value is None or is_token(value) for one in written for _, value in one.parameters)
    assert is_clean is not bool(found)


@given(st.lists(tokens, max_size=5))
def test_lists_that_were_written_are_read_again(written: list[str]) -> None:
    assert (tuple(written), ()) == decode_list(", ".join(written))


@given(lines)
def test_no_text_makes_anything_raise(line: str) -> None:
    decode_list(line)
    read, found = decode_extensions(line)
    if not found:
        assert (read, ()) == decode_extensions(encode_extensions(read))


@pytest.mark.parametrize(
    ("line", "expected", "found"),
    [
        ("", (), []),
        (" \t", (), []),
        ("a", ("a",), []),
        ("a ,\tb", ("a", "b"), []),
        (",a,,b", ("a", "b"), ["value/empty-element", "value/empty-element"]),
        ("a b", ("a b",), ["value/not-token"]),
        (",", (), ["value/empty-element", "value/empty-element"]),
    ],
)
def test_lists_are_read_and_judged(line: str, expected: tuple[str, ...], found: list[str]) -> None:
    elements, deviations = decode_list(line)
    assert (expected, found) == (elements, [one.kind.code for one in deviations])


@pytest.mark.parametrize(
    ("line", "expected", "found"),
    [
        ("", [], []),
        ("  ", [], []),
        ("a", [("a", ())], []),
        ("a;b;c=d , e", [("a", (("b", None), ("c", "d"))), ("e", ())], []),
        ('a; b="c"', [("a", (("b", "c"),))], []),
        ('a; b="c,\\"d;"', [("a", (("b", 'c,"d;'),))], ["value/parameter-malformed"]),
        ('a; b="c', [("a", (("b", "c"),))], ["value/quote-open"]),
        ('a; b="', [("a", (("b", ""),))], ["value/quote-open", "value/parameter-malformed"]),
        ('a; b="c\\', [("a", (("b", "c\\"),))], ["value/quote-open", "value/parameter-malformed"]),
        ("a;", [("a", (("", None),))], ["value/parameter-malformed"]),
        ("a; b=", [("a", (("b", ""),))], ["value/parameter-malformed"]),
        ("a; =b", [("a", (("", "b"),))], ["value/parameter-malformed"]),
        (", a", [("a", ())], ["value/empty-element"]),
        ("a b; c", [("a b", (("c", None),))], ["value/not-token"]),
    ],
)
def test_extensions_are_read_and_judged(line: str, expected: list[tuple[str, object]], found: list[str]) -> None:
    read, deviations = decode_extensions(line)
    assert expected == [(one.name, one.parameters) for one in read]
    assert found == [one.kind.code for one in deviations]


def test_only_what_is_no_token_is_quoted() -> None:
    assert ["a", '""', '"a b"', '"\\"\\\\"'] == [quote(text) for text in ("a", "", "a b", '"\\')]


def test_a_token_is_found_in_any_line_without_case() -> None:
    assert has_token(["keep-alive, UPGRADE"], "upgrade")
    assert has_token(["x", "\tUpgrade "], "upgrade")
    assert not has_token(["upgraded", ""], "upgrade")
    assert not has_token([], "upgrade")


@pytest.mark.parametrize(
    ("text", "expected"), [("a!", True), ("", False), ("a b", False), ("é", False), ("a\n", False)]
)
def test_tokens_are_known(text: str, expected: bool) -> None:
    assert expected is is_token(text)
