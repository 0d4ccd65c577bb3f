"""The exit statuses, in one table."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """What the status of the process says."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    NAME_NOT_RESOLVED = 3
    NOT_CONNECTED = 4
    PROXY = 5
    TLS_FAILED = 6
    HANDSHAKE_REFUSED = 7
    HANDSHAKE_INVALID = 8
    PROTOCOL_BROKEN = 9
    NO_CLOSE = 10
    CLOSED_WITH_ERROR = 11
    TIME_LIMIT = 12
    EXPECTATION_MISSED = 13
    LOCAL_FAILURE = 14
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS: dict[ExitStatus, str] = {
    ExitStatus.DONE: "done what was asked",
    ExitStatus.FAULT: "a fault of wscli itself (please report)",
    ExitStatus.USAGE: "wrong usage",
    ExitStatus.NAME_NOT_RESOLVED: "name not resolved",
    ExitStatus.NOT_CONNECTED: "could not connect (refused, unreachable, timed out in TCP)",
    ExitStatus.PROXY: "proxy refused or failed",
    ExitStatus.TLS_FAILED: "TLS failed",
    ExitStatus.HANDSHAKE_REFUSED: "handshake refused: an HTTP answer other than 101",
    ExitStatus.HANDSHAKE_INVALID: "handshake invalid: a 101 (or bytes that are no HTTP) that breaks the rules",
    ExitStatus.PROTOCOL_BROKEN: "the peer broke the protocol after the handshake",
    ExitStatus.NO_CLOSE: "the connection ended without a Close",
    ExitStatus.CLOSED_WITH_ERROR: "the peer closed with an error code (not 1000, 1001 or none)",
    ExitStatus.TIME_LIMIT: "a time limit passed",
    ExitStatus.EXPECTATION_MISSED: "an expectation was missed (--expect, --until, replay differences)",
    ExitStatus.LOCAL_FAILURE: "a local file or output failed, or can't be read",
    ExitStatus.INTERRUPTED: "interrupted",
    ExitStatus.TERMINATED: "terminated",
}
"""What each status means, as the manual says it."""
