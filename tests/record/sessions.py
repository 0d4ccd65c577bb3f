"""Sessions of our own two cores, as batches for recordings of any format."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from tests.protocol.test_observing import conversation, orders
from wscli.events import (
    Batch,
    Connected,
    Event,
    FrameReceived,
    FrameSent,
    MessageReceived,
    MessageSent,
)
from wscli.protocol.step import SendClose
from wscli.record import FORMATS, LINES, RecordingFormat
from wscli.record.header import RecordingHeader, Secrets
from wscli.record.keeping import FormatWriter
from wscli.record.reader import LineRecording
from wscli.record.recording import Recording
from wscli.record.sniffing import open_sniffed, sniffed

HEADER = RecordingHeader("wscli 0.1.0", "2026-11-24T12:00:00.000Z", "listen", "ws://h/", Secrets.KEPT)
CONNECTED = Connected("127.0.0.1:8080", "127.0.0.1:50000")
BY_NAME: dict[str, RecordingFormat] = {one.name: one for one in FORMATS}


@st.composite
def _sessions(draw: st.DrawFn) -> list[Event]:
    said = draw(orders)
    close = (draw(st.booleans()), SendClose(1001, "done"))
    events, _ = conversation([*said, close], deflate=draw(st.booleans()))
    return [CONNECTED, *events]


sessions = _sessions()
"""The events of whole sessions."""


def written(name: str, events: Iterable[Event], header: RecordingHeader = HEADER) -> bytes:
    """Return the file that keeps events, a hundredth of a second after one another."""
    stream = io.BytesIO()
    writer = FormatWriter(BY_NAME[name], stream, header, masker=None)
    for place, event in enumerate(events):
        writer.accept(Batch(place / 100, (event,)))
    writer.close()
    return stream.getvalue()


def opened(data: bytes, connection: int | None = None) -> Recording:
    """Return the recording that bytes are, its format known by them."""
    recording, stream = sniffed(io.BufferedReader(io.BytesIO(data)))  # type: ignore[arg-type]
    if recording is LINES:
        return LineRecording("x", stream)
    return open_sniffed(recording, "x", stream, connection, None)


def events_of(data: bytes) -> list[Event]:
    """Return the events of a file."""
    with opened(data) as recording:
        return [event for _, event in recording.iter_events()]


def frames_of(events: Iterable[Event]) -> list[tuple[bool, bytes]]:
    """Return the frames bit for bit, in their order, each with whether the client sent it."""
    return [
        (isinstance(one, FrameSent), one.frame.raw) for one in events if isinstance(one, (FrameSent, FrameReceived))
    ]


def messages_of(events: Iterable[Event]) -> list[tuple[bool, Any, bytes]]:
    """Return the messages in their order, each with whether the client sent it."""
    return [
        (isinstance(one, MessageSent), one.kind, one.payload)
        for one in events
        if isinstance(one, (MessageSent, MessageReceived))
    ]
