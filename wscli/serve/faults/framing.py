"""Faults of frames, messages and compression, sent as soon as the connection is open."""

from __future__ import annotations

import zlib

from wscli.events import MessageKind, MessageReceived
from wscli.protocol.step import Order, SendClose, SendFrame, SendMessage, SendPing, SendRaw
from wscli.serve.faults.fault import Fault, Plan, fixed
from wscli.wire.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, FrameOrder

FRAMES = "frames"
MESSAGES = "messages"
COMPRESSION = "compression"
SIZE = "size"

MASK = b"\x37\xfa\x21\x3d"
HELLO = b"Hello"


def frame(opcode: int, payload: bytes = HELLO, **changes: object) -> SendFrame:
    """Return the order for any frame."""
    return SendFrame(FrameOrder(opcode, payload, **changes))  # type: ignore[arg-type]  # fields of FrameOrder


def _sends(name: str, area: str, summary: str, *orders: Order) -> Fault:
    return Fault(name, area, summary, fixed(Plan(orders=orders)))


def _text_only(event: MessageReceived) -> tuple[Order, ...]:
    if event.kind is MessageKind.BINARY:
        return (SendClose(1003, "text only"),)
    return (SendMessage(event.kind, event.payload),)


def _masked_echo(event: MessageReceived) -> tuple[Order, ...]:
    opcode = TEXT if event.kind is MessageKind.TEXT else BINARY
    return (frame(opcode, event.payload, mask_key=MASK),)


def _split_character(event: MessageReceived) -> tuple[Order, ...]:
    """Echo cut after each byte, with what is no character by itself replaced: as careless streaming does."""
    pieces = [event.payload[place : place + 1] for place in range(len(event.payload))]
    text = "".join(piece.decode("utf-8", "replace") for piece in pieces)
    return (SendMessage(MessageKind.TEXT, text.encode()),)


def _deflated(data: bytes, level: int = 6) -> bytes:
    compressor = zlib.compressobj(level, wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def _bomb(value: float) -> Plan:
    """A small frame that inflates to this many bytes."""
    compressor = zlib.compressobj(9, wbits=-15)
    piece, left, parts = b"\0" * 65536, int(value), []
    while left > 0:
        parts.append(compressor.compress(piece[:left]))
        left -= len(piece)
    parts.append(compressor.flush(zlib.Z_SYNC_FLUSH))
    return Plan(orders=(frame(BINARY, b"".join(parts)[:-4], rsv=4),))


def _fragments(value: float) -> Plan:
    """A message of so many one-byte fragments that never ends."""
    first = frame(TEXT, b"x", fin=False)
    fragments = (frame(CONTINUATION, b"x", fin=False),) * int(value)
    return Plan(orders=(first, *fragments), reply=lambda _event: ())


def _pings(value: float) -> Plan:
    return Plan(orders=tuple(SendPing(b"%d" % number) for number in range(int(value))))


def _message(value: float) -> Plan:
    return Plan(orders=(SendMessage(MessageKind.BINARY, bytes(int(value))),))


_BITS = "deflate was not agreed, or not for this frame"

FAULTS: tuple[Fault, ...] = (
    _sends("masked", FRAMES, "a text frame is masked", frame(TEXT, mask_key=MASK)),
    Fault("masked-echo", FRAMES, "every reply is masked", fixed(Plan(reply=_masked_echo))),
    _sends("masked-pong", FRAMES, "an unasked Pong is masked", frame(PONG, b"", mask_key=MASK)),
    _sends("masked-close", FRAMES, "the Close is masked", frame(CLOSE, b"\x03\xe8", mask_key=MASK)),
    _sends("rsv1", FRAMES, f"a plain text frame has RSV1 set: {_BITS}", frame(TEXT, rsv=4)),
    _sends("rsv2", FRAMES, "a frame has RSV2 set", frame(TEXT, rsv=2)),
    _sends("rsv3", FRAMES, "a frame has RSV3 set", frame(TEXT, rsv=1)),
    _sends("rsv1-control", FRAMES, "a Ping has RSV1 set", frame(PING, rsv=4)),
    _sends("rsv1-continuation", FRAMES, "a continuation has RSV1 set",
           frame(TEXT, b"Hel", fin=False), frame(CONTINUATION, b"lo", rsv=4)),
    _sends("opcode-3", FRAMES, "a frame with the reserved opcode 3", frame(3)),
    _sends("opcode-11", FRAMES, "a frame with the reserved control opcode 0xB", frame(11, b"")),
    _sends("length-16", FRAMES, "a short length in 16 bits", frame(TEXT, length_form=16)),
    _sends("length-64", FRAMES, "a short length in 64 bits", frame(TEXT, length_form=64)),
    _sends("length-2-63", FRAMES, "a length of 2^63", frame(TEXT, declared_length=1 << 63, length_form=64)),
    _sends("length-short", FRAMES, "a frame announces fewer bytes than it has, and framing is lost",
           frame(TEXT, b"Hello, world", declared_length=5)),
    _sends("length-long", FRAMES, "a frame announces more bytes than ever come", frame(TEXT, declared_length=1000)),
    _sends("http-in-frames", FRAMES, "an HTTP error in the frame stream",
           SendRaw(b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n")),
    _sends("html-in-frames", FRAMES, "HTML in the frame stream", SendRaw(b"<html><body>Error</body></html>")),
    _sends("gzip-in-frames", FRAMES, "gzip data in the frame stream", SendRaw(zlib.compress(HELLO * 9, wbits=31))),
    _sends("control-fragmented", FRAMES, "a Ping in two fragments", frame(PING, fin=False), frame(CONTINUATION, b"")),
    _sends("control-too-long", FRAMES, "a Ping of 126 bytes", frame(PING, b"x" * 126)),
    _sends("continuation-first", MESSAGES, "a continuation that continues nothing", frame(CONTINUATION)),
    _sends("message-in-message", MESSAGES, "a new message begins inside another",
           frame(TEXT, fin=False), frame(TEXT, b"again")),
    _sends("ping-in-message", MESSAGES, "a Ping between two fragments, which is legal",
           frame(TEXT, b"Hel", fin=False), SendPing(b"between"), frame(CONTINUATION, b"lo")),
    _sends("empty-fragments", MESSAGES, "fragments without payload, which is legal",
           frame(TEXT, b"", fin=False), frame(CONTINUATION, HELLO, fin=False), frame(CONTINUATION, b"")),
    _sends("invalid-utf-8", MESSAGES, "a text message with Latin-1 in it", frame(TEXT, b"caf\xe9 au lait")),
    _sends("cut-utf-8", MESSAGES, "a text message that ends inside a character", frame(TEXT, "cafe €".encode()[:-1])),
    _sends("surrogate", MESSAGES, "a text message with an encoded surrogate", frame(TEXT, b"\xed\xa0\x80")),
    _sends("late-utf-8", MESSAGES, "a character over two fragments, its second half wrong",
           frame(TEXT, b"\xe2\x82", fin=False), frame(CONTINUATION, b"\x41")),
    Fault("utf-8-replaced", MESSAGES, "replies have replacement characters for what is not ASCII",
          fixed(Plan(reply=_split_character))),
    Fault("text-only", MESSAGES, "closes with 1003 at a binary message", fixed(Plan(reply=_text_only))),
    _sends("escapes", MESSAGES, "a text message with terminal escapes and bidi controls",
           frame(TEXT, "\x1b]0;title\x07\x1b[2Jgone \u202eevil\u2066".encode())),
    _sends("engine-io-open", MESSAGES, "the first message is Engine.IO's",
           frame(TEXT, b'0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":[],"pingInterval":25000,"pingTimeout":20000}')),
    _sends("deflate-corrupt", COMPRESSION, "a compressed message that cannot be inflated",
           frame(TEXT, b"\xff\xff\xff\xff", rsv=4)),
    _sends("deflate-cut", COMPRESSION, "a compressed message whose end is missing",
           frame(TEXT, _deflated(HELLO * 40)[:-3], rsv=4)),
    _sends("deflate-good", COMPRESSION, "a compressed message, whether deflate was agreed or not",
           frame(TEXT, _deflated(HELLO * 40), rsv=4)),
    _sends("deflate-skipped", COMPRESSION, "a long message uncompressed, which is legal", frame(TEXT, HELLO * 40)),
    Fault("deflate-bomb", COMPRESSION, "a small frame that inflates to this size", _bomb, "BYTES", 256 * 1024 * 1024),
    _sends("frame-huge", SIZE, "a frame announces 2^40 bytes", frame(BINARY, declared_length=1 << 40)),
    Fault("message", SIZE, "one binary message of this size", _message, "BYTES", 1024 * 1024),
    Fault("fragments", SIZE, "a message of so many fragments, without an end", _fragments, "COUNT", 100_000),
    Fault("ping-flood", SIZE, "so many Pings at once", _pings, "COUNT", 10_000),
)  # fmt: skip
