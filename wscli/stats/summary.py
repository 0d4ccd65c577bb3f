"""A session in numbers: counts, sizes, rates, times of answers, the longest silences, how it ended (a Sink)."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush, heapreplace
from typing import Any

from wscli.events import (
    Batch,
    Event,
    Finding,
    FrameReceived,
    FrameSent,
    HandshakeRefused,
    Interest,
    MessageKind,
    MessageReceived,
    MessageSent,
    Opened,
    PongMatched,
    SessionEnded,
    Side,
    deviations_of,
)
from wscli.stats.histogram import Histogram
from wscli.stats.timeline import Timeline
from wscli.wire.frames import opcode_name

SILENCES = 5
"""How many silences are kept."""
SILENCE = 0.001
"""Seconds below which nothing is a silence."""
FINDINGS = 20
"""How many findings are kept by name."""


class Direction:
    """What one side said."""

    def __init__(self) -> None:
        self.frames: dict[int, int] = {}
        """By opcode."""
        self.frame_bytes = 0
        """On the wire, headers included."""
        self.texts = 0
        self.binaries = 0
        self.sizes = Histogram()
        """Of messages, in bytes, inflated."""

    @property
    def messages(self) -> int:
        return self.texts + self.binaries


class Summary:
    """Counts what flows by; a recording of any length needs the same memory."""

    name = "summary"
    interest = Interest.FRAMES | Interest.MESSAGES
    is_essential = True

    def __init__(self) -> None:
        self.events = 0
        self.sessions = 0
        """Connections that were open."""
        self.sent = Direction()
        self.received = Direction()
        self.begin: float | None = None
        """The moment of the first open connection."""
        self.end = 0.0
        self.round_trips = Histogram()
        """Of Pings and their Pongs, in seconds."""
        self.reply_times = Histogram()
        """From a message sent to the first one received behind it."""
        self.timeline = Timeline()
        """Of messages."""
        self.frame_timeline = Timeline()
        """Of frames that came without a message: all of them where no messages are recorded."""
        self.deviations: dict[str, int] = {}
        self.findings: list[str] = []
        self.endings: dict[str, int] = {}
        self._silences: list[tuple[float, float]] = []
        self._frames = 0
        self._messages = 0
        self._spoken_at: float | None = None
        self._asked_at: float | None = None
        self._count: dict[type[Event], Callable[[float, Any], None]] = {
            FrameSent: self._on_sent_frame,
            FrameReceived: self._on_received_frame,
            MessageSent: self._on_sent,
            MessageReceived: self._on_received,
            PongMatched: self._on_pong,
            Opened: self._on_opened,
            HandshakeRefused: self._on_refused,
            SessionEnded: self._on_ended,
            Finding: self._on_finding,
        }

    def accept(self, batch: Batch) -> None:
        """Count a batch."""
        at, count = batch.at, self._count
        frames, messages = self._frames, self._messages
        for event in batch.events:
            found = count.get(type(event))
            if found is not None:
                found(at, event)
            elif deviations := deviations_of(event):
                self._note(deviations)
        self.events += len(batch.events)
        self.end = at
        # Once for a frame and its message, which come together.
        if self._messages != messages:
            self.timeline.add(at, self._messages - messages)
            self._speak(at)
        elif self._frames != frames:
            self.frame_timeline.add(at, self._frames - frames)
            self._speak(at)

    def close(self) -> None:
        """Nothing is held."""

    @property
    def duration(self) -> float:
        """Seconds from the open connection to the last event."""
        return self.end - (self.begin or 0.0)

    @property
    def silences(self) -> list[tuple[float, float]]:
        """The longest times without a frame or message: seconds, and the moment they began; longest first."""
        return sorted(self._silences, reverse=True)

    # --- One event each ---------------------------------------------------------------------------------------------
    def _on_sent_frame(self, _at: float, event: FrameSent) -> None:
        self._on_frame(self.sent, event)

    def _on_received_frame(self, _at: float, event: FrameReceived) -> None:
        self._on_frame(self.received, event)

    def _on_frame(self, side: Direction, event: FrameSent | FrameReceived) -> None:
        frame = event.frame
        header = frame.header
        opcode = header[0] & 0x0F
        side.frames[opcode] = side.frames.get(opcode, 0) + 1
        side.frame_bytes += len(header) + len(frame.payload)
        if frame.deviations:
            self._note(frame.deviations)
        self._frames += 1

    def _on_sent(self, at: float, event: MessageSent) -> None:
        self._on_message(self.sent, event)
        self._asked_at = at

    def _on_received(self, at: float, event: MessageReceived) -> None:
        self._on_message(self.received, event)
        if self._asked_at is not None:
            self.reply_times.add(at - self._asked_at)
            self._asked_at = None

    def _on_message(self, side: Direction, event: MessageSent | MessageReceived) -> None:
        if event.kind is MessageKind.TEXT:
            side.texts += 1
        else:
            side.binaries += 1
        side.sizes.add(len(event.payload))
        self._messages += 1

    def _speak(self, at: float) -> None:
        before, self._spoken_at = self._spoken_at, at
        if before is None or at - before < SILENCE:
            return
        silence = (at - before, before)
        if len(self._silences) < SILENCES:
            heappush(self._silences, silence)
        elif silence > self._silences[0]:
            heapreplace(self._silences, silence)

    def _on_pong(self, _at: float, event: PongMatched) -> None:
        self.round_trips.add(event.round_trip)

    def _on_opened(self, at: float, _event: Opened) -> None:
        self.sessions += 1
        self._spoken_at, self._asked_at = at, None
        if self.begin is None:
            self.begin = at

    def _on_refused(self, _at: float, event: HandshakeRefused) -> None:
        self._end_as(f"refused with {event.status}")

    def _on_finding(self, _at: float, event: Finding) -> None:
        if len(self.findings) < FINDINGS:
            self.findings.append(f"{event.rule}: {event.summary}")

    def _on_ended(self, _at: float, event: SessionEnded) -> None:
        self._spoken_at = self._asked_at = None
        if event.first_close is not None:
            close = event.close_sent if event.first_close is Side.LOCAL else event.close_received
            code = close.code if close is not None else None
            who = "we" if event.first_close is Side.LOCAL else "the peer"
            how = "" if event.is_clean else ", not clean"
            self._end_as(f"{who} closed first with {'no code' if code is None else code}{how}")
        elif event.stream is not None:
            self._end_as(f"no Close, the stream ended: {event.stream.value}")
        else:
            self._end_as("never connected")

    def _end_as(self, words: str) -> None:
        self.endings[words] = self.endings.get(words, 0) + 1

    def _note(self, deviations: Any) -> None:
        for deviation in deviations:
            code = deviation.kind.code
            if code in self.deviations or len(self.deviations) < FINDINGS:
                self.deviations[code] = self.deviations.get(code, 0) + 1


def opcode_counts(side: Direction) -> dict[str, int]:
    """Return the frames of a side by the names of their opcodes."""
    return {opcode_name(opcode): side.frames[opcode] for opcode in sorted(side.frames)}
