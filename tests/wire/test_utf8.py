from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tests.wire.chopping import bytewise, chop, cuts
from wscli.wire.utf8 import Utf8Validator, find_invalid

sequences = [
    b"\xf0\x9f\x98\x80",
    b"\xe2\x82\xac",
    b"\xc3\xa9",
    b"a",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc0\x80",
    b"\xf5",
    b"\xe0\x80",
    b"\x80",
]
texts = st.one_of(
    st.lists(st.sampled_from(sequences) | st.binary(max_size=2), max_size=8).map(b"".join),
    st.text(max_size=9).map(str.encode),
    st.text(max_size=9).map(str.encode).flatmap(lambda raw: st.integers(0, 9).map(lambda kept: raw[:kept])),
)


def oracle(data: bytes) -> int | None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def can_become_valid(data: bytes) -> bool:
    """Whether some continuation makes the data valid: tried out, three bytes at most are missing."""
    tails = [
        b"",
        b"\x80",
        b"\x80\x80",
        b"\x80\x80\x80",
        b"\xbf",
        b"\xbf\x80",
        b"\xbf\x80\x80",
        b"\x9f\x80",
        b"\x90\x80\x80",
    ]
    return any(oracle(data + tail) is None for tail in tails)


@given(texts, cuts)
@example(b"\xed\xa0", [1])
@example(b"a\xf0\x90\x80", [2, 1])
def test_any_chopping_gives_the_verdict_and_place_of_the_decoder(data: bytes, lengths: list[int]) -> None:
    validator = Utf8Validator()
    for portion in chop(data, lengths):
        validator.feed(portion)
    assert oracle(data) == validator.finish()
    assert oracle(data) == find_invalid(data)


@given(texts)
def test_it_fails_at_the_earliest_possible_byte_and_stays_failed(data: bytes) -> None:
    validator = Utf8Validator()
    for place, byte in enumerate(bytewise(data), 1):
        failed = validator.feed(byte)
        assert can_become_valid(data[:place]) is (failed is None)
        assert failed in (None, oracle(data[:place]))


def test_the_end_makes_a_begun_character_a_fault() -> None:
    validator = Utf8Validator()
    assert validator.feed(b"ab\xe2\x82") is None
    assert 2 == validator.finish()
    assert 2 == validator.feed(b"\xac")
    assert 2 == validator.finish()
