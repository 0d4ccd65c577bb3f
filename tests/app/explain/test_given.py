from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.app.explain.given import (
    decode_given,
    decode_stream,
    is_surely_base64,
    lacks_a_digit,
    maybe_base64,
    maybe_hex,
)
from wscli.errors import UsageProblem


@pytest.mark.parametrize(
    "text",
    ["8105", "81 05", "81:05", "81-05", "81,05", "0x81, 0x05", "0X8105", r"\x81\x05", " 81\n05 ", "81|05", "81_05"],
)
def test_hexadecimal_is_read_as_people_write_it(text: str) -> None:
    assert b"\x81\x05" == maybe_hex(text)


@pytest.mark.parametrize("text", ["", "8", "810", "8g", "x", "é", "８１", " ", "0x"])
def test_what_is_no_hexadecimal_is_none(text: str) -> None:
    assert maybe_hex(text) is None


@pytest.mark.parametrize(
    ("text", "lacks"), [("810", True), ("81 0", True), ("8105", False), ("abc", False), ("", False)]
)
def test_a_digit_too_few_is_told_from_a_word(text: str, lacks: bool) -> None:
    assert lacks is lacks_a_digit(text)


@given(st.binary(min_size=1, max_size=100))
def test_any_bytes_are_read_from_either(data: bytes) -> None:
    assert data == decode_given(data.hex(" "))
    for text in (b64encode(data).decode(), urlsafe_b64encode(data).decode(), b64encode(data).decode().rstrip("=")):
        assert data == maybe_base64(text)


@pytest.mark.parametrize("text", ["=", "====", "a", "gQ=a", "é", "", "a b!"])
def test_what_is_no_base64_is_none(text: str) -> None:
    assert maybe_base64(text) is None


@pytest.mark.parametrize(
    ("text", "is_sure"),
    [
        ("gQVIZWxsbw==", True),
        ("gQVI", True),
        ("AQIDBA==", True),
        ("upgrades", False),
        ("Upgrades", False),
        ("abc", False),
    ],
)
def test_base64_is_told_from_words(text: str, is_sure: bool) -> None:
    assert is_sure is is_surely_base64(text)


@given(st.text(max_size=60))
def test_any_other_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with suppress(UsageProblem):
        assert decode_given(text)


@given(st.binary(max_size=60))
def test_any_stream_gives_bytes(data: bytes) -> None:
    assert isinstance(decode_stream(data), bytes)
    assert bool(data) is bool(decode_stream(data)) or not data.strip()


def test_a_stream_is_text_or_the_bytes_themselves() -> None:
    assert b"\x81\x00" == decode_stream(b"8100\n") == decode_stream(b"\x81\x00")
    assert b"\x81\x00" == decode_stream(b"gQA=\n")
    assert b"GET / HTTP/1.1\r\n\r\n" == decode_stream(b"GET / HTTP/1.1\r\n\r\n")
