"""How a session ended, in one exit status: facts from its events, weighed in one place."""

from __future__ import annotations

from wscli.app.exit_status import ExitStatus
from wscli.events import (
    Batch,
    CloseReceived,
    CloseSent,
    ConnectFailed,
    Event,
    ExchangeFailed,
    HandshakeInvalid,
    HandshakeRefused,
    Interest,
    Interrupted,
    NameFailed,
    Opened,
    SessionEnded,
    Side,
    TimeLimitPassed,
    TlsFailed,
    WebSocketFailed,
)
from wscli.wire.close import GOOD_CLOSES, ClosePayload

SIGNAL_STATUSES = {"SIGINT": ExitStatus.INTERRUPTED, "SIGTERM": ExitStatus.TERMINATED, "SIGHUP": ExitStatus.TERMINATED}
"""The status of a run that this signal ended."""
_FAILURES: dict[type[Event], ExitStatus] = {
    NameFailed: ExitStatus.NAME_NOT_RESOLVED,
    ConnectFailed: ExitStatus.NOT_CONNECTED,
    TlsFailed: ExitStatus.TLS_FAILED,
    ExchangeFailed: ExitStatus.HANDSHAKE_REFUSED,
    HandshakeRefused: ExitStatus.HANDSHAKE_REFUSED,
    HandshakeInvalid: ExitStatus.HANDSHAKE_INVALID,
    WebSocketFailed: ExitStatus.PROTOCOL_BROKEN,
    TimeLimitPassed: ExitStatus.TIME_LIMIT,
}


class VerdictSink:
    """Follows a session and says in the end which exit status tells it best (a Sink).

    The first failure counts: what comes after it is mostly its consequence. Where nothing else failed, a Close of the
    peer with an error code counts, also where ours went out first, unless it only gives our own code back, or an end
    without a Close. A code that must not be in a Close at all is a failure that comes behind the Close.
    """

    name = "verdict"
    interest = Interest.NOTHING
    is_essential = False

    def __init__(self) -> None:
        self._first: ExitStatus | None = None
        self._interrupted: ExitStatus | None = None
        self._sent_code: int | None = None
        self._closed_with_error = False
        self._is_open = False
        self._end: SessionEnded | None = None

    def accept(self, batch: Batch) -> None:
        """Note what decides."""
        for event in batch.events:
            status = _FAILURES.get(type(event))
            if status is not None:
                self._first = self._first or status
            elif isinstance(event, Interrupted):
                self._interrupted = self._interrupted or SIGNAL_STATUSES.get(event.signal, ExitStatus.TERMINATED)
            elif isinstance(event, CloseSent):
                self._sent_code = event.payload.code
            elif isinstance(event, CloseReceived):
                self._closed_with_error = event.payload.code not in (*GOOD_CLOSES, self._sent_code)
            elif isinstance(event, Opened):
                self._is_open = True
            elif isinstance(event, SessionEnded):
                self._end = event

    def close(self) -> None:
        """Nothing is held."""

    @property
    def peer_closed(self) -> ClosePayload | None:
        """The Close with which the peer ended a session that we did not end; None where it did not."""
        end = self._end
        return None if end is None or end.first_close is not Side.REMOTE else end.close_received

    @property
    def status(self) -> ExitStatus:
        """The exit status as far as the session decides it."""
        if self._interrupted is not None:
            return self._interrupted
        if self._first is not None:
            return self._first
        if self._closed_with_error:
            return ExitStatus.CLOSED_WITH_ERROR
        end = self._end
        if end is None or not self._is_open:
            return ExitStatus.DONE
        if end.close_received is None and (end.close_sent is None or not end.is_clean):
            return ExitStatus.NO_CLOSE
        return ExitStatus.DONE
