"""Which view shows which event, and from which verbosity on; the one registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wscli import events
from wscli.events import Event, Interest
from wscli.render import application, closing, connecting, diagnosis, findings, frames, handshake
from wscli.render.context import BYTES, FRAMES, HANDSHAKE, NORMAL, ViewContext
from wscli.render.style import Line

QUIET = -1
"""The verbosity of `-q`: only what failed."""

View = Callable[[Any, ViewContext], list[Line]]

VIEWS: tuple[tuple[type[Event], int, View], ...] = (
    (events.NameResolved, HANDSHAKE, connecting.show_name_resolved),
    (events.NameFailed, QUIET, connecting.show_name_failed),
    (events.AttemptFailed, HANDSHAKE, connecting.show_attempt_failed),
    (events.Connected, HANDSHAKE, connecting.show_connected),
    (events.ConnectFailed, QUIET, connecting.show_connect_failed),
    (events.CertificatesReceived, HANDSHAKE, connecting.show_certificates),
    (events.TlsEstablished, HANDSHAKE, connecting.show_tls_established),
    (events.TlsFailed, QUIET, connecting.show_tls_failed),
    (events.ExchangeSent, HANDSHAKE, handshake.show_exchange_sent),
    (events.ExchangeAnswered, HANDSHAKE, handshake.show_exchange_answered),
    (events.ExchangeFailed, QUIET, handshake.show_exchange_failed),
    (events.RequestSent, HANDSHAKE, handshake.show_request),
    (events.RequestReceived, HANDSHAKE, handshake.show_request),
    (events.RequestBodyReceived, HANDSHAKE, handshake.show_request_body),
    (events.InterimReceived, HANDSHAKE, handshake.show_response),
    (events.ResponseReceived, HANDSHAKE, handshake.show_response),
    (events.ResponseSent, HANDSHAKE, handshake.show_response),
    (events.HandshakeJudged, HANDSHAKE, handshake.show_judged),
    (events.Opened, NORMAL, handshake.show_overlooked),
    (events.Opened, HANDSHAKE, handshake.show_opened),
    (events.HandshakeRefused, QUIET, handshake.show_refused),
    (events.RefusalBodyReceived, NORMAL, handshake.show_refusal_body),
    (events.HandshakeInvalid, QUIET, handshake.show_invalid),
    (events.UnparsedReceived, NORMAL, handshake.show_unparsed),
    (events.FrameReceived, FRAMES, frames.show_frame),
    (events.FrameSent, FRAMES, frames.show_frame),
    (events.DeviationFound, NORMAL, frames.show_deviation),
    (events.PongMatched, FRAMES, frames.show_pong),
    (events.BytesReceived, BYTES, frames.show_bytes),
    (events.BytesSent, BYTES, frames.show_bytes),
    (events.CloseReceived, QUIET, closing.show_close_received),
    (events.WebSocketFailed, QUIET, closing.show_websocket_failed),
    (events.TimeLimitPassed, QUIET, closing.show_time_limit),
    (events.Interrupted, NORMAL, closing.show_interrupted),
    (events.SinkFailed, QUIET, closing.show_sink_failed),
    (events.StreamEnded, QUIET, closing.show_stream_ended),
    (events.SessionEnded, HANDSHAKE, closing.show_end_note),
    (events.ApplicationRecognised, HANDSHAKE, application.show_recognised),
    (events.Finding, QUIET, findings.show_finding),
    (events.ProbeStarted, NORMAL, diagnosis.show_probe_started),
    (events.ProbeEnded, NORMAL, diagnosis.show_probe_ended),
    (events.Checked, NORMAL, diagnosis.show_checked),
    (events.Diagnosed, QUIET, diagnosis.show_diagnosed),
)
"""Event, the lowest verbosity that shows it, its view."""

WITHOUT_VIEW: tuple[type[Event], ...] = (
    events.AttemptStarted,  # its end, good or bad, says the same
    events.TlsStarted,  # as above
    events.TlsClosed,  # part of an end that is reported whole
    events.MessageReceived,  # its frames are shown; its payload is the output's matter
    events.MessageSent,  # as above
    events.MessagePart,  # as above
    events.CloseSent,  # its frame is shown
)
"""Events that no view shows, each with the reason."""


def views_for(level: int, only: tuple[type[Event], ...] | None = None) -> dict[type[Event], tuple[View, ...]]:
    """Return the views of a verbosity by event, where asked of these events only."""
    chosen: dict[type[Event], tuple[View, ...]] = {}
    for kind, lowest, view in VIEWS:
        if level >= lowest and (only is None or kind in only):
            chosen[kind] = (*chosen.get(kind, ()), view)
    return chosen


DIAGNOSIS: tuple[type[Event], ...] = (
    events.ProbeStarted,
    events.ProbeEnded,
    events.Checked,
    events.Diagnosed,
    events.SinkFailed,
)
"""What a diagnosis shows as long as nobody asks for the handshakes: the checks tell of everything else."""


def interest_of(level: int) -> Interest:
    """Return what must be built for a verbosity."""
    wanted = Interest.NOTHING
    if level >= FRAMES:
        wanted |= Interest.FRAMES
    if level >= BYTES:
        wanted |= Interest.BYTES
    return wanted
