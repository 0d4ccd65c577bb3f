"""What a session has shown so far, for looking at it again: bounded, the oldest goes first and is counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice

from wscli import events as e
from wscli.events import Batch, Event, Interest, MessageKind, Side
from wscli.values import Value
from wscli.wire.certificate import Certificate
from wscli.wire.frames import Frame

KEPT_BYTES = 32 * 1024 * 1024
"""Payload bytes that are kept, frames and messages together."""
KEPT_FRAMES = 50_000
OVERHEAD = 400
"""Bytes that a kept frame costs beside its payload."""
ROUND_TRIPS_KEPT = 10_000


class KeptFrame(Value):
    """One frame that went by."""

    at: float
    side: Side
    """Who sent it."""
    number: int
    frame: Frame
    content: bytes | None
    """The inflated part of the message that it brought; None where that is the payload itself."""

    @property
    def event(self) -> e.FrameReceived | e.FrameSent:
        """The event that told of it."""
        kind = e.FrameSent if self.side is Side.LOCAL else e.FrameReceived
        return kind(self.number, self.frame, self.content)


class KeptMessage(Value):
    """One message that went by."""

    at: float
    side: Side
    kind: MessageKind
    payload: bytes
    frames: tuple[int, int]

    @property
    def event(self) -> e.MessageReceived | e.MessageSent:
        """The event that told of it."""
        kind = e.MessageSent if self.side is Side.LOCAL else e.MessageReceived
        return kind(self.kind, self.payload, self.frames)


class Tally:
    """Counts of one direction."""

    def __init__(self) -> None:
        self.frames = 0
        self.messages = 0
        self.payload_bytes = 0
        """Of messages, inflated."""
        self.wire_bytes = 0
        """Of frames, headers and compressed payloads."""
        self.last_at: float | None = None


class Store:
    """Keeps one session (a Sink)."""

    name = "store"
    interest = Interest.FRAMES | Interest.MESSAGES
    is_essential = False

    def __init__(self, kept_bytes: int = KEPT_BYTES, kept_frames: int = KEPT_FRAMES) -> None:
        self._kept_bytes, self._kept_frames = kept_bytes, kept_frames
        self._size = 0
        self._frames: deque[KeptFrame] = deque()
        self._messages: deque[KeptMessage] = deque()
        self.last_number = 0
        """The highest number of a frame that went by."""
        self.dropped = 0
        """Frames that went by and are no longer kept."""
        self.tallies = {Side.LOCAL: Tally(), Side.REMOTE: Tally()}
        self.round_trips: deque[float] = deque(maxlen=ROUND_TRIPS_KEPT)
        """Seconds, the newest last."""
        self.handshake: list[tuple[float, Event]] = []
        """What happened until the connection was open, or refused."""
        self.certificates: tuple[Certificate, ...] = ()
        self.findings: list[e.Finding] = []
        self.opened: e.Opened | None = None
        self.opened_at = 0.0
        self.application = ""
        """The application protocol that was recognised."""
        self.heard = 0
        """Messages received that `/wait` has passed by."""
        self.ended: e.SessionEnded | None = None
        self.ended_at = 0.0

    # --- Looking ---------------------------------------------------------------------------------------------------
    def frame(self, number: int) -> KeptFrame | None:
        """Return a frame by its number; None where it never was, or is no longer kept."""
        if not self._frames or not 0 < number <= self.last_number:
            return None
        # Numbers have no gaps, but a frame that arrives in pieces may stand behind one that went out meanwhile.
        guess = number - self._frames[0].number
        near = range(max(0, guess - 2), min(len(self._frames), guess + 3))
        found = next((self._frames[place] for place in near if self._frames[place].number == number), None)
        return found or next((kept for kept in self._frames if kept.number == number), None)

    def frames(self) -> Iterator[KeptFrame]:
        """Yield the frames that are kept, the newest first."""
        return reversed(self._frames)

    def messages(self, side: Side | None = None) -> Iterator[KeptMessage]:
        """Yield the messages that are kept, of one side or of both, the newest first."""
        return (message for message in reversed(self._messages) if side is None or message.side is side)

    def unheard(self, fits: Callable[[bytes], bool]) -> KeptMessage | None:
        """Return the first message received that `/wait` has not passed by and that fits, and pass it by."""
        total = self.tallies[Side.REMOTE].messages
        waiting = list(islice(self.messages(Side.REMOTE), total - self.heard))[::-1]
        self.heard = total - len(waiting)  # fewer where some were let go unheard
        for message in waiting:
            self.heard += 1
            if fits(message.payload):
                return message
        return None

    def hear(self) -> None:
        """`/wait` looks at what comes from here on."""
        self.heard = self.tallies[Side.REMOTE].messages

    def batches(self) -> Iterator[Batch]:
        """Yield what is kept as the batches of a recording: the handshake, frames, messages, the end; oldest first."""
        yield from (Batch(at, (event,)) for at, event in self.handshake)
        messages = iter(tuple(self._messages))
        message = next(messages, None)
        for kept in tuple(self._frames):
            yield Batch(kept.at, (kept.event,))
            while message is not None and message.frames[1] <= kept.number:
                yield Batch(message.at, (message.event,))
                message = next(messages, None)
        if self.ended is not None:
            yield Batch(self.ended_at, (*self.findings, self.ended))

    @property
    def first_number(self) -> int:
        """The number of the oldest frame that is kept; 0 without any."""
        return self._frames[0].number if self._frames else 0

    # --- Keeping ---------------------------------------------------------------------------------------------------
    def accept(self, batch: Batch) -> None:
        """Keep a batch."""
        for event in batch.events:
            if isinstance(event, e.FrameReceived):
                self._keep_frame(batch.at, Side.REMOTE, event)
            elif isinstance(event, e.MessageReceived):
                self._keep_message(batch.at, Side.REMOTE, event)
            elif isinstance(event, e.FrameSent):
                self._keep_frame(batch.at, Side.LOCAL, event)
            elif isinstance(event, e.MessageSent):
                self._keep_message(batch.at, Side.LOCAL, event)
            else:
                self._keep_other(batch.at, event)
        self._forget()

    def _keep_frame(self, at: float, side: Side, event: e.FrameReceived | e.FrameSent) -> None:
        frame = event.frame
        self.last_number = max(self.last_number, event.number)
        self._frames.append(KeptFrame(at, side, event.number, frame, event.content))
        size = len(frame.header) + len(frame.payload)
        self._size += size + OVERHEAD + len(event.content or b"")
        tally = self.tallies[side]
        tally.frames += 1
        tally.wire_bytes += size
        tally.last_at = at

    def _keep_message(self, at: float, side: Side, event: e.MessageReceived | e.MessageSent) -> None:
        self._messages.append(KeptMessage(at, side, event.kind, event.payload, event.frames))
        self._size += len(event.payload)
        tally = self.tallies[side]
        tally.messages += 1
        tally.payload_bytes += len(event.payload)

    def _keep_other(self, at: float, event: Event) -> None:
        if self.opened is None and not isinstance(event, (e.SessionEnded, e.Finding, e.BytesReceived, e.BytesSent)):
            self.handshake.append((at, event))
        if isinstance(event, e.Opened):
            self.opened, self.opened_at = event, at
        elif isinstance(event, e.PongMatched):
            self.round_trips.append(event.round_trip)
        elif isinstance(event, e.CertificatesReceived):
            self.certificates = event.certificates
        elif isinstance(event, e.ApplicationRecognised):
            self.application = event.protocol
        elif isinstance(event, e.Finding):
            self.findings.append(event)
        elif isinstance(event, e.SessionEnded):
            self.ended, self.ended_at = event, at

    def close(self) -> None:
        """What is kept stays, to be looked at."""

    def _forget(self) -> None:
        """Let go of the oldest until what is left fits; the newest frame stays, however large."""
        frames, messages = self._frames, self._messages
        while len(frames) > 1 and (self._size > self._kept_bytes or len(frames) > self._kept_frames):
            gone = frames.popleft()
            self.dropped += 1
            frame = gone.frame
            self._size -= len(frame.header) + len(frame.payload) + OVERHEAD + len(gone.content or b"")
            while messages and messages[0].frames[1] <= gone.number:
                self._size -= len(messages.popleft().payload)
