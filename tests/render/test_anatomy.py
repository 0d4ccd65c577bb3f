"""Frames taken apart, as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import batches
from tests.wire_script import wire
from wscli.events import Batch, DeviationFound, Event, FrameReceived, Side, UnparsedReceived
from wscli.render.anatomy import iter_anatomy
from wscli.render.style import Painter
from wscli.wire.deviations import FRAME_MASKED, MESSAGE_NOT_UTF8
from wscli.wire.frames import Frame, FrameDecoder, header_length


def shown(*events: Event, width: int = 80, begun_before: frozenset[int] = frozenset()) -> list[str]:
    painter = Painter(colour=False)
    return [line for block in iter_anatomy(events, width, begun_before) for line in painter.paint(block).splitlines()]


def frame(script: str, number: int = 1, content: bytes | None = None) -> FrameReceived:
    (item,) = FrameDecoder().feed(wire(script))
    assert isinstance(item, Frame)
    return FrameReceived(number, item, content)


def test_a_masked_text_frame() -> None:
    assert [
        "Frame 1: TEXT  bytes 0-10, masked, as from a client",
        "  81            1... ....  FIN     1     the whole message",
        "                .000 ....  RSV1-3  000   no extension",
        "                .... 0001  opcode  0x1   TEXT, a data frame",
        "  85            1... ....  MASK    1     a key follows",
        "                .000 0101  length  5     bytes of payload",
        "  37 fa 21 3d              key     XORed over the payload",
        "  masked",
        "    00000000  7f 9f 4d 51 58                                    |..MQX|",
        "  unmasked",
        "    00000000  48 65 6c 6c 6f                                    |Hello|",
        "  text    Hello",
    ] == shown(frame("81 85 37fa213d 7f9f4d5158"))


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ('01 01 "a"', "  01            0... ....  FIN     0     more frames of this message follow"),
        ('80 01 "a"', "  80            1... ....  FIN     1     the last frame of its message"),
        ("89 00", "  89            1... ....  FIN     1     always 1 in a control frame"),
        ("8b 00", "                .... 1011  opcode  0xB   reserved, a control frame"),
        ("82 7e 0080" + "00" * 128, "  00 80                            128   bytes of payload"),
        ("82 7e 0080" + "00" * 128, "                .111 1110  length  126   it stands in the next 2 bytes"),
        ("82 7f 0000000000000001 00", "  00 00 00 01                      1     bytes of payload"),
        ("d1 00", "                ...1 ....  RSV3    1"),
        ("d1 00", "                .1.. ....  RSV1    1     compressed, if permessage-deflate was"),
        ("c9 00", "                .1.. ....  RSV1    1"),
        ("82 80 00000000", "  00 00 00 00              key     all zero: it changes nothing"),
        ("88 02 03e8", "  close   1000 (normal closure): the purpose of the connection is fulfilled; no"),
        ("88 02 1000", "  close   4096 (private use)"),
        ("88 00", "  close   without a code"),
        ("88 01 03", "  ! close/code-cut (RFC 6455 5.5.1) a Close body of one byte cannot hold a code"),
        ('88 05 03e8 "a" 1b5b', r'  close   1000 (normal closure) "a\x1b[": the purpose of the connection is'),
        ('81 04 "a" ff1b07', r"  text    no valid UTF-8 from byte 1 on: a\xff\x1b\x07"),
        ("82 7e 0081" + "00" * 129, "    … 1 more bytes"),
        ("81 7e 0300" + "61" * 768, "          aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ],
)
def test_what_single_fields_say(script: str, line: str) -> None:
    assert any(line == one or one.startswith(line) for one in shown(frame(script)))


def test_a_long_text_is_shown_in_part() -> None:
    assert shown(frame("81 7e 0300" + "61" * 768))[-1].endswith("a …")


def test_a_compressed_frame_shows_what_it_inflates_to() -> None:
    lines = shown(frame("c1 07 f248cdc9c90700", content=b"Hello"))
    assert "  inflated to 5 B" in lines
    assert "  text    Hello" == lines[-1]
    assert not any(line.startswith("  text") for line in shown(frame("c1 07 f248cdc9c90700")))


def test_a_frame_that_is_not_whole_says_what_is_missing() -> None:
    cut = FrameReceived(1, Frame(b"\x81\x05", b"he"))
    assert "  incomplete: 2 B of 5 B of its payload are here" in shown(cut)
    assert "  incomplete: 81 7e 01 is the beginning of a header" == shown(UnparsedReceived(b"\x81\x7e\x01"))[-1]


def test_a_message_that_began_before_says_so() -> None:
    joined = " ".join(" ".join(shown(frame("80 00"), begun_before=frozenset({1}))).split())
    assert "its message began before these bytes" in joined


def test_deviations_stand_below_what_has_them() -> None:
    marked = frame("89 00")
    marked = marked.replace(frame=marked.frame.with_deviations((FRAME_MASKED.at(1),)))
    assert "  ! frame/masked (RFC 6455 5.1) a server must not mask its frames" == shown(marked)[-1]
    told = DeviationFound(Side.REMOTE, "message from frame 1", MESSAGE_NOT_UTF8.at(0, "byte 0xFF"))
    assert "Message from frame 1" == shown(told)[0]
    assert "message/not-utf8" in shown(told)[1]


@given(st.lists(batches, max_size=4), st.integers(40, 120))
def test_whatever_happened_is_shown_without_a_control_character(happened: list[Batch], width: int) -> None:
    events = [event for batch in happened for event in batch.events if _has_a_header(event)]
    assert [] == [line for line in shown(*events, width=width) if not line.isprintable()]


def _has_a_header(event: Event) -> bool:
    """Whether a frame's header is whole, as it is in all that `read_frames` gives."""
    if not isinstance(event, FrameReceived):
        return True
    header = event.frame.header
    return len(header) > 1 and len(header) >= header_length(header[1])
