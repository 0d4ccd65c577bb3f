"""A frame taken apart: its header bit by bit, its mask, what it carries; for reading at leisure, not for streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wscli.events import DeviationFound, Event, FrameReceived, UnparsedReceived
from wscli.render.columns import columns
from wscli.render.frames import close_text
from wscli.render.handshake import deviation_line
from wscli.render.style import Line, Span
from wscli.text import hex_dump, size_text, visible
from wscli.wire.close import decode_close
from wscli.wire.close_codes import MEANINGS
from wscli.wire.deviations import Deviation
from wscli.wire.frames import BINARY, CLOSE, CONTINUATION, MASK, OPCODE_NAMES, TEXT, Frame, opcode_name
from wscli.wire.masking import mask
from wscli.wire.utf8 import find_invalid

DUMPED = 128
"""Bytes of a payload that are dumped."""
_COLUMN = 12
"""Cells of the bytes before their bits."""
_TEXT_READ = 512
"""Bytes of a text that are shown as text."""
Field = tuple[Span, Span, Span, Span, str]
"""A field of the header: its bytes, its bits, its name, its value, and what that means."""
_RSV = (("RSV1", 0x40, "compressed, if permessage-deflate was agreed"), ("RSV2", 0x20, ""), ("RSV3", 0x10, ""))


def iter_anatomy(events: Iterable[Event], width: int, begun_before: frozenset[int]) -> Iterator[list[Line]]:
    """Yield a block of lines for each event: a frame, a deviation of a message, bytes that are no whole header.

    `begun_before` has the numbers of frames whose message began before what there is to see.
    """
    for event in events:
        # What a CloseReceived says, its frame says too.
        if isinstance(event, FrameReceived):
            yield _frame(event, width, begins_before=event.number in begun_before)
        elif isinstance(event, DeviationFound):
            place = visible(event.place)
            yield [(("title", f"{place[:1].upper()}{place[1:]}"),), *_deviation(event.deviation, width)]
        elif isinstance(event, UnparsedReceived):
            yield [
                (("title", "A frame that is not whole"),),
                (("deviation", f"  incomplete: {event.data.hex(' ')} is the beginning of a header"),),
            ]


def _frame(event: FrameReceived, width: int, *, begins_before: bool) -> list[Line]:
    """Return the lines of a frame: where it lies, its header bit by bit, its payload, what is wrong with it."""
    frame = event.frame
    fields = [*_first_byte(frame, begins_before=begins_before), *_length(frame), *_key(frame)]
    lines: list[Line] = [_title(event)]
    for *first, meaning in fields:
        lines += columns(tuple(first), "plain", meaning, width)
    lines += _payload(event, width)
    for deviation in frame.deviations:
        lines += _deviation(deviation, width)
    return lines


def _deviation(deviation: Deviation, width: int) -> list[Line]:
    text = "".join(part for _, part in deviation_line(deviation)).removeprefix("! ")
    return columns((("deviation", "  ! "),), "deviation", text, width)


def _title(event: FrameReceived) -> Line:
    frame = event.frame
    side = "masked, as from a client" if frame.is_masked else "not masked, as from a server"
    here = len(frame.header) + len(frame.payload)
    place = f"bytes {frame.offset}-{frame.offset + here - 1}"
    return (("title", f"Frame {event.number}: {opcode_name(frame.opcode)}"), ("note", f"  {place}, {side}"))


# --- The header ------------------------------------------------------------------------------------------------------
def _bits(byte: int, of: int) -> str:
    """Return the bits of a byte that a field takes, dots for the others: `.000 ....`."""
    shown = "".join(str(byte >> place & 1) if of >> place & 1 else "." for place in range(7, -1, -1))
    return f"{shown[:4]} {shown[4:]}"


def _field(raw: str, bits: str, name: str, value: str, meaning: str = "") -> Field:
    return (
        ("value", f"  {raw:<{_COLUMN}}"),
        ("note", f"  {bits:<9}"),
        ("name", f"  {name:<8}"),
        ("plain", f"{value:<5} " if meaning and value else value),
        meaning,
    )


def _first_byte(frame: Frame, *, begins_before: bool) -> Iterator[Field]:
    byte = frame.header[0]
    yield _field(f"{byte:02x}", _bits(byte, 0x80), "FIN", str(byte >> 7), _fin(frame))
    if not byte & 0x70:
        yield _field("", _bits(byte, 0x70), "RSV1-3", "000", "no extension")
    else:
        may_compress = frame.opcode in (TEXT, BINARY)
        for name, bit, meaning in _RSV:
            is_set = bool(byte & bit)
            yield _field("", _bits(byte, bit), name, str(int(is_set)), meaning if is_set and may_compress else "")
    kind = "a control frame" if frame.is_control else "a data frame"
    said = f"{opcode_name(frame.opcode)}, {kind}" if frame.opcode in OPCODE_NAMES else f"reserved, {kind}"
    if begins_before:
        said += "; its message began before these bytes"
    yield _field("", _bits(byte, 0x0F), "opcode", f"0x{frame.opcode:X}", said)


def _fin(frame: Frame) -> str:
    if frame.is_control:
        return "always 1 in a control frame"
    if not frame.fin:
        return "more frames of this message follow"
    return "the last frame of its message" if frame.opcode == CONTINUATION else "the whole message"


def _length(frame: Frame) -> Iterator[Field]:
    byte = frame.header[1]
    yield _field(
        f"{byte:02x}", _bits(byte, MASK), "MASK", str(byte >> 7), "a key follows" if frame.is_masked else "no key"
    )
    form, length = frame.length_form, frame.declared_length
    if form == 7:
        yield _field("", _bits(byte, 0x7F), "length", str(length), "bytes of payload")
        return
    count = form // 8
    yield _field("", _bits(byte, 0x7F), "length", str(byte & 0x7F), f"it stands in the next {count} bytes")
    raw = frame.header[2 : 2 + count].hex(" ")
    if count == 8:
        yield _field(raw[:11], "", "", "")
    yield _field(raw[-11:], "", "", str(length), "bytes of payload")


def _key(frame: Frame) -> Iterator[Field]:
    key = frame.mask_key
    if key is not None:
        note = "all zero: it changes nothing" if not any(key) else "XORed over the payload"
        yield _field(key.hex(" "), "", "key", "", note)


# --- What it carries -------------------------------------------------------------------------------------------------
def _payload(event: FrameReceived, width: int) -> Iterator[Line]:
    frame = event.frame
    if not frame.is_complete:
        here, whole = size_text(len(frame.payload)), size_text(frame.declared_length)
        yield (("deviation", f"  incomplete: {here} of {whole} of its payload are here"),)
    payload, key = frame.payload, frame.mask_key
    if payload and key is not None:
        yield from _dump("masked", mask(payload, key))
        yield from _dump("unmasked", payload)
    elif payload:
        yield from _dump("payload", payload)
    content = event.content
    if content is not None:
        yield from _dump(f"inflated to {size_text(len(content))}", content)
    yield from _meaning(frame, content, width)


def _dump(name: str, data: bytes) -> Iterator[Line]:
    yield (("name", f"  {name}"),)
    for line in hex_dump(data[:DUMPED]):
        yield (("note", f"    {line}"),)
    if len(data) > DUMPED:
        yield (("note", f"    … {len(data) - DUMPED} more bytes"),)


def _meaning(frame: Frame, content: bytes | None, width: int) -> Iterator[Line]:
    data = frame.payload if content is None else content
    if frame.opcode == CLOSE:
        close = decode_close(frame.payload)
        meaning = f": {MEANINGS[close.code]}" if close.code in MEANINGS else ""
        yield from _fact("close", f"{close_text(frame.payload)}{meaning}", width)
        for deviation in close.deviations:
            yield from _deviation(deviation, width)
    elif frame.opcode == TEXT and data and (content is not None or not frame.rsv1):
        invalid = find_invalid(data) if frame.is_complete and frame.fin else None
        said = "" if invalid is None else f"no valid UTF-8 from byte {invalid} on: "
        yield from _fact("text", said + _shown(data), width)


def _shown(data: bytes) -> str:
    # A character cut at the end is shown as escapes, before the mark that says that more follows.
    more = " …" if len(data) > _TEXT_READ else ""
    return visible(data[:_TEXT_READ].decode("utf-8", "backslashreplace")) + more


def _fact(name: str, text: str, width: int) -> list[Line]:
    return columns((("name", f"  {name:<8}"),), "text", text, width)
