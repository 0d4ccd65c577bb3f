"""Bytes cut out of a stream, as frames."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire_script import KEY, wire
from wscli.app.explain.frames import MOST_FRAMES, read_frames
from wscli.events import CloseReceived, DeviationFound, FrameReceived, UnparsedReceived, deviations_of
from wscli.protocol.step import Role
from wscli.wire.frames import TEXT, FrameOrder, encode_frame


def found(script: str, sender: Role | None = None) -> list[str]:
    """Return what is found in bytes, as `number code`; a message's is that of no frame."""
    return [
        f"{getattr(event, 'number', '-')} {deviation.kind.code}"
        for event in read_frames(wire(script), sender).events
        for deviation in deviations_of(event)
    ]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('81 05 "hello"', []),
        ("81 85 37fa213d 7f9f4d5158", []),
        ("81 00 81 80 37fa213d", []),
        ("83 00", ["1 frame/opcode-reserved"]),
        ("8b 00", ["1 frame/opcode-reserved"]),
        ("09 00", ["1 frame/control-fragmented"]),
        ("89 7e 0080" + "00" * 128, ["1 frame/control-too-long"]),
        ("82 7e 0001 00", ["1 frame/length-not-minimal"]),
        ("82 7f 0000000000000001 00", ["1 frame/length-not-minimal"]),
        ("82 7f 8000000000000001 00", ["1 frame/length-top-bit"]),
        ("a1 00", ["1 frame/reserved-bit-2"]),
        ("91 00", ["1 frame/reserved-bit-3"]),
        ("c9 00", ["1 frame/reserved-bit-1"]),
        ("c1 01 ff", ["- deflate/invalid"]),
        ("81 01 ff", ["- message/not-utf8"]),
        ("88 01 03", ["1 close/code-cut"]),
        ("88 02 03ee", ["1 close/code-reserved"]),
        ("88 02 07d0", ["1 close/code-unassigned"]),
        ("88 02 03e7", ["1 close/code-range"]),
        ("88 03 03e8 ff", ["1 close/reason-not-utf8"]),
        ("88 00 81 00", ["2 frame/after-close"]),
        ('01 01 "a" 81 01 "b"', ["2 frame/continuation-expected"]),
        ('81 01 "a" 80 01 "b"', ["2 frame/continuation-unexpected"]),
        ('80 01 "a" 80 01 "b"', ["2 frame/continuation-unexpected"]),
    ],
)
def test_deviations_are_named(script: str, expected: list[str]) -> None:
    assert expected == found(script)


@pytest.mark.parametrize(
    "script", ["80 00", '00 01 "a" 00 00 80 00', "01 00", "01 00 89 00", '81 05 "he"', "81", "81 7e 00"]
)
def test_what_a_piece_of_a_stream_cannot_prove_is_no_deviation(script: str) -> None:
    assert [] == found(script)


def test_the_mask_is_judged_where_the_sender_is_known() -> None:
    assert ["1 frame/masked"] == found("89 80 37fa213d 89 00", Role.SERVER)
    assert ["2 frame/unmasked"] == found("89 80 37fa213d 89 00", Role.CLIENT)


def test_frames_come_unmasked_and_inflated() -> None:
    compressor = zlib.compressobj(wbits=-15)
    deflated = compressor.compress(b"hello") + compressor.flush(zlib.Z_SYNC_FLUSH)
    data = encode_frame(FrameOrder(TEXT, deflated[:-4], rsv=4, mask_key=KEY)).raw
    (event,) = read_frames(data).events
    assert isinstance(event, FrameReceived)
    assert (deflated[:-4], b"hello") == (event.frame.payload, event.content)


def test_frames_that_began_before_are_told() -> None:
    assert frozenset({1, 3}) == read_frames(wire("00 00 89 00 80 00 80 00")).begun_before
    assert frozenset() == read_frames(wire("81 00 80 00")).begun_before


def test_a_frame_that_is_not_whole_has_what_there_is() -> None:
    (event,) = read_frames(wire('81 05 "he"')).events
    assert isinstance(event, FrameReceived)
    assert (b"he", False) == (event.frame.payload, event.frame.is_complete)
    assert (UnparsedReceived(b"\x81\x7e\x01"),) == read_frames(b"\x81\x7e\x01").events


def test_an_http_head_is_passed_over() -> None:
    reading = read_frames(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x89\x00")
    assert ["PING" for event in reading.events if isinstance(event, FrameReceived)] == ["PING"]
    assert "the first 56 bytes are an HTTP head" in reading.notes[0]


def test_only_so_many_frames_are_shown() -> None:
    reading = read_frames(b"\x82\x00" * 5000)
    assert MOST_FRAMES == len(reading.events)
    assert "9800 more bytes follow" in reading.notes[0]
    assert () == read_frames(b"\x82\x00" * MOST_FRAMES).notes


@given(st.binary(max_size=300), st.sampled_from([None, Role.CLIENT, Role.SERVER]))
def test_any_bytes_are_read_and_none_is_lost(data: bytes, sender: Role | None) -> None:
    events = read_frames(data, sender).events
    assert all(isinstance(event, (FrameReceived, CloseReceived, DeviationFound, UnparsedReceived)) for event in events)
    frames = b"".join(event.frame.raw for event in events if isinstance(event, FrameReceived))
    rest = b"".join(event.data for event in events if isinstance(event, UnparsedReceived))
    if len([event for event in events if isinstance(event, FrameReceived)]) < MOST_FRAMES:
        assert data == frames + rest
