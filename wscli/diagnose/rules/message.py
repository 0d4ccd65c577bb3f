"""Rules about messages: text that is no UTF-8, compressed payloads that do not inflate, sizes past our limit.

What the bad bytes are is tried on them; where the bytes fit nothing, only what is known is said.
"""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect
from wscli.diagnose.frames import bits_text, first_frame, frame_text, gunzipped, hex_text, inflated_beginning, readable
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.events import DeviationFound, Evidence, HandshakeJudged
from wscli.protocol.assembly import COMPRESSED_KEPT
from wscli.wire.deviations import DEFLATE_CUT, DEFLATE_INVALID, MESSAGE_NOT_UTF8, MESSAGE_TOO_BIG, DeviationKind
from wscli.wire.frames import OPCODE_NAMES

_BINARY = "let the server send this as a binary message, or encode it as UTF-8"


def _fault(case: Case, *kinds: DeviationKind) -> DeviationFound | None:
    """Return what was noted of the message that failed the connection, where it did so by one of these kinds."""
    found, failed = case.message_deviation, case.first_deviation
    if failed is None or found is None or found.deviation != failed or failed.kind not in kinds:
        return None
    return found


# --- Text ------------------------------------------------------------------------------------------------------------
def _text_fault(case: Case) -> tuple[Evidence, bytes] | None:
    """Return the bytes around the place where a text stops being UTF-8, as evidence, and those from the place on."""
    found = _fault(case, MESSAGE_NOT_UTF8)
    if found is None or found.deviation.offset is None:
        return None
    offset = found.deviation.offset
    place = max(offset - found.nearby_offset, 0)
    rest = found.nearby[place:]
    text = f"byte {offset} of the {found.place}: {hex_text(found.nearby, place, shown=32)}"
    if rest:
        text += f"; {rest[0]:02x} = {bits_text(rest[0], *_leading(rest[0]))}: {_meaning(rest)}"
    return seen(DeviationFound, text), rest


def _leading(byte: int) -> tuple[int, int]:
    """Return the bits that tell what the byte is in UTF-8."""
    ones = 8 - (byte ^ 0xFF).bit_length()
    return 0, min(ones + 1, 8)


def _meaning(rest: bytes) -> str:
    byte = rest[0]
    if byte < 0x80:
        return "ASCII, where a character before it is not whole"
    if byte < 0xC0:
        return "a continuation byte that continues nothing"
    if byte in (0xC0, 0xC1) or byte > 0xF4:
        return "a byte that UTF-8 never has"
    need = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
    follow = next((place for place, one in enumerate(rest[1:need], 1) if one & 0xC0 != 0x80), None)
    if follow is not None:
        return f"begins a character of {need} bytes, and {rest[follow]:02x} behind it does not go on with it"
    return f"begins a character of {need} bytes" + (" that is not whole" if len(rest) < need else "")


def length_of_frame(case: Case) -> Judgement | None:
    """Judge a text whose bad byte begins a sound frame: the frame around it announced too many bytes."""
    fault = _text_fault(case)
    if fault is None or fault[1][:1] not in (b"\x81", b"\x82", b"\x88", b"\x89", b"\x8a"):
        return None
    frame = first_frame(fault[1])
    if frame is None or frame.opcode not in OPCODE_NAMES:
        return None
    return likely(
        "the frame around it announced more bytes than it has, so the next frame was taken as its payload",
        "let the server announce the length of a payload in bytes as sent, compressed and encoded",
        fault[0],
        seen(DeviationFound, f"the bytes from there on are a sound frame: {frame_text(frame)}"),
    )


def text_compressed(case: Case) -> Judgement | None:
    """Judge a text message that is gzip or zlib data."""
    found, fault = _fault(case, MESSAGE_NOT_UTF8), _text_fault(case)
    if found is None or fault is None or found.nearby_offset or gunzipped(found.nearby) is None:
        return None
    form, plain = gunzipped(found.nearby) or ("gzip", b"")
    told = (seen(DeviationFound, f"it inflates to: {readable(plain) or plain[:16].hex(' ')}"),) if plain else ()
    cause = f"the application compresses its messages ({form}) and sends them as text"
    return certain(cause, "let the server send compressed data as binary messages", fault[0], *told)


def cut_character(case: Case) -> Judgement | None:
    """Judge a text message that ends inside a character."""
    found, fault = _fault(case, MESSAGE_NOT_UTF8), _text_fault(case)
    if found is None or fault is None or not found.deviation.detail.startswith("the message ends inside"):
        return None
    return certain(
        "the server cuts its text at a number of bytes, in the middle of a character",
        "let the server cut between characters, or send the parts as fragments of one message or as binary",
        fault[0],
    )


def java_utf8(case: Case) -> Judgement | None:
    """Judge surrogates and overlong NUL: UTF-8 as Java and others write it for themselves."""
    fault = _text_fault(case)
    if fault is None:
        return None
    rest = fault[1]
    is_surrogate = rest[:1] == b"\xed" and rest[1:2] >= b"\xa0"
    if not is_surrogate and rest[:2] != b"\xc0\x80":
        return None
    what = "a surrogate encoded by itself" if is_surrogate else "NUL in two bytes"
    return certain(
        f"it is {what}, as modified UTF-8 (Java's) and CESU-8 have it: half of a UTF-16 pair, or text encoded twice",
        "let the server encode whole strings as standard UTF-8",
        fault[0],
    )


def other_encoding(case: Case) -> Judgement | None:
    """Judge text that reads well in an encoding of one byte a character, or in UTF-16."""
    found, fault = _fault(case, MESSAGE_NOT_UTF8), _text_fault(case)
    if found is None or fault is None:
        return None
    around, rest = found.nearby, fault[1]
    if found.nearby_offset == 0 and around[:2] in (b"\xff\xfe", b"\xfe\xff"):
        cause = "the server sends UTF-16: the text begins with its byte order mark"
        return certain(cause, "let the server encode text as UTF-8", fault[0])
    plain = bytes(byte for byte in around if byte < 0x80)
    is_single = bool(rest) and rest[0] >= 0xA0 and (len(rest) < 2 or rest[1] < 0x80 or rest[1] >= 0xC0)
    if not is_single or not readable(plain, 2) or len(plain) * 2 < len(around):
        return None
    text = around.decode("cp1252", "replace").split("\r\n")[0][:40]
    return likely(
        "the server sends Latin-1 or Windows-1252 as text",
        "let the server encode text as UTF-8",
        fault[0],
        seen(DeviationFound, f"in Windows-1252 it reads: {text}"),
    )


def not_utf8(case: Case) -> Judgement | None:
    """Judge any other text that is no UTF-8."""
    if _fault(case, MESSAGE_NOT_UTF8) is None:
        return None
    fault = _text_fault(case)
    return possible(
        (
            "the server sends binary data as a text message",
            "the server sends text in another encoding, or joins pieces that were cut inside characters",
        ),
        f"{_BINARY}; to see all of it: {connect(case, '--lenient', '-vvv')}",
        *(() if fault is None else (fault[0],)),
    )


# --- Compression -----------------------------------------------------------------------------------------------------
def _deflate_evidence(found: DeviationFound) -> Evidence:
    return seen(DeviationFound, f"the payload begins: {hex_text(found.nearby)}" if found.nearby else found.place)


def deflate_plain(case: Case) -> Judgement | None:
    """Judge RSV1 on a payload that is not compressed at all."""
    found = _fault(case, DEFLATE_INVALID, DEFLATE_CUT)
    if found is None or (words := readable(found.nearby)) is None:
        return None
    return certain(
        "the server sets RSV1 on a payload that is not compressed",
        "let the server set RSV1 only on messages that it has compressed",
        seen(DeviationFound, f"the payload reads as: {words}"),
        _deflate_evidence(found),
    )


def deflate_wrapped(case: Case) -> Judgement | None:
    """Judge a compressed payload with the header of zlib or gzip around it."""
    found = _fault(case, DEFLATE_INVALID, DEFLATE_CUT)
    inflated = None if found is None else gunzipped(found.nearby)
    if found is None or inflated is None or not inflated[1]:
        return None
    form, plain = inflated
    return certain(
        f"the server compresses into the {form} format; permessage-deflate is raw DEFLATE without a header",
        "let the server compress with negative window bits (wbits=-15 in zlib) and without header and checksum",
        _deflate_evidence(found),
        seen(DeviationFound, f"as {form} it inflates to: {readable(plain) or plain[:16].hex(' ')}"),
    )


def deflate_window(case: Case) -> Judgement | None:
    """Judge a payload that refers to data which the agreed window does not have."""
    found = _fault(case, DEFLATE_INVALID)
    if found is None or "too far back" not in found.deviation.detail:
        return None
    return likely(
        "the server compresses with a larger window than agreed, or goes on from earlier messages (context takeover) "
        "that were lost or may not be referred to",
        f"offer the plainest form: {connect(case, '--deflate', 'server_no_context_takeover')}",
        seen(DeviationFound, found.deviation.detail),
        *_agreed(case),
    )


def _agreed(case: Case) -> tuple[Evidence, ...]:
    if case.opened is None or not case.opened.extensions:
        return ()
    return (seen(HandshakeJudged, f"agreed: {case.opened.extensions}"),)


def deflate_broken(case: Case) -> Judgement | None:
    """Judge a compressed payload that is damaged in some other way."""
    found = _fault(case, DEFLATE_INVALID, DEFLATE_CUT)
    if found is None:
        return None
    count, plain = inflated_beginning(found.nearby)
    shown = f"{count} bytes inflate to: {readable(plain) or plain[:16].hex(' ')}" if plain else "nothing of it inflates"
    if found.deviation.kind is DEFLATE_CUT or (plain and count == len(found.nearby) < COMPRESSED_KEPT):
        return likely(
            "the compressed payload ends inside a block: the server cut it, or removed more than its 00 00 ff ff",
            "let the server flush (Z_SYNC_FLUSH), take off exactly the last four bytes, and send all before them",
            _deflate_evidence(found),
            seen(DeviationFound, shown),
        )
    return possible(
        (
            "the server's compressor is broken, or shared by several connections",
            "a proxy changed the payload, or the bytes were damaged",
            "the payload is encrypted or compressed in another format, and RSV1 is wrong on it",
        ),
        f"see whether it goes well without: {connect(case, '--no-deflate')}",
        _deflate_evidence(found),
        seen(DeviationFound, shown),
        *_agreed(case),
    )


# --- Size ------------------------------------------------------------------------------------------------------------
def too_big(case: Case) -> Judgement | None:
    """Judge a message beyond our own limit."""
    found = _fault(case, MESSAGE_TOO_BIG)
    if found is None:
        return None
    detail = found.deviation.detail
    announced = detail.split(" ")[0]
    if announced.isdecimal() and len(announced) > 10:
        return possible(
            ("the server announces a wrong length: the header is made of something else", "it is a very large message"),
            f"{connect(case, '-vvv')} shows the header that announces it",
            seen(DeviationFound, detail),
        )
    if "inflates" in detail:
        cause = "a compressed message inflates past the limit that wscli sets itself: very large, or a bomb"
    else:
        cause = "the message is larger than the limit that wscli sets itself, or its length is wrong"
    return certain(
        cause,
        f"if it is to be that large, raise the limit: {connect(case, '--max-message', '1GiB')}",
        seen(DeviationFound, detail),
    )


def broken(case: Case) -> Judgement | None:
    """Judge what no other rule explains."""
    deviation = case.first_deviation
    if deviation is None or not deviation.kind.code.startswith(("message/", "deflate/")):
        return None
    kind = deviation.kind
    judgement = certain(
        "the server sends a message that breaks the protocol",
        f"see its bytes with {connect(case, '-vvv')}",
        seen(DeviationFound, f"{kind.code}: {deviation.detail}" if deviation.detail else kind.code),
    )
    return judgement.replace(reference=kind.section)


_UTF8 = "the whole text of a text message is UTF-8"
_RAW = "a compressed payload is raw DEFLATE data, flushed, without its last 00 00 ff ff"

AREA = Area(
    "message",
    "Messages",
    (
        Rule("message/length", "a frame swallowed the next one", "RFC 6455 5.2", "a length is exact", length_of_frame),
        Rule("message/text-compressed", "compressed data came as text", "RFC 6455 8.1", _UTF8, text_compressed),
        Rule("message/cut-character", "a text ends inside a character", "RFC 6455 8.1", _UTF8, cut_character),
        Rule("message/modified-utf-8", "a text is in modified UTF-8", "RFC 3629 3", _UTF8, java_utf8),
        Rule("message/other-encoding", "a text is in another encoding than UTF-8", "RFC 6455 8.1", _UTF8,
             other_encoding),
        Rule("message/not-utf-8", "a text message is not UTF-8", "RFC 6455 8.1", _UTF8, not_utf8),
        Rule("message/deflate-plain", "RSV1 marks a payload that is not compressed", "RFC 7692 6",
             "RSV1 is set on compressed messages alone", deflate_plain),
        Rule("message/deflate-wrapped", "a compressed payload has a header of zlib or gzip", "RFC 7692 7.2.1", _RAW,
             deflate_wrapped),
        Rule("message/deflate-window", "a compressed payload refers past the agreed window", "RFC 7692 7.1.2",
             "a sender keeps to the window and the context takeover that were agreed", deflate_window),
        Rule("message/deflate-broken", "a compressed payload does not inflate", "RFC 7692 7.2.2", _RAW, deflate_broken),
        Rule("message/too-big", "a message is larger than our limit", "RFC 6455 10.4",
             "an endpoint may limit the size of frames and messages, and closes with 1009 beyond it", too_big),
        Rule("message/violation", "a message breaks the protocol", "RFC 6455 7.1.7",
             "who breaks the protocol after the handshake has the connection failed", broken),
    ),
)  # fmt: skip
