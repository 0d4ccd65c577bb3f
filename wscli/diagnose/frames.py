"""Violation reports: a frame that breaks a rule as bytes, its place in the stream, and the bits that are to blame.

    byte 57 of the stream, frame 3: [c1] 05 48 65 6c 6c 6f; c1 = 1[1]00 0001: RSV1

And guesses at what stands where a frame should be. Each is tested on the bytes before it is given.
"""

from __future__ import annotations

from collections.abc import Callable

from wscli.diagnose.case import Case
from wscli.diagnose.rule import seen
from wscli.events import Evidence, FrameReceived, WebSocketFailed
from wscli.wire.deviations import (
    FRAME_CONTINUATION_EXPECTED,
    FRAME_CONTINUATION_UNEXPECTED,
    FRAME_CONTROL_FRAGMENTED,
    FRAME_CONTROL_TOO_LONG,
    FRAME_LENGTH_NOT_MINIMAL,
    FRAME_LENGTH_TOP_BIT,
    FRAME_MASKED,
    FRAME_OPCODE_RESERVED,
    FRAME_RESERVED_BIT_1,
    FRAME_RESERVED_BIT_2,
    FRAME_RESERVED_BIT_3,
    Deviation,
    DeviationKind,
)
from wscli.wire.frames import Frame, FrameDecoder, opcode_name

SHOWN = 16
"""Bytes of a frame that a report shows at least."""


def _opcode(frame: Frame) -> str:
    return f"opcode {frame.opcode:#x}"


def _named_opcode(frame: Frame) -> str:
    return opcode_name(frame.opcode)


def _length(frame: Frame) -> str:
    return f"length {frame.declared_length} in {frame.length_form} bits"


_BITS: dict[DeviationKind, tuple[int, int, int, str | Callable[[Frame], str]]] = {
    FRAME_RESERVED_BIT_1: (0, 1, 2, "RSV1"),
    FRAME_RESERVED_BIT_2: (0, 2, 3, "RSV2"),
    FRAME_RESERVED_BIT_3: (0, 3, 4, "RSV3"),
    FRAME_OPCODE_RESERVED: (0, 4, 8, _opcode),
    FRAME_CONTINUATION_EXPECTED: (0, 4, 8, _named_opcode),
    FRAME_CONTINUATION_UNEXPECTED: (0, 4, 8, _named_opcode),
    FRAME_CONTROL_FRAGMENTED: (0, 0, 1, "FIN is 0"),
    FRAME_MASKED: (1, 0, 1, "MASK"),
    FRAME_CONTROL_TOO_LONG: (1, 1, 8, _length),
    FRAME_LENGTH_NOT_MINIMAL: (1, 1, 8, _length),
    FRAME_LENGTH_TOP_BIT: (2, 0, 1, "the top bit of the length"),
}
"""Kind → the byte of the header, the first bit and the one behind the last, and what they are."""


def bits_text(byte: int, begin: int, end: int) -> str:
    """Return a byte in binary, two groups of four, the bits from `begin` to before `end` in brackets."""
    text = ""
    for place, bit in enumerate(f"{byte:08b}"):
        text += ("]" if place == end else "") + (" " if place == 4 else "") + ("[" if place == begin else "") + bit
    return text + ("]" if end == 8 else "")


def hex_text(data: bytes, mark: int | None = None, length: int = 1, *, shown: int = SHOWN) -> str:
    """Return bytes in hexadecimal, some of them in brackets, and an ellipsis where there are more."""
    pairs = [f"{byte:02x}" for byte in data[:shown]]
    if mark is not None and 0 <= mark < len(pairs):
        last = min(mark + length, len(pairs)) - 1
        pairs[mark] = f"[{pairs[mark]}"
        pairs[last] = f"{pairs[last]}]"
    return " ".join(pairs) + (" …" if len(data) > shown else "")


def marked(frame: Frame, number: int, deviation: Deviation) -> str:
    """Return a frame's deviation with the place, the bytes and the bits that are to blame."""
    bits = _BITS.get(deviation.kind)
    place = frame.offset + (bits[0] if bits else deviation.offset or 0)
    begin = f"byte {place} of the stream, frame {number}"
    if bits is None or len(frame.header) <= bits[0]:
        return f"{begin}: {hex_text(frame.raw, deviation.offset)}"
    at, first, last, what = bits
    byte = frame.header[at]
    named = what if isinstance(what, str) else what(frame)
    return f"{begin}: {hex_text(frame.raw, at)}; {byte:02x} = {bits_text(byte, first, last)}: {named}"


def violation_evidence(case: Case) -> tuple[Evidence, ...]:
    """Return the frame that failed the connection with its bytes, as far as it was noted."""
    deviation, frame = case.first_deviation, case.bad_frame
    if deviation is None:
        return ()
    if frame is None or deviation.kind not in [one.kind for one in frame.deviations]:
        kind = deviation.kind
        return (seen(WebSocketFailed, f"{kind.code}: {deviation.detail}" if deviation.detail else kind.code),)
    return (seen(FrameReceived, marked(frame, case.bad_frame_number, deviation)),)


# --- What stands where a frame should be -----------------------------------------------------------------------------
def readable(data: bytes, least: int = 4) -> str | None:
    """Return what the bytes read as, up to 40 characters; None where they are no ASCII text of that many characters."""
    text = data[:40]
    if len(text) < least or not all(32 <= byte < 127 or byte in b"\r\n\t" for byte in text):
        return None
    return text.decode("ascii").strip() or " "


def leading_text(data: bytes, least: int = 6) -> str | None:
    """Return the ASCII text that the bytes begin with, up to 40 characters; None where it is shorter than that."""
    length = next(
        (place for place, byte in enumerate(data[:40]) if readable(bytes((byte,)), 1) is None), len(data[:40])
    )
    return readable(data[:length], least)


def is_http(data: bytes) -> bool:
    """Whether an HTTP/1 message begins here."""
    return data.startswith((b"HTTP/1.", b"HTTP/0.9"))


def is_html(data: bytes) -> bool:
    """Whether markup begins here: text, and a tag."""
    return data[:1] == b"<" and (data[1:2].isalpha() or data[1:2] in (b"!", b"?")) and leading_text(data) is not None


def chunk_of(data: bytes) -> tuple[int, bytes] | None:
    """Return the size and the content of the HTTP chunk that begins here (RFC 9112 §7.1); None where none does."""
    line, end, rest = data[:20].partition(b"\r\n")
    digits = line.split(b";")[0].strip()
    if not end or not digits or not set(digits) <= set(b"0123456789abcdefABCDEF"):
        return None
    size, begin = int(digits, 16), len(line) + 2
    if rest and len(data) >= begin + size + 2 and data[begin + size : begin + size + 2] != b"\r\n":
        return None
    return size, data[begin : begin + size]


def gunzipped(data: bytes) -> tuple[str, bytes] | None:
    """Return the format, `gzip` or `zlib`, and what the bytes inflate to; None where they are neither."""
    import zlib

    form, bits = ("gzip", 31) if data[:3] == b"\x1f\x8b\x08" else ("zlib", 15)
    if form == "zlib" and (len(data) < 2 or data[0] & 0x0F != 8 or int.from_bytes(data[:2], "big") % 31):
        return None
    try:
        plain = zlib.decompressobj(bits).decompress(data, 4096)
    except zlib.error:
        return None
    return (form, plain) if plain or form == "gzip" else None


def inflated_beginning(data: bytes) -> tuple[int, bytes]:
    """Return how many bytes of a raw DEFLATE stream can be inflated before a fault, and what they come to."""
    import zlib

    decompressor, plain = zlib.decompressobj(-15), b""
    for place in range(len(data)):
        try:
            plain += decompressor.decompress(data[place : place + 1])
        except zlib.error:
            return place, plain
    return len(data), plain


def first_frame(data: bytes) -> Frame | None:
    """Return the first frame in the bytes, where it is whole and keeps every rule that it can break alone."""
    items = FrameDecoder().feed(data)
    frame = items[0] if items else None
    return frame if isinstance(frame, Frame) and not frame.deviations else None


def frame_text(frame: Frame) -> str:
    """Return a frame for evidence: `TEXT of 5 bytes "Hello"`."""
    words = readable(frame.payload, 1)
    size = f"{len(frame.payload)} byte{'' if len(frame.payload) == 1 else 's'}"
    return f"{opcode_name(frame.opcode)} of {size}" + (f' "{words}"' if words else "")
