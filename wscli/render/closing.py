"""Views of how things end: closes, failures, limits, and the last word of a session."""

from __future__ import annotations

from wscli.events import (
    CloseReceived,
    Interrupted,
    Noted,
    SessionEnded,
    Side,
    SinkFailed,
    StreamEnd,
    StreamEnded,
    TimeLimitPassed,
    WebSocketFailed,
)
from wscli.render.connecting import fact, failure, note
from wscli.render.context import ViewContext
from wscli.render.frames import close_text
from wscli.render.style import Line
from wscli.text import duration_text, visible
from wscli.wire.close import GOOD_CLOSES, ClosePayload

_ENDS = {
    StreamEnd.FINISHED: "TCP FIN from the peer",
    StreamEnd.RESET: "TCP RST from the peer",
    StreamEnd.FAILED: "the stream failed",
    StreamEnd.ABANDONED: "we left",
}


def show_websocket_failed(event: WebSocketFailed, context: ViewContext) -> list[Line]:
    """Report the rule that the peer broke and what we answered."""
    kind = event.deviation.kind
    seen = f": {visible(event.deviation.detail)}" if event.deviation.detail else ""
    return [
        failure(f"protocol violation: {visible(kind.sentence)}", context),
        fact("seen", f"{visible(kind.code)}{_place(event)}{seen}; answered with Close {event.code}"),
    ]


def _place(event: WebSocketFailed) -> str:
    if event.offset is not None:
        return f" (frame {event.number}, byte {event.offset} of the stream)"
    return "" if event.deviation.offset is None else f" (byte {event.deviation.offset} of the message)"


def show_close_received(event: CloseReceived, context: ViewContext) -> list[Line]:
    """Only an error that the peer closes with is a failure to report; others, and our own code, show as their frame."""
    if event.payload.code in (*GOOD_CLOSES, context.sent_code) or context.failed:
        return []
    return [failure(f"closed by the peer: {close_text(event.payload.raw)}", context)]


def show_time_limit(event: TimeLimitPassed, context: ViewContext) -> list[Line]:
    """Report which time limit passed."""
    return [failure(f"time limit: {visible(event.limit)} of {duration_text(event.seconds)} passed", context)]


def show_interrupted(event: Interrupted, context: ViewContext) -> list[Line]:
    """Say that somebody asked us to stop, and when."""
    return [note(f"interrupted after {duration_text(context.at)} ({visible(event.signal)})")]


def show_noted(event: Noted, context: ViewContext) -> list[Line]:
    """Show what the user wrote down, with its moment."""
    return [(("time", f"[{context.at:7.3f}] "), ("title", f"# {visible(event.text)}"))]


def show_sink_failed(event: SinkFailed, _context: ViewContext) -> list[Line]:
    """Report an output that failed while the session went on."""
    if event.sink == "output":
        return []  # the command reports its own output, and a closed pipe not at all
    return [(("bad", f"x {visible(event.sink)} failed and was detached: {visible(event.reason)}"),)]


def show_stream_ended(event: StreamEnded, context: ViewContext) -> list[Line]:
    """Report an end without a Close; a good end is for those who asked."""
    if not context.is_open or context.close_received or context.failed:
        return []
    said = "our Close was not answered" if context.close_sent else "neither side sent one"
    return [
        failure(f"the connection ended without a Close frame ({_ENDS[event.how]})", context),
        fact("seen", f"{said}; {context.last_seen()}"),
    ]


def show_end_note(event: SessionEnded, context: ViewContext) -> list[Line]:
    """Return who closed first and with what, how the stream ended, and how long each side had been quiet."""
    if not context.is_open:
        return []
    first = {Side.LOCAL: "we closed first", Side.REMOTE: "the peer closed first", None: "nobody closed"}
    how = _ENDS[event.stream] if event.stream is not None else "no stream"
    clean = "clean" if event.is_clean else "not clean"
    lines = [note(f"closed after {duration_text(context.at)}: {clean}, {first[event.first_close]}, {how}")]
    received = f"received {_close_note(event.close_received, '1006')}"
    sent = f"sent {_close_note(event.close_sent, '')}"
    lines.append(note(f"  Close {received}, {sent}"))
    if event.quiet_received is not None:
        quiet = "never" if event.quiet_sent is None else f"{duration_text(event.quiet_sent)} before"
        lines.append(
            note(f"  last byte received {duration_text(event.quiet_received)} before, last frame sent {quiet}")
        )
    return lines


def _close_note(payload: ClosePayload | None, unseen: str) -> str:
    """Return a Close in words, with the code that an API reports where none was on the wire."""
    if payload is None:
        return f"none (reported as {unseen}, never on the wire)" if unseen else "none"
    if payload.code is None:
        return "without a code (reported as 1005, never on the wire)"
    return close_text(payload.raw)
