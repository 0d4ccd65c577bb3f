from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import Frame as TheirFrame
from websockets.frames import Opcode
from websockets.streams import StreamReader
from wsproto.frame_protocol import FrameProtocol, ParseFailed

from tests.strategies import frame_orders
from tests.wire.chopping import bytewise, chop, cuts
from wscli.wire.deviations import NONE, Deviation
from wscli.wire.frames import (
    BINARY,
    CLOSE,
    OPCODE_NAMES,
    PING,
    TEXT,
    Frame,
    FrameDecoder,
    FrameOrder,
    FramePiece,
    encode_frame,
    header_length,
    opcode_name,
)
from wscli.wire.masking import mask

streams = st.lists(st.one_of(frame_orders.map(lambda order: encode_frame(order).raw), st.binary(max_size=30))).map(
    b"".join
)
"""What a side may send: frames, legal or not, and bytes that only look like some."""
KEY = b"\x01\x02\x03\x04"


def decode(portions: Iterable[bytes]) -> tuple[list[Frame], FrameDecoder]:
    """Return the frames of a stream up to its end, pieces joined, and the decoder."""
    decoder, frames = FrameDecoder(), []
    header, payload = b"", b""
    for portion in portions:
        for item in decoder.feed(portion):
            if isinstance(item, Frame):
                frames.append(item)
                continue
            payload = item.data if item.start == 0 else payload + item.data
            header = item.header
            assert item.start + len(item.data) == len(payload)
            if item.is_last:
                frames.append(Frame(header, payload, item.offset, item.deviations))
                payload = b""
    last = decoder.finish()
    if last is not None:
        frames.append(Frame(last.header, payload, last.offset, last.deviations))
    return frames, decoder


def raw(frames: Iterable[Frame]) -> bytes:
    """Return the bytes of frames, the last of which may have half a header."""
    return b"".join(frame.raw if len(frame.header) >= 2 else frame.header for frame in frames)


def codes(found: Iterable[Deviation]) -> list[str]:
    return [deviation.kind.code for deviation in found]


@given(frame_orders)
def test_a_decoded_frame_gives_back_its_exact_bytes(order: FrameOrder) -> None:
    made = encode_frame(order.replace(declared_length=None))
    assert [made] == decode([made.raw])[0]
    assert made.raw == raw(decode([made.raw])[0])


@given(streams, cuts)
@example(b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04abcdef", [3, 4, 8, 1])
def test_any_chopping_of_any_bytes_gives_the_same_frames(stream: bytes, lengths: list[int]) -> None:
    whole, _ = decode([stream])
    chopped, _ = decode(chop(stream, lengths))
    single, _ = decode(bytewise(stream))
    assert [frame.raw if len(frame.header) > 1 else frame.header for frame in whole] == [
        frame.raw if len(frame.header) > 1 else frame.header for frame in chopped
    ]
    assert whole == chopped
    assert whole == single


@given(streams, cuts)
def test_no_byte_is_lost_or_changed(stream: bytes, lengths: list[int]) -> None:
    frames, decoder = decode(chop(stream, lengths))
    assert stream == raw(frames)
    assert len(stream) == decoder.offset
    assert not decoder.is_inside_frame


@given(streams, cuts)
def test_what_was_given_out_and_the_tail_are_the_whole_stream(stream: bytes, lengths: list[int]) -> None:
    decoder = FrameDecoder()
    sizes = 0
    for portion in chop(stream, lengths):
        for item in decoder.feed(portion):
            begins = item.offset == sizes  # the first piece of a frame comes with its header
            sizes += (len(item.header) if begins else 0) + len(item.payload if isinstance(item, Frame) else item.data)
        assert sizes == decoder.offset
    assert stream[sizes:] == decoder._tail


def test_a_frame_that_is_still_arriving_comes_in_pieces() -> None:
    decoder = FrameDecoder()
    assert [] == decoder.feed(b"\x82")
    (first,) = decoder.feed(b"\x05ab")
    (second,) = decoder.feed(b"c")
    third, after = decoder.feed(b"de\x89\x00")
    assert isinstance(first, FramePiece)
    assert isinstance(second, FramePiece)
    assert isinstance(third, FramePiece)
    assert [(b"ab", 0, False), (b"c", 2, False), (b"de", 3, True)] == [
        (piece.data, piece.start, piece.is_last) for piece in (first, second, third)
    ]
    assert Frame(b"\x89\x00", b"", 7) == after
    assert decoder.finish() is None


@pytest.mark.parametrize(("data", "expected"), [(b"", False), (b"\x82", True), (b"\x82\x01", True), (b"\x82\0", False)])
def test_it_knows_whether_a_frame_has_begun(data: bytes, expected: bool) -> None:
    decoder = FrameDecoder()
    decoder.feed(data)
    assert expected is decoder.is_inside_frame


def test_the_payload_of_a_piece_is_unmasked_from_its_place() -> None:
    frame = encode_frame(FrameOrder(TEXT, b"unmasked", mask_key=KEY))
    decoder = FrameDecoder()
    pieces = [item for byte in bytewise(frame.raw) for item in decoder.feed(byte)]
    assert b"unmasked" == b"".join(piece.data for piece in pieces if isinstance(piece, FramePiece))


def test_the_end_of_the_stream_cuts_a_frame_in_its_payload() -> None:
    decoder = FrameDecoder()
    decoder.feed(b"\x81\x05ab")
    cut = decoder.finish()
    assert cut is not None
    assert (b"\x81\x05", b"", 2, True, 0) == (cut.header, cut.data, cut.start, cut.is_last, cut.offset)
    assert [("frame/cut", "2 of 5 payload bytes came")] == [(one.kind.code, one.detail) for one in cut.deviations]


def test_the_end_of_the_stream_cuts_a_frame_in_its_header() -> None:
    decoder = FrameDecoder()
    decoder.feed(b"\x89\x00\x81\xfe\x00")
    cut = decoder.finish()
    assert cut is not None
    assert (b"\x81\xfe\x00", 2, "inside the header") == (cut.header, cut.offset, cut.deviations[0].detail)
    assert 5 == decoder.offset
    assert decoder.finish() is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"\x81\x00", []),
        (b"\x83\x00", ["frame/opcode-reserved"]),
        (b"\x8b\x00", ["frame/opcode-reserved"]),
        (b"\x0b\x7e\x01\x00", ["frame/opcode-reserved", "frame/control-fragmented", "frame/control-too-long"]),
        (b"\x09\x00", ["frame/control-fragmented"]),
        (b"\x01\x00", []),
        (b"\x89\x7e\x00\x7e", ["frame/control-too-long"]),
        (b"\x81\x7e\x00\x7d", ["frame/length-not-minimal"]),
        (b"\x81\x7e\x00\x7e", []),
        (b"\x81\x7f" + (65535).to_bytes(8, "big"), ["frame/length-not-minimal"]),
        (b"\x81\x7f" + (65536).to_bytes(8, "big"), []),
        (b"\x81\x7f" + (1 << 63).to_bytes(8, "big"), ["frame/length-top-bit"]),
        (b"\x81\x7f" + ((1 << 63) - 1).to_bytes(8, "big"), []),
        (b"\x88\x7e\x00\x02", ["frame/control-too-long", "frame/length-not-minimal"]),
    ],
)
def test_a_header_is_judged_by_itself(header: bytes, expected: list[str]) -> None:
    (item,) = FrameDecoder().feed(header + bytes(70000) if header[1] == 0x7E else header)[:1]
    assert expected == codes(item.deviations)


@given(frame_orders)
def test_every_field_can_be_read_from_the_header(order: FrameOrder) -> None:
    frame = encode_frame(
        FrameOrder(order.opcode, order.payload, order.fin, order.rsv, order.mask_key, order.declared_length)
    )
    assert order.opcode == frame.opcode
    assert order.fin is frame.fin
    assert order.rsv == frame.rsv1 << 2 | frame.rsv2 << 1 | frame.rsv3
    assert order.mask_key == frame.mask_key
    assert (order.mask_key is not None) is frame.is_masked
    assert (order.opcode >= 8) is frame.is_control
    length = len(order.payload) if order.declared_length is None else order.declared_length
    assert length == frame.declared_length
    assert (length == len(order.payload)) is frame.is_complete
    assert header_length(frame.header[1]) == len(frame.header)
    assert (7 if length < 126 else 16 if length < 65536 else 64) == frame.length_form


@pytest.mark.parametrize("form", [7, 16, 64])
def test_a_length_form_can_be_chosen(form: int) -> None:
    frame = encode_frame(FrameOrder(TEXT, b"x", length_form=form))
    assert form == frame.length_form
    assert [Frame(frame.header, b"x", 0, frame.deviations)] == FrameDecoder().feed(frame.raw)


@pytest.mark.parametrize(("form", "length"), [(7, 126), (16, 65536), (64, 1 << 64)])
def test_a_length_that_does_not_fit_its_form_overflows(form: int, length: int) -> None:
    with pytest.raises(OverflowError):
        encode_frame(FrameOrder(TEXT, declared_length=length, length_form=form))


def test_opcodes_have_the_names_of_the_rfc() -> None:
    assert ["TEXT", "CLOSE", "OPCODE-0xB"] == [opcode_name(TEXT), opcode_name(CLOSE), opcode_name(11)]


def test_frames_are_compared_by_content_and_shown_short() -> None:
    frame = encode_frame(FrameOrder(PING, b"a", fin=False, rsv=5, mask_key=KEY), 7)
    same = encode_frame(FrameOrder(PING, b"a", fin=False, rsv=5, mask_key=KEY), 7)
    assert same == frame
    assert hash(same) == hash(frame)
    assert [frame] != ["frame"]
    assert "<PING fin=0 rsv1 rsv3 mask=01020304 @7 b'a' !frame/control-fragmented>" == repr(frame)
    assert "<TEXT @0 b''>" == repr(Frame(b"\x81\x00", b""))


def test_further_deviations_come_after_the_own_ones() -> None:
    frame = encode_frame(FrameOrder(PING, b"", fin=False))
    other = encode_frame(FrameOrder(3)).deviations
    assert frame is frame.with_deviations(NONE)
    assert ["frame/control-fragmented", "frame/opcode-reserved"] == codes(frame.with_deviations(other).deviations)


# --- Other people's codecs -------------------------------------------------------------------------------------------
their_frames = st.builds(
    TheirFrame, st.sampled_from([Opcode.TEXT, Opcode.BINARY, Opcode.CONT]), st.binary(max_size=70000), st.booleans()
) | st.builds(TheirFrame, st.sampled_from([Opcode.PING, Opcode.PONG, Opcode.CLOSE]), st.binary(max_size=125))


@given(their_frames, st.booleans())
@example(TheirFrame(Opcode.BINARY, bytes(range(256)) * 300), True)
@example(TheirFrame(Opcode.BINARY, bytes(range(256))), False)
def test_frames_that_websockets_makes_decode_to_the_same(theirs: TheirFrame, masked: bool) -> None:
    (ours,) = FrameDecoder().feed(theirs.serialize(mask=masked))
    assert isinstance(ours, Frame)
    assert (theirs.opcode, theirs.fin, bytes(theirs.data)) == (ours.opcode, ours.fin, ours.payload)
    assert NONE == ours.deviations


def websockets_reads(data: bytes, *, masked: bool) -> TheirFrame:
    """Return the frame that websockets reads; ProtocolError where it refuses it, EOFError where bytes are missing."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    reading = TheirFrame.parse(reader.read_exact, mask=masked)
    try:
        while True:
            next(reading)
    except StopIteration as done:
        result: TheirFrame = done.value
        return result


@given(frame_orders)
def test_where_websockets_refuses_a_frame_a_must_is_broken(order: FrameOrder) -> None:
    made = encode_frame(FrameOrder(order.opcode, order.payload, order.fin, 0, order.mask_key, None, order.length_form))
    try:
        theirs = websockets_reads(made.raw, masked=made.is_masked)
    except (ProtocolError, PayloadTooBig):
        assert any(deviation.is_must for deviation in made.deviations)
    else:
        assert (theirs.opcode, theirs.fin, bytes(theirs.data)) == (made.opcode, made.fin, made.payload)


@given(frame_orders)
def test_where_wsproto_refuses_a_frame_a_must_is_broken(order: FrameOrder) -> None:
    # The rest of what it may refuse in one frame (text, close codes) is not the decoder's to judge.
    opcode = BINARY if order.opcode in (TEXT, 0) else PING if order.opcode == CLOSE else order.opcode
    key = order.mask_key or KEY
    made = encode_frame(FrameOrder(opcode, order.payload, order.fin, 0, key, None, order.length_form))
    theirs = FrameProtocol(client=False, extensions=[])
    theirs.receive_bytes(made.raw)
    try:
        (read,) = list(theirs.received_frames())
    except ParseFailed:
        assert any(deviation.is_must for deviation in made.deviations)
    else:
        assert (read.opcode, read.payload) == (made.opcode, made.payload)
        assert OPCODE_NAMES.get(made.opcode) is not None


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_masking_on_the_wire_is_that_of_the_key(payload: bytes, key: bytes) -> None:
    frame = encode_frame(FrameOrder(BINARY, payload, mask_key=key))
    assert mask(payload, key) == frame.raw[len(frame.header) :]
