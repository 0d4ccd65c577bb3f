"""Bytes as frames: taken apart and judged as the bytes of one side's stream, by the channel that sessions use.

The bytes are a piece of a stream, cut out somewhere. So what only the bytes before or behind could tell is no
deviation here: a continuation at the beginning, an end inside a frame or message. Whether a mask must be there is
judged where the role of the sender is known.
"""

from __future__ import annotations

from wscli.events import CloseReceived, DeviationFound, Event, FrameReceived, Interest, StreamEnd, UnparsedReceived
from wscli.protocol.channel import Channel, ChannelSettings
from wscli.protocol.step import Role, StepBuilder
from wscli.settings import Limits, Liveness
from wscli.values import Value
from wscli.wire.deflate import DeflateParameters
from wscli.wire.deviations import (
    FRAME_CONTINUATION_UNEXPECTED,
    FRAME_CUT,
    FRAME_MASKED,
    FRAME_UNMASKED,
    MESSAGE_CUT,
    MESSAGE_TOO_BIG,
)
from wscli.wire.frames import BINARY, CONTINUATION, MASK, Frame

MOST_FRAMES = 100
"""Frames that are taken apart."""
_PIECE = 4096
_LIMITS = Limits(message=16 * 1024 * 1024)
"""How much a compressed message may inflate to."""
_SILENT = Liveness(answers_pings=False, answers_close=False)
_TOLD = (FrameReceived, CloseReceived, DeviationFound, UnparsedReceived)
_UNPROVED = frozenset((FRAME_CUT, MESSAGE_CUT))
"""Deviations of messages that a piece of a stream has because it is one."""
_HEADS = (b"HTTP/1.", b"GET /")
_HEAD_END = b"\r\n\r\n"


class Reading(Value):
    """What bytes are as frames."""

    events: tuple[Event, ...]
    """FrameReceived, CloseReceived, DeviationFound for messages, UnparsedReceived for a header that is not whole."""
    begun_before: frozenset[int]
    """Numbers of frames that continue a message from before these bytes."""
    notes: tuple[str, ...]
    """What is to be said of the whole."""


def read_frames(data: bytes, sender: Role | None = None) -> Reading:
    """Return the frames in the bytes of one side; never raises. Without a sender's role masks are not judged."""
    notes: list[str] = []
    data = _without_head(data, notes)
    is_from_client = sender is Role.CLIENT if sender is not None else len(data) > 1 and bool(data[1] & MASK)
    channel, builder = _channel(Role.SERVER if is_from_client else Role.CLIENT)
    events: list[Event] = []
    taken = 0
    for start in range(0, len(data), _PIECE):
        channel.receive(data[start : start + _PIECE], 0.0)
        taken = min(start + _PIECE, len(data))
        events += builder.take().events
        if sum(isinstance(event, FrameReceived) for event in events) >= MOST_FRAMES:
            break
    if taken == len(data):
        channel.end(StreamEnd.FINISHED, "", 0.0)
        events += builder.take().events
    begun_before = _begun_before(events)
    unproved = _UNPROVED if any(_is_inflated(event) for event in events) else _UNPROVED | {MESSAGE_TOO_BIG}
    told = [
        _softened(event, begun_before, sender)
        for event in events
        if isinstance(event, _TOLD) and not (isinstance(event, DeviationFound) and event.deviation.kind in unproved)
    ]
    shown = _first_frames(told)
    if len(shown) < len(told) or taken < len(data):
        last = max(_end_of(event.frame) for event in shown if isinstance(event, FrameReceived))
        notes.append(f"only the first {MOST_FRAMES} frames are shown; {len(data) - last} more bytes follow")
    return Reading(tuple(shown), begun_before, tuple(notes))


def _channel(role: Role) -> tuple[Channel, StepBuilder]:
    builder = StepBuilder()
    settings = ChannelSettings(
        role, DeflateParameters(), liveness=_SILENT, limits=_LIMITS, is_lenient=True, interest=Interest.FRAMES
    )
    return Channel(settings, bytes, builder, 0.0), builder


def _without_head(data: bytes, notes: list[str]) -> bytes:
    """Return what stands behind an HTTP head, if there is one."""
    if not data.startswith(_HEADS) or _HEAD_END not in data:
        return data
    head, _, rest = data.partition(_HEAD_END)
    notes.append(f"the first {len(head) + len(_HEAD_END)} bytes are an HTTP head; the frames behind it are shown")
    return rest


def _begun_before(events: list[Event]) -> frozenset[int]:
    """Return the numbers of the frames that continue a message from before the bytes at hand."""
    found: set[int] = set()
    for event in events:
        if not isinstance(event, FrameReceived) or event.frame.opcode > BINARY:
            continue
        if event.frame.opcode != CONTINUATION:
            break
        found.add(event.number)
        if event.frame.fin:
            break
    return frozenset(found)


def _is_inflated(event: Event) -> bool:
    return isinstance(event, FrameReceived) and event.content is not None


def _softened(event: Event, begun_before: frozenset[int], sender: Role | None) -> Event:
    """Return an event without what a piece of a stream cannot prove."""
    if not isinstance(event, FrameReceived):
        return event
    unproved = {FRAME_CUT}
    if sender is None:
        unproved |= {FRAME_MASKED, FRAME_UNMASKED}
    if event.number in begun_before:
        unproved.add(FRAME_CONTINUATION_UNEXPECTED)
    frame = event.frame
    kept = tuple(one for one in frame.deviations if one.kind not in unproved)
    return event.replace(frame=Frame(frame.header, frame.payload, frame.offset, kept))


def _first_frames(events: list[Event]) -> list[Event]:
    """Return the events up to the last frame that is shown."""
    frames = 0
    for place, event in enumerate(events):
        frames += isinstance(event, FrameReceived)
        if frames > MOST_FRAMES:
            return events[:place]
    return events


def _end_of(frame: Frame) -> int:
    return frame.offset + len(frame.header) + len(frame.payload)
