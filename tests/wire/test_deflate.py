"""permessage-deflate: what one side compresses the other inflates, and nothing inflates past its limit."""

from __future__ import annotations

import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wscli.wire.deflate import EMPTY, TAIL, WINDOW, Deflater, Inflater, try_inflate

messages = st.lists(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode), st.just(b"ab" * 40000)), max_size=5)


def inflate(inflater: Inflater, payload: bytes, size: int = 1 << 20) -> bytes:
    return b"".join(inflater.feed(payload[at : at + size]) for at in range(0, len(payload), size)) + inflater.finish()


@given(messages, st.integers(8, 15), st.booleans(), st.integers(1, 50))
def test_what_was_deflated_inflates(given_messages: list[bytes], bits: int, takeover: bool, size: int) -> None:
    deflater, inflater = Deflater(bits, takeover), Inflater(bits, takeover, limit=1 << 20)
    for message in given_messages:
        payload = deflater.deflate(message)
        assert message == inflate(inflater, payload, max(size, len(payload) // 50))
        assert (None, False) == (inflater.deviation, inflater.exceeded)
        assert (len(message), len(payload)) == (inflater.plain_size, inflater.wire_size)


def test_plain_zlib_understands_us() -> None:
    peer, deflater = zlib.decompressobj(-15), Deflater(15, takeover=True)
    for message in (b"hello" * 50, b"again" * 50):
        assert message == peer.decompress(deflater.deflate(message) + TAIL)


def test_an_empty_message_is_one_byte_or_none() -> None:
    assert EMPTY == Deflater(15, takeover=True).deflate(b"")
    inflater = Inflater(15, takeover=True)
    assert b"" == inflate(inflater, EMPTY)
    assert b"" == inflate(inflater, b"")
    assert None is inflater.deviation


@pytest.mark.parametrize("ending", [b"", b"\x00"])
def test_a_message_may_end_with_a_final_block_and_the_window_lives_on(ending: bytes) -> None:
    inflater = Inflater(15, takeover=True, limit=1 << 20)
    window = os.urandom(1000)
    final = zlib.compressobj(wbits=-15)
    assert window == inflate(inflater, final.compress(window) + final.flush() + ending)
    follower = zlib.compressobj(wbits=-15, zdict=window)
    payload = (follower.compress(window) + follower.flush(zlib.Z_SYNC_FLUSH))[: -len(TAIL)]
    assert len(payload) < 100
    assert window == inflate(inflater, payload)
    assert None is inflater.deviation


def test_two_final_blocks_in_one_message_are_both_read() -> None:
    parts = b""
    for text in (b"one ", b"two"):
        final = zlib.compressobj(wbits=-15)
        parts += final.compress(text) + final.flush()
    assert b"one two" == inflate(Inflater(15, takeover=False), parts)


def test_only_a_window_of_the_latest_output_is_kept() -> None:
    inflater, deflater = Inflater(15, takeover=True), Deflater(15, takeover=True)
    for _ in range(20):
        inflate(inflater, deflater.deflate(os.urandom(20000)))
    assert WINDOW <= sum(map(len, inflater._recent)) <= 8 * WINDOW


def test_a_bomb_stops_at_its_limit() -> None:
    bomb = Deflater(15, takeover=True).deflate(b"\0" * 10_000_000)
    inflater = Inflater(15, takeover=True, limit=100_000)
    assert 100_001 == len(inflate(inflater, bomb))
    assert inflater.exceeded
    assert b"next" == inflate(inflater, Deflater(15, takeover=True).deflate(b"next"))
    assert not inflater.exceeded


def test_a_message_of_exactly_the_limit_is_fine() -> None:
    inflater = Inflater(15, takeover=True, limit=1000)
    assert b"x" * 1000 == inflate(inflater, Deflater(15, takeover=True).deflate(b"x" * 1000))
    assert not inflater.exceeded


@given(st.binary(max_size=100), st.integers(8, 15), st.booleans())
def test_no_bytes_make_it_raise(data: bytes, bits: int, takeover: bool) -> None:
    inflater = Inflater(bits, takeover, limit=1000)
    inflate(inflater, data, 7)
    assert b"fresh" == inflate(Inflater(bits, takeover), Deflater(bits, takeover).deflate(b"fresh"))


def test_what_does_not_inflate_is_noted_once_for_its_message() -> None:
    inflater = Inflater(15, takeover=True)
    inflate(inflater, b"\xff\xff\xff")
    assert inflater.deviation is not None
    assert "deflate/invalid" == inflater.deviation.kind.code
    assert b"ok" == inflate(inflater, Deflater(15, takeover=True).deflate(b"ok"))
    assert None is inflater.deviation


def test_a_payload_that_ends_before_any_content_is_cut() -> None:
    text = b" ".join(b"%d" % (number * number) for number in range(2000))  # long enough for a table of codes to come first
    inflater = Inflater(15, takeover=True)
    inflate(inflater, Deflater(15, takeover=True).deflate(text)[:4])
    assert inflater.deviation is not None
    assert "deflate/cut" == inflater.deviation.kind.code


def test_guessing_whether_something_inflates() -> None:
    assert b"hello" == try_inflate(Deflater(15, takeover=True).deflate(b"hello"), 100)
    assert b"he" == try_inflate(Deflater(15, takeover=True).deflate(b"hello"), 2)
    assert None is try_inflate(b"not deflated", 100)
