"""What of the stream is painted above the prompt: filtered, paused, and summed up where nobody could read it."""

from __future__ import annotations

from collections.abc import Callable

from wscli.events import (
    Batch,
    BytesReceived,
    BytesSent,
    Event,
    FrameReceived,
    FrameSent,
    Interest,
    PongMatched,
    SessionEnded,
)
from wscli.render.style import Line, Painter
from wscli.render.transcript import Transcript
from wscli.repl.choices import Choices
from wscli.text import count_text, size_text
from wscli.wire.frames import CLOSE, PING, PONG

READABLE = 60
"""Frames in a window that people can still follow; what comes beyond is summed up."""
WINDOW = 1.0
"""Seconds."""


class Display:
    """Stands before the transcript (a Sink): frames pass as long as they are wanted and can be read.

    What does not pass is counted and said in one line a second; the store has it all the same. Frames that break a
    rule, and Closes, pass every filter and a pause, and like all others not faster than people read.
    """

    name = "display"
    is_essential = False

    def __init__(
        self, transcript: Transcript, say: Callable[[str], object], painter: Painter, choices: Choices
    ) -> None:
        self.interest = transcript.interest | Interest.FRAMES
        self._transcript = transcript
        self._say = say
        self._painter = painter
        self._choices = choices
        self._window = 0.0
        """When the window began."""
        self._wanted = 0
        """Frames in it that are to be shown."""
        self._notable = 0
        """Frames in it that break a rule or close."""
        self._is_fast = False
        """Whether there were more in the window before than people can read: then none is painted one by one."""
        self._has_explained = False
        self._held: dict[type[Event], list[int]] = {}
        """Frames and bytes that were not painted, by direction."""
        self._shows_frames = bool(transcript.interest & Interest.FRAMES)
        """Whether any frame is shown; with `-q` none is, and nothing is held back."""

    def accept(self, batch: Batch) -> None:
        """Paint what is wanted of a batch."""
        if batch.at >= self._window + WINDOW or any(type(event) is SessionEnded for event in batch.events):
            self.turn(batch.at)
        self._transcript.show(batch, self._passes)

    def _passes(self, event: Event) -> bool:
        if isinstance(event, (FrameReceived, FrameSent)):
            return self._passes_frame(event)
        if isinstance(event, (BytesReceived, BytesSent)):
            return not (self._is_fast or self._choices.is_paused)
        if isinstance(event, PongMatched):
            return not (self._choices.folds_control or self._choices.is_paused)
        return True

    def _passes_frame(self, event: FrameReceived | FrameSent) -> bool:
        frame, choices = event.frame, self._choices
        if frame.deviations or frame.opcode == CLOSE:
            self._notable += 1
            return self._notable <= READABLE or self._hold(event)
        if choices.folds_control and frame.opcode in (PING, PONG):
            return False
        if choices.keeps is not None and not choices.keeps(event):
            return False
        self._wanted += 1
        is_readable = not self._is_fast and self._wanted <= READABLE
        return (is_readable and not choices.is_paused) or self._hold(event)

    def _hold(self, event: FrameReceived | FrameSent) -> bool:
        if self._shows_frames:
            held = self._held.setdefault(type(event), [0, 0])
            held[0] += 1
            held[1] += len(event.frame.payload)
        return False

    def turn(self, now: float) -> None:
        """Begin a new window; say what the last one held back."""
        if self._held:
            self._say(self._painter.paint(self._summary(now)))
            self._held = {}
        self._is_fast = self._wanted > READABLE
        self._window, self._wanted, self._notable = now, 0, 0

    def _summary(self, now: float) -> list[Line]:
        line: list[tuple[str, str]] = [("time", f"[{now:7.3f}] ")]
        for kind, style, arrow in ((FrameReceived, "received", "←"), (FrameSent, "sent", "→")):
            count, size = self._held.get(kind, (0, 0))
            if count:
                line.append((style, f"{arrow} {count_text(count, 'frame')} "))
                line.append(("note", f"{size_text(size)}  "))
        line.append(("note", "paused" if self._choices.is_paused else f"in {max(now - self._window, 0.1):.1f} s"))
        if self._has_explained:
            return [tuple(line)]
        self._has_explained = True
        why = "while paused" if self._choices.is_paused else "too fast to read one by one"
        explained = f"* {why}; /show frames, /find and /inspect look back, /filter shows less"
        return [tuple(line), (("note", explained),)]

    def tick(self, now: float) -> None:
        """Say what is held back once its window is over, also when nothing more comes."""
        if self._held and now >= self._window + WINDOW:
            self.turn(now)

    def close(self) -> None:
        """Say what is still held back."""
        self.turn(self._window + WINDOW)
        self._transcript.close()
