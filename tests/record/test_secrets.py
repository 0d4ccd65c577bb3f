"""Events without credentials: heads, verdicts and the bytes of a handshake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import any_event
from wscli.events import (
    BytesReceived,
    BytesSent,
    Check,
    Checked,
    CheckOutcome,
    Connected,
    DeviationFound,
    Diagnosed,
    Event,
    FrameReceived,
    HandshakeInvalid,
    HandshakeJudged,
    InterimReceived,
    MessageKind,
    MessageReceived,
    Opened,
    ProbePart,
    ProbeStarted,
    RequestReceived,
    RequestSent,
    ResponseReceived,
    ResponseSent,
    SentRequest,
    SessionEnded,
    Side,
    StreamEnd,
    StreamEnded,
    TlsFailed,
    UnparsedReceived,
    WebSocketFailed,
)
from wscli.record.codec import decode_event, encode_event
from wscli.record.secrets import SecretMasker, mask_event
from wscli.wire.deviations import FIELD_NO_COLON, HEAD_LINE_FEED_ONLY
from wscli.wire.frames import Frame
from wscli.wire.head import RequestDecoder, RequestHead, ResponseDecoder, ResponseHead

REQUEST = b"GET /?key=SECRET HTTP/1.1\r\nHost: a\r\nCookie: sid=SECRET\r\n\r\n"
MASKED_REQUEST = b"GET /?key=*** HTTP/1.1\r\nHost: a\r\nCookie: sid=***\r\n\r\n"
RESPONSE = b"HTTP/1.1 101 Switching Protocols\r\nSet-Cookie: sid=SECRET\r\n\r\n"
MASKED_RESPONSE = b"HTTP/1.1 101 Switching Protocols\r\nSet-Cookie: sid=***\r\n\r\n"


def request(raw: bytes) -> RequestHead:
    head = RequestDecoder(65536).feed(raw)
    assert head is not None
    return head


def response(raw: bytes) -> ResponseHead:
    head = ResponseDecoder(65536).feed(raw)
    assert head is not None
    return head


@pytest.mark.parametrize("kind", [RequestSent, RequestReceived])
def test_a_request_loses_its_secrets_and_still_decodes(kind: type[RequestSent | RequestReceived]) -> None:
    masked = mask_event(kind(request(REQUEST)))
    assert kind(request(MASKED_REQUEST)) == masked
    assert (0, masked) == decode_event(encode_event(0, masked))


@pytest.mark.parametrize("kind", [ResponseReceived, ResponseSent, InterimReceived])
def test_a_response_loses_its_secrets(kind: type[ResponseReceived | ResponseSent | InterimReceived]) -> None:
    assert kind(response(MASKED_RESPONSE)) == mask_event(kind(response(RESPONSE)))


def test_the_deviations_of_a_masked_head_stay_without_its_secrets() -> None:
    found = (
        HEAD_LINE_FEED_ONLY.at(3),
        FIELD_NO_COLON.at(9, "Cookie sid=SECRET"),
        FIELD_NO_COLON.at(9, "Cookie: a=SECRET"),
    )
    masked = mask_event(RequestSent(request(REQUEST).replace(deviations=found)))
    assert isinstance(masked, RequestSent)
    assert ["", "Cookie sid=***", "Cookie: a=***"] == [one.detail for one in masked.head.deviations]


def test_the_deviations_of_a_masked_head_stand_where_they_now_are() -> None:
    head = request(b"GET /?key=SECRET  HTTP/1.1\r\nCookie: sid=SECRET\r\n\n")
    masked = mask_event(RequestSent(head))
    expected = request(b"GET /?key=***  HTTP/1.1\r\nCookie: sid=***\r\n\n")
    assert len(head.deviations) > 1
    assert RequestSent(expected) == masked


@pytest.mark.parametrize(
    ("event", "masked"),
    [
        (UnparsedReceived(RESPONSE), UnparsedReceived(MASKED_RESPONSE)),
        (TlsFailed("no TLS", first_bytes=RESPONSE), TlsFailed("no TLS", first_bytes=MASKED_RESPONSE)),
        (BytesSent(REQUEST), BytesSent(MASKED_REQUEST)),
        (BytesReceived(RESPONSE[:-9]), BytesReceived(MASKED_RESPONSE[:-4])),
        (Opened("bearer.SECRET", "", None), Opened("bearer.***", "", None)),
        (
            HandshakeInvalid("why", (FIELD_NO_COLON.at(1, "Cookie: a=SECRET"),)),
            HandshakeInvalid("why", (FIELD_NO_COLON.at(1, "Cookie: a=***"),)),
        ),
        (
            DeviationFound(Side.REMOTE, "", FIELD_NO_COLON.at(1, "/?key=SECRET")),
            DeviationFound(Side.REMOTE, "", FIELD_NO_COLON.at(1, "/?key=***")),
        ),
        (
            WebSocketFailed(1002, FIELD_NO_COLON.at(1, "/?key=SECRET")),
            WebSocketFailed(1002, FIELD_NO_COLON.at(1, "/?key=***")),
        ),
        (
            HandshakeJudged((Check("Location", True, "/?key=SECRET", "", FIELD_NO_COLON.at(0, "/?key=SECRET")),)),
            HandshakeJudged((Check("Location", True, "/?key=***", "", FIELD_NO_COLON.at(0, "/?key=***")),)),
        ),
    ],
)
def test_whatever_speaks_of_a_head_loses_its_secrets(event: Event, masked: Event) -> None:
    assert masked == mask_event(event)


@pytest.mark.parametrize(
    "event",
    [
        RequestSent(request(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
        ResponseReceived(response(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")),
        MessageReceived(MessageKind.TEXT, b"Cookie: a=1", (1, 1)),
        FrameReceived(1, Frame(b"\x81\x02", b"hi")),
        BytesReceived(b"\x81\x02hi"),
        Opened(None, "", None),
        Opened("chat", "", None),
        HandshakeJudged((Check("Upgrade", True, "websocket", "websocket"),)),
        HandshakeInvalid("why", (FIELD_NO_COLON.at(1, "x"),)),
        DeviationFound(Side.REMOTE, "", FIELD_NO_COLON.at(1)),
        UnparsedReceived(b"SSH-2.0"),
        TlsFailed("no"),
        Connected("a", "b"),
    ],
)
def test_an_event_without_secrets_is_the_same_object(event: Event) -> None:
    assert mask_event(event) is event


@given(any_event)
def test_a_masked_event_survives_its_line(event: Event) -> None:
    masked = mask_event(event)
    assert (0, masked) == decode_event(encode_event(0, masked))


# --- Whole sessions --------------------------------------------------------------------------------------------------
def test_events_that_cannot_hold_secrets_pass_as_they_are() -> None:
    events: tuple[Event, ...] = (FrameReceived(1, Frame(b"\x81\x02", b"hi")),)
    assert SecretMasker().mask_all(events) is events


def test_the_bytes_of_the_handshake_are_masked_and_those_after_it_are_not() -> None:
    masker = SecretMasker()
    after: tuple[Event, ...] = (BytesReceived(b"GET /?key=1 HTTP/1.1\r\n"), BytesSent(b"Cookie: a=1"))
    assert (BytesSent(MASKED_REQUEST),) == masker.mask_all((BytesSent(REQUEST),))
    expected = (BytesReceived(MASKED_RESPONSE + b"\x81\x02hi"), Opened(None, "", None))
    assert expected == masker.mask_all((BytesReceived(RESPONSE + b"\x81\x02hi"), Opened(None, "", None)))
    assert after == masker.mask_all(after)


def test_a_new_connection_has_a_handshake_again() -> None:
    masker = SecretMasker()
    masker.mask_all((Opened(None, "", None), Connected("a", "b")))
    assert (BytesSent(MASKED_REQUEST),) == masker.mask_all((BytesSent(REQUEST),))
    masker.mask_all((Opened(None, "", None), SessionEnded(None, None, None, False, None)))
    assert (BytesSent(MASKED_REQUEST),) == masker.mask_all((BytesSent(REQUEST),))


@given(st.integers(1, len(RESPONSE) - 1))
def test_a_secret_that_is_cut_in_two_is_masked(place: int) -> None:
    masker = SecretMasker()
    masked = masker.mask_all((BytesReceived(RESPONSE[:place]),)) + masker.mask_all((BytesReceived(RESPONSE[place:]),))
    data = b"".join([event.data for event in masked if isinstance(event, BytesReceived)])
    assert MASKED_RESPONSE == data


def test_what_was_held_back_comes_out_when_the_stream_ends() -> None:
    masker = SecretMasker()
    ended = StreamEnded(StreamEnd.FINISHED)
    assert () == masker.mask_all((BytesReceived(b"HTTP/1.1 200 OK?token=SECRET"),))
    assert (BytesReceived(b"HTTP/1.1 200 OK?token=***"), ended) == masker.mask_all((ended,))


def test_a_token_sent_as_subprotocol_is_masked_wherever_it_comes_back() -> None:
    masker = SecretMasker()
    sent = RequestSent(request(b"GET / HTTP/1.1\r\nSec-WebSocket-Protocol: access_token, SECRET\r\n\r\n"))
    answer = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: SECRET\r\n\r\n"
    masked_answer = answer.replace(b"SECRET", b"***")
    events: tuple[Event, ...] = (
        sent,
        BytesReceived(answer),
        ResponseReceived(response(answer)),
        HandshakeJudged((Check("Sec-WebSocket-Protocol", True, "one of access_token, SECRET", "SECRET"),)),
        Opened("SECRET", "", None),
    )
    expected: tuple[Event, ...] = (
        BytesReceived(masked_answer),
        ResponseReceived(response(masked_answer)),
        HandshakeJudged((Check("Sec-WebSocket-Protocol", True, "one of access_token, ***", "***"),)),
        Opened("***", "", None),
    )
    assert expected == masker.mask_all(events)[1:]


def test_what_a_diagnosis_says_holds_no_secrets() -> None:
    url = "ws://a/?token=SECRET"
    events: tuple[Event, ...] = (
        ProbeStarted(2, ProbePart.VARIANT, f"the redirect's target {url}", url),
        Checked("status", CheckOutcome.FAILED, f"HTTP/1.1 301 Location: {url}", advice=f"wscli connect {url}"),
        Diagnosed(7, "refused", (f"it is at {url}",), url, f"target {url}", (SentRequest(1, url, url, "301"),), 12),
    )
    masked = SecretMasker().mask_all(events)
    assert [] == [event for event in masked if "SECRET" in repr(event)]
    assert ["ws://a/?token=***"] == [one.url for one in masked if isinstance(one, ProbeStarted)]
