"""Which exit status tells a session best."""

from __future__ import annotations

import pytest

from wscli.app.exit_status import ExitStatus
from wscli.app.verdict import VerdictSink
from wscli.events import (
    Batch,
    CloseReceived,
    CloseSent,
    Event,
    Interrupted,
    NameFailed,
    Opened,
    SessionEnded,
    Side,
    StreamEnd,
    TimeLimitPassed,
    WebSocketFailed,
)
from wscli.wire.close import ClosePayload, decode_close
from wscli.wire.deviations import FRAME_MASKED

OPENED = Opened("", "", None)
FAILED = WebSocketFailed(FRAME_MASKED.at(1), 1002)


def payload(code: int | None) -> ClosePayload:
    return decode_close(b"" if code is None else code.to_bytes(2, "big"))


def sent(code: int | None) -> CloseSent:
    return CloseSent(1, payload(code))


def received(code: int | None) -> CloseReceived:
    return CloseReceived(1, payload(code))


def ended(ours: int | None, theirs: int | None, first: Side | None, *, is_clean: bool = True) -> SessionEnded:
    return SessionEnded(
        None if ours is None else payload(ours),
        None if theirs is None else payload(theirs),
        first,
        is_clean,
        StreamEnd.FINISHED,
    )


def verdict(*events: Event) -> ExitStatus:
    sink = VerdictSink()
    for event in events:
        sink.accept(Batch(0.0, (event,)))
    sink.close()
    return sink.status


@pytest.mark.parametrize("code", [1000, 1001, None])
def test_a_good_close_of_the_peer_is_no_error(code: int | None) -> None:
    assert ExitStatus.DONE is verdict(OPENED, received(code), sent(1000), ended(1000, code or 1000, Side.REMOTE))


def test_an_error_code_of_the_peer_is_one_as_soon_as_it_comes() -> None:
    assert ExitStatus.CLOSED_WITH_ERROR is verdict(OPENED, received(1008))


def test_an_error_code_that_answers_our_close_is_one_unless_it_is_our_own() -> None:
    assert ExitStatus.CLOSED_WITH_ERROR is verdict(OPENED, sent(1000), received(1002), ended(1000, 1002, Side.LOCAL))
    assert ExitStatus.DONE is verdict(OPENED, sent(4000), received(4000), ended(4000, 4000, Side.LOCAL))


def test_the_first_failure_counts() -> None:
    assert ExitStatus.PROTOCOL_BROKEN is verdict(OPENED, sent(1002), FAILED, received(1008))
    assert ExitStatus.PROTOCOL_BROKEN is verdict(OPENED, received(1005), sent(1002), FAILED)
    assert ExitStatus.PROTOCOL_BROKEN is verdict(OPENED, FAILED, TimeLimitPassed("max-time", 5.0))


def test_an_interruption_counts_before_everything() -> None:
    assert ExitStatus.INTERRUPTED is verdict(OPENED, received(1008), Interrupted("SIGINT"))
    assert ExitStatus.TERMINATED is verdict(OPENED, Interrupted("SIGTERM"))


def test_an_end_without_a_close_counts_where_nothing_else_failed() -> None:
    assert ExitStatus.NO_CLOSE is verdict(OPENED, ended(None, None, None, is_clean=False))
    assert ExitStatus.NO_CLOSE is verdict(OPENED, sent(1000), ended(1000, None, Side.LOCAL, is_clean=False))
    assert ExitStatus.NAME_NOT_RESOLVED is verdict(
        NameFailed("h", "unknown"), SessionEnded(None, None, None, False, None)
    )
