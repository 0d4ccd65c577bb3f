"""The case: what of a session matters for judging it. Light, since every session keeps one; rules come if needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wscli import events as e
from wscli.events import Batch, Event
from wscli.wire.certificate import Certificate
from wscli.wire.close import GOOD_CLOSES, ClosePayload
from wscli.wire.deviations import Deviation, Level
from wscli.wire.frames import BINARY, FIN, RSV1, TEXT, Frame
from wscli.wire.head import RequestHead, ResponseHead

UNPARSED_KEPT = 4096
"""Bytes that nothing decoded, kept from their beginning."""
STRAY_KEPT = 4096
"""Bytes of the stream kept from the first frame on that breaks a rule."""
MESSAGES_KEPT = 3
MESSAGE_KEPT = 4096
"""Messages kept from the beginning of a session, and bytes of each: what tells an application protocol."""


class Case:
    """Follows a session; a field is what was observed of its kind, None or empty before.

    Where several of a kind may come, of failures the first one counts, of everything else the last one.
    """

    def __init__(self, url: str = "") -> None:  # noqa: PLR0915  # a flat list of what is kept
        self.url = url
        """Where the session was to go, without credentials; empty where nobody knows, as in an imported capture."""
        self.has_trouble = False
        """Whether there is anything to judge: a plain good session has nothing."""
        self.is_over = False
        # Reaching the server
        self.name_resolved: e.NameResolved | None = None
        self.name_failed: e.NameFailed | None = None
        self.has_attempted = False
        """Whether a connection to an address was begun."""
        self.attempts: list[e.AttemptFailed] = []
        self.connect_failed: e.ConnectFailed | None = None
        self.connected: e.Connected | None = None
        self.connected_at = 0.0
        self.tls_started: e.TlsStarted | None = None
        self.certificates: tuple[Certificate, ...] = ()
        self.tls_established: e.TlsEstablished | None = None
        self.tls_failed: e.TlsFailed | None = None
        self.exchange_answered: e.ExchangeAnswered | None = None
        self.exchange_failed: e.ExchangeFailed | None = None
        # The handshake
        self.request: RequestHead | None = None
        self.requested_at = 0.0
        self.response: ResponseHead | None = None
        self.checks: tuple[e.Check, ...] = ()
        self.refused: e.HandshakeRefused | None = None
        self.body: e.RefusalBodyReceived | None = None
        self.invalid: e.HandshakeInvalid | None = None
        self.unparsed = b""
        """The beginning of what nothing decoded."""
        self.opened: e.Opened | None = None
        self.opened_at = 0.0
        # The stream
        self.first_received: list[bytes] = []
        """The beginning of the first messages, where somebody had messages, their parts or frames made."""
        self.first_sent: list[bytes] = []
        """The beginning of the first messages that went out; of more than these, only `message_sent_at` tells."""
        self.messages_sent = 0
        """The messages that were seen going out: all where somebody had messages made, at least the first three."""
        self.message_sent_at: float | None = None
        """When the last one of them went out; Pongs and Closes are none."""
        self.application: e.ApplicationRecognised | None = None
        """The application protocol that is spoken."""
        self._last_received = 0
        self.sent_opcodes: set[int] = set()
        """Opcodes of frames that went out, where somebody had frames made."""
        self.failed: e.WebSocketFailed | None = None
        self.bad_frame: Frame | None = None
        """The first received frame that carries a deviation."""
        self.bad_frame_number = 0
        self.stray = b""
        """The stream from that frame on as it stood on the wire, as far as frames without a gap show it."""
        self.message_deviation: e.DeviationFound | None = None
        """The first deviation that belongs to no frame."""
        self.pong_matched: e.PongMatched | None = None
        """The last answer to a Ping of ours."""
        self.time_limit: e.TimeLimitPassed | None = None
        self.limit_at = 0.0
        self.interrupted: e.Interrupted | None = None
        # The end
        self.close_received: ClosePayload | None = None
        self.close_sent: ClosePayload | None = None
        self.stream_ended: e.StreamEnded | None = None
        self.end: e.SessionEnded | None = None
        self.ended_at = 0.0

    def observe(self, batch: Batch) -> None:
        """Take a batch."""
        keepers = _KEEPERS
        for event in batch.events:
            keep = keepers.get(type(event))
            if keep is not None:
                keep(self, event, batch.at)

    @property
    def first_deviation(self) -> Deviation | None:
        """What the connection was failed for."""
        return None if self.failed is None else self.failed.deviation

    # --- What the events leave behind --------------------------------------------------------------------------------
    def _keep_connected(self, event: e.Connected, at: float) -> None:
        self.connected, self.connected_at = event, at

    def _keep_request(self, event: e.RequestSent, at: float) -> None:
        self.request, self.requested_at = event.head, at

    def _keep_response(self, event: e.ResponseReceived, _at: float) -> None:
        self.response = event.head
        self.has_trouble |= any(one.kind.level is not Level.ODD for one in event.head.all_deviations)

    def _keep_checks(self, event: e.HandshakeJudged, _at: float) -> None:
        self.checks = event.checks
        self.has_trouble |= any(check.deviation is not None for check in event.checks)

    def _keep_unparsed(self, event: e.UnparsedReceived, _at: float) -> None:
        self.unparsed = (self.unparsed + event.data)[:UNPARSED_KEPT]

    def _keep_opened(self, event: e.Opened, at: float) -> None:
        self.opened, self.opened_at = event, at

    def _keep_frame(self, event: e.FrameReceived, _at: float) -> None:
        frame, bad = event.frame, self.bad_frame
        if bad is not None:
            if frame.offset == bad.offset + len(self.stray):
                self.stray = (self.stray + frame.raw)[:STRAY_KEPT]
        elif frame.deviations:
            self.bad_frame, self.bad_frame_number, self.stray = frame, event.number, frame.raw[:STRAY_KEPT]
        if len(self.first_received) < MESSAGES_KEPT:
            content = whole_message(event)
            if content is not None:
                self._last_received = event.number
                self.first_received.append(content[:MESSAGE_KEPT])

    def _keep_sent_frame(self, event: e.FrameSent, at: float) -> None:
        self.sent_opcodes.add(event.frame.opcode)
        if not event.frame.is_control:
            self.message_sent_at = at

    def _keep_message(self, event: e.MessageReceived, _at: float) -> None:
        # A message in one frame was kept with its frame, where frames are made.
        if len(self.first_received) < MESSAGES_KEPT and event.frames[1] != self._last_received:
            self.first_received.append(event.payload[:MESSAGE_KEPT])

    def _keep_part(self, event: e.MessagePart, _at: float) -> None:
        if event.is_first and len(self.first_received) < MESSAGES_KEPT:
            self.first_received.append(event.data[:MESSAGE_KEPT])

    def _keep_sent_message(self, event: e.MessageSent, at: float) -> None:
        self.message_sent_at = at
        self.messages_sent += 1
        if len(self.first_sent) < MESSAGES_KEPT:
            self.first_sent.append(event.payload[:MESSAGE_KEPT])

    def _keep_deviation(self, event: e.DeviationFound, _at: float) -> None:
        self.has_trouble = True
        self.message_deviation = self.message_deviation or event

    def _keep_limit(self, event: e.TimeLimitPassed, at: float) -> None:
        self.has_trouble = True
        if self.time_limit is None:
            self.time_limit, self.limit_at = event, at

    def _keep_close(self, event: e.CloseReceived, _at: float) -> None:
        self.close_received = event.payload
        self.has_trouble |= event.payload.code not in GOOD_CLOSES

    def _keep_end(self, event: e.SessionEnded, at: float) -> None:
        self.end, self.ended_at, self.is_over = event, at, True
        self.close_sent = event.close_sent
        self.has_trouble |= self.opened is not None and not event.is_clean and self.interrupted is None
        # A server that closes politely may still have missed something that its application protocol asks for.
        self.has_trouble |= self.application is not None and event.first_close is e.Side.REMOTE


def whole_message(event: e.FrameReceived | e.FrameSent) -> bytes | None:
    """Return the payload of a message that is one whole frame, inflated; None for any other frame."""
    frame = event.frame
    if len(frame.header) < 2 or frame.header[0] & ~RSV1 not in (FIN | TEXT, FIN | BINARY) or frame.deviations:
        return None
    return frame.payload if event.content is None else event.content


Keeper = Callable[[Case, Any, float], None]


def _last(field: str) -> Keeper:
    """Return what puts an event into a field of the case."""
    return lambda case, event, _at: setattr(case, field, event)


def _trouble(field: str) -> Keeper:
    """Return what puts the first such event into a field of the case, and makes it worth judging."""

    def keep(case: Case, event: Event, _at: float) -> None:
        case.has_trouble = True
        if getattr(case, field) is None:
            setattr(case, field, event)

    return keep


_KEEPERS: dict[type[Event], Keeper] = {
    e.NameResolved: _last("name_resolved"),
    e.NameFailed: _trouble("name_failed"),
    e.AttemptStarted: lambda case, _event, _at: setattr(case, "has_attempted", True),
    e.AttemptFailed: lambda case, event, _at: case.attempts.append(event),
    e.ConnectFailed: _trouble("connect_failed"),
    e.Connected: Case._keep_connected,  # noqa: SLF001  # the table belongs to the class
    e.TlsStarted: _last("tls_started"),
    e.CertificatesReceived: lambda case, event, _at: setattr(case, "certificates", event.certificates),
    e.TlsEstablished: _last("tls_established"),
    e.TlsFailed: _trouble("tls_failed"),
    e.ExchangeAnswered: _last("exchange_answered"),
    e.ExchangeFailed: _trouble("exchange_failed"),
    e.RequestSent: Case._keep_request,  # noqa: SLF001
    e.ResponseReceived: Case._keep_response,  # noqa: SLF001
    e.HandshakeJudged: Case._keep_checks,  # noqa: SLF001
    e.HandshakeRefused: _trouble("refused"),
    e.RefusalBodyReceived: _last("body"),
    e.HandshakeInvalid: _trouble("invalid"),
    e.UnparsedReceived: Case._keep_unparsed,  # noqa: SLF001
    e.Opened: Case._keep_opened,  # noqa: SLF001
    e.FrameReceived: Case._keep_frame,  # noqa: SLF001
    e.FrameSent: Case._keep_sent_frame,  # noqa: SLF001
    e.MessageReceived: Case._keep_message,  # noqa: SLF001
    e.MessagePart: Case._keep_part,  # noqa: SLF001
    e.MessageSent: Case._keep_sent_message,  # noqa: SLF001
    e.DeviationFound: Case._keep_deviation,  # noqa: SLF001
    e.PongMatched: _last("pong_matched"),
    e.WebSocketFailed: _trouble("failed"),
    e.TimeLimitPassed: Case._keep_limit,  # noqa: SLF001
    e.Interrupted: _last("interrupted"),
    e.CloseReceived: Case._keep_close,  # noqa: SLF001
    e.StreamEnded: _last("stream_ended"),
    e.ApplicationRecognised: _last("application"),
    e.SessionEnded: Case._keep_end,  # noqa: SLF001
}
