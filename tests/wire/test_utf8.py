"""UTF-8 while it arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.wire.utf8 import Utf8Validator, find_invalid

texts = st.one_of(
    st.text(max_size=30).map(str.encode),
    st.binary(max_size=30),
    st.lists(st.sampled_from([b"a", b"\xc3", b"\xa9", b"\xe2\x82", b"\xac", b"\xf0\x9f", b"\xf4", b"\x90", b"\xed", b"\xa0"])).map(b"".join),
)


def slowly(data: bytes) -> int | None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


@given(texts, st.lists(st.integers(0, 7), max_size=12))
def test_any_chopping_finds_the_same_place(data: bytes, sizes: list[int]) -> None:
    validator, start = Utf8Validator(), 0
    for size in [*sizes, len(data)]:
        validator.feed(data[start : start + size])
        start += size
    assert slowly(data) == validator.finish() == find_invalid(data)


@given(texts)
def test_it_fails_at_the_earliest_byte(data: bytes) -> None:
    validator = Utf8Validator()
    for length in range(1, len(data) + 1):
        found = validator.feed(data[length - 1 : length])
        beginning = data[:length]
        # What is undecodable but could be the beginning of a character is no fault yet.
        can_go_on = any(slowly(beginning + rest) is None for rest in ENDINGS)
        assert can_go_on is (found is None), beginning


ENDINGS = [
    b"",
    *(bytes([one, *rest]) for one in (0x80, 0x90, 0x9F, 0xA0, 0xBF, 0x8F) for rest in ((), (0x80,), (0x80, 0x80))),
]


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"\xf4\x90", 0), (b"a\xed\xa0", 1), (b"\xc0", 0), (b"\xf5", 0), (b"ab\xff", 2), (b"\xe0\x80", 0)],
)
def test_what_no_text_can_have_fails_at_once(data: bytes, place: int) -> None:
    assert place == Utf8Validator().feed(data)


def test_a_failure_stays() -> None:
    validator = Utf8Validator()
    validator.feed(b"ok\xff")
    assert 2 == validator.feed(b"fine") == validator.finish()
