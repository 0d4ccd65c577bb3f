"""The pure core from the request to the end, both roles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire_script import effects, fixed_entropy, sent, trace, wire
from wscli.events import (
    HandshakeInvalid,
    Interest,
    MessageKind,
    Opened,
    RefusalBodyReceived,
    RequestSent,
    StreamEnd,
)
from wscli.protocol.accepting import build_acceptance
from wscli.protocol.client import ClientConnection, request_bytes
from wscli.protocol.server import ServerConnection
from wscli.protocol.states import State
from wscli.protocol.step import SendClose, SendMessage, Step
from wscli.settings import ConnectionSettings, HandshakeSettings, HeaderChange, Limits
from wscli.wire.accept import accept_for, encode_key
from wscli.wire.url import decode_url

ACCEPT = accept_for(encode_key(fixed_entropy(16))).encode()
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    + ACCEPT
    + b"\r\n\r\n"
)


def client(interest: Interest = Interest.FRAMES | Interest.MESSAGES, **changes: object) -> ClientConnection:
    settings = ConnectionSettings(decode_url("ws://example.com/chat")).replace(**changes)
    connection = ClientConnection(settings, fixed_entropy, interest)
    connection.start(0.0)
    return connection


def test_the_request_goes_out_first() -> None:
    connection = ClientConnection(ConnectionSettings(decode_url("ws://example.com/chat")), fixed_entropy)
    step = connection.start(0.0)
    (event,) = step.events
    assert isinstance(event, RequestSent)
    assert (
        sent(step)
        == event.head.raw
        == request_bytes(ConnectionSettings(decode_url("ws://example.com/chat")), fixed_entropy)
    )


def test_the_credentials_of_the_url_are_used() -> None:
    settings = ConnectionSettings(decode_url("ws://u:p@example.com/"))
    assert b"Authorization: Basic dTpw\r\n" in request_bytes(settings, fixed_entropy)


def test_frames_glued_to_the_answer_are_not_lost() -> None:
    step = client().receive(SWITCH + wire('81 02 "hi"'), 0.0)
    assert ["ResponseReceived", "judged ", "Opened", "<1 TEXT 'hi'", "message text 'hi'"] == trace(step.events)


@given(st.lists(st.integers(0, 30), max_size=20))
def test_how_the_answer_is_chopped_does_not_matter(sizes: list[int]) -> None:
    data = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + SWITCH + wire('81 02 "hi"')
    connection, lines, start = client(), [], 0
    for size in [*sizes, len(data)]:
        lines += trace(connection.receive(data[start : start + size], 0.0).events)
        start += size
    assert [
        "InterimReceived",
        "ResponseReceived",
        "judged ",
        "Opened",
        "<1 TEXT 'hi'",
        "message text 'hi'",
    ] == lines


def test_a_refusal_is_told_at_once_and_its_body_when_it_is_there() -> None:
    connection = client()
    step = connection.receive(b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nno", 0.0)
    assert ["ResponseReceived", "HandshakeRefused"] == trace(step.events)
    step = connection.receive(b"pe!garbage", 0.1)
    assert RefusalBodyReceived(b"nope!", is_complete=True) == step.events[0]
    assert ["stream abandoned", "ended unclean"] == trace(step.events)[1:]
    assert ["disconnect"] == effects(step)
    assert State.ENDED is connection.state


def test_a_refusal_without_a_body_ends_at_once() -> None:
    step = client().receive(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0.0)
    assert ["disconnect"] == effects(step)


def test_a_body_that_never_ends_is_left_after_its_time() -> None:
    connection = client()
    connection.receive(b"HTTP/1.1 500 No\r\n\r\nabc", 2.0)
    assert 3.0 == connection.wake_at
    assert [] == list(connection.tick(2.5).events)
    step = connection.tick(3.0)
    assert RefusalBodyReceived(b"abc", is_complete=False) == step.events[0]
    assert None is connection.wake_at


def test_a_body_past_its_limit_is_left() -> None:
    connection = client(limits=Limits(refusal_body=4))
    step = connection.receive(b"HTTP/1.1 500 No\r\n\r\nabcdef", 0.0)
    assert RefusalBodyReceived(b"abcd", is_complete=False) in step.events


def test_a_body_may_end_with_the_stream() -> None:
    connection = client()
    connection.receive(b"HTTP/1.0 500 No\r\n\r\nabc", 0.0)
    step = connection.receive_eof(0.1)
    assert RefusalBodyReceived(b"abc", is_complete=True) == step.events[0]


def invalid(step: Step) -> HandshakeInvalid:
    return next(event for event in step.events if isinstance(event, HandshakeInvalid))


def test_a_wrong_101_fails_the_handshake_and_shows_what_followed() -> None:
    step = client().receive(SWITCH.replace(b"websocket", b"TLS/1.2") + b"\x16\x03", 0.0)
    assert ["handshake/upgrade-other"] == [one.kind.code for one in invalid(step).deviations]
    assert "unparsed b'\\x16\\x03'" in trace(step.events)
    assert "disconnect" in effects(step)


def test_a_wrong_101_is_good_enough_in_leniency() -> None:
    step = client(is_lenient=True).receive(SWITCH.replace(ACCEPT, b"x"), 0.0)
    assert any(isinstance(event, Opened) for event in step.events)


def test_bytes_that_are_no_http_are_shown() -> None:
    step = client().receive(b"SSH-2.0-OpenSSH_9\r\n", 0.0)
    assert ["head/not-http"] == [one.kind.code for one in invalid(step).deviations]
    assert "unparsed b'SSH-2.0-OpenSSH_9\\r\\n'" in trace(step.events)


@pytest.mark.parametrize(("data", "reason"), [(b"", "without an answer"), (b"HT", "no HTTP")])
def test_an_end_instead_of_an_answer_is_an_invalid_handshake(data: bytes, reason: str) -> None:
    connection = client()
    connection.receive(data, 0.0)
    step = connection.receive_eof(0.0, StreamEnd.RESET, "reset")
    assert reason in invalid(step).reason
    assert [] == list(connection.receive_eof(0.0).events)


def test_an_answer_cut_by_the_end_is_judged_as_far_as_it_came() -> None:
    connection = client()
    connection.receive(b"HTTP/1.1 403 Forbidden\r\nSer", 0.0)
    assert ["ResponseReceived", "HandshakeRefused"] == trace(connection.receive_eof(0.0).events)[:2]


def test_nothing_can_be_sent_before_the_connection_is_open() -> None:
    connection = client()
    assert not connection.can_send
    assert Step() == connection.send([SendMessage(MessageKind.TEXT, b"early")], 0.0)
    connection.receive(SWITCH, 0.0)
    assert connection.can_send
    assert b"" != sent(connection.send([SendMessage(MessageKind.TEXT, b"now")], 0.0))


def test_the_end_of_an_open_connection_is_told() -> None:
    connection = client()
    connection.receive(SWITCH, 0.0)
    assert None is connection.wake_at
    connection.send([SendClose(1000)], 1.0)
    assert 6.0 == connection.wake_at
    assert ["disconnect"] == effects(connection.tick(6.0))


def test_it_can_be_abandoned_in_any_state() -> None:
    connection = client()
    step = connection.abandon(0.0)
    assert ["disconnect"] == effects(step)
    assert ["stream abandoned", "ended unclean"] == trace(step.events)
    assert Step() == connection.abandon(0.0)


def test_the_beginning_of_an_answer_is_not_lost_when_it_is_abandoned() -> None:
    connection = client()
    connection.receive(b"HTTP/1.1 101 Swi", 0.0)
    expected = ["unparsed b'HTTP/1.1 101 Swi'", "stream abandoned", "ended unclean"]
    assert expected == trace(connection.abandon(1.0).events)


def test_bytes_are_noted_before_what_they_mean() -> None:
    connection = ClientConnection(ConnectionSettings(decode_url("ws://h/")), fixed_entropy, Interest.BYTES)
    assert ["BytesSent", "RequestSent"] == trace(connection.start(0.0).events)
    assert "BytesReceived" == trace(connection.receive(SWITCH + wire("89 00"), 0.0).events)[0]


def test_a_bent_request_is_still_a_request() -> None:
    settings = ConnectionSettings(
        decode_url("ws://h/"), HandshakeSettings(headers=(HeaderChange("Sec-WebSocket-Key", None),))
    )
    assert b"Key" not in request_bytes(settings, fixed_entropy)


# --- Both roles ------------------------------------------------------------------------------------------------------
def server(**changes: object) -> ServerConnection:
    connection = ServerConnection(fixed_entropy, Interest.FRAMES | Interest.MESSAGES | Interest.BYTES, **changes)  # type: ignore[arg-type]
    assert Step() == connection.start(0.0)
    return connection


def test_a_client_and_a_server_open_talk_and_close() -> None:
    one, other = client(), server()
    settings = ConnectionSettings(decode_url("ws://example.com/chat"))
    step = other.receive(request_bytes(settings, fixed_entropy), 0.0)
    assert ["BytesReceived", "RequestReceived", "judged "] == trace(step.events)
    assert other.request is not None
    other.receive(wire('81 82 00000000 "hi"'), 0.0)  # a client that does not wait for the answer
    step = other.accept(build_acceptance(other.request), 0.0)
    assert "message text 'hi'" in trace(step.events)
    assert "Opened" in trace(one.receive(sent(step), 0.0).events)
    step = other.receive(sent(one.send([SendClose(1000, "bye")], 0.0)), 0.0)
    assert "closed 1000 'bye'" in trace(step.events)
    assert "closed 1000 ''" in trace(one.receive(sent(step), 0.0).events)
    assert State.CLOSED is one.state is other.state
    assert [] == trace(other.tick(0.5).events)
    assert "ended clean by remote" in trace(other.receive_eof(0.5).events)


@given(st.lists(st.binary(max_size=80), max_size=6), st.booleans())
def test_no_answer_makes_the_client_raise(chunks: list[bytes], with_status_line: bool) -> None:
    connection = client()
    if with_status_line:
        connection.receive(b"HTTP/1.1 ", 0.0)
    for chunk in chunks:
        connection.receive(chunk, 0.0)
    connection.tick(10.0)
    connection.receive_eof(11.0)
    assert State.ENDED is connection.state
