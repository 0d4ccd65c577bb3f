"""What a view may know besides its event: the moment, the width, the verbosity, and a little of what came before."""

from __future__ import annotations

from collections.abc import Callable

from wscli.events import (
    ApplicationRecognised,
    AttemptFailed,
    Batch,
    CertificatesReceived,
    Check,
    CloseReceived,
    CloseSent,
    ConnectFailed,
    Event,
    ExchangeFailed,
    Finding,
    FrameReceived,
    FrameSent,
    HandshakeInvalid,
    HandshakeJudged,
    HandshakeRefused,
    Interrupted,
    MessagePart,
    MessageReceived,
    NameFailed,
    Opened,
    ProbeStarted,
    RefusalBodyReceived,
    ResponseReceived,
    SinkFailed,
    StreamEnded,
    TimeLimitPassed,
    TlsFailed,
    UnparsedReceived,
    WebSocketFailed,
)
from wscli.render.style import Line
from wscli.text import duration_text
from wscli.timing import PhaseClock, Phases
from wscli.wire.certificate import Certificate
from wscli.wire.frames import BINARY, CONTINUATION, Frame
from wscli.wire.head import ResponseHead

NORMAL, HANDSHAKE, FRAMES, BYTES = range(4)
"""Verbosities: none, -v, -vv, -vvv."""


_REPORTS = frozenset((
    NameFailed, ConnectFailed, TlsFailed, ExchangeFailed, HandshakeRefused, RefusalBodyReceived, HandshakeInvalid,
    UnparsedReceived, WebSocketFailed, CloseReceived, TimeLimitPassed, StreamEnded, Finding,
))  # fmt: skip
"""Events whose lines report a failure, so that a finding about it can go on right below."""


class ViewContext:
    """Follows the session so far as the views need it."""

    def __init__(self, level: int, width: int = 100, *, exit_status: Callable[[], int | None] = lambda: None) -> None:
        self.level = level
        self.exit_status = exit_status
        """Tells the exit status that a failure leads to, as far as it is known."""
        self.width = width
        """Terminal cells a line may take."""
        self.at = 0.0
        """The moment of the batch that is being shown."""
        self.attempts: list[AttemptFailed] = []
        """The addresses that could not be connected to."""
        self.certificates: tuple[Certificate, ...] = ()
        """The chain that the peer showed, leaf first."""
        self.failed_checks: tuple[Check, ...] = ()
        """What the peer's half of the handshake broke."""
        self.response: ResponseHead | None = None
        """The answer to the upgrade request, once it came."""
        self.application: str | None = None
        """The name of the application protocol that is spoken, once it is recognised."""
        self.is_open = False
        """Whether the WebSocket connection was open."""
        self.failed = False
        """Whether a failure has been reported that explains what follows."""
        self.close_sent = False
        """Whether our Close went out."""
        self.sent_code: int | None = None
        """Its code."""
        self.close_received = False
        """Whether the peer's Close came."""
        self.probe: ProbeStarted | None = None
        """The probe of a diagnosis that began or ended last."""
        self.is_first_variant = False
        """Whether that is the first of the variants."""
        self.began = 0.0
        """The moment that the connection began, where it is one of several."""
        self.report: set[str] | None = None
        """The texts of the failure report that was shown last, None once something else was shown."""
        self.fails_now = False
        """Whether the batch that is being shown holds the failure of the connection."""
        self._last_frame: float | None = None
        self._clock = PhaseClock()
        self._fragments: dict[type[Event], int] = {}

    @property
    def phases(self) -> Phases:
        """The timing breakdown so far."""
        return self._clock.phases

    def begin(self, batch: Batch) -> None:
        """A batch is going to be shown."""
        if self.began:
            batch = batch.replace(at=batch.at - self.began)
        self.at = batch.at
        self.fails_now = any(isinstance(event, WebSocketFailed) for event in batch.events)
        self._clock.observe(batch)

    def observe(self, event: Event) -> None:
        """An event is going to be shown."""
        if isinstance(event, (FrameReceived, MessageReceived, MessagePart)):
            self._last_frame = self.at
        elif isinstance(event, AttemptFailed):
            self.attempts.append(event)
        elif isinstance(event, CertificatesReceived):
            self.certificates = event.certificates
        elif isinstance(event, HandshakeJudged):
            self.failed_checks = tuple(check for check in event.checks if not check.is_passed)
        elif isinstance(event, ResponseReceived):
            self.response = event.head
        elif isinstance(event, Opened):
            self.is_open = True
            self.application = None  # a recording may hold several sessions
        elif isinstance(event, ApplicationRecognised):
            self.application = event.protocol
        elif isinstance(event, CloseSent):
            self.close_sent, self.sent_code = True, event.payload.code
        elif isinstance(event, CloseReceived):
            self.close_received = True

    def note_shown(self, event: Event, lines: list[Line]) -> None:
        """An event has been shown with these lines: a failure explains the ones after it."""
        if lines:
            is_report = type(event) in _REPORTS
            self.report = {text for line in lines for _, text in line} | (self.report or set()) if is_report else None
        if isinstance(event, (WebSocketFailed, TimeLimitPassed, Interrupted)):
            self.failed = True
        elif isinstance(event, SinkFailed) and event.sink == "output":
            self.failed = True  # that we leave without our output, and do not wait for ever, is no failure of the peer

    def last_seen(self) -> str:
        """Return when the last frame came, as a sentence's end."""
        if self._last_frame is None:
            return "no frame came"
        return f"the last frame came {duration_text(self.at - self._last_frame)} before"

    def fragment(self, event: FrameReceived | FrameSent) -> str | None:
        """Return what place a frame has in its message; None for a message in one frame and for control frames."""
        frame: Frame = event.frame
        if frame.is_control or frame.opcode > BINARY:
            return None
        side = type(event)
        if frame.opcode == CONTINUATION:
            number = self._fragments.get(side, 0) + 1
            self._fragments[side] = 0 if frame.fin else number
            return f"fragment {number} of a message" + (", the last" if frame.fin else " …")
        self._fragments[side] = 0 if frame.fin else 1
        return None if frame.fin else "fragment 1 of a message …"
