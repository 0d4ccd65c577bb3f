"""The access log: what one connection asked for, got, and how it ended."""

from __future__ import annotations

import pytest

from wscli.events import (
    Batch,
    Event,
    MessageKind,
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
from wscli.protocol.client import decode_request
from wscli.render.style import Painter
from wscli.serve.access import AccessLog
from wscli.wire.close import decode_close, encode_close
from wscli.wire.deviations import FRAME_RESERVED_BIT_2 as BIT_2
from wscli.wire.head import ResponseDecoder


def logged(*events: Event, tells_story: bool = False, at: float = 2.0) -> list[str]:
    lines: list[str] = []
    painter = Painter(colour=False)
    log = AccessLog(lines.append, painter, 3, "127.0.0.1:9", lambda: "12:00:00.000", tells_story=tells_story)
    log.accept(Batch(at, events))
    log.close()
    for line in lines:
        assert line.startswith("12:00:00.000 #3 127.0.0.1:9  ")
    return [line.removeprefix("12:00:00.000 #3 127.0.0.1:9  ").rstrip("\n") for line in lines]


def asked(target: str) -> RequestReceived:
    return RequestReceived(decode_request(f"GET {target} HTTP/1.1\r\n\r\n".encode()))


def answered(status: int, *lines: str) -> ResponseSent:
    head = ResponseDecoder(9999).feed("\r\n".join((f"HTTP/1.1 {status} X", *lines, "", "")).encode())
    assert head is not None
    return ResponseSent(head)


def closed(code: int | None, side: Side) -> SessionEnded:
    payload = decode_close(encode_close(code, ""))
    return SessionEnded(payload, payload, side, is_clean=True, stream=StreamEnd.FINISHED)


COUNTS = "1 message in, 2 out, 2.00 s"
UNCLEAN = SessionEnded(None, None, None, is_clean=False, stream=StreamEnd.RESET)


def test_a_request_is_a_line_with_its_answer() -> None:
    assert ["GET /a HTTP/1.1  200  1234 B"] == logged(asked("/a"), answered(200, "Content-Length: 1234"))
    assert ["GET / HTTP/1.1  101  chat"] == logged(asked("/"), answered(101, "Sec-WebSocket-Protocol: chat"))
    assert ["GET / HTTP/1.1  200"] == logged(asked("/"), answered(100), answered(200, "Content-Length: x"))
    assert [] == logged(answered(408))  # nobody has asked for anything


def test_what_the_client_says_is_shown_escaped() -> None:
    (line,) = logged(asked("/\x1b[31m\u202e"), answered(404))
    assert line.isprintable()


@pytest.mark.parametrize(
    ("before", "end", "said"),
    [
        ((), closed(1000, Side.REMOTE), "closed by the client with 1000  1 message in, 2 out, 2.00 s"),
        ((), closed(None, Side.LOCAL), "closed by the server with no code  1 message in, 2 out, 2.00 s"),
        ((), UNCLEAN, "ended without a Close, reset by the client  1 message in, 2 out, 2.00 s"),
        (
            (WebSocketFailed(1002, BIT_2.at(0)),),
            closed(1002, Side.LOCAL),
            f"closed by the server with 1002; failed with 1002: {BIT_2.sentence} (RFC 6455 5.2)  {COUNTS}",
        ),
        (
            (WebSocketFailed(1002, BIT_2.at(0)), TimeLimitPassed("close-timeout", 5.0)),
            closed(1002, Side.LOCAL),
            (
                "closed by the server with 1002; failed with 1002: "
                f"{BIT_2.sentence} (RFC 6455 5.2); close-timeout of 5.00 s passed  {COUNTS}"
            ),
        ),
        (
            (StreamEnded(StreamEnd.ABANDONED, "the client does not read"),),
            UNCLEAN.replace(stream=StreamEnd.ABANDONED),
            "ended without a Close; the client does not read  1 message in, 2 out, 2.00 s",
        ),
    ],
)
def test_the_end_of_a_connection_is_a_line(before: tuple[Event, ...], end: SessionEnded, said: str) -> None:
    one = MessageReceived(MessageKind.TEXT, b"x", (1, 1))
    two = MessageSent(MessageKind.TEXT, b"x", (2, 2))
    assert [said] == logged(Opened(None, "", None), one, two, two, *before, end)


def test_a_connection_that_never_opened_ends_without_a_word_unless_there_is_a_reason() -> None:
    assert [] == logged(UNCLEAN)
    assert ["gone; request-timeout of 30.00 s passed"] == logged(TimeLimitPassed("request-timeout", 30.0), UNCLEAN)
    assert ["TLS failed: no shared cipher"] == logged(TlsFailed("no shared cipher"), UNCLEAN)


def test_the_story_names_what_came_over_the_connection_in_order() -> None:
    events = (asked("/"), answered(200), TlsEstablished("TLSv1.3", "c", None, is_verified=False), asked("/a"), UNCLEAN)
    assert "2 requests on this connection: GET /, TLS (TLSv1.3), GET /a" == logged(*events, tells_story=True)[-1]


def test_an_output_that_fails_is_told_once() -> None:
    failed = SinkFailed("json", "Broken pipe")
    assert ["json: Broken pipe; the rest of this connection is missing there"] == logged(failed)
    assert [] == logged(failed, tells_story=True)  # the transcript shows it


def test_a_long_story_is_cut() -> None:
    story = logged(*[asked(f"/{number}") for number in range(50)], UNCLEAN, tells_story=True)[-1]
    assert story.endswith("GET /19 and 30 more")
