"""Rules about frames that break the protocol, and about what stands in the stream where a frame should be.

Every guess is tried on the bytes before it is said. Frames lie without gaps in the stream, so the place where one
breaks a rule is also the place where the one before it ended.
"""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect
from wscli.diagnose.frames import (
    chunk_of,
    first_frame,
    frame_text,
    gunzipped,
    is_html,
    is_http,
    leading_text,
    marked,
    readable,
    violation_evidence,
)
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.events import Evidence, FrameReceived, ResponseReceived
from wscli.wire.deviations import (
    FRAME_AFTER_CLOSE,
    FRAME_CONTINUATION_EXPECTED,
    FRAME_CONTINUATION_UNEXPECTED,
    FRAME_CONTROL_FRAGMENTED,
    FRAME_CONTROL_TOO_LONG,
    FRAME_CUT,
    FRAME_LENGTH_NOT_MINIMAL,
    FRAME_LENGTH_TOP_BIT,
    FRAME_MASKED,
    FRAME_RESERVED_BIT_1,
    Deviation,
    DeviationKind,
)
from wscli.wire.frames import CLOSE, CONTINUATION, Frame, header_length, opcode_name

_EXTENSIONS = "Sec-WebSocket-Extensions"
_WRITERS = "look for a second writer on the connection: an error handler, a logger, a middleware"


def _stray(case: Case) -> bytes:
    """Return what stood on the wire from the frame on that failed the connection; nothing where no frame did."""
    deviation = case.first_deviation
    return case.stray if deviation is not None and deviation.kind.code.startswith("frame/") else b""


def _bad(case: Case, *kinds: DeviationKind) -> Frame | None:
    """Return the frame that failed the connection, whole header and all, where it did so by one of these kinds."""
    deviation, frame = case.first_deviation, case.bad_frame
    if deviation is None or frame is None or deviation.kind not in kinds:
        return None
    return frame if len(frame.header) > 1 and len(frame.header) >= header_length(frame.header[1]) else None


def _place(case: Case) -> str:
    """Return where the stray bytes begin."""
    offset = 0 if case.bad_frame is None else case.bad_frame.offset
    return "at the very beginning of the stream" if not offset else f"from byte {offset} of the stream on"


def _read_as(case: Case, text: str) -> Evidence:
    return seen(FrameReceived, f"{_place(case)} the bytes read as: {text}")


# --- Something else in the stream ------------------------------------------------------------------------------------
def http_text(case: Case) -> Judgement | None:
    """Judge an HTTP message among the frames."""
    data = _stray(case)
    if not is_http(data):
        return None
    return certain(
        "an HTTP answer was written into the upgraded connection, as when a handler fails after the 101",
        f"the status in it names the error, the server's log has its cause; {_WRITERS}",
        _read_as(case, data.split(b"\r\n")[0][:80].decode("latin-1")),
    )


def html(case: Case) -> Judgement | None:
    """Judge markup among the frames."""
    data = _stray(case)
    if not is_html(data):
        return None
    return certain(
        "a page was written into the upgraded connection, as when a handler fails after the 101",
        f"the page names the error, the server's log has its cause; {_WRITERS}",
        _read_as(case, leading_text(data) or ""),
    )


def chunked(case: Case) -> Judgement | None:
    """Judge a stream in HTTP chunks: sizes in hexadecimal stand between the frames."""
    data = _stray(case)
    chunk = chunk_of(data)
    if chunk is None:
        return None
    size, content = chunk
    coding = None if case.response is None else case.response.fields.get("Transfer-Encoding")
    frame = first_frame(content)
    evidence = [_read_as(case, f"{data.split(bytes((13, 10)))[0].decode('ascii')}, a chunk size: {size} bytes follow")]
    if frame is not None:
        evidence.append(seen(FrameReceived, f"inside the chunk stands a sound frame: {frame_text(frame)}"))
    if coding is not None:
        evidence.append(seen(ResponseReceived, f"Transfer-Encoding: {coding}"))
    advice = "switch chunked transfer coding off for the upgraded path in the server or proxy that answers the 101"
    cause = "a hop sends the upgraded connection in HTTP chunks, so chunk sizes stand between the frames"
    judge = certain if coding is not None or frame is not None else likely
    return judge(cause, advice, *evidence)


def compressed_stream(case: Case) -> Judgement | None:
    """Judge a stream that is compressed as a whole."""
    data = _stray(case)
    inflated = gunzipped(data)
    if inflated is None:
        return None
    form, plain = inflated
    evidence = [_read_as(case, f"{data[:4].hex(' ')}, the beginning of {form} data")]
    frame = first_frame(plain)
    if frame is not None:
        evidence.append(seen(FrameReceived, f"it inflates to a sound frame: {frame_text(frame)}"))
    elif plain:
        evidence.append(seen(FrameReceived, f"it inflates to: {readable(plain) or plain[:16].hex(' ')}"))
    coding = None if case.response is None else case.response.fields.get("Content-Encoding")
    if coding is not None:
        evidence.append(seen(ResponseReceived, f"Content-Encoding: {coding}"))
    cause = f"a compression middleware ({form}) compresses the upgraded connection as if it were a body"
    advice = "exclude the WebSocket path from the server's or proxy's response compression (gzip off there)"
    return (certain if plain else likely)(cause, advice, *evidence)


def tls_record(case: Case) -> Judgement | None:
    """Judge TLS records among the frames."""
    data = _stray(case)
    if len(data) < 5 or data[0] not in (0x14, 0x15, 0x16, 0x17) or data[1] != 3 or data[2] > 4:
        return None
    return likely(
        "a proxy passes TLS on to a place where it should have been taken off",
        "compare which hop ends TLS; the last one before the server must speak as the server does",
        _read_as(case, f"{data[:5].hex(' ')}, a TLS record"),
    )


def text(case: Case) -> Judgement | None:
    """Judge plain text where a header should be; its letters make no sense as one."""
    data = _stray(case)
    words = leading_text(data)
    if words is None:
        return None
    evidence = _read_as(case, words)
    if case.bad_frame is None or not case.bad_frame.offset:
        return likely("something writes plain text to the connection before any frame", _WRITERS, evidence)
    return possible(
        (
            "the frame before announced fewer bytes than it has, and this is the rest of its payload",
            "something writes plain text to the connection beside the frames",
        ),
        f"{connect(case, '-vvv')} shows the frame before: if its payload goes on in this text, its length is wrong "
        "(characters counted instead of bytes)",
        evidence,
        _last_good(case),
    )


def _last_good(case: Case) -> Evidence:
    assert case.bad_frame is not None  # the caller has looked at it
    before = case.bad_frame_number - 1
    return seen(FrameReceived, f"the last good frame ended at byte {case.bad_frame.offset}, before frame {before + 1}")


# --- Bits of the header ----------------------------------------------------------------------------------------------
def compressed(case: Case) -> Judgement | None:
    """Judge RSV1 on a message's first frame where no deflate was agreed, by whether the payload inflates."""
    frame = _bad(case, FRAME_RESERVED_BIT_1)
    if frame is None or frame.is_control or frame.opcode == CONTINUATION or not frame.payload:
        return None
    from wscli.wire.deflate import try_inflate

    plain = try_inflate(frame.payload, 4096)
    if plain is None or not frame.is_complete:
        return None
    shown = readable(plain, 1) or plain[:16].hex(" ")
    evidence = (
        *violation_evidence(case),
        seen(FrameReceived, f"the payload inflates (raw deflate) to {len(plain)} bytes: {shown}"),
        _offer_and_answer(case),
    )
    if case.request is None or _EXTENSIONS not in case.request.fields:
        cause = "the server compresses its messages although permessage-deflate was not offered"
        return certain(cause, "let the server compress only after it agreed to permessage-deflate", *evidence)
    return possible(
        (
            "the server compresses although its answer did not agree to permessage-deflate",
            "a proxy removed Sec-WebSocket-Extensions from the answer, and the server believes in the agreement",
        ),
        f"without the offer a sound server sends plain frames: {connect(case, '--no-deflate')}",
        *evidence,
    )


def reserved_bit_plain(case: Case) -> Judgement | None:
    """Judge RSV1 on a payload that was tried and is no compressed one: it reads as text."""
    frame = _bad(case, FRAME_RESERVED_BIT_1)
    if frame is None or frame.is_control or frame.opcode == CONTINUATION or not frame.is_complete:
        return None
    words = readable(frame.payload)
    if words is None:
        return None
    return certain(
        "the server sets RSV1 on a payload that is not compressed, and no extension was agreed",
        "let the server write the first byte of an uncompressed text as 81, of a binary message as 82",
        *violation_evidence(case),
        seen(FrameReceived, f"tried: the payload does not inflate; it reads as: {words}"),
        _offer_and_answer(case),
    )


def _offer_and_answer(case: Case) -> Evidence:
    offered = "none" if case.request is None else case.request.fields.joined(_EXTENSIONS) or "none"
    answered = "none" if case.response is None else case.response.fields.joined(_EXTENSIONS) or "none"
    return seen(ResponseReceived, f"extensions offered: {offered}; answered: {answered}")


def reserved_bit_place(case: Case) -> Judgement | None:
    """Judge RSV1 on a frame that cannot begin a compressed message."""
    frame = _bad(case, FRAME_RESERVED_BIT_1)
    if frame is None or not (frame.is_control or frame.opcode == CONTINUATION) or _is_lost(frame):
        return None
    return certain(
        f"the server sets RSV1 on a {opcode_name(frame.opcode)} frame; only the first frame of a message may have it",
        "fix the server's permessage-deflate: RSV1 on the first frame of a message, never on control frames",
        *violation_evidence(case),
    ).replace(reference="RFC 7692 6.1")


def masked(case: Case) -> Judgement | None:
    """Judge a masked frame of a server, by what unmasking makes of it."""
    frame = _bad(case, FRAME_MASKED)
    if frame is None or len([one for one in frame.deviations if one.kind is not FRAME_CUT]) > 1:
        return None
    key = "" if frame.mask_key is None else frame.mask_key.hex(" ")
    shown = f"unmasked with its key {key} the frame is {frame_text(frame)}"
    which = f"{opcode_name(frame.opcode)} frames" if frame.is_control else "its frames"
    return certain(
        f"the server masks {which}, as only a client may: it writes them with the client's half of a library, "
        "or sends back what it received, mask and all",
        "let the server send the mask bit as 0 and no key; --lenient reads on until it does",
        *violation_evidence(case),
        seen(FrameReceived, shown),
    )


def _is_lost(frame: Frame) -> bool:
    """Whether a header makes no sense in more than one way, behind frames that did."""
    own = [one for one in frame.deviations if one.kind is not FRAME_CUT]
    return frame.offset > 0 and (len(own) > 1 or not frame.is_complete)


def lost(case: Case) -> Judgement | None:
    """Judge a header that makes no sense behind frames that did."""
    deviation, frame = case.first_deviation, case.bad_frame
    if deviation is None or frame is None or deviation.kind is FRAME_AFTER_CLOSE or _bad(case, deviation.kind) is None:
        return None
    if deviation.kind not in [one.kind for one in frame.deviations] or not _is_lost(frame):
        return None
    wrong = ", ".join(one.kind.code for one in frame.deviations)
    return likely(
        f"framing is lost at byte {frame.offset}: a frame before announced a wrong length, or two parts of the server "
        "write to the connection at once",
        f"{connect(case, '-vvv')} shows the frame that ends there; compare its length with its payload",
        *violation_evidence(case),
        seen(FrameReceived, f"this header breaks: {wrong}"),
        _last_good(case),
    )


def reserved(case: Case) -> Judgement | None:
    """Judge reserved bits and opcodes in a frame that is sound otherwise."""
    deviation = case.first_deviation
    if deviation is None or not deviation.kind.code.startswith(("frame/reserved-bit", "frame/opcode-reserved")):
        return None
    return possible(
        (
            "the server speaks an extension that was not agreed",
            "the server fills the header wrongly, or the stream is corrupted before this byte",
        ),
        f"offer nothing and see whether it stays: {connect(case, '--no-deflate')}"
        if case.request is None or _EXTENSIONS in case.request.fields
        else f"{connect(case, '-vvv')} shows the frames before it: compare their lengths with their payloads",
        *violation_evidence(case),
        _offer_and_answer(case),
    )


# --- Lengths, control frames, fragments ------------------------------------------------------------------------------
def length_form(case: Case) -> Judgement | None:
    """Judge a length that is not written in its shortest form."""
    frame = _bad(case, FRAME_LENGTH_NOT_MINIMAL)
    if frame is None:
        return None
    return certain(
        f"the server writes the length {frame.declared_length} in {frame.length_form} bits",
        "let the server write lengths up to 125 in 7 bits, up to 65535 in 16, and only larger ones in 64",
        *violation_evidence(case),
    )


def length_huge(case: Case) -> Judgement | None:
    """Judge a length past 2^63."""
    frame = _bad(case, FRAME_LENGTH_TOP_BIT)
    if frame is None:
        return None
    signed = frame.declared_length - (1 << 64)
    causes = [f"the server writes a signed number: as one it is {signed}", "the length is not set, or the bytes are no"]
    causes[1] += " header at all"
    if signed < -(1 << 40):
        causes.reverse()
    return possible(
        tuple(causes),
        f"{connect(case, '-vvv')} shows the bytes behind it: if they read as a payload, the length alone is wrong",
        *violation_evidence(case),
    )


def control(case: Case) -> Judgement | None:
    """Judge a control frame that is fragmented or too long."""
    frame = _bad(case, FRAME_CONTROL_FRAGMENTED, FRAME_CONTROL_TOO_LONG)
    if frame is None:
        return None
    name = opcode_name(frame.opcode)
    if frame.fin and frame.opcode == CLOSE:
        cause = f"the server closes with a reason of {frame.declared_length - 2} bytes; 123 fit into a Close"
        words = readable(frame.payload[2:]) or ""
        shown = (seen(FrameReceived, f"the reason begins: {words}"),) if words else ()
        return certain(cause, "let the server cut its close reasons at 123 bytes", *violation_evidence(case), *shown)
    if frame.fin:
        cause = f"the server sends a {name} with a payload of {frame.declared_length} bytes; 125 are the most"
    else:
        cause = f"the server fragments a {name}"
    advice = f"let the server send each {name} in one frame of up to 125 bytes; data belongs into messages"
    return certain(cause, advice, *violation_evidence(case))


def fragments(case: Case) -> Judgement | None:
    """Judge a message that begins inside another, or a continuation of nothing."""
    frame = _bad(case, FRAME_CONTINUATION_EXPECTED, FRAME_CONTINUATION_UNEXPECTED)
    deviation = case.first_deviation
    if frame is None or deviation is None:
        return None
    advice = (
        "let the server finish a message, its last frame with FIN, before anything else writes one: a lock or queue"
    )
    evidence = violation_evidence(case)
    if deviation.kind is FRAME_CONTINUATION_EXPECTED:
        told = (seen(FrameReceived, deviation.detail),) if deviation.detail else ()
        return possible(
            (
                "two parts of the server write messages at once, and their frames interleave",
                "the server sends fragments with the opcode of the first one instead of 0 (continuation)",
            ),
            advice,
            *evidence,
            *told,
        )
    return possible(
        (
            "the server set FIN already on the frame before, and goes on with the message",
            "the server lost the first frame of a message, or a proxy dropped it",
        ),
        f"{connect(case, '-vv')} shows the frames before it and their FIN",
        *evidence,
    )


def after_close(case: Case) -> Judgement | None:
    """Judge a frame behind a Close."""
    frame = _bad(case, FRAME_AFTER_CLOSE)
    if frame is None:
        return None
    return certain(
        f"the server goes on sending after its Close: {frame_text(frame)}",
        "let the server stop its writers before it sends the Close; what comes behind it is lost for every client",
        seen(FrameReceived, marked(frame, case.bad_frame_number, Deviation(FRAME_AFTER_CLOSE, 0))),
    )


def violation(case: Case) -> Judgement | None:
    """Judge what no other rule explains."""
    deviation = case.first_deviation
    if deviation is None or not deviation.kind.code.startswith("frame/"):
        return None
    kind = deviation.kind
    judgement = certain(
        "the server breaks the protocol",
        f"see the bytes with {connect(case, '-vvv')}; --lenient goes on as if nothing were wrong",
        *violation_evidence(case),
    )
    return judgement.replace(reference=kind.section, requirement=kind.sentence)


_OTHER = "after the 101 the connection carries WebSocket frames and nothing else"

AREA = Area(
    "framing",
    "Frames",
    (
        Rule("framing/http", "HTTP stands among the frames", "RFC 6455 4.2.2", _OTHER, http_text),
        Rule("framing/html", "HTML stands among the frames", "RFC 6455 4.2.2", _OTHER, html),
        Rule(
            "framing/chunked",
            "the frames come in HTTP chunks",
            "RFC 9112 6.1",
            "a server must not send Transfer-Encoding in a 1xx answer",
            chunked,
        ),
        Rule(
            "framing/compressed-stream",
            "the stream of frames is compressed as a whole",
            "RFC 6455 5.1",
            "frames are sent as they are; what compresses is negotiated as an extension",
            compressed_stream,
        ),
        Rule("framing/tls", "TLS records stand among the frames", "RFC 6455 4.2.2", _OTHER, tls_record),
        Rule("framing/text", "plain text stands among the frames", "RFC 6455 5.2", _OTHER, text),
        Rule(
            "framing/compressed",
            "compressed messages come though no deflate was agreed",
            "RFC 7692 6",
            "RSV1 marks a compressed message only after both sides agreed to permessage-deflate",
            compressed,
        ),
        Rule(
            "framing/reserved-bit-place",
            "RSV1 stands where it has no meaning",
            "RFC 7692 6.1",
            "RSV1 is set on the first frame of a compressed message alone",
            reserved_bit_place,
        ),
        Rule(
            "framing/reserved-bit-plain",
            "RSV1 marks a payload that is not compressed",
            "RFC 6455 5.2",
            "reserved bits are 0 unless an extension that was agreed defines them",
            reserved_bit_plain,
        ),
        Rule("framing/masked", "the server masks a frame", "RFC 6455 5.1", "a server must not mask its frames", masked),
        Rule(
            "framing/lost",
            "the place where frames begin is lost",
            "RFC 6455 5.2",
            "a frame begins right where the one before ends, as its length says",
            lost,
        ),
        Rule(
            "framing/reserved",
            "a reserved bit or opcode is used",
            "RFC 6455 5.2",
            "reserved bits are 0 and reserved opcodes unused unless an extension that was agreed defines them",
            reserved,
        ),
        Rule(
            "framing/length-form",
            "a length is not written in its shortest form",
            "RFC 6455 5.2",
            "the shortest form that holds the length must be used",
            length_form,
        ),
        Rule(
            "framing/length-huge",
            "a length has its top bit set",
            "RFC 6455 5.2",
            "the most significant bit of a 64-bit length must be 0",
            length_huge,
        ),
        Rule(
            "framing/control",
            "a control frame is fragmented or too long",
            "RFC 6455 5.5",
            "a control frame carries up to 125 bytes and is never fragmented",
            control,
        ),
        Rule(
            "framing/fragments",
            "the fragments of messages are out of order",
            "RFC 6455 5.4",
            "a message is one frame with FIN, or one without it, then continuations, the last with FIN; only control "
            "frames may stand between",
            fragments,
        ),
        Rule(
            "framing/after-close",
            "a frame follows the Close",
            "RFC 6455 5.5.1",
            "after a Close the same side must send nothing more",
            after_close,
        ),
        Rule(
            "framing/violation",
            "the server breaks the protocol",
            "RFC 6455 7.1.7",
            "who breaks the protocol after the handshake has the connection failed",
            violation,
        ),
    ),
)
