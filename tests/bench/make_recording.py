"""Make a long recording: `python -m tests.bench.make_recording FILE [MESSAGES]`.

Frames and messages of both sides, as a chat between a client and a server has them: JSON of some 80 bytes, a Ping now
and then. Two events a message.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from wscli.events import (
    Batch,
    CloseReceived,
    CloseSent,
    Event,
    FrameReceived,
    FrameSent,
    Interest,
    MessageKind,
    MessageReceived,
    MessageSent,
    Opened,
    SessionEnded,
    Side,
    StreamEnd,
)
from wscli.record.header import RecordingHeader
from wscli.record.writer import RecordingWriter
from wscli.wire.close import decode_close, encode_close
from wscli.wire.frames import PING, PONG, TEXT, FrameOrder, encode_frame

INTERVAL = 0.001
PING_EVERY = 10_000


def iter_batches(messages: int) -> Iterator[Batch]:
    """Yield a session of so many messages, half of them sent and half received."""
    yield Batch(0.0, (Opened(None, "", None),))
    offsets = {FrameSent: 0, FrameReceived: 0}
    number = 0

    def frame(kind: type[FrameSent | FrameReceived], opcode: int, payload: bytes) -> Event:
        nonlocal number
        number += 1
        key = b"\x12\x34\x56\x78" if kind is FrameSent else None
        made = encode_frame(FrameOrder(opcode, payload, mask_key=key), offsets[kind])
        offsets[kind] += len(made.header) + len(payload)
        return kind(number, made)

    at = 0.0
    for place in range(messages):
        at += INTERVAL
        payload = b'{"id": %d, "type": "quote", "price": 12.5, "name": "Gr\xc3\xbc\xc3\x9fe \\"%d\\""}' % (
            place // 2,
            place,
        )
        if place % 2:
            event = frame(FrameReceived, TEXT, payload)
            yield Batch(at, (event, MessageReceived(MessageKind.TEXT, payload, (number, number))))
        else:
            event = frame(FrameSent, TEXT, payload)
            yield Batch(at, (event, MessageSent(MessageKind.TEXT, payload, (number, number))))
        if place % PING_EVERY == 0:
            yield Batch(at, (frame(FrameSent, PING, b"p"), frame(FrameReceived, PONG, b"p")))
    close = decode_close(encode_close(1000, ""))
    yield Batch(at, (CloseSent(number, close), CloseReceived(number, close)))
    yield Batch(at, (SessionEnded(close, close, Side.LOCAL, is_clean=True, stream=StreamEnd.FINISHED),))


def make(path: str, messages: int) -> None:
    """Write the recording."""
    header = RecordingHeader("wscli bench", "2026-01-01T00:00:00.000Z", "bench", "ws://localhost/")
    with Path(path).open("wb") as stream:
        writer = RecordingWriter(stream, header, interest=Interest.FRAMES | Interest.MESSAGES, keep_secrets=True)
        for batch in iter_batches(messages):
            writer.accept(batch)
        writer.close()


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
