"""The access log: a line for each request, for each WebSocket connection, and at its end; the story of a connection."""

from __future__ import annotations

from collections.abc import Callable

from wscli.events import (
    Batch,
    Event,
    Interest,
    MessageReceived,
    MessageSent,
    Opened,
    RequestReceived,
    ResponseSent,
    SessionEnded,
    Side,
    SinkFailed,
    StreamEnd,
    StreamEnded,
    TimeLimitPassed,
    TlsEstablished,
    TlsFailed,
    WebSocketFailed,
)
from wscli.render.style import Line, Painter
from wscli.text import count_text, duration_text, size_text, visible
from wscli.wire.head import RequestHead, ResponseHead

STORY = 20
"""Requests that a connection's story names."""

_ENDS = {StreamEnd.RESET: "reset by the client", StreamEnd.FAILED: "the stream failed"}


class AccessLog:
    """Writes what one connection asked for and what it got (a Sink).

    `tells_story` adds at the connection's end which requests came over it, in order.
    """

    name = "access log"
    interest = Interest.MESSAGES
    is_essential = False

    def __init__(
        self,
        write: Callable[[str], object],
        painter: Painter,
        number: int,
        address: str,
        clock: Callable[[], str],
        *,
        tells_story: bool,
    ) -> None:
        self._write = write
        self._painter = painter
        self._who = f"#{number} {visible(address)}"
        self._number = number
        self._clock = clock
        self._tells_story = tells_story
        self._request: RequestHead | None = None
        self._story: list[str] = []
        self._requests = 0
        self._is_open = False
        self._received = 0
        self._sent = 0
        self._end = ""

    def accept(self, batch: Batch) -> None:
        """Take a batch."""
        for event in batch.events:
            self._look_at(event, batch.at)

    def close(self) -> None:
        """Nothing is held."""

    def _look_at(self, event: Event, at: float) -> None:
        match event:
            case MessageReceived():
                self._received += 1
            case MessageSent():
                self._sent += 1
            case Opened():
                self._is_open = True
            case RequestReceived(head=head):
                self._request = head
                self._requests += 1
                self._tell_story_of(visible(f"{head.method} {head.target}"))
            case ResponseSent(head=head) if head.status >= 101 and self._request is not None:
                self._answered(self._request, head)
            case SessionEnded():
                self._ended(event, at)
            case _:
                self._note(event)

    def _note(self, event: Event) -> None:
        """Keep what will tell why the connection ended."""
        match event:
            case TlsEstablished(version=version):
                self._tell_story_of(f"TLS ({version})")
            case TlsFailed(reason=reason):
                self._line(("bad", f"TLS failed: {visible(reason)}"))
            case WebSocketFailed(code=code, deviation=deviation):
                self._end = f"; failed with {code}: {deviation.kind.sentence} ({deviation.kind.section})"
            case TimeLimitPassed(limit=limit, seconds=seconds):
                self._end += f"; {limit} of {duration_text(seconds)} passed"
            case SinkFailed(sink=sink, reason=reason) if (
                not self._tells_story
            ):  # the transcript beside the story says it
                self._line(("bad", f"{sink}: {visible(reason)}; the rest of this connection is missing there"))
            case StreamEnded(detail=detail) if detail:
                self._end = self._end or f"; {visible(detail)}"

    def _tell_story_of(self, step: str) -> None:
        if len(self._story) < STORY:
            self._story.append(step)

    def _answered(self, request: RequestHead, response: ResponseHead) -> None:
        style = "status-good" if response.status < 400 else "status-bad"
        length = response.fields.get("Content-Length")
        size = f"  {size_text(int(length))}" if length is not None and length.isdigit() and len(length) < 19 else ""
        subprotocol = response.fields.get("Sec-WebSocket-Protocol")
        chosen = f"  {visible(subprotocol)}" if subprotocol else ""
        asked = visible(f"{request.method} {request.target} {request.version}".strip())
        self._line(("plain", f"{asked}  "), (style, str(response.status)), ("dim", size + chosen))

    def _ended(self, event: SessionEnded, at: float) -> None:
        if self._is_open:
            counts = f"{count_text(self._received, 'message')} in, {self._sent} out"
            self._line(("plain", f"{_close_text(event)}{self._end}"), ("dim", f"  {counts}, {duration_text(at)}"))
        elif self._end:
            self._line(("plain", f"gone{self._end}"))
        if self._tells_story and self._story:
            more = f" and {self._requests - STORY} more" if self._requests > STORY else ""
            story = f"{count_text(self._requests, 'request')} on this connection: {', '.join(self._story)}{more}"
            self._line(("note", story))

    def _line(self, *spans: tuple[str, str]) -> None:
        line: Line = (("time", f"{self._clock()} "), ("name", f"{self._who}  "), *spans)
        self._write(self._painter.paint([line]))


def _close_text(event: SessionEnded) -> str:
    if event.first_close is Side.REMOTE and event.close_received is not None:
        code, who = event.close_received.code, "client"
    elif event.close_sent is not None:
        code, who = event.close_sent.code, "server"
    else:
        how = _ENDS.get(event.stream) if event.stream is not None else None
        return f"ended without a Close{f', {how}' if how else ''}"
    return f"closed by the {who} with {code if code is not None else 'no code'}"
