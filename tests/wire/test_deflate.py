from __future__ import annotations

import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from tests.wire.chopping import chop, cuts
from wscli.wire.deflate import EMPTY, TAIL, WINDOW, DeflateParameters, Deflater, Inflater, try_inflate

bits = st.integers(8, 15)
messages = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from([b"", b"Hello", b"abc" * 300, bytes(range(256)) * 8, b"a" * 70000, b"\0"]),
        st.integers(0, 3).map(lambda seed: bytes((place * place * 31 + seed) & 0xFF for place in range(900))),
    ),
    max_size=5,
)


def inflate(inflater: Inflater, payload: bytes, lengths: list[int] | None = None) -> bytes:
    """Return a message from its compressed payload, fed in portions."""
    return b"".join(inflater.feed(portion) for portion in chop(payload, lengths or [])) + inflater.finish()


def raw_deflate(data: bytes, flush: int = zlib.Z_SYNC_FLUSH, wbits: int = -15) -> bytes:
    compressor = zlib.compressobj(wbits=wbits)
    return compressor.compress(data) + compressor.flush(flush)


@given(bits, st.booleans(), messages, cuts)
def test_what_was_deflated_inflates_to_the_same(
    window: int, takeover: bool, sent: list[bytes], lengths: list[int]
) -> None:
    deflater, inflater = Deflater(window, takeover), Inflater(window, takeover)
    for message in sent:
        assert message == inflate(inflater, deflater.deflate(message), lengths)
        assert (None, False, len(message)) == (inflater.deviation, inflater.exceeded, inflater.plain_size)


@given(bits, st.booleans(), messages)
def test_the_window_agreed_to_is_kept(window: int, takeover: bool, sent: list[bytes]) -> None:
    deflater = Deflater(window, takeover)
    # The strictest reader: a window of exactly the size agreed to, a new one a message without takeover.
    reader = zlib.decompressobj(-max(window, 9) if window > 8 else -8)
    for message in sent:
        if not takeover:
            reader = zlib.decompressobj(-max(window, 9) if window > 8 else -8)
        assert message == reader.decompress(deflater.deflate(message) + TAIL)


@given(st.integers(9, 15), st.booleans(), messages)
def test_websockets_reads_what_we_deflate_and_we_read_what_it_deflates(
    window: int, takeover: bool, sent: list[bytes]
) -> None:
    ours = Deflater(window, takeover), Inflater(window, takeover)
    theirs = PerMessageDeflate(not takeover, not takeover, window, window)
    for message in sent:
        read = theirs.decode(Frame(Opcode.BINARY, ours[0].deflate(message), rsv1=True))
        assert message == bytes(read.data)
        made = theirs.encode(Frame(Opcode.BINARY, message))
        assert message == inflate(ours[1], bytes(made.data))


@given(messages, cuts, st.integers(0, 2000))
@example([b"a" * 70000], [3], 65536)
def test_never_more_than_the_limit_and_one_byte_is_inflated(sent: list[bytes], lengths: list[int], limit: int) -> None:
    inflater = Inflater(15, takeover=False, limit=limit)
    for message in sent:
        plain = inflate(inflater, raw_deflate(message)[:-4], lengths)
        assert (len(message) > limit) is inflater.exceeded
        assert message[: limit + 1] == plain


def test_a_bomb_is_stopped_at_the_limit_and_the_next_message_is_read() -> None:
    bomb = raw_deflate(bytes(50_000_000))[:-4]
    inflater = Inflater(15, takeover=True, limit=1000)
    assert 1001 == len(inflate(inflater, bomb))
    assert inflater.exceeded
    assert b"Hello" == inflate(inflater, raw_deflate(b"Hello")[:-4])
    assert not inflater.exceeded


@given(st.binary(max_size=40), cuts)
def test_any_bytes_inflate_or_are_noted(payload: bytes, lengths: list[int]) -> None:
    whole, chopped = Inflater(15, takeover=False), Inflater(15, takeover=False)
    plain = inflate(whole, payload)
    parts = inflate(chopped, payload, lengths)
    assert whole.deviation == chopped.deviation
    if whole.deviation is None:
        assert plain == parts


def test_a_fault_is_noted_and_the_next_message_begins_anew() -> None:
    inflater = Inflater(15, takeover=True)
    inflate(inflater, b"\xff\xff")
    assert inflater.deviation is not None
    assert ("deflate/invalid", None) == (inflater.deviation.kind.code, inflater.deviation.offset)
    assert b"Hello" == inflate(inflater, raw_deflate(b"Hello")[:-4])
    assert inflater.deviation is None


def test_the_example_of_the_rfc_inflates() -> None:
    # RFC 7692 §7.2.3.1, §7.2.3.2: the second with the window of the first.
    inflater = Inflater(15, takeover=True)
    assert b"Hello" == inflate(inflater, bytes.fromhex("f248cdc9c90700"))
    assert b"Hello" == inflate(inflater, bytes.fromhex("f200110000"))


@pytest.mark.parametrize("takeover", [True, False])
def test_a_final_block_is_taken_and_the_window_lives_on_with_takeover(takeover: bool) -> None:
    # RFC 7692 §7.2.3.4: BFINAL set; the octet 00 behind it belongs to the message.
    inflater = Inflater(15, takeover)
    assert b"Hello" == inflate(inflater, bytes.fromhex("f348cdc9c9070000"))
    assert b"Hello" == inflate(inflater, raw_deflate(b"Hello", zlib.Z_FINISH))
    assert inflater.deviation is None
    second = inflate(inflater, bytes.fromhex("f200110000"))
    assert (b"Hello" if takeover else b"") == second
    assert takeover is (inflater.deviation is None)


def test_blocks_after_a_final_one_are_read_on() -> None:
    payload = raw_deflate(b"one ", zlib.Z_FINISH) + raw_deflate(b"two")[:-4]
    assert b"one two" == inflate(Inflater(15, takeover=True), payload)


@pytest.mark.parametrize("payload", [b"", EMPTY, b"\x02\x00", bytes.fromhex("0300"), b"\x00\x00\x00\xff\xff\x00"])
def test_an_empty_message_has_many_forms(payload: bytes) -> None:
    inflater = Inflater(15, takeover=True)
    assert b"" == inflate(inflater, payload)
    assert inflater.deviation is None


def test_an_empty_message_leaves_the_next_one_alone() -> None:
    inflater = Inflater(15, takeover=True)
    assert b"" == inflater.finish()
    assert b"" == inflate(inflater, b"")
    assert b"Hello" == inflate(inflater, raw_deflate(b"Hello")[:-4])
    assert inflater.deviation is None


def test_a_payload_that_ends_before_any_content_is_cut() -> None:
    text = b" ".join(b"%d" % (number * number) for number in range(2000))  # a table of codes comes first
    inflater = Inflater(15, takeover=True)
    inflate(inflater, raw_deflate(text)[:4])
    assert inflater.deviation is not None
    assert ("deflate/cut", 4) == (inflater.deviation.kind.code, inflater.deviation.offset)


def test_two_final_blocks_in_one_message_are_both_read() -> None:
    payload = raw_deflate(b"one ", zlib.Z_FINISH) + raw_deflate(b"two", zlib.Z_FINISH)
    assert b"one two" == inflate(Inflater(15, takeover=False), payload)


def test_only_a_window_of_the_latest_output_is_kept() -> None:
    inflater, deflater = Inflater(15, takeover=True), Deflater(15, takeover=True)
    for turn in range(20):
        inflate(inflater, deflater.deflate(bytes([turn]) * 20000))
    assert WINDOW <= sum(map(len, inflater._recent)) <= 8 * WINDOW


@pytest.mark.parametrize(("limit", "exceeded"), [(1000, False), (999, True)])
def test_a_message_of_exactly_the_limit_is_fine(limit: int, exceeded: bool) -> None:
    inflater = Inflater(15, takeover=True, limit=limit)
    inflate(inflater, raw_deflate(b"x" * 1000)[:-4])
    assert exceeded is inflater.exceeded


def test_the_window_is_kept_over_long_streams() -> None:
    compressor = Deflater(15, takeover=True)
    inflater = Inflater(15, takeover=True)
    for turn in range(6):
        block = bytes((place * 7 + turn) & 0xFF for place in range(30000))
        assert block == inflate(inflater, compressor.deflate(block))
    # After a final block only the window kept by hand is left to go on with.
    assert b"" == inflate(inflater, b"\x03\x00")
    follow = zlib.compressobj(wbits=-15, zdict=block)
    payload = follow.compress(block[-500:]) + follow.flush(zlib.Z_SYNC_FLUSH)
    assert block[-500:] == inflate(inflater, payload[:-4])


def test_an_empty_message_is_one_byte() -> None:
    assert EMPTY == Deflater(15, takeover=True).deflate(b"")


def test_the_level_is_passed_on() -> None:
    assert b"\x00" == Deflater(15, takeover=True, level=0).deflate(b"Hello")[:1]


def test_a_payload_alone_can_be_tried() -> None:
    assert b"Hello" == try_inflate(bytes.fromhex("f248cdc9c90700"), 10)
    assert b"Hel" == try_inflate(bytes.fromhex("f248cdc9c90700"), 3)
    assert try_inflate(b"\xff", 10) is None


def test_parameters_are_those_of_no_parameters() -> None:
    assert DeflateParameters(False, False, 15, 15) == DeflateParameters()
