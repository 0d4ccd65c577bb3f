"""Events ↔ lines of JSON: the one table from an event to its name and its pair of encoder and decoder.

Law: `decode_event(encode_event(at, event)) == (at, event)` for every event, `at` to the microsecond.

Most events need nothing here: their fields are written by name, by annotation (`wscli.record.convert`). What has a form
of its own: a frame, whose header stands as exact hex beside what a reader wants to see; a head, whose raw bytes stand
beside its fields; a payload, which stands last. Where both are there, only the exact bytes are read back.

Four events make up nearly all of a long recording and have a quick encoder each; `encode_slowly` is their slow twin.
Their lines, as this wscli writes them, have a quick decoder too: `make_quick_decoder` takes a line by its form, twice
as fast as JSON and dictionaries, and declines every other. Law: it gives what `decode_event` gives, or None.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable
from functools import cache
from typing import Any

from wscli.events import (
    EVENTS,
    Batch,
    BytesReceived,
    BytesSent,
    Check,
    CheckOutcome,
    Confidence,
    Event,
    Evidence,
    ExchangeAnswered,
    FrameReceived,
    FrameSent,
    MessageKind,
    MessagePart,
    MessageReceived,
    MessageSent,
    PongMatched,
    ProbePart,
    Purpose,
    RefusalBodyReceived,
    RequestBodyReceived,
    SentRequest,
    Severity,
    Side,
    StreamEnd,
    UnparsedReceived,
)
from wscli.record.convert import (
    BOOLEAN,
    BYTES,
    BYTES_PROPERTIES,
    DEVIATION,
    DEVIATIONS,
    INTEGER,
    NUMBER,
    PAIR,
    TEXT,
    BrokenRecord,
    Converters,
    Json,
    Member,
    base64_member,
    bytes_member,
    enumeration,
    read_bytes_member,
    read_hex,
    read_integer,
    read_members,
    read_number,
    read_object,
    read_text,
    shown,
    write_boolean,
    write_members,
)
from wscli.record.heads import REQUEST_HEAD, RESPONSE_HEAD
from wscli.text import kebab
from wscli.values import Value
from wscli.wire import frames
from wscli.wire.certificate import Certificate
from wscli.wire.close import ClosePayload
from wscli.wire.deflate import DeflateParameters
from wscli.wire.deviations import NONE
from wscli.wire.frames import Frame


class UnknownEvent(Exception):
    """A line holds an event that this version does not know: a newer wscli wrote it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


# --- Frames ----------------------------------------------------------------------------------------------------------
_READABLE = frozenset((frames.CONTINUATION, frames.TEXT, frames.PING, frames.PONG))
"""The opcodes whose payloads people read; a fragment of a binary message may be text by chance, and loses nothing."""
_RESERVED_BITS = 0x70
_FACTS_KEPT = 4096

FRAME_PROPERTIES: dict[str, Any] = {
    "opcode": {"type": "string", "description": "the RFC's name, or as `OPCODE-0xB`; for readers"},
    "fin": {"type": "boolean", "description": "for readers"},
    "rsv": {"type": "integer", "description": "the reserved bits as a number: 4 is RSV1; for readers"},
    "masked": {"type": "boolean", "description": "for readers"},
    "length": {"type": "integer", "description": "the payload length that the header announces; for readers"},
    "header": {"type": "string", "pattern": "^([0-9a-f]{2}){2,14}$", "description": "the exact header bytes"},
    "offset": {"type": "integer", "description": "of the header in the stream of its side after the handshake"},
    "deviations": DEVIATIONS.schema,
    **BYTES_PROPERTIES,
}


def _is_whole(header: bytes) -> bool:
    return len(header) > 1 and len(header) == frames.header_length(header[1])


def _header_facts(header: bytes) -> str:
    """Return what a header says as members."""
    first = header[0]
    facts = (
        f'"opcode":"{frames.opcode_name(first & 0x0F)}","fin":{write_boolean(bool(first & frames.FIN))}'
        f',"rsv":{(first & _RESERVED_BITS) >> 4}'
    )
    masked = write_boolean(bool(header[1] & frames.MASK))
    return f'{facts},"masked":{masked},"length":{frames.declared_length(header)}'


def _is_text_frame(header: bytes) -> bool:
    # With a reserved bit set the payload is most likely compressed: base64 even where it happens to be UTF-8.
    return header[0] & 0x0F in _READABLE and not header[0] & _RESERVED_BITS


def _write_frame(event: FrameReceived | FrameSent) -> str:
    frame = event.frame
    deviations = f',"deviations":{DEVIATIONS.write(frame.deviations)}' if frame.deviations else ""
    payload = bytes_member(frame.payload) if _is_text_frame(frame.header) else base64_member(frame.payload)
    header = f'"header":"{frame.header.hex()}","offset":{frame.offset}'
    return f",{_header_facts(frame.header)},{header}{deviations},{payload}"


def _read_frame(record: dict[str, Json]) -> Frame:
    header = read_hex(record.get("header"))
    deviations = DEVIATIONS.read(record["deviations"]) if "deviations" in record else NONE
    payload = read_bytes_member(record)
    if not _is_whole(header):
        raise BrokenRecord(f"`header` has {len(header)} bytes, which is not what its length field asks for")
    return Frame(header, payload, read_integer(record.get("offset")), deviations)


_FRAME = Member("frame", _write_frame, _read_frame, FRAME_PROPERTIES, ("header", "offset"), is_payload=True)


# --- Payloads --------------------------------------------------------------------------------------------------------
def _payload(field: str, kind: Callable[[Any], MessageKind] | None = None) -> Member:
    """Return the member for the one field of bytes that an event is about."""

    def write(event: Any) -> str:
        data = getattr(event, field)
        is_binary = kind is not None and kind(event) is MessageKind.BINARY
        return f",{base64_member(data) if is_binary else bytes_member(data)}"

    return Member(field, write, read_bytes_member, BYTES_PROPERTIES, is_payload=True)


def _kind(event: MessageReceived | MessageSent | MessagePart) -> MessageKind:
    return event.kind


SPECIAL_MEMBERS: dict[tuple[type[Event], str], Member] = {
    (FrameReceived, "frame"): _FRAME,
    (FrameSent, "frame"): _FRAME,
    (MessageReceived, "payload"): _payload("payload", _kind),
    (MessageSent, "payload"): _payload("payload", _kind),
    (MessagePart, "data"): _payload("data", _kind),
    (PongMatched, "payload"): _payload("payload"),
    (RefusalBodyReceived, "body"): _payload("body"),
    (RequestBodyReceived, "body"): _payload("body"),
    (ExchangeAnswered, "body"): _payload("body"),
    (UnparsedReceived, "data"): _payload("data"),
    (BytesReceived, "data"): _payload("data"),
    (BytesSent, "data"): _payload("data"),
}
"""Fields that don't stand as one member with their own name."""

_CONVERTERS = Converters(
    {
        "str": TEXT,
        "int": INTEGER,
        "float": NUMBER,
        "bool": BOOLEAN,
        "bytes": BYTES,
        "tuple[int, int]": PAIR,
        "Side": enumeration(Side),
        "MessageKind": enumeration(MessageKind),
        "StreamEnd": enumeration(StreamEnd),
        "Purpose": enumeration(Purpose),
        "Severity": enumeration(Severity),
        "Confidence": enumeration(Confidence),
        "ProbePart": enumeration(ProbePart),
        "CheckOutcome": enumeration(CheckOutcome),
        "Deviation": DEVIATION,
        "Deviations": DEVIATIONS,
        "RequestHead": REQUEST_HEAD,
        "ResponseHead": RESPONSE_HEAD,
    },
    (Certificate, Check, ClosePayload, DeflateParameters, Evidence, SentRequest),
)


# --- The table -------------------------------------------------------------------------------------------------------
class EventCodec(Value):
    """How one kind of event is written and read."""

    kind: type[Event]
    name: str
    members: tuple[Member, ...]
    prefix: str
    """`,"event":"…"`."""


@cache
def codec_of(kind: type[Event]) -> EventCodec:
    """Return the codec of a kind of event; made when first needed, since few kinds are met in one run."""
    members = [
        SPECIAL_MEMBERS.get((kind, field)) or _CONVERTERS.member_of(kind, field) for field in kind.__value_fields__
    ]
    members.sort(key=lambda part: part.is_payload)
    name = kebab(kind.__name__)
    return EventCodec(kind, name, tuple(members), f',"event":"{name}"')


NAMES: dict[str, type[Event]] = {kebab(kind.__name__): kind for kind in EVENTS}
"""The name in recordings → the event."""


# --- Writing ---------------------------------------------------------------------------------------------------------
def encode_slowly(at: str, event: Event) -> str:
    """Return the line of any event; the slow twin of the quick encoders."""
    codec = codec_of(type(event))
    return f'{{"at":{at}{codec.prefix}{write_members(codec.members, event)}}}'


_facts: dict[bytes, str] = {}
"""The first two bytes of a header → what they say, where they say all of it."""


def _facts_of(header: bytes) -> str:
    if not _is_whole(header) or header[1] & 0x7F > 125:
        return _header_facts(header)
    if len(_facts) > _FACTS_KEPT:
        _facts.clear()
    key = header[:2]
    facts = _facts[key] = _header_facts(header)
    return facts


def _quick_frame(kind: type[FrameReceived | FrameSent]) -> Callable[[str, Any], str]:
    prefix = f',"event":"{kebab(kind.__name__)}","number":'

    def encode(at: str, event: FrameReceived | FrameSent) -> str:
        frame = event.frame
        if frame.deviations or event.content is not None:
            return encode_slowly(at, event)
        header = frame.header
        # A whole short header begins with these two bytes and no cut one does: a cut one carries a deviation.
        facts = _facts.get(header[:2]) or _facts_of(header)
        payload = bytes_member(frame.payload) if _is_text_frame(header) else base64_member(frame.payload)
        return (
            f'{{"at":{at}{prefix}{event.number},{facts},"header":"{header.hex()}","offset":{frame.offset},{payload}}}'
        )

    return encode


def _quick_message(kind: type[MessageReceived | MessageSent]) -> Callable[[str, Any], str]:
    start = f',"event":"{kebab(kind.__name__)}","kind":"'
    text, binary = MessageKind.TEXT, MessageKind.BINARY
    prefixes = {text: f'{start}text","frames":[', binary: f'{start}binary","frames":['}

    def encode(at: str, event: MessageReceived | MessageSent) -> str:
        first, last = event.frames
        payload = bytes_member(event.payload) if event.kind is text else base64_member(event.payload)
        return f'{{"at":{at}{prefixes[event.kind]}{first},{last}],{payload}}}'

    return encode


QUICK_ENCODERS: dict[type[Event], Callable[[str, Any], str]] = {
    FrameReceived: _quick_frame(FrameReceived),
    FrameSent: _quick_frame(FrameSent),
    MessageReceived: _quick_message(MessageReceived),
    MessageSent: _quick_message(MessageSent),
}


def encode_event(at: float, event: Event) -> str:
    """Return the line of an event, without its newline: ASCII only, whatever the event holds."""
    return QUICK_ENCODERS.get(type(event), encode_slowly)(f"{at:.6f}", event)


def encode_batch(batch: Batch) -> list[str]:
    """Return the lines of a batch, without newlines."""
    at, quick = f"{batch.at:.6f}", QUICK_ENCODERS
    return [quick.get(type(event), encode_slowly)(at, event) for event in batch.events]


# --- Reading ---------------------------------------------------------------------------------------------------------
@cache
def _json_decoder() -> Any:
    from json import JSONDecoder  # only who reads a recording pays for the import

    def refuse(constant: str) -> float:
        raise BrokenRecord(f"{constant} is not JSON")

    return JSONDecoder(parse_constant=refuse)


def decode_json(line: bytes | str) -> dict[str, Json]:
    """Return the object that a line holds; BrokenRecord for anything else, however hostile."""
    try:
        text = line if isinstance(line, str) else line.decode()
        return read_object(_json_decoder().decode(text))
    except BrokenRecord:
        raise
    except UnicodeDecodeError as problem:
        raise BrokenRecord(f"not UTF-8 at byte {problem.start + 1}") from None
    except RecursionError:
        raise BrokenRecord("nested too deeply") from None
    except ValueError as problem:
        place = getattr(problem, "pos", None)
        raise BrokenRecord(
            "a number with too many digits" if place is None else f"not JSON at character {place + 1}"
        ) from None


# Each part is the JSON that the encoders above write, and nothing that JSON would refuse.
_INTEGER = "(0|[1-9][0-9]{0,17})"
_USUAL_LINE = (
    r'\{"at":((?:0|[1-9][0-9]{0,13})\.[0-9]{6}),"event":"(?:'
    rf'frame-(received|sent)","number":{_INTEGER},"opcode":"[A-Za-z0-9-]+","fin":(?:true|false),"rsv":[0-7]'
    rf',"masked":(?:true|false),"length":(?:0|[1-9][0-9]{{0,17}}),"header":"([0-9a-f]{{4,28}})","offset":{_INTEGER}'
    rf'|message-(received|sent)","kind":"(text|binary)","frames":\[{_INTEGER},{_INTEGER}\]'
    r'),"(text|base64)":"'
)
_FRAME_KINDS: dict[str, type[FrameReceived | FrameSent]] = {"received": FrameReceived, "sent": FrameSent}
_MESSAGE_KINDS: dict[str, type[MessageReceived | MessageSent]] = {"received": MessageReceived, "sent": MessageSent}
_KINDS = {kind.value: kind for kind in MessageKind}
_LINE_ENDS = ("}\n", "}")

QuickDecoder = Callable[[bytes], tuple[float, Event] | None]


def make_quick_decoder() -> QuickDecoder:
    """Return a function that gives the moment and the event of a line of the usual form, None for every other line.

    It has what it needs at hand, and a memory of one line: a message of one frame says again what its frame said.
    """
    import re
    from json.decoder import scanstring  # type: ignore[attr-defined]  # the C one, where there is one

    match = re.compile(_USUAL_LINE).match
    frame_kinds, message_kinds, kinds, ends = _FRAME_KINDS, _MESSAGE_KINDS, _KINDS, _LINE_ENDS
    from_hex, header_length = bytes.fromhex, frames.header_length
    tail_before, payload_before = "", b""

    def decode(line: bytes) -> tuple[float, Event] | None:
        nonlocal tail_before, payload_before
        try:
            text = line.decode()
            found = match(text)
            if found is None:
                return None
            at, frame_side, number, digits, offset, side, kind, first, last, form = found.groups()
            start = found.end()
            if form == "text":
                tail = text[start:]
                if tail == tail_before:
                    payload = payload_before
                else:
                    # Strict, which is to refuse control characters, as the decoder of whole lines does.
                    string, end = scanstring(tail, 0, True)  # noqa: FBT003  # positional in C
                    if tail[end:] not in ends:
                        return None
                    payload = string.encode()
                    tail_before, payload_before = tail, payload
            else:
                string, end = scanstring(text, start, True)  # noqa: FBT003  # as above
                if text[end:] not in ends:
                    return None
                payload = a2b_base64(string, strict_mode=True)
            if number is None:
                return float(at), message_kinds[side](kinds[kind], payload, (int(first), int(last)))
            header = from_hex(digits)
            if len(header) != header_length(header[1]):
                return None
            return float(at), frame_kinds[frame_side](int(number), Frame(header, payload, int(offset)))
        except ValueError:  # no UTF-8, no string, no base64, half of a surrogate pair
            return None

    return decode


def event_of(record: dict[str, Json]) -> tuple[float, Event]:
    """Return the moment and the event that an object of a recording tells of."""
    if "event" not in record:
        raise BrokenRecord("`event` is missing")
    name = read_text(record["event"])
    if "at" not in record:
        raise BrokenRecord("`at` is missing")
    at = read_number(record["at"])
    if at < 0:
        raise BrokenRecord(f"`at` is negative: {shown(at)}")
    kind = NAMES.get(name)
    if kind is None:
        raise UnknownEvent(name)
    return at, kind(**read_members(codec_of(kind).members, record))


def decode_event(line: bytes | str) -> tuple[float, Event]:
    """Return the moment and the event of a line.

    Raises BrokenRecord with the reason where the line does not have its form, and UnknownEvent where it tells of an
    event that a newer version has added; nothing else, whatever the line holds.
    """
    return event_of(decode_json(line))
